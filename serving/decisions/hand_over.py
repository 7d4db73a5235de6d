"""From new decisions to what follows, in the transaction that locks the lead states.

Reads where each lead's cycle stands, asks :mod:`serving.decisions.life_cycle` what follows, writes
the hand-overs, leaves messages about them for other systems and refreshes the lead states.
A batch passes every lead at once, the API one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from features.definition import LeadDefinition
from serving.decisions.life_cycle import (
    Case,
    Judge,
    LifeCycleSteps,
    Opening,
    Terms,
    is_drawn,
    next_steps,
)
from serving.ledger.hand_overs import (
    HandOver,
    OpenLead,
    add_hand_overs,
    count_ahead,
    count_handed_over,
    read_active_at,
    read_open_leads,
)
from serving.ledger.leads.lead_state import refresh_within
from serving.ledger.outbox.webhook_events import announce_changes, announce_hand_overs

FEW_LEADS = 200
"""Up to so many lead states are refreshed one by one; beyond, refreshing all is faster."""


@dataclass(frozen=True, kw_only=True)
class Decided:
    """Which decisions are followed up.

    Attributes
    ----------
    as_of : datetime
        Of the decisions.
    handed_over_at : datetime
        When a hand-over that opens now takes place.
    lead_id : str or None
        The lead that was decided about; None: every open lead.
    """

    definition: LeadDefinition
    definition_version: str
    release_id: str | None
    as_of: datetime
    handed_over_at: datetime
    seed: int
    lead_id: str | None = None

    @property
    def judge(self) -> Judge:
        """Whose qualification hands leads over."""
        return "rulebook" if self.release_id is None else "model"


def follow(connection: Connection, decided: Decided) -> LifeCycleSteps:
    """Open the hand-overs that follow from decisions that the lead states hold already.

    A data set without dates has no cycles and no months: nothing is handed over.
    """
    if not decided.definition.dated:
        return LifeCycleSteps()
    terms = _terms(connection, decided)
    cases = list(_cases(connection, decided, terms))
    if decided.lead_id is not None and terms.capacity is not None and cases:
        room = max(terms.capacity - terms.used, 0)
        ahead = count_ahead(
            connection, cases[0].priority, lead_id=cases[0].lead_id, most=max(room, 1)
        )
        terms = replace(terms, ahead=ahead)
    steps = next_steps(cases, terms)
    made = [_row(decided, opening) for opening in steps.opened]
    add_hand_overs(connection, made)
    _gather_again(connection, decided, [row.lead_id for row in made])
    announce_hand_overs(connection, [(row.lead_id, row.cycle) for row in made])
    announce_changes(connection, as_of=decided.as_of, lead_id=decided.lead_id)
    return steps


def _terms(connection: Connection, decided: Decided) -> Terms:
    at, definition = decided.handed_over_at, decided.definition
    terms = Terms.of(definition, at, judge=decided.judge, seed=decided.seed)
    start, end = month_around(at, definition)
    used, explored = count_handed_over(connection, start, end)
    return replace(terms, used=used, explored=explored)


def month_around(at: datetime, definition: LeadDefinition) -> tuple[datetime, datetime]:
    """First instants of an instant's local month and of the next."""
    local = at.astimezone(definition.zone)
    start = datetime(local.year, local.month, 1, tzinfo=definition.zone)
    later = start + timedelta(days=32)
    return start, datetime(later.year, later.month, 1, tzinfo=definition.zone)


def _cases(connection: Connection, decided: Decided, terms: Terms) -> Iterator[Case]:
    """Leads for which anything can follow; when they last did something, where it matters."""
    leads = [
        lead
        for lead in read_open_leads(
            connection, decided.definition, as_of=decided.as_of, lead_id=decided.lead_id
        )
        if lead.qualification != "NONE" or (lead.cycle is None and is_drawn(lead.lead_id, terms))
    ]
    asked = [
        lead.lead_id for lead in leads if lead.qualification == "NONE" or lead.verdict == "returned"
    ]
    active_at = read_active_at(connection, decided.definition, asked, before=decided.as_of)
    return (_case(lead, active_at.get(lead.lead_id)) for lead in leads)


def _case(lead: OpenLead, active_at: datetime | None) -> Case:
    return Case(
        lead_id=lead.lead_id,
        qualification=lead.qualification,
        qualification_before=lead.qualification_before,
        priority=lead.priority,
        cycle=lead.cycle,
        returned_at=lead.verdict_at if lead.verdict == "returned" else None,
        is_answered=lead.verdict is not None,
        active_at=active_at,
    )


def _row(decided: Decided, opening: Opening) -> HandOver:
    return HandOver(
        lead_id=opening.lead_id,
        cycle=opening.cycle,
        handed_over_at=decided.handed_over_at,
        qualification=opening.qualification,
        by=opening.by,
        propensity=opening.propensity,
        definition_version=decided.definition_version,
        release_id=decided.release_id,
    )


def _gather_again(connection: Connection, decided: Decided, lead_ids: list[str]) -> None:
    if len(lead_ids) > FEW_LEADS:
        refresh_within(connection, decided.definition)
        return
    for lead_id in lead_ids:
        refresh_within(connection, decided.definition, lead_id)
