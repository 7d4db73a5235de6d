"""Messages that must reach other systems: left in the writer's own transaction, delivered later.

Why: whoever records a hand-over cannot also call a CRM and be sure that both happen. The message is
therefore a row of the same transaction, and a deliverer (``outbox_claims``) sends it afterwards,
again and again until somebody takes it: at least once, always under the same ``external_id``, by
which the receiver can tell that it has seen a message before.

**A channel** is a receiver. Messages are left for open channels only; which those are is kept in
the database, so that whoever writes in a transaction can ask in it.

**A record** names what a message describes. Of several that describe the same one only the newest
is sent, and not before an older one under way has been answered.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from features.store.schema import outbox, outbox_channel


@dataclass(frozen=True, kw_only=True)
class Message:
    """Something to send to another system.

    Attributes
    ----------
    channel : str
        Which system: ``webhook``, ``hubspot``, ``salesforce``.
    kind : str
        What happened, for instance ``hand_over.made``.
    external_id : str
        Stable name of this message; a second one with the same name in a channel is not kept.
    payload : mapping
        What is sent; goes to JSON. No names or addresses of people.
    lead_id : str, optional
        The lead it is about; the message goes when the lead goes.
    record : str, optional
        What it describes, if only the newest description is worth sending.
    """

    channel: str
    kind: str
    external_id: str
    payload: Mapping[str, Any]
    lead_id: str | None = None
    record: str | None = None


def open_channel(connection: Connection, channel: str) -> None:
    """From now on messages are left for a channel; does nothing if they are already."""
    row = {"channel": channel, "opened_at": datetime.now(UTC)}
    connection.execute(_insert(connection, outbox_channel).values(row).on_conflict_do_nothing())


def close_channel(connection: Connection, channel: str) -> None:
    """Leave no more messages for a channel; what waits there stays."""
    connection.execute(delete(outbox_channel).where(outbox_channel.c.channel == channel))


def open_channels(connection: Connection) -> tuple[str, ...]:
    """Channels for which messages are to be left, by name."""
    query = select(outbox_channel.c.channel).order_by(outbox_channel.c.channel)
    return tuple(connection.scalars(query))


def enqueue(
    connection: Connection, messages: Iterable[Message], *, now: datetime | None = None
) -> int:
    """Leave messages in the same transaction that writes what they report.

    Parameters
    ----------
    connection : Connection
        Its transaction is ended by the caller.
    messages : iterable of Message
    now : datetime, optional
        From when they are due; the present instant unless given.

    Returns
    -------
    int
        How many were new; one whose ``external_id`` its channel has seen is not kept again.
    """
    now = now or datetime.now(UTC)
    rows = [
        {
            "channel": message.channel,
            "external_id": message.external_id,
            "kind": message.kind,
            "lead_id": message.lead_id,
            "record": message.record,
            "payload": json.dumps(dict(message.payload), ensure_ascii=False, sort_keys=True),
            "made_at": now,
            "state": "waiting",
            "attempts": 0,
            "due_at": now,
        }
        for message in messages
    ]
    if not rows:
        return 0
    insert = _insert(connection, outbox).on_conflict_do_nothing()
    kept = connection.execute(insert, rows, execution_options={"preserve_rowcount": True})
    return kept.rowcount


def _insert(connection: Connection, table: Any) -> Any:
    """Both databases know ON CONFLICT; SQLAlchemy spells it once for each."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)
