"""Cycles of leads in the store: where they stand after a decision, and new ones.

Everything here works inside a transaction that holds the lock of
:func:`serving.ledger.leads.lead_state.lock_standings`, so that counting a month's hand-overs and
adding one are a single step. A hand-over is unique per (lead, cycle) by its key; the second of two
is dropped.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, case, exists, func, null, select, true
from sqlalchemy.dialects import postgresql, sqlite

from features.definition import LeadDefinition
from features.store import Store
from features.store.schema import decision, event, hand_over, lead_state, outcome, trial_lead
from serving.ledger.trial_leads import IDS_AT_ONCE, JUDGED_BY, ArmQueue


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """One row of the table of hand-overs."""

    lead_id: str
    cycle: int
    handed_over_at: datetime
    qualification: str
    by: str
    propensity: float | None
    definition_version: str
    release_id: str | None


@dataclass(frozen=True, kw_only=True)
class OpenLead:
    """A lead that has not ended, as its newest decision and its newest cycle left it."""

    lead_id: str
    priority: float
    qualification: str
    qualification_before: str | None
    rulebook_points: float | None
    cycle: int | None
    verdict: str | None
    verdict_at: datetime | None
    learned_points: float | None = None

    def points_of(self, arm: str) -> float | None:
        """Points by which an arm judges; None where it judges by none."""
        judged_by = JUDGED_BY.get(arm)
        points: float | None = None if judged_by is None else getattr(self, judged_by[1])
        return points


def read_never_handed_over(store: Store) -> frozenset[str]:
    """Read the open leads that were never handed over."""
    query = select(lead_state.c.lead_id).where(
        lead_state.c.ended.is_(None), lead_state.c.cycle.is_(None)
    )
    with store.engine.connect() as connection:
        return frozenset(connection.scalars(query))


def read_open_leads(
    connection: Connection, definition: LeadDefinition, *, as_of: datetime, lead_id: str | None
) -> Iterator[OpenLead]:
    """Read leads whose newest decision is as of an instant and that have not ended.

    Parameters
    ----------
    connection : Connection
    definition : LeadDefinition
        Says which stages end a lead.
    as_of : datetime
        The instant of the decisions.
    lead_id : str or None
        Only this one; None for all.
    """
    ends = {*definition.outcome.ends, definition.outcome.stage}
    has_ended = exists().where(outcome.c.lead_id == lead_state.c.lead_id, outcome.c.stage.in_(ends))
    own = [lead_state.c[name] for name in OpenLead.__dataclass_fields__ if name in lead_state.c]
    query = select(*own, null().label("learned_points"))
    if definition.learned_rulebook is not None:
        query = select(*own, decision.c.learned_points).join_from(
            lead_state, decision, decision.c.decision_id == lead_state.c.decision_id
        )
    query = query.where(lead_state.c.as_of == as_of, ~has_ended)
    if lead_id is not None:
        query = query.where(lead_state.c.lead_id == lead_id)
    for row in connection.execute(query).mappings():
        yield OpenLead(**row)


def read_active_at(
    connection: Connection, definition: LeadDefinition, lead_ids: Iterable[str], *, before: datetime
) -> dict[str, datetime]:
    """Read when leads last did something that counts, strictly before an instant.

    Parameters
    ----------
    connection : Connection
    definition : LeadDefinition
        Says which behaviours of leads count.
    lead_ids : iterable of str
    before : datetime
        Events that happened or became known at this instant or later are left out.
    """
    counts_from = case(
        (event.c.known_at > event.c.occurred_at, event.c.known_at), else_=event.c.occurred_at
    )
    named = [behaviour.name for behaviour in definition.lead_behaviours]
    newest: dict[str, datetime] = {}
    ids = list(lead_ids)
    for start in range(0, len(ids), IDS_AT_ONCE):
        some = ids[start : start + IDS_AT_ONCE]
        query = (
            select(event.c.lead_id, func.max(counts_from, type_=event.c.occurred_at.type))
            .where(
                event.c.lead_id.in_(some),
                event.c.actor == "lead",
                event.c.behaviour.in_(named),
                event.c.occurred_at < before,
                event.c.known_at < before,
            )
            .group_by(event.c.lead_id)
        )
        newest.update((row[0], row[1]) for row in connection.execute(query))
    return newest


def count_handed_over(connection: Connection, start: datetime, end: datetime) -> tuple[int, int]:
    """Count hand-overs in ``[start, end)``, and those of them by exploration.

    Parameters
    ----------
    connection : Connection
    start : datetime
        First instant that counts.
    end : datetime
        First instant that no longer counts.
    """
    is_explored = hand_over.c.by == "exploration"
    query = select(func.count(), func.count().filter(is_explored)).where(
        hand_over.c.handed_over_at >= start, hand_over.c.handed_over_at < end
    )
    row = connection.execute(query).one()
    return int(row[0]), int(row[1])


def count_ahead(
    connection: Connection,
    priority: float,
    *,
    lead_id: str,
    most: int,
    among: ArmQueue | None = None,
) -> int:
    """Count the qualified leads that wait for a hand-over with a higher priority than one lead.

    Parameters
    ----------
    connection : Connection
    priority : float
        Priority of the lead: its probability, or its points where only the rulebook decides.
    lead_id : str
        The lead itself, which is not counted.
    most : int
        Counting stops here.
    among : ArmQueue, optional
        During a trial, the arm in whose queue the lead waits.
    """
    ranked: ColumnElement[Any] = lead_state.c.priority
    waits: list[ColumnElement[bool]] = [
        lead_state.c.listed.is_(True),
        lead_state.c.lead_id != lead_id,
        lead_state.c.qualification != "NONE",
        lead_state.c.cycle.is_(None),
        lead_state.c.reached != "opportunity",
    ]
    if among is not None:
        drawn = exists().where(
            trial_lead.c.trial == among.trial.name,
            trial_lead.c.lead_id == lead_state.c.lead_id,
            true() if among.arm is None else trial_lead.c.arm == among.arm,
        )
        waits.append(~drawn if among.arm is None else drawn)
        ranked = _ranked_by(among.arm)
    some = select(lead_state.c.lead_id).where(*waits, ranked > priority).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def _ranked_by(arm: str | None) -> ColumnElement[Any]:
    """What orders the queue of an arm: its own points, or the priority of the list."""
    if arm not in JUDGED_BY:
        return lead_state.c.priority
    of_newest = decision.c.decision_id == lead_state.c.decision_id
    return select(decision.c[JUDGED_BY[arm][1]]).where(of_newest).scalar_subquery()


def add_hand_overs(connection: Connection, rows: Sequence[HandOver]) -> None:
    """Add hand-overs; one whose lead and cycle are there already is dropped."""
    if rows:
        insert = _insert(connection).on_conflict_do_nothing(index_elements=["lead_id", "cycle"])
        connection.execute(insert, [asdict(row) for row in rows])


def _insert(connection: Connection) -> Any:
    made: Insert
    if connection.dialect.name == "postgresql":
        made = postgresql.insert(hand_over)
    else:
        made = sqlite.insert(hand_over)
    return made
