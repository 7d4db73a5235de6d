"""What meetings decided: kept word for word, found again when the next meeting begins."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Connection, delete, func, insert, select

from features.core.errors import LeadDataError
from features.store import Store
from features.store.schema import meeting_decision
from serving.ledger.access.audit import write_audit

LONGEST_DECISION = 500
"""Characters of a decision: what does not fit is not one decision."""

LONGEST_OWNER = 120


@dataclass(frozen=True, kw_only=True)
class MeetingDecision:
    """One thing that a meeting decided.

    Attributes
    ----------
    month : str
        The reviewed month, as 2026-03.
    screen : str
        What the meeting looked at: the name of a screen.
    owner : str
        Who sees to it.
    kpi : str or None
        The KPI it is meant to move.
    version : int or None
        The version of the agreement that it became.
    by : str
        Login of whoever wrote it down.
    number : int or None
        Its place in the ledger; None before it is kept.
    """

    month: str
    screen: str
    what: str
    owner: str
    due: date | None
    kpi: str | None
    by: str
    version: int | None = None
    number: int | None = None


def read_minutes(store: Store, month: str) -> tuple[MeetingDecision, ...]:
    """Read what a month's meeting decided, in the order in which it was written."""
    query = (
        select(*(column for column in meeting_decision.c if column.name != "decided_at"))
        .where(meeting_decision.c.month == month)
        .order_by(meeting_decision.c.number)
    )
    with store.engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return tuple(
        MeetingDecision(**{**row, "due": date.fromisoformat(row["due"]) if row["due"] else None})
        for row in rows
    )


def last_meeting(store: Store, before: str) -> str | None:
    """The newest month before one whose meeting decided something; None where none did."""
    query = select(func.max(meeting_decision.c.month)).where(meeting_decision.c.month < before)
    with store.engine.connect() as connection:
        return connection.execute(query).scalar()


def write_decision(store: Store, decision: MeetingDecision) -> None:
    """Keep a decision.

    Raises
    ------
    LeadDataError
        If it says nothing, nobody sees to it, or either is too long.
    """
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        add_decision(connection, decision)
        connection.commit()


def add_decision(connection: Connection, decision: MeetingDecision) -> None:
    """Keep a decision within a transaction.

    Raises
    ------
    LeadDataError
        If it says nothing, nobody sees to it, or either is too long.
    """
    texts = (
        ("a decision", decision.what, LONGEST_DECISION),
        ("its owner", decision.owner, LONGEST_OWNER),
    )
    for what, text, longest in texts:
        if not 0 < len(text) <= longest:
            msg = f"{what} has 1 to {longest} characters; got {len(text)}. Write it so."
            raise LeadDataError(msg)
    row = {name: value for name, value in vars(decision).items() if name != "number"}
    row |= {
        "due": None if decision.due is None else decision.due.isoformat(),
        "decided_at": datetime.now(UTC).replace(microsecond=0),
    }
    connection.execute(insert(meeting_decision).values(**row))
    subject = f"{decision.month} {decision.screen}"
    write_audit(connection, by=decision.by, action="decision_minuted", subject=subject)


def withdraw_decision(store: Store, number: int, *, month: str, by: str) -> None:
    """Take a decision out of a month's minutes; those that became a version stay.

    Parameters
    ----------
    store : Store
    number : int
        Its place in the ledger.
    month : str
        The reviewed month it must belong to.
    by : str
        Login of whoever takes it out.
    """
    named = (
        (meeting_decision.c.number == number)
        & (meeting_decision.c.month == month)
        & meeting_decision.c.version.is_(None)
    )
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        if connection.execute(delete(meeting_decision).where(named)).rowcount:
            write_audit(connection, by=by, action="decision_withdrawn", subject=month)
        connection.commit()
