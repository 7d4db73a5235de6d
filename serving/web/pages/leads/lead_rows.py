"""Leads as rows of a list: who they are, where they stand, why, and how long they have waited."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from features.core.arrays import FloatArray
from features.core.clock import to_second
from features.core.qualification import Qualification
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.phases import phase_of
from features.definition.terms import Phase
from features.store import Store
from serving.ledger.decisions import Decision, read_decisions
from serving.ledger.leads.queues import waiting_until
from serving.ledger.leads.worklist import LeadPerson, LeadState, read_facts_of
from serving.reasons.card import CardMaker
from serving.reasons.explainer import Explainer, by_weight
from serving.reasons.reason import LeadReason
from serving.web.services import PageServices
from serving.web.words.page_words import NOT_BY_MODEL, PAGE_WORDS, state_words

REASONS_SHOWN = 2

MOST_KEPT = 5_000
"""Leads whose words are kept per release: about 20 MB."""

WEIGHTY = 3.0
"""Points from which a reason against a lead is worth a word in a list: a quarter off the odds."""

Weightiest = tuple[tuple[LeadReason, ...], LeadReason | None]
NO_REASONS: Weightiest = ((), None)
Decided = tuple[str | None, int | None, str, datetime | None]


class LeadRow(NamedTuple):
    """One lead in a list.

    Attributes
    ----------
    moved : float or None
        Change of the probability since the decision before, in percentage points.
    reasons : tuple of LeadReason
        The weightiest ones in its favour.
    against : LeadReason or None
        The weightiest one against it, where it weighs enough.
    handed_over_by : Text or None
        Who handed it over, where it stands below the cut-off.
    waiting_hours : float or None
        Since it was handed over, while sales owe an answer.
    hours_left : float or None
        Of the agreed time; below zero where it is over.
    """

    lead_state: LeadState
    person: LeadPerson
    reached: Text
    phase: Text | None
    leads: Text | None
    moved: float | None
    reasons: tuple[LeadReason, ...]
    against: LeadReason | None
    handed_over_by: Text | None
    waiting_hours: float | None
    hours_left: float | None

    @property
    def overdue(self) -> bool:
        """Whether sales have let it wait for longer than agreed."""
        return self.hours_left is not None and self.hours_left < 0


def lead_rows(
    services: PageServices,
    definition: LeadDefinition,
    found: list[tuple[LeadState, LeadPerson]],
) -> tuple[LeadRow, ...]:
    """Turn leads into rows, with the reasons of each.

    Parameters
    ----------
    services : PageServices
    definition : LeadDefinition
        The version in force.
    found : list of (LeadState, LeadPerson)
        The leads, in the order of the rows.
    """
    reasons = weightiest_reasons(
        services, ((s.release_id, s.decision_id, s.lead_id, s.as_of) for s, _ in found)
    )
    # A few points of the way, and thousands of leads that have come as far as one of them.
    phases = {
        (state.reached, state.ended): phase
        for state in {(s.reached, s.ended): s for s, _ in found}.values()
        for phase in (phase_now(definition, state),)
    }
    return tuple(
        _row(
            definition,
            state,
            who,
            phase=phases[state.reached, state.ended],
            reasons=reasons.get(state.decision_id or 0, NO_REASONS),
        )
        for state, who in found
    )


def phase_now(definition: LeadDefinition, lead_state: LeadState) -> Phase | None:
    """The phase a lead is in; None once it has ended, or where nothing says how far it has come."""
    if lead_state.ended is not None or lead_state.reached is None:
        return None
    return phase_of(definition, lead_state.reached)


def waiting_hours(since: datetime | None, as_of: datetime | None) -> float | None:
    """Hours that a lead has waited for an answer, by its newest decision; None without a since."""
    if since is None:
        return None
    return max((waiting_until(as_of) - since).total_seconds() / 3600, 0.0)


def hours_left(definition: LeadDefinition, waiting: float | None) -> float | None:
    """Hours left of the time agreed for an answer, below zero where it is over."""
    if waiting is None or definition.sales is None:
        return None
    return definition.sales.response_time_hours - waiting


def _row(
    definition: LeadDefinition,
    lead_state: LeadState,
    person: LeadPerson,
    *,
    phase: Phase | None,
    reasons: Weightiest,
) -> LeadRow:
    moved = None
    if lead_state.probability is not None and lead_state.probability_before is not None:
        moved = 100 * (lead_state.probability - lead_state.probability_before)
    waiting = waiting_hours(lead_state.waiting_since, lead_state.as_of)
    by = lead_state.handed_over_by
    is_below = lead_state.qualification == Qualification.NONE.name
    in_favour, against = reasons
    return LeadRow(
        lead_state=lead_state,
        person=person,
        reached=state_words(lead_state.reached, lead_state.ended),
        phase=None if phase is None else phase.label,
        leads=None if phase is None else PAGE_WORDS[phase.leads],
        moved=moved,
        reasons=in_favour,
        against=against,
        handed_over_by=NOT_BY_MODEL.get(by or "") if waiting is not None and is_below else None,
        waiting_hours=waiting,
        hours_left=hours_left(definition, waiting),
    )


def weightiest_reasons(services: PageServices, leads: Iterable[Decided]) -> dict[int, Weightiest]:
    """Put the reasons worth a row of each lead into words: one pass for all of a release.

    Parameters
    ----------
    services : PageServices
    leads : iterable of (release_id, decision_id, lead_id, as_of)
        As :class:`LeadState` has them.

    Returns
    -------
    dict
        Reasons by decision; without those that no release made, or none that is there.
    """
    by_release: dict[str, list[Decided]] = {}
    for lead in leads:
        if lead[0] is not None:
            by_release.setdefault(lead[0], []).append(lead)
    found: dict[int, Weightiest] = {}
    for release_id, decided in by_release.items():
        maker = services.card_maker(release_id)
        if maker is not None:
            found |= _listed(services.store, maker, decided)
    return found


def _listed(store: Store, maker: CardMaker, decided: list[Decided]) -> dict[int, Weightiest]:
    """What a list says of some leads; words that were made once are kept with their release."""
    facts = read_facts_of(store, {lead_id for _, _, lead_id, _ in decided}, maker.explainer.dated)
    # A number may be given again once its lead was forgotten, and facts may be imported later.
    keys = {
        number or 0: (number, lead_id, as_of, repr(facts.get(lead_id)))
        for _, number, lead_id, as_of in decided
    }
    found = {number: maker.listed[key] for number, key in keys.items() if key in maker.listed}
    missing = [number for number in keys if number not in found]
    if not missing:
        return found
    made = _put_into_words(maker.explainer, read_decisions(store, missing), facts)
    words = {number: made.get(number, NO_REASONS) for number in missing}
    if len(maker.listed) > MOST_KEPT:
        maker.listed.clear()
    maker.listed.update({keys[number]: said for number, said in words.items()})
    return found | words


def _put_into_words(
    explainer: Explainer, decisions: dict[int, Decision], facts: dict[str, list[dict[str, Any]]]
) -> dict[int, Weightiest]:
    width = len(explainer.catalogue)  # another where the definition no longer gives what was read
    fitting = [(d, d.row) for d in decisions.values() if d.row is not None and len(d.row) == width]
    if not fitting:
        return {}
    points = explainer.explain(np.vstack([row for _, row in fitting])).points.reasons
    found: dict[int, Weightiest] = {}
    for (decision, row), its_points in zip(fitting, points, strict=True):
        own = facts.get(decision.lead_id, ())
        feature_row = explainer.feature_row(row, to_second(decision.as_of), facts=own)
        say = partial(explainer.reason, points=its_points, feature_row=feature_row)
        in_favour, against = weightiest(its_points)
        found[decision.decision_id] = (
            tuple(say(position) for position in in_favour),
            None if against is None else say(against),
        )
    return found


def weightiest(points: FloatArray) -> tuple[list[int], int | None]:
    """Positions of the first reasons in favour, and of the first against that weighs enough."""
    order = by_weight(points)
    in_favour = [position for position in order if points[position] > 0]
    against = next((position for position in order if points[position] <= -WEIGHTY), None)
    return in_favour[:REASONS_SHOWN], against
