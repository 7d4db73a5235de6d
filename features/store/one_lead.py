"""One lead's history, read as fast as a request needs it, inside somebody's transaction.

Three short queries on clustered keys, run as plain text: building and reading them through the
query builder took five times as long as the database did.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, bindparam, select, text

from features import tables as arrow
from features.definition import LeadDefinition
from features.store.schema import SHORT_VALUE_LENGTH, lead
from features.tables import LeadTables

_NO_OUTCOMES = arrow.OUTCOME.empty_table()
_NO_HAND_OVERS = arrow.HAND_OVER.empty_table()


def read_for_snapshot(
    connection: Connection, lead_id: str, definition: LeadDefinition
) -> LeadTables:
    """What a snapshot of one lead needs: its events and facts, and no hand-overs.

    Where the definition asks for features of accounts, also everything about the people who were
    ever at one of its accounts; outcomes are read only then. Empty if there is no such lead.
    """
    if definition.windows.account and definition.roles.account is not None:
        lead_ids = _colleagues(connection, lead_id, definition.roles.account)
        outcomes = _read(connection, "outcome", arrow.OUTCOME, lead_ids)
    else:
        lead_ids, outcomes = (lead_id,), _NO_OUTCOMES
    return LeadTables(
        lead=_read(connection, "lead", arrow.LEAD, lead_ids),
        fact=_read(connection, "fact", arrow.FACT, lead_ids),
        event=_read(connection, "event", arrow.EVENT, lead_ids),
        outcome=outcomes,
        hand_over=_NO_HAND_OVERS,
    )


def lead_exists(connection: Connection, lead_ids: Sequence[str]) -> set[str]:
    """Which of some leads are stored."""
    query = select(lead.c.lead_id).where(lead.c.lead_id.in_(bindparam("ids", expanding=True)))
    return set(connection.scalars(query, {"ids": list(lead_ids)}))


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


@cache
def _query(table: str, dialect: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    mark = "?" if dialect == "sqlite" else "%s"
    order = {"lead": "", "fact": ", attribute, known_at", "event": ", occurred_at, event_id"}
    rest = order.get(table, ", stage, occurred_at")
    return f"SELECT {names} FROM {table} WHERE lead_id = {mark} ORDER BY lead_id{rest}"
