"""Where each lead stands today: newest decision, open hand-over, verdict, owner, in one row.

Why a table that only repeats the ledger: a worklist sorted by probability over a million leads must
be one walk along an index. The ledger stays the truth; :func:`refresh_standings` makes the rows
again, all of them after a batch, one of them after a verdict.

How far a lead has come (``reached``): ``opportunity``, else ``accepted`` by sales in this cycle,
else its qualification. On the list (``listed``): not ended, not returned in this cycle, and either
qualified or handed over.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    case,
    delete,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
)

from features.definition import LeadDefinition
from features.store.schema import decision, fact, hand_over, lead, lead_state, outcome
from features.store.store import Store

VERDICT_STAGES = ("accepted", "returned")

_STANDING_LOCK = 7_205_742
"""Number under which PostgreSQL lets one transaction at a time gather; any constant will do."""


def refresh_standings(store: Store, definition: LeadDefinition, lead_id: str | None = None) -> None:
    """Gather where leads stand from the ledger, in one transaction.

    Parameters
    ----------
    definition : LeadDefinition
        Says which attributes are owner and team, and which stages end a lead.
    lead_id : str, optional
        Only this lead; all of them unless given.
    """
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        lock_standings(connection)
        refresh_within(connection, definition, lead_id)
        connection.commit()


def lock_standings(connection: Connection) -> None:
    """Let one transaction at a time change where leads stand, until it ends.

    On SQLite a transaction begun as IMMEDIATE is alone already.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_STANDING_LOCK)))


def refresh_within(
    connection: Connection, definition: LeadDefinition, lead_id: str | None = None
) -> None:
    """Gather where leads stand, inside a locked transaction that somebody else ends."""
    gone = delete(lead_state)
    connection.execute(gone if lead_id is None else gone.where(lead_state.c.lead_id == lead_id))
    connection.execute(
        insert(lead_state).from_select(
            [column.name for column in lead_state.c], _dataset(definition, lead_id)
        )
    )


def newest_as_of(connection: Connection) -> datetime | None:
    """The latest instant as of which any lead stands; None before the first decision."""
    newest: datetime | None = connection.execute(
        select(func.max(lead_state.c.as_of, type_=lead_state.c.as_of.type))
    ).scalar_one()
    return newest


def _dataset(definition: LeadDefinition, lead_id: str | None) -> Select[Any]:
    newest, before = _decision(1, lead_id), _decision(2, lead_id)
    handed, said = _newest_hand_over(lead_id), _newest_verdict(lead_id)
    ended = _ends(definition, lead_id)
    owner = _newest_fact(definition.roles.owner, lead_id)
    team = _newest_fact(definition.roles.team, lead_id)
    # A verdict answers the hand-over before it; after a new hand-over it is history.
    answered = and_(handed.c.lead_id.is_not(None), said.c.occurred_at >= handed.c.handed_over_at)
    verdict = case((answered, said.c.stage), else_=null())
    is_opportunity = func.coalesce(ended.c.is_opportunity, 0) == 1
    has_ended = func.coalesce(ended.c.has_ended, 0) == 1
    is_returned = func.coalesce(verdict, "") == "returned"
    return (
        select(
            newest.c.lead_id,
            newest.c.decision_id,
            newest.c.as_of,
            func.coalesce(newest.c.probability, newest.c.rulebook_points),
            newest.c.probability,
            before.c.probability,
            newest.c.qualification,
            before.c.qualification,
            newest.c.rulebook_points,
            newest.c.rulebook_qualification,
            handed.c.cycle,
            handed.c.handed_over_at,
            verdict,
            case((answered, said.c.occurred_at), else_=null()),
            case(
                (is_opportunity, "opportunity"),
                (func.coalesce(verdict, "") == "accepted", "accepted"),
                else_=newest.c.qualification,
            ),
            owner.c.value,
            team.c.value,
            and_(
                ~has_ended,
                ~is_returned,
                or_(newest.c.qualification != "NONE", handed.c.lead_id.is_not(None)),
            ),
        )
        .select_from(newest)
        # Decisions outlive their lead; what was forgotten stands nowhere.
        .join(lead, lead.c.lead_id == newest.c.lead_id)
        .outerjoin(before, before.c.lead_id == newest.c.lead_id)
        .outerjoin(handed, handed.c.lead_id == newest.c.lead_id)
        .outerjoin(said, said.c.lead_id == newest.c.lead_id)
        .outerjoin(ended, ended.c.lead_id == newest.c.lead_id)
        .outerjoin(owner, owner.c.lead_id == newest.c.lead_id)
        .outerjoin(team, team.c.lead_id == newest.c.lead_id)
    )


def _decision(place: int, lead_id: str | None) -> Subquery:
    """The newest decision of each lead, or the one before it."""
    columns = [column for column in decision.c if column.name != "feature_vector"]
    return _nth(
        select(*columns), decision.c.lead_id, decision.c.decision_id, place=place, lead_id=lead_id
    )


def _newest_hand_over(lead_id: str | None) -> Subquery:
    return _nth(select(*hand_over.c), hand_over.c.lead_id, hand_over.c.cycle, lead_id=lead_id)


def _newest_verdict(lead_id: str | None) -> Subquery:
    verdicts = select(outcome.c.lead_id, outcome.c.stage, outcome.c.occurred_at).where(
        outcome.c.stage.in_(VERDICT_STAGES)
    )
    return _nth(verdicts, outcome.c.lead_id, outcome.c.occurred_at, lead_id=lead_id)


def _newest_fact(attribute: str | None, lead_id: str | None) -> Subquery:
    values = select(fact.c.lead_id, fact.c.value).where(
        false() if attribute is None else fact.c.attribute == literal(attribute)
    )
    return _nth(values, fact.c.lead_id, fact.c.known_at, lead_id=lead_id)


def _nth(
    rows: Select[Any],
    lead: ColumnElement[str],
    newest_by: ColumnElement[Any],
    *,
    place: int = 1,
    lead_id: str | None,
) -> Subquery:
    """The row of each lead that is so many places from the newest."""
    number = func.row_number().over(partition_by=lead, order_by=newest_by.desc())
    numbered = rows.add_columns(number.label("place"))
    if lead_id is not None:
        numbered = numbered.where(lead == lead_id)
    ranked = numbered.subquery()
    return select(*ranked.c).where(ranked.c.place == place).subquery()


def _ends(definition: LeadDefinition, lead_id: str | None) -> Subquery:
    is_end = outcome.c.stage.in_(definition.outcome.ends)
    rows = select(
        outcome.c.lead_id,
        func.max(case((outcome.c.stage == "opportunity", 1), else_=0)).label("is_opportunity"),
        func.max(case((is_end, 1), else_=0)).label("has_ended"),
    ).group_by(outcome.c.lead_id)
    return (rows if lead_id is None else rows.where(outcome.c.lead_id == lead_id)).subquery()
