"""Forgetting a lead: everything about a person goes, counts that name nobody stay.

What goes: the lead with its facts, events, outcomes and hand-overs, the person, messages that wait
for other systems, what was pushed to a CRM, and the feature vectors of decisions, from which events
could be guessed. What stays: decisions under a pseudonym that nothing leads back from, so that last
month's numbers still add up, and how many events, hand-overs and outcomes of each kind there were
in which month.

Hashes of the id and of the records in CRMs stay too: neither an old export that is imported again
nor a pull must bring the person back.
"""

import html
import json
import re
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Connection, delete, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from features.core.errors import LeadDataError
from features.store.erased import hash_of, hash_of_record, remember_forgotten
from features.store.schema import (
    METADATA,
    crm_push,
    decision,
    event,
    finding,
    forgotten_count,
    hand_over,
    lead,
    lead_state,
    note,
    outcome,
    person,
    release,
    run,
)
from features.store.store import Store
from serving.ledger.access.audit import redact_audit
from serving.ledger.leads.join import take_records
from serving.ledger.leads.lead_state import lock_standings
from serving.ledger.trial_leads import keep_without_lead

LOCK_TIMEOUT_SECONDS = 30
"""How long PostgreSQL waits for others to leave a table, before its pages are left for later."""

PSEUDONYM = "forgotten-"
"""How the pseudonym of a forgotten lead begins."""

REMOVED = "(forgotten)"
"""What stands where a forgotten person was named."""

SHORTEST_NUMBER = 6
"""Digits of an id that nobody writes for something else."""

_WRITTEN_IN: tuple[Column[str], ...] = (
    finding.c.record,
    release.c.record,
    run.c.detail,
)
"""JSON texts that may name leads."""

_COUNTED = (
    ("lead", lead.c.created_at, literal("created")),
    ("event", event.c.occurred_at, event.c.behaviour),
    ("hand_over", hand_over.c.handed_over_at, hand_over.c.qualification),
    ("outcome", outcome.c.occurred_at, outcome.c.stage),
)


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """What was forgotten.

    Attributes
    ----------
    pseudonym : str
        Under which the lead's decisions are kept.
    traces : tuple of str
        Texts by which the person may be found elsewhere: the id, names, addresses. For looking
        through files at once; never kept.
    n_rows : dict
        Rows that went, by table.
    """

    pseudonym: str
    traces: tuple[str, ...]
    n_rows: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class ForgottenCount:
    """How many things of a kind forgotten leads did in a month."""

    month: datetime
    kind: str
    name: str
    n_rows: int


def forget_lead(store: Store, lead_id: str, *, by: str, zone: ZoneInfo) -> Forgotten:
    """Remove a lead and its person from every table, in one transaction.

    Parameters
    ----------
    store : Store
    lead_id : str
    by : str
        Who asked for it; goes to the audit, with the pseudonym.
    zone : ZoneInfo
        In which months are counted.

    Raises
    ------
    LeadDataError
        If there is no such lead.
    """
    with store.engine.connect() as connection:
        _pragma(connection, "secure_delete = ON")
        with connection.execution_options(begin="IMMEDIATE").begin():
            lock_standings(connection)
            forgotten = _forget(connection, lead_id, by=by, zone=zone)
        _pragma(connection, "secure_delete = OFF")
        _pragma(connection, "wal_checkpoint(TRUNCATE)")
    return forgotten


def shred_freed_pages(store: Store) -> bool:
    """Write the database's files anew without what was deleted; False if it could not be done now.

    Pages that earlier work freed keep their bytes: a row that was moved or renamed still names the
    person there. Needs as much free room as the files take. PostgreSQL does so table by table,
    with its statistics, which quote common values; nobody else uses a table meanwhile.
    """
    with store.lookups.connect() as connection:
        try:
            if connection.dialect.name == "postgresql":
                _shred_postgresql(connection)
                return True
            # What was taken from this index stays in it until its parts are made one.
            connection.exec_driver_sql(
                "INSERT INTO person_trigram (person_trigram) VALUES ('optimize')"
            )
            connection.exec_driver_sql("VACUUM")
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        except OperationalError:  # no room, or somebody else is writing
            return False
    return not busy


def _shred_postgresql(connection: Connection) -> None:
    connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'")
    for table in METADATA.sorted_tables:
        name = connection.dialect.identifier_preparer.format_table(table)
        connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {name}")
    # Says a warning and does nothing where it may not: only its administrator owns this one.
    connection.exec_driver_sql("VACUUM (FULL) pg_statistic")
    connection.exec_driver_sql("RESET lock_timeout")


