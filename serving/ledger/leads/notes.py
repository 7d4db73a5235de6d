"""What people write down about a lead that is no answer: read by people, never by a model."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select

from features.core.errors import LeadDataError
from features.store.schema import note
from features.store.store import Store
from serving.ledger.access.audit import write_audit

LONGEST_NOTE = 2_000
"""Characters of a note."""


@dataclass(frozen=True, kw_only=True)
class Note:
    """One note on a lead."""

    written_at: datetime
    by: str
    text: str


def read_notes(store: Store, lead_id: str) -> tuple[Note, ...]:
    """Read the notes on a lead, newest first."""
    query = (
        select(note.c.written_at, note.c.by, note.c.text)
        .where(note.c.lead_id == lead_id)
        .order_by(note.c.written_at.desc())
    )
    with store.engine.connect() as connection:
        return tuple(Note(**row) for row in connection.execute(query).mappings())


def write_note(store: Store, *, lead_id: str, text: str, by: str) -> None:
    """Keep a note.

    Parameters
    ----------
    store : Store
    lead_id : str
        Of a stored lead.
    text : str
    by : str
        Login of whoever writes it.

    Raises
    ------
    LeadDataError
        If it is empty or too long.
    """
    if not 0 < len(text) <= LONGEST_NOTE:
        msg = (
            f"a note holds 1 to {LONGEST_NOTE:,} characters; got {len(text):,}. "
            "Write one of that length."
        )
        raise LeadDataError(msg)
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        last: datetime | None = connection.scalar(
            select(func.max(note.c.written_at, type_=note.c.written_at.type)).where(
                note.c.lead_id == lead_id
            )
        )
        now = datetime.now(UTC).replace(microsecond=0)
        if last is not None and last >= now:
            now = last + timedelta(seconds=1)  # seconds are the finest there is
        connection.execute(insert(note).values(lead_id=lead_id, written_at=now, by=by, text=text))
        write_audit(connection, by=by, action="note_written", subject=lead_id)
        connection.commit()
