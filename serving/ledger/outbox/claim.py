"""Taking messages from the outbox, and recording what became of them.

**A lease** keeps two deliverers from sending one message: it is taken before sending and runs out
by itself, so that what a killed deliverer held comes back. Failed attempts wait longer each time;
after :data:`MAX_ATTEMPTS` a message is dead and waits for a person.
"""

import json
import random
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Update,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)

from features.store.schema import outbox, outbox_channel
from features.store.store import Store
from serving.ledger.outbox.enqueue import Message

FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 6 * 3_600.0
MAX_ATTEMPTS = 20
"""With the two numbers above a message is tried for about two days before it is dead."""

LONGEST_WISH = timedelta(days=1)
"""The longest wait a receiver may ask for; daily quotas need no more."""

LONGEST_ANSWER = 500
"""Characters kept of what a receiver said."""

_CLAIM_LOCK = 7_205_743
"""Number under which PostgreSQL lets one deliverer at a time choose; any constant will do."""

_AT_ONCE = 1_000
"""Numbers in one condition; SQLite takes some 32,000."""

_ADDRESS = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+")


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A message that this deliverer holds until its lease runs out.

    Attributes
    ----------
    attempt : int
        1 for the first. Above 1 an earlier attempt may have reached the receiver unnoticed.
    """

    message_id: int
    message: Message
    made_at: datetime
    attempt: int
    lease: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What became of one attempt.

    Attributes
    ----------
    result : str
        ``delivered``; ``failed``, to be tried again; ``refused``, which trying again would not
        change; ``untried``, given back as if it had never been taken.
    answer : str
        What the receiver said, for a person to read.
    retry_after : timedelta, optional
        The receiver's own wish.
    """

    message_id: int
    lease: str
    result: Literal["delivered", "failed", "refused", "untried"]
    answer: str = ""
    retry_after: timedelta | None = None


def claim(
    store: Store, channel: str, *, limit: int, lease: timedelta, now: datetime | None = None
) -> list[Claimed]:
    """Take messages that are due, oldest first, for as long as a lease lasts.

    Nobody else gets them until then. The caller sends them and calls :func:`settle`.

    Parameters
    ----------
    store : Store
    channel : str
        As in ``webhook`` or ``hubspot``.
    limit : int
        Most messages to take.
    lease : timedelta
        How long the caller keeps them; afterwards others may take them.
    now : datetime, optional
        The present instant unless given.
    """
    now = now or _now()
    due = _due(channel, now).limit(limit)
    with store.engine.connect() as connection:
        # Reading does not hinder anybody; the lock of a writer is taken only when it is needed.
        if connection.execute(_waiting_now(channel, now)).first() is None:
            return []
    token = uuid.uuid4().hex
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        if connection.dialect.name == "postgresql":
            # Two that choose at once could take an older and a newer message of one record.
            connection.execute(
                select(func.pg_advisory_xact_lock(_CLAIM_LOCK, func.hashtext(channel)))
            )
        rows = connection.execute(due).mappings().all()
        connection.execute(
            update(outbox)
            .where(outbox.c.message_id.in_([row["message_id"] for row in rows]))
            .values(lease=token, leased_until=now + lease, attempts=outbox.c.attempts + 1)
        )
        if len(rows) < limit:
            # Outdated messages are never due. They are closed where the queue ends: to look through
            # all that waits for every batch took half the time of pushing 100,000 records. Not
            # before the lease is there: a newer message that has come meanwhile would close those
            # that were just taken, and go out beside them.
            _supersede(connection, channel, now)
        connection.commit()
    return [_claimed(row, token) for row in rows]


