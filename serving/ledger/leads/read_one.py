"""One lead's history, read as fast as a request needs it, inside somebody's transaction.

One query on clustered keys, run as plain text: building and reading three through the query builder
took five times as long as the database did.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, bindparam, select, text

from features.core.parsing.record_ids import SHORT, is_salesforce_id, one_spelling
from features.lookback.lead_rows import LeadRows
from features.store import lead_tables as arrow
from features.store.lead_tables import LeadTables
from features.store.schema import SHORT_VALUE_LENGTH, lead

_NO_HAND_OVERS = arrow.HAND_OVER.empty_table()


def read_rows(connection: Connection, lead_id: str) -> LeadRows | None:
    """Everything a snapshot sees of one lead itself; None if there is no such lead."""
    query = _own_rows(connection.dialect.name)
    cursor = connection.exec_driver_sql(query, (lead_id,) * 3).cursor
    lead_row, facts, events = None, [], []
    for table, text_1, text_2, second, known_at, number, truth in cursor.fetchall():
        if table == _EVENT:
            events.append((text_1, second, known_at, text_2, number))
        elif table == _FACT:
            facts.append((text_1, known_at, text_2, bool(truth)))
        else:
            lead_row = (second, bool(truth), number)
    if lead_row is None:
        return None
    created_at, day_only, arrival = lead_row
    return LeadRows(
        lead_id=lead_id,
        created_at=created_at,
        day_only=day_only,
        arrival=arrival,
        facts=facts,
        events=events,
    )


def lead_exists(connection: Connection, lead_ids: Sequence[str]) -> set[str]:
    """Which of some leads are stored."""
    query = select(lead.c.lead_id).where(lead.c.lead_id.in_(bindparam("ids", expanding=True)))
    return set(connection.scalars(query, {"ids": list(lead_ids)}))


def known_spelling(connection: Connection, lead_id: str) -> str:
    """The key under which a lead is stored, or is to be: an id of Salesforce has two lengths."""
    long = one_spelling(lead_id)
    if not is_salesforce_id(long):
        return lead_id
    return next(iter(lead_exists(connection, (long, long[:SHORT]))), long)


def read_with_colleagues(connection: Connection, lead_id: str, account: str) -> LeadTables:
    """Read one lead's tables with those of its colleagues, as features of accounts need them.

    Colleagues are all who were ever at one of the lead's accounts. Outcomes are among the tables;
    hand-overs are not.

    Parameters
    ----------
    connection : Connection
    lead_id : str
        Of a stored lead.
    account : str
        The attribute whose value names the account.
    """
    lead_ids = _colleagues(connection, lead_id, account)
    return LeadTables(
        lead=_read(connection, "lead", arrow.LEAD, lead_ids),
        fact=_read(connection, "fact", arrow.FACT, lead_ids),
        event=_read(connection, "event", arrow.EVENT, lead_ids),
        outcome=_read(connection, "outcome", arrow.OUTCOME, lead_ids),
        hand_over=_NO_HAND_OVERS,
    )


def _colleagues(connection: Connection, lead_id: str, account: str) -> tuple[str, ...]:
    rows = connection.execute(_COLLEAGUES, {"lead_id": lead_id, "account": account})
    return tuple(sorted({lead_id, *(row[0] for row in rows)}))


_COLLEAGUES = text(
    "SELECT lead_id FROM fact WHERE attribute = :account "
    f"AND length(value) <= {SHORT_VALUE_LENGTH} AND value IN "
    "(SELECT value FROM fact WHERE lead_id = :lead_id AND attribute = :account)"
)


def _read(
    connection: Connection, table: str, columns: pa.Schema, lead_ids: tuple[str, ...]
) -> pa.Table:
    dialect = connection.dialect.name
    rows: Sequence[Any] = []
    for lead_id in lead_ids:
        query = _query(table, dialect, tuple(columns.names))
        cursor = connection.exec_driver_sql(query, (lead_id,)).cursor
        rows = [*rows, *cursor.fetchall()]
    if not rows:
        return columns.empty_table()
    arrays = [
        pa.array(_truths(cells) if pa.types.is_boolean(field.type) else cells, field.type)
        for cells, field in zip(zip(*rows, strict=True), columns, strict=True)
    ]
    return pa.table(arrays, schema=columns)


def _truths(cells: Sequence[Any]) -> list[bool | None]:
    """SQLite keeps truth as 0 and 1."""
    return [None if cell is None else bool(cell) for cell in cells]


_LEAD, _FACT, _EVENT = range(3)


@cache
def _own_rows(dialect: str) -> str:
    """Rows of three tables in one answer: table, two texts, two instants, a number, a truth."""
    mark = "?" if dialect == "sqlite" else "%s"
    no_text, no_second = "CAST(NULL AS TEXT)", "CAST(NULL AS BIGINT)"
    no_number = f"CAST(NULL AS {'REAL' if dialect == 'sqlite' else 'DOUBLE PRECISION'})"
    no_truth = "CAST(NULL AS BOOLEAN)"
    selects = (
        f"{_LEAD}, {no_text}, {no_text}, created_at, {no_second}, arrival, day_only FROM lead",
        f"{_FACT}, attribute, value, {no_second}, known_at, {no_number}, honest FROM fact",
        f"{_EVENT}, behaviour, actor, occurred_at, known_at, amount, {no_truth} FROM event",
    )
    return " UNION ALL ".join(f"SELECT {select} WHERE lead_id = {mark}" for select in selects)


@cache
def _query(table: str, dialect: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    mark = "?" if dialect == "sqlite" else "%s"
    order = {"lead": "", "fact": ", attribute, known_at", "event": ", occurred_at, event_id"}
    rest = order.get(table, ", stage, occurred_at")
    return f"SELECT {names} FROM {table} WHERE lead_id = {mark} ORDER BY lead_id{rest}"
