"""Where each lead stands today: newest decision, open hand-over, verdict, owner, in one row.

Why a table that only repeats the ledger: a worklist sorted by probability over a million leads must
be one walk along an index. The ledger stays the truth; :func:`refresh_standings` makes the rows
again, all of them after a batch, one of them after a verdict.

How far a lead has come (``reached``): ``opportunity``, else ``accepted`` by sales in this cycle,
else its qualification; of a lead that was never decided about, that of its hand-over, else nothing.
On the list (``listed``): not ended, and an opportunity, or qualified or handed over and not
returned in this cycle.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
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

from features.core.clock import CLOCKS_APART
from features.definition import LeadDefinition
from features.store.schema import (
    decision,
    fact,
    hand_over,
    lead,
    lead_state,
    outcome,
    trial_lead,
)
from features.store.store import Store
from serving.ledger.trial_leads import JUDGED_BY

VERDICT_STAGES = ("accepted", "returned")

_STANDING_LOCK = 7_205_742
"""Number under which PostgreSQL lets one transaction at a time refresh; any constant will do."""


def refresh_standings(store: Store, definition: LeadDefinition, lead_id: str | None = None) -> None:
    """Derive the lead states from the ledger again, in one transaction.

    Parameters
    ----------
    store : Store
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
    """Derive the lead states from the ledger again, within the caller's transaction.

    Parameters
    ----------
    connection : Connection
        Its transaction holds the lock of the lead states; the caller commits it.
    definition : LeadDefinition
        Says which attributes are owner and team, and which stages end a lead.
    lead_id : str, optional
        Only this lead; all of them unless given.
    """
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
    opportunity, end = _opportunity(lead_id), _newest_end(definition, lead_id)
    owner = _newest_fact(definition.roles.owner, lead_id)
    team = _newest_fact(definition.roles.team, lead_id)
    # A verdict answers the hand-over before it; after a new hand-over it is history.
    answered = and_(handed.c.lead_id.is_not(None), said.c.occurred_at >= handed.c.handed_over_at)
    verdict = case((answered, said.c.stage), else_=null())
    is_opportunity = opportunity.c.lead_id.is_not(None)
    is_handed_over = handed.c.lead_id.is_not(None)
    is_returned = func.coalesce(verdict, "") == "returned"
    drawn = _drawn(definition, lead_id)
    qualified_as, qualified_before = _judged(newest, drawn), _judged(before, drawn)
    is_qualified = func.coalesce(qualified_as, "NONE") != "NONE"
    state = (
        lead.c.lead_id,
        newest.c.decision_id,
        newest.c.as_of,
        # Nothing is known of how likely a lead is that nobody scored: it comes last.
        func.coalesce(newest.c.probability, newest.c.rulebook_points, 0.0),
        newest.c.probability,
        before.c.probability,
        qualified_as,
        qualified_before,
        newest.c.rulebook_points,
        newest.c.rulebook_qualification,
        handed.c.cycle,
        handed.c.handed_over_at,
        verdict,
        case((answered, said.c.occurred_at), else_=null()),
        case(
            (is_opportunity, "opportunity"),
            (func.coalesce(verdict, "") == "accepted", "accepted"),
            else_=func.coalesce(qualified_as, handed.c.qualification),
        ),
        end.c.stage,
        owner.c.value,
        team.c.value,
        and_(
            end.c.lead_id.is_(None),
            # A deal that is open is worked, whatever was answered before it.
            or_(is_opportunity, and_(~is_returned, or_(is_qualified, is_handed_over))),
        ),
    )
    # Decisions outlive their lead; what was forgotten stands nowhere.
    joined: FromClause = lead
    for part in (newest, before, drawn, handed, said, opportunity, end, owner, team):
        joined = joined.outerjoin(part, part.c.lead_id == lead.c.lead_id)
    rows = select(*state).select_from(joined)
    return rows if lead_id is None else rows.where(lead.c.lead_id == lead_id)


def _decision(place: int, lead_id: str | None) -> Subquery:
    """The newest decision of each lead, or the one before it."""
    columns = [column for column in decision.c if column.name != "feature_vector"]
    return _nth(
        select(*columns), decision.c.lead_id, decision.c.decision_id, place=place, lead_id=lead_id
    )


def _drawn(definition: LeadDefinition, lead_id: str | None) -> Subquery:
    """The arm of each lead of the trial that the definition agrees, if any."""
    trial = definition.trial
    rows = select(trial_lead.c.lead_id, trial_lead.c.arm).where(
        false() if trial is None else trial_lead.c.trial == trial.name
    )
    return (rows if lead_id is None else rows.where(trial_lead.c.lead_id == lead_id)).subquery()


def _judged(decided: Subquery, drawn: Subquery) -> ColumnElement[Any]:
    """How a lead qualifies: in a trial by the judge that the lot gave it."""
    by_arm = [
        (drawn.c.arm == arm, decided.c[qualification])
        for arm, (qualification, _) in JUDGED_BY.items()
    ]
    return case(*by_arm, else_=decided.c.qualification)


def _newest_hand_over(lead_id: str | None) -> Subquery:
    return _nth(select(*hand_over.c), hand_over.c.lead_id, hand_over.c.cycle, lead_id=lead_id)


def _newest_verdict(lead_id: str | None) -> Subquery:
    verdicts = select(outcome.c.lead_id, outcome.c.stage, outcome.c.occurred_at).where(
        outcome.c.stage.in_(VERDICT_STAGES)
    )
    return _nth(verdicts, outcome.c.lead_id, outcome.c.occurred_at, lead_id=lead_id)


def _newest_fact(attribute: str | None, lead_id: str | None) -> Subquery:
    values = select(fact.c.lead_id, fact.c.value).where(
        false() if attribute is None else fact.c.attribute == literal(attribute),
        fact.c.known_at <= _present(),
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


def _opportunity(lead_id: str | None) -> Subquery:
    """Leads that became an opportunity, each once."""
    rows = (
        select(outcome.c.lead_id).where(outcome.c.stage == "opportunity", *_happened()).distinct()
    )
    return (rows if lead_id is None else rows.where(outcome.c.lead_id == lead_id)).subquery()


def _newest_end(definition: LeadDefinition, lead_id: str | None) -> Subquery:
    """What ended each lead, the latest where several did."""
    # A deal expected to close next month has not ended yet.
    ends = select(outcome.c.lead_id, outcome.c.stage).where(
        outcome.c.stage.in_(definition.outcome.ends), *_happened()
    )
    return _nth(ends, outcome.c.lead_id, outcome.c.occurred_at, lead_id=lead_id)


def _happened() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Outcomes that have happened, as far as clocks agree."""
    return outcome.c.occurred_at <= _present(), outcome.c.known_at <= _present()


def _present() -> datetime:
    """The last instant that a row may bear and count, as far as clocks agree."""
    return datetime.now(UTC) + timedelta(seconds=CLOCKS_APART)