def settle(store: Store, receipts: Sequence[Receipt], *, now: datetime | None = None) -> None:
    """Record what became of messages that were claimed.

    What was delivered is so whoever says it. Any other word counts only from who holds the lease:
    another deliverer may have the message by now.

    Parameters
    ----------
    store : Store
    receipts : sequence of Receipt
        One for each message that was tried or is given back.
    now : datetime, optional
        The present instant unless given.
    """
    now = now or _now()
    by_result: dict[str, list[dict[str, Any]]] = {}
    for receipt in receipts:
        by_result.setdefault(receipt.result, []).append(
            {
                "b_message": receipt.message_id,
                "b_lease": receipt.lease,
                "b_answer": plain_answer(receipt.answer),
                "b_after": receipt.retry_after,
            }
        )
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        for result, rows in by_result.items():
            _SETTLE[result](connection, rows, now)
        connection.commit()


def seconds_before_retry(attempt: int, jitter: float) -> float:
    """How long to wait after a failed attempt.

    Parameters
    ----------
    attempt : int
        1 after the first.
    jitter : float
        Between 0 and 1, drawn at random: deliverers that failed together do not return together.

    Examples
    --------
    >>> [seconds_before_retry(attempt, jitter=0.5) for attempt in (1, 2, 3, 20)]
    [5.0, 10.0, 20.0, 21600.0]
    """
    wait = min(FIRST_RETRY_SECONDS * 2.0 ** (attempt - 1), LONGEST_RETRY_SECONDS)
    return wait * (0.5 + jitter)


def pause_channel(store: Store, channel: str, *, until: datetime, reason: str) -> None:
    """Keep every deliverer from taking messages of a channel before an instant.

    Parameters
    ----------
    store : Store
    channel : str
        As in ``webhook`` or ``hubspot``.
    until : datetime
        From then on messages may be taken again.
    reason : str
        Why, for people who inspect the outbox.
    """
    with store.engine.begin() as connection:
        connection.execute(
            update(outbox_channel)
            .where(outbox_channel.c.channel == channel)
            .values(paused_until=until, pause_reason=plain_answer(reason))
        )


def plain_answer(text: str) -> str | None:
    """What a receiver said, short, on one line, without e-mail addresses."""
    line = _ADDRESS.sub("(address)", " ".join(text.split()))
    return line[:LONGEST_ANSWER] or None


def _due(channel: str, now: datetime) -> Select[Any]:
    """Messages that may be sent now; those that another deliverer is choosing are passed over."""
    older, newer = outbox.alias(), outbox.alias()
    under_way = exists().where(
        _same_record(older), older.c.state == "waiting", older.c.leased_until > now
    )
    outdated = exists().where(
        _same_record(newer),
        newer.c.state.in_(("waiting", "delivered")),
        newer.c.message_id > outbox.c.message_id,
    )
    is_open = exists().where(
        outbox_channel.c.channel == channel,
        or_(outbox_channel.c.paused_until.is_(None), outbox_channel.c.paused_until <= now),
    )
    alone = or_(outbox.c.record.is_(None), and_(~under_way, ~outdated))
    return (
        select(outbox)
        .where(*_free(channel, now), is_open, alone)
        .order_by(outbox.c.due_at, outbox.c.message_id)
        .with_for_update(skip_locked=True, of=outbox)
    )


def _waiting_now(channel: str, now: datetime) -> Select[Any]:
    return select(outbox.c.message_id).where(*_free(channel, now)).limit(1)


def _free(channel: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        outbox.c.channel == channel,
        outbox.c.state == "waiting",
        outbox.c.due_at <= now,
        or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= now),
    )


def _same_record(other: Any) -> ColumnElement[bool]:
    return and_(other.c.channel == outbox.c.channel, other.c.record == outbox.c.record)


def _supersede(connection: Connection, channel: str, now: datetime) -> None:
    """Close what a newer message of the same record has made pointless, unless it is under way."""
    newer = outbox.alias()
    outdated = (
        select(outbox.c.message_id)
        .where(
            outbox.c.channel == channel,
            outbox.c.record.is_not(None),
            outbox.c.state.in_(("waiting", "dead")),
            or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= now),
            exists().where(
                _same_record(newer),
                newer.c.state.in_(("waiting", "delivered")),
                newer.c.message_id > outbox.c.message_id,
            ),
        )
        .with_for_update(skip_locked=True, of=outbox)
    )
    ids = list(connection.scalars(outdated))
    for start in range(0, len(ids), _AT_ONCE):
        connection.execute(
            update(outbox)
            .where(outbox.c.message_id.in_(ids[start : start + _AT_ONCE]))
            .values(state="superseded", settled_at=now, lease=None, leased_until=None)
        )


