"""Leads as rows of a list: who they are, where they stand, why, and how long they have waited."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np

from features.core.arrays import FloatArray
from features.core.clock import to_second
from features.core.qualification import Qualification
from features.core.text import Language, Text
from features.definition import LeadDefinition
from features.definition.phases import phase_of
from features.definition.terms import Phase
from features.store import Store
from serving.ledger.decisions import Decision, read_decisions
from serving.ledger.leads.facts import read_facts_of
from serving.ledger.leads.queues import waiting_until
from serving.ledger.leads.worklist import LeadPerson, LeadState
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

Decided = tuple[int | None, str, int | None]
"""A decision, its lead, and the second it looks from."""


@dataclass(frozen=True)
class Weightiest:
    """The reasons of a lead that are worth a row of a list: the first ones in its favour, and the
    first against it that weighs enough."""

    in_favour: tuple[LeadReason, ...] = ()
    against: LeadReason | None = None

    @property
    def all(self) -> tuple[LeadReason, ...]:
        """Those in its favour, then the one against."""
        return self.in_favour if self.against is None else (*self.in_favour, self.against)

    @cached_property
    def words(self) -> Text:
        """All of them in one cell of a table."""
        return Text(ja=self._words("ja"), en=self._words("en"))

    def _words(self, language: Language) -> str:
        said = [reason.words.read(language) for reason in self.in_favour]
        if self.against is not None:
            said.append(f"{PAGE_WORDS['but'].read(language)} {self.against.words.read(language)}")
        return PAGE_WORDS["then"].read(language).join(said)


NO_REASONS = Weightiest()


class _Kept(NamedTuple):
    """What a list said of a decision.

    Attributes
    ----------
    facts : str or None
        What was known of the dated attributes; None where no reason is about one of them.
    """

    weightiest: Weightiest
    facts: str | None


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
        services,
        ((s.release_id, (s.decision_id, s.lead_id, s.as_of_second)) for s, _ in found),
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
    return LeadRow(
        lead_state=lead_state,
        person=person,
        reached=state_words(lead_state.reached, lead_state.ended),
        phase=None if phase is None else phase.label,
        leads=None if phase is None else PAGE_WORDS[phase.leads],
        moved=moved,
        reasons=reasons.in_favour,
        against=reasons.against,
        handed_over_by=NOT_BY_MODEL.get(by or "") if waiting is not None and is_below else None,
        waiting_hours=waiting,
        hours_left=hours_left(definition, waiting),
    )


def weightiest_reasons(
    services: PageServices, leads: Iterable[tuple[str | None, Decided]]
) -> dict[int, Weightiest]:
    """Put the reasons worth a row of each lead into words: one pass for all of a release.

    Parameters
    ----------
    services : PageServices
    leads : iterable of (release_id, (decision_id, lead_id, as_of_second))
        As :class:`LeadState` has them.

    Returns
    -------
    dict
        Reasons by decision; without those that no release made, or none that is there.
    """
    by_release: dict[str, list[Decided]] = {}
    for release_id, lead in leads:
        if release_id is not None:
            by_release.setdefault(release_id, []).append(lead)
    found: dict[int, Weightiest] = {}
    for release_id, decided in by_release.items():
        maker = services.card_maker(release_id)
        if maker is not None:
            found |= _listed(services.store, maker, decided)
    return found


def _listed(store: Store, maker: CardMaker, decided: list[Decided]) -> dict[int, Weightiest]:
    """What a list says of some leads; words that were made once are kept with their release."""
    dated = maker.explainer.dated
    # A number may be given again once its lead was forgotten.
    kept: dict[Decided, _Kept | None] = {lead: maker.listed.get(lead) for lead in decided}
    # Facts may be imported later; they change what is said of dated attributes, and nothing else.
    asked = {lead[1] for lead, one in kept.items() if one is None or one.facts is not None}
    facts = read_facts_of(store, asked, dated)
    missing = {
        lead[0] or 0: lead
        for lead, one in kept.items()
        if one is None or one.facts not in (None, repr(facts.get(lead[1])))
    }
    found = {lead[0] or 0: one.weightiest for lead, one in kept.items() if one is not None}
    if not missing:
        return found
    made = _put_into_words(maker.explainer, read_decisions(store, missing), facts)
    if len(maker.listed) + len(missing) > MOST_KEPT:
        maker.listed.clear()
    for number, lead in missing.items():
        found[number] = one = made.get(number, NO_REASONS)
        is_dated = any(reason.concept in dated for reason in one.all)
        maker.listed[lead] = _Kept(one, repr(facts.get(lead[1])) if is_dated else None)
    return found


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
        found[decision.decision_id] = Weightiest(
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
