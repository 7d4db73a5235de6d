"""Leads as rows of a list: who they are, where they stand, why, and how long they have waited."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from features.core.clock import to_second
from features.core.qualification import Qualification
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.phases import phase_of
from features.definition.terms import Phase
from serving.ledger.decisions import Decision, read_decisions
from serving.ledger.leads.queues import waiting_until
from serving.ledger.leads.worklist import LeadPerson, LeadState, read_facts_of
from serving.reasons.reason import LeadReason
from serving.web.services import PageServices
from serving.web.words.page_words import NOT_BY_MODEL, PAGE_WORDS, state_words

REASONS_SHOWN = 2

WEIGHTY = 3.0
"""Points from which a reason against a lead is worth a word in a list: a quarter off the odds."""

_Weightiest = tuple[tuple[LeadReason, ...], LeadReason | None]
_NONE: _Weightiest = ((), None)


@dataclass(frozen=True, kw_only=True)
class LeadRow:
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
    services: PageServices, found: list[tuple[LeadState, LeadPerson]]
) -> tuple[LeadRow, ...]:
    """Turn leads into rows, with the reasons of each."""
    decided = [state.decision_id for state, _ in found if state.decision_id is not None]
    reasons = _reasons(services, read_decisions(services.store, decided))
    definition = services.definition()
    return tuple(
        _row(definition, state, who, reasons=reasons.get(state.decision_id or 0, _NONE))
        for state, who in found
    )


def phase_now(definition: LeadDefinition, lead_state: LeadState) -> Phase | None:
    """The phase a lead is in; None once it has ended, or where nothing says how far it has come."""
    if lead_state.ended is not None or lead_state.reached is None:
        return None
    return phase_of(definition, lead_state.reached)


def waiting_hours(lead_state: LeadState) -> float | None:
    """Hours since the hand-over that sales owe an answer to; None where they owe none."""
    if lead_state.waiting_since is None:
        return None
    waited = waiting_until(lead_state.as_of) - lead_state.waiting_since
    return max(waited.total_seconds() / 3600, 0.0)


def hours_left(definition: LeadDefinition, lead_state: LeadState) -> float | None:
    """Hours left of the time agreed for an answer, below zero where it is over."""
    waiting = waiting_hours(lead_state)
    if waiting is None or definition.sales is None:
        return None
    return definition.sales.response_time_hours - waiting


def _row(
    definition: LeadDefinition,
    lead_state: LeadState,
    person: LeadPerson,
    *,
    reasons: _Weightiest,
) -> LeadRow:
    phase = phase_now(definition, lead_state)
    moved = None
    if lead_state.probability is not None and lead_state.probability_before is not None:
        moved = 100 * (lead_state.probability - lead_state.probability_before)
    waiting = waiting_hours(lead_state)
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
        hours_left=hours_left(definition, lead_state),
    )


def _reasons(services: PageServices, decisions: dict[int, Decision]) -> dict[int, _Weightiest]:
    """The reasons worth a row of each lead of a page: one pass for all of a release."""
    by_release: dict[str, list[Decision]] = {}
    for decision in decisions.values():
        if decision.release_id is not None and decision.row is not None:
            by_release.setdefault(decision.release_id, []).append(decision)
    found: dict[int, _Weightiest] = {}
    for release_id, scored in by_release.items():
        maker = services.card_maker(release_id)
        if maker is None:
            continue
        explainer = maker.explainer
        rows = [d.row for d in scored if d.row is not None]
        facts = read_facts_of(services.store, {d.lead_id for d in scored}, explainer.dated)
        if any(len(row) != len(explainer.catalogue) for row in rows):
            continue  # written with a catalogue that the definition no longer gives
        points = explainer.explain(np.vstack(rows)).points.reasons
        for decision, row, its_points in zip(scored, rows, points, strict=True):
            own = facts.get(decision.lead_id, ())
            feature_row = explainer.feature_row(row, to_second(decision.as_of), facts=own)
            found[decision.decision_id] = weightiest(explainer.reasons(its_points, feature_row))
    return found


def weightiest(reasons: Iterable[LeadReason]) -> _Weightiest:
    """The first reasons in favour and the first against that weighs enough; no other is worded."""
    in_favour: list[LeadReason] = []
    against: LeadReason | None = None
    for reason in reasons:
        if reason.points > 0 and len(in_favour) < REASONS_SHOWN:
            in_favour.append(reason)
        elif reason.points <= -WEIGHTY:
            against = against or reason
        is_light = abs(reason.points) < WEIGHTY
        if len(in_favour) == REASONS_SHOWN and (is_light or against is not None):
            break
    return tuple(in_favour), against