def spellings(text: str) -> tuple[str, ...]:
    """How a text stands in files: as it is, in JSON, in CSV, in HTML; the longest first.

    Examples
    --------
    >>> spellings('L"1')
    ('L&quot;1', 'L""1', 'L\\\\"1', 'L"1')
    """
    ways = {
        text,
        _in_json(text),
        json.dumps(text)[1:-1],
        text.replace('"', '""'),
        html.escape(text),
    }
    return tuple(sorted(ways, key=lambda way: (-len(way), way)))


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _pragma(connection: Connection, pragma: str) -> None:
    """What SQLite needs, outside transactions, so that nothing can be read in its files later."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA {pragma}").fetchall()


def read_forgotten_counts(store: Store) -> tuple[ForgottenCount, ...]:
    """What remains of forgotten leads, by month, kind and name."""
    columns = forgotten_count.c
    query = select(forgotten_count).order_by(columns.month, columns.kind, columns.name)
    with store.engine.connect() as connection:
        return tuple(ForgottenCount(**row) for row in connection.execute(query).mappings())


def find_silent_leads(store: Store, *, since: datetime) -> tuple[str, ...]:
    """Leads of whom nothing was heard from an instant on: no event, no answer, no deal."""
    heard = [
        select(at.table.c.lead_id).where(at >= since)
        for at in (event.c.occurred_at, outcome.c.occurred_at, hand_over.c.handed_over_at)
    ]
    query = select(lead.c.lead_id).where(
        lead.c.created_at < since, *(lead.c.lead_id.not_in(query) for query in heard)
    )
    with store.engine.connect() as connection:
        return tuple(connection.scalars(query.order_by(lead.c.lead_id)))


def _forget(connection: Connection, lead_id: str, *, by: str, zone: ZoneInfo) -> Forgotten:
    if connection.execute(select(lead.c.lead_id).where(lead.c.lead_id == lead_id)).first() is None:
        msg = (
            f"a lead to forget must be in the tables; got {lead_id!r}, which is not, or was "
            "forgotten already. Check the id."
        )
        raise LeadDataError(msg)
    pseudonym = PSEUDONYM + secrets.token_hex(8)
    traces = _traces(connection, lead_id)
    _count(connection, lead_id, zone)
    keep_without_lead(connection, lead_id, pseudonym)
    records = take_records(connection, lead_id)
    _rename(connection, lead_id, pseudonym)
    _clean_notes(connection, traces)
    n_rows = {
        table.name: connection.execute(delete(table).where(table.c.lead_id == lead_id)).rowcount
        for table in (event, outcome, hand_over, person, note, lead_state, crm_push)
    }
    # Takes facts and waiting messages with it.
    n_rows["lead"] = connection.execute(delete(lead).where(lead.c.lead_id == lead_id)).rowcount
    hashes = {hash_of(lead_id), *(hash_of_record(*record) for record in records)}
    remember_forgotten(connection, hashes)
    redact_audit(connection, lead_id, pseudonym, by=by)
    return Forgotten(pseudonym=pseudonym, traces=traces, n_rows=n_rows)


def _traces(connection: Connection, lead_id: str) -> tuple[str, ...]:
    columns = [
        column for column in person.c if column.name in ("name", "name_kana", "email", "phone")
    ]
    row = connection.execute(select(*columns).where(person.c.lead_id == lead_id)).first()
    return (lead_id, *(text for text in (row or ()) if text))


def _clean_notes(connection: Connection, traces: tuple[str, ...]) -> None:
    """Take the person out of what people wrote about other leads, as whole words."""
    named = sorted((trace for trace in traces if not _may_be_a_number(trace)), key=len)
    if not named:
        return
    # Not \w: Japanese goes on without a space after a name.
    words = re.compile(
        "|".join(rf"(?<![a-zA-Z0-9]){re.escape(trace)}(?![a-zA-Z0-9])" for trace in named[::-1])
    )
    for column in (note.c.text, outcome.c.comment):
        names_it = or_(*(column.contains(trace, autoescape=True) for trace in named))
        for text in connection.scalars(select(column).where(names_it).distinct()).all():
            cleaned = words.sub(REMOVED, text)
            connection.execute(update(column.table).where(column == text).values({column: cleaned}))


def _may_be_a_number(trace: str) -> bool:
    """Whether other people's texts may hold it without meaning the person."""
    return trace.isdigit() and len(trace) < SHORTEST_NUMBER


def _count(connection: Connection, lead_id: str, zone: ZoneInfo) -> None:
    counts: Counter[tuple[datetime, str, str]] = Counter()
    for kind, at, name in _COUNTED:
        query = select(at, name).where(at.table.c.lead_id == lead_id)
        for instant, named in connection.execute(query):
            local = instant.astimezone(zone)
            month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            counts[month, kind, named] += 1
    if not counts:
        return
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    added = dialect.insert(forgotten_count)
    added = added.on_conflict_do_update(
        index_elements=["month", "kind", "name"],
        set_={"n_rows": forgotten_count.c.n_rows + added.excluded.n_rows},
    )
    rows = [
        {"month": month, "kind": kind, "name": name, "n_rows": n_rows}
        for (month, kind, name), n_rows in counts.items()
    ]
    connection.execute(added, rows)


def _rename(connection: Connection, lead_id: str, pseudonym: str) -> None:
    connection.execute(
        update(decision)
        .where(decision.c.lead_id == lead_id)
        .values(lead_id=pseudonym, feature_vector=None)
    )
    for column in _WRITTEN_IN:
        for written in {json.dumps(lead_id), json.dumps(lead_id, ensure_ascii=False)}:
            renamed = func.replace(column, written, f'"{pseudonym}"')
            names_it = column.contains(written, autoescape=True)
            connection.execute(update(column.table).where(names_it).values({column: renamed}))
