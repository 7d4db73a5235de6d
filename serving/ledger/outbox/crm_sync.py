"""How far pulls from a CRM have come, and what was last pushed to it about each lead."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from features.core.parsing.record_ids import one_spelling
from features.store.schema import crm_cursor, crm_push, lead_external_id, outbox
from features.store.store import Store

_PLAIN = ("lead_id", "record_id", "fingerprint", "pushed_at", "logged_cycle")

CHUNK = 500
"""Rows of one statement: SQLite takes at most 32,766 values in one."""


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """What was last pushed to a CRM about a lead.

    Attributes
    ----------
    fingerprint : str or None
        Of the fields that were written; None while nothing was.
    logged_cycle : int or None
        The newest cycle whose arrival is in the CRM's log.
    fields : mapping
        What was written, by the names of :data:`serving.crm.outbound.fields.PUSHED`.
    reasons : tuple of str
        Concepts of the reasons that were written.
    """

    lead_id: str
    record_id: str
    fingerprint: str | None
    pushed_at: datetime | None
    logged_cycle: int | None
    fields: Mapping[str, Any] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CrmRefusal:
    """A message that a CRM does not take, and why.

    Attributes
    ----------
    fingerprint : str
        Of the fields it was made with.
    """

    message_id: int
    kind: str
    external_id: str
    lead_id: str
    reason: str
    fingerprint: str


def read_positions(store: Store, vendor: str) -> dict[str, dict[str, Any]]:
    """Where each stream of a vendor goes on."""
    query = select(crm_cursor.c.stream, crm_cursor.c.position).where(crm_cursor.c.vendor == vendor)
    with store.engine.connect() as connection:
        return {row.stream: json.loads(row.position) for row in connection.execute(query)}


def move_position(store: Store, vendor: str, *, stream: str, position: Mapping[str, Any]) -> None:
    """Remember where a stream goes on; called once everything before it is stored.

    Parameters
    ----------
    store : Store
    vendor : str
        As in ``hubspot``.
    stream : str
        Name of the stream, such as ``contacts``.
    position : mapping
        Where to go on, in the vendor's own terms; goes to JSON.
    """
    with store.engine.begin() as connection:
        same = (crm_cursor.c.vendor == vendor, crm_cursor.c.stream == stream)
        connection.execute(delete(crm_cursor).where(*same))
        connection.execute(
            insert(crm_cursor).values(
                vendor=vendor,
                stream=stream,
                position=json.dumps(position),
                moved_at=datetime.now(UTC),
            )
        )


def forget_position(store: Store, vendor: str, stream: str) -> None:
    """Begin a stream anew at the next pull.

    Parameters
    ----------
    store : Store
    vendor : str
        As in ``hubspot``.
    stream : str
        Name of the stream, such as ``contacts``.
    """
    same = (crm_cursor.c.vendor == vendor, crm_cursor.c.stream == stream)
    with store.engine.begin() as connection:
        connection.execute(delete(crm_cursor).where(*same))


def read_record_ids(
    store: Store, vendor: str, lead_ids: Sequence[str] | None = None
) -> dict[str, str]:
    """Read the ids of the leads' records in a CRM, by lead.

    Parameters
    ----------
    store : Store
    vendor : str
        As in ``hubspot``.
    lead_ids : sequence of str, optional
        At most :data:`CHUNK` of them; all leads unless given.
    """
    columns = lead_external_id.c
    query = select(columns.lead_id, columns.external_id).where(columns.vendor == vendor)
    if lead_ids is not None:
        query = query.where(columns.lead_id.in_(lead_ids))
    with store.engine.connect() as connection:
        return {row[0]: one_spelling(row[1]) for row in connection.execute(query)}


def read_pushed_of(store: Store, vendor: str, lead_ids: Sequence[str]) -> dict[str, Pushed]:
    """Read what was last pushed to a CRM about some leads, by lead.

    Parameters
    ----------
    store : Store
    vendor : str
        As in ``hubspot``.
    lead_ids : sequence of str
        At most :data:`CHUNK` of them.
    """
    query = select(crm_push).where(crm_push.c.vendor == vendor, crm_push.c.lead_id.in_(lead_ids))
    with store.engine.connect() as connection:
        return {row["lead_id"]: _pushed(row) for row in connection.execute(query).mappings()}


def read_pushed(store: Store, vendor: str) -> dict[str, Pushed]:
    """What was last pushed to a CRM, by lead."""
    query = select(crm_push).where(crm_push.c.vendor == vendor)
    with store.engine.connect() as connection:
        return {row["lead_id"]: _pushed(row) for row in connection.execute(query).mappings()}


def write_pushed(store: Store, vendor: str, pushed: Iterable[Pushed]) -> None:
    """Remember what was pushed to a CRM, in place of what was remembered of the same leads.

    Parameters
    ----------
    store : Store
    vendor : str
        As in ``hubspot``.
    pushed : iterable of Pushed
        One for each lead.
    """
    rows = [
        {name: getattr(item, name) for name in _PLAIN}
        | {"vendor": vendor, "written": _as_json(item)}
        for item in pushed
    ]
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        for begin in range(0, len(rows), CHUNK):
            part = rows[begin : begin + CHUNK]
            forget_pushed(connection, vendor, [row["lead_id"] for row in part])
            connection.execute(insert(crm_push), part)
        connection.commit()


def forget_pushed(connection: Connection, vendor: str, lead_ids: Sequence[str]) -> None:
    """Know no more what was pushed to a CRM about some leads.

    Parameters
    ----------
    connection : Connection
        Its transaction is ended by the caller.
    vendor : str
        As in ``hubspot``.
    lead_ids : sequence of str
        At most :data:`CHUNK` of them.
    """
    connection.execute(
        delete(crm_push).where(crm_push.c.vendor == vendor, crm_push.c.lead_id.in_(lead_ids))
    )


def _pushed(row: Mapping[Any, Any]) -> Pushed:
    written = json.loads(row["written"] or "{}")
    return Pushed(
        **{name: row[name] for name in _PLAIN},
        fields=written.get("fields", {}),
        reasons=tuple(written.get("reasons", ())),
    )


def _as_json(item: Pushed) -> str:
    written = {"fields": dict(item.fields), "reasons": item.reasons}
    return json.dumps(written, ensure_ascii=False)


def read_refusals(store: Store, vendor: str) -> list[CrmRefusal]:
    """Messages that a CRM refused and that stand, by lead."""
    query = (
        select(outbox)
        .where(outbox.c.channel == vendor, outbox.c.state == "dead", outbox.c.lead_id.is_not(None))
        .order_by(outbox.c.lead_id, outbox.c.message_id)
    )
    with store.engine.connect() as connection:
        return [
            CrmRefusal(
                message_id=row["message_id"],
                kind=row["kind"],
                external_id=row["external_id"],
                lead_id=row["lead_id"],
                reason=row["answer"] or "",
                fingerprint=str(json.loads(row["payload"]).get("fingerprint", "")),
            )
            for row in connection.execute(query).mappings()
        ]
