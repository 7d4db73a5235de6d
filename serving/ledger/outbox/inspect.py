"""The outbox as a person sees it: what waits, what is dead; trying again, forgetting."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, or_, select, update

from features.store.schema import outbox
from features.store.store import Store


@dataclass(frozen=True, kw_only=True)
class OutboxLine:
    """A message as a person sees it in a list."""

    message_id: int
    channel: str
    kind: str
    external_id: str
    lead_id: str | None
    made_at: datetime
    state: str
    attempts: int
    due_at: datetime
    settled_at: datetime | None
    answer: str | None


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """How many messages of a channel are in a state, and since when the oldest waits."""

    channel: str
    state: str
    n_messages: int
    oldest: datetime


@dataclass(frozen=True, kw_only=True)
class HeldMessages:
    """Messages of a channel that a deliverer holds, and until when: it may have been killed."""

    channel: str
    n_messages: int
    until: datetime


def held_messages(store: Store) -> list[HeldMessages]:
    """Messages that nobody else may send until the lease of their deliverer runs out."""
    until = func.max(outbox.c.leased_until, type_=outbox.c.leased_until.type)
    query = (
        select(outbox.c.channel, func.count().label("n_messages"), until.label("until"))
        .where(outbox.c.state == "waiting", outbox.c.leased_until > datetime.now(UTC))
        .group_by(outbox.c.channel)
        .order_by(outbox.c.channel)
    )
    with store.engine.connect() as connection:
        return [HeldMessages(**row) for row in connection.execute(query).mappings()]


def retry_dead(
    connection: Connection,
    *,
    message_ids: Collection[int] = (),
    channel: str | None = None,
    now: datetime | None = None,
) -> int:
    """Make dead messages due again at once, and give how many there were.

    Parameters
    ----------
    connection : Connection
    message_ids : collection of int
        Only these messages; any unless given.
    channel : str, optional
        Only messages of this channel; of any unless given.
    now : datetime, optional
        From when they are due; the present instant unless given.
    """
    again = update(outbox).where(outbox.c.state == "dead")
    if message_ids:
        again = again.where(outbox.c.message_id.in_(list(message_ids)))
    if channel is not None:
        again = again.where(outbox.c.channel == channel)
    values = {
        "state": "waiting",
        # Not none: an attempt before may have reached the receiver, who must be asked.
        "attempts": 1,
        "due_at": now or datetime.now(UTC),
        "settled_at": None,
    }
    return connection.execute(again.values(values)).rowcount


def renew_dead(connection: Connection, payloads: Mapping[int, Mapping[str, Any]]) -> None:
    """Make dead messages due again at once, each with what it is to say now.

    Parameters
    ----------
    connection : Connection
    payloads : mapping from int to mapping
        What each message is to carry, by its number.
    """
    for message_id, payload in payloads.items():
        if retry_dead(connection, message_ids=[message_id]):
            text = json.dumps(dict(payload), ensure_ascii=False, sort_keys=True)
            one = update(outbox).where(outbox.c.message_id == message_id)
            connection.execute(one.values(payload=text))


def close_dead(connection: Connection, message_ids: Collection[int]) -> None:
    """Close dead messages that nobody needs any more."""
    dead = (outbox.c.state == "dead", outbox.c.message_id == bindparam("b_message"))
    if message_ids:
        connection.execute(
            update(outbox).where(*dead).values(state="superseded"),
            [{"b_message": number} for number in message_ids],
        )


def list_messages(
    store: Store, *, state: str | None = None, channel: str | None = None, limit: int = 100
) -> list[OutboxLine]:
    """List messages, the newest first.

    Parameters
    ----------
    store : Store
    state : str, optional
        Only messages in this state, such as ``dead``; in any unless given.
    channel : str, optional
        Only messages of this channel; of any unless given.
    limit : int
        Most messages to list.
    """
    columns = [outbox.c[name] for name in OutboxLine.__dataclass_fields__]
    query = select(*columns).order_by(outbox.c.message_id.desc()).limit(limit)
    if state is not None:
        query = query.where(outbox.c.state == state)
    if channel is not None:
        query = query.where(outbox.c.channel == channel)
    with store.engine.connect() as connection:
        return [OutboxLine(**row) for row in connection.execute(query).mappings()]


def count_messages(store: Store) -> list[Backlog]:
    """How many messages there are, by channel and state."""
    query = (
        select(
            outbox.c.channel,
            outbox.c.state,
            func.count().label("n_messages"),
            func.min(outbox.c.made_at).label("oldest"),
        )
        .group_by(outbox.c.channel, outbox.c.state)
        .order_by(outbox.c.channel, outbox.c.state)
    )
    with store.engine.connect() as connection:
        return [Backlog(**row) for row in connection.execute(query).mappings()]


def drop_waiting(connection: Connection, kind: str, *, before: datetime) -> int:
    """Forget messages of a kind that still wait since before an instant; how many.

    Parameters
    ----------
    connection : Connection
    kind : str
        Of messages that are worth nothing later.
    before : datetime
        What a deliverer holds is left to it.
    """
    free = or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= datetime.now(UTC))
    old = (outbox.c.kind == kind, outbox.c.state == "waiting", outbox.c.made_at < before)
    return connection.execute(delete(outbox).where(*old, free)).rowcount


def known_messages(store: Store, kind: str) -> set[tuple[str, str]]:
    """Channel and name of every message of a kind that the outbox holds."""
    query = select(outbox.c.channel, outbox.c.external_id).where(outbox.c.kind == kind)
    with store.engine.connect() as connection:
        return {(channel, name) for channel, name in connection.execute(query)}


def prune_messages(store: Store, *, before: datetime) -> int:
    """Forget what was delivered or superseded before an instant; how many."""
    settled = outbox.c.state.in_(("delivered", "superseded"))
    with store.engine.begin() as connection:
        gone = connection.execute(delete(outbox).where(settled, outbox.c.settled_at < before))
        return gone.rowcount