def _settle_delivered(connection: Connection, rows: list[dict[str, Any]], now: datetime) -> None:
    done = (
        update(outbox)
        .where(outbox.c.message_id == bindparam("b_message"), outbox.c.state != "delivered")
        .values(state="delivered", answer=bindparam("b_answer"), **_ended(now))
    )
    _each(connection, done, rows, "b_answer")


def _settle_refused(connection: Connection, rows: list[dict[str, Any]], now: datetime) -> None:
    dead = _held().values(state="dead", answer=bindparam("b_answer"), **_ended(now))
    _each(connection, dead, rows, "b_lease", "b_answer")


def _settle_failed(connection: Connection, rows: list[dict[str, Any]], now: datetime) -> None:
    ids = [row["b_message"] for row in rows]
    query = select(outbox.c.message_id, outbox.c.attempts).where(outbox.c.message_id.in_(ids))
    # A message may be gone by now: its lead was forgotten.
    attempts = {row.message_id: row.attempts for row in connection.execute(query)}
    there = [row for row in rows if row["b_message"] in attempts]
    given_up = [row for row in there if attempts[row["b_message"]] >= MAX_ATTEMPTS]
    _settle_refused(connection, given_up, now)
    again = [
        row | {"b_due": now + _wait(attempts[row["b_message"]], row["b_after"])}
        for row in there
        if attempts[row["b_message"]] < MAX_ATTEMPTS
    ]
    later = _held().values(
        due_at=bindparam("b_due"), answer=bindparam("b_answer"), lease=None, leased_until=None
    )
    _each(connection, later, again, "b_lease", "b_due", "b_answer")


def _give_back(connection: Connection, rows: list[dict[str, Any]], _now: datetime) -> None:
    untried = _held().values(attempts=outbox.c.attempts - 1, lease=None, leased_until=None)
    _each(connection, untried, rows, "b_lease")


_SETTLE = {
    "delivered": _settle_delivered,
    "refused": _settle_refused,
    "failed": _settle_failed,
    "untried": _give_back,
}


def _wait(attempt: int, wished: timedelta | None) -> timedelta:
    # A whole second at least: instants are whole seconds.
    drawn = timedelta(seconds=max(1.0, seconds_before_retry(max(attempt, 1), random.random())))
    return drawn if wished is None else max(drawn, min(wished, LONGEST_WISH))


def _held() -> Update:
    return update(outbox).where(
        outbox.c.message_id == bindparam("b_message"),
        outbox.c.lease == bindparam("b_lease"),
        outbox.c.state == "waiting",
    )


def _ended(now: datetime) -> dict[str, Any]:
    return {"settled_at": now, "lease": None, "leased_until": None}


def _each(
    connection: Connection, statement: Update, rows: list[dict[str, Any]], *names: str
) -> None:
    """Execute a statement for each row with its message and what else it names."""
    if rows:
        used = ("b_message", *names)
        connection.execute(statement, [{name: row[name] for name in used} for row in rows])


def _claimed(row: Mapping[Any, Any], token: str) -> Claimed:
    message = Message(
        channel=row["channel"],
        kind=row["kind"],
        external_id=row["external_id"],
        payload=json.loads(row["payload"]),
        lead_id=row["lead_id"],
        record=row["record"],
    )
    return Claimed(
        message_id=row["message_id"],
        message=message,
        made_at=row["made_at"],
        attempt=row["attempts"] + 1,
        lease=token,
    )


def _now() -> datetime:
    return datetime.now(UTC)
