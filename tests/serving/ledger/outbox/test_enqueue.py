"""Messages to other systems: nothing lost, nothing sent by two at once, on both databases."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import delete, event, select

from features.store import Store
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.schema import lead, outbox
from serving.ledger.outbox.claim import (
    MAX_ATTEMPTS,
    Claimed,
    Receipt,
    claim,
    pause_channel,
    plain_answer,
    seconds_before_retry,
    settle,
)
from serving.ledger.outbox.enqueue import (
    Message,
    close_channel,
    enqueue,
    open_channel,
    open_channels,
)
from serving.ledger.outbox.inspect import count_messages, list_messages, prune_messages, retry_dead
from tests.patience import PATIENCE, wait_until

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)

LEASE = timedelta(minutes=5)


@pytest.fixture
def channel(store: Store) -> Store:
    """A store whose webhook channel is open, with one lead."""
    row = {"lead_id": "L1", "created_at": 0, "day_only": False, "arrival": None}
    store.write(
        LeadTables(
            lead=pa.Table.from_pylist([row], LEAD),
            fact=FACT.empty_table(),
            event=EVENT.empty_table(),
            outcome=OUTCOME.empty_table(),
            hand_over=HAND_OVER.empty_table(),
        )
    )
    with store.engine.begin() as connection:
        open_channel(connection, "webhook")
    return store


def _message(name: str, **fields: Any) -> Message:
    return Message(
        channel="webhook", kind="test.done", external_id=name, payload={"name": name}, **fields
    )


def _leave(store: Store, *messages: Message) -> int:
    with store.engine.begin() as connection:
        return enqueue(connection, messages, now=NOW)


def _claim(store: Store, at: datetime = NOW, limit: int = 100) -> list[Claimed]:
    return claim(store, "webhook", limit=limit, lease=LEASE, now=at)


def _names(claimed: list[Claimed]) -> list[str]:
    return [held.message.external_id for held in claimed]


def _settle(store: Store, held: Claimed, result: Any, *, at: datetime = NOW, **more: Any) -> None:
    receipt = Receipt(message_id=held.message_id, lease=held.lease, result=result, **more)
    settle(store, [receipt], now=at)


def _states(store: Store) -> dict[str, str]:
    return {line.external_id: line.state for line in list_messages(store)}


def test_a_message_is_kept_only_if_its_transaction_is(channel: Store) -> None:
    with channel.engine.connect() as connection:
        enqueue(connection, [_message("a")])
        connection.rollback()

    assert _claim(channel) == []


def test_the_same_external_id_is_kept_once(channel: Store) -> None:
    assert _leave(channel, _message("a"), _message("b")) == 2
    assert _leave(channel, _message("a"), _message("c")) == 1

    assert _names(_claim(channel)) == ["a", "b", "c"]


def test_what_is_claimed_is_what_was_left(channel: Store) -> None:
    message = Message(
        channel="webhook",
        kind="hand_over.made",
        external_id="hand_over-L1-1",
        payload={"reason": "見積依頼", "probability": 0.25, "none": None},
        lead_id="L1",
        record="L1",
    )
    _leave(channel, message)

    (held,) = _claim(channel)

    assert held.message == message
    assert held.attempt == 1


def test_nobody_else_gets_a_claimed_message_until_its_lease_runs_out(channel: Store) -> None:
    _leave(channel, _message("a"))
    _claim(channel)

    assert _claim(channel, NOW + LEASE - timedelta(seconds=1)) == []
    (again,) = _claim(channel, NOW + LEASE)
    assert again.attempt == 2


def test_a_delivered_message_is_not_sent_again(channel: Store) -> None:
    _leave(channel, _message("a"))

    _settle(channel, _claim(channel)[0], "delivered", answer="200")

    assert _claim(channel, NOW + timedelta(days=9)) == []
    (line,) = list_messages(channel, state="delivered")
    assert (line.answer, line.settled_at) == ("200", NOW)


def test_a_failed_message_waits_longer_each_time_and_is_dead_in_the_end(channel: Store) -> None:
    _leave(channel, _message("a"))
    at, waits = NOW, []
    for _ in range(MAX_ATTEMPTS):
        (held,) = _claim(channel, at)
        _settle(channel, held, "failed", at=at, answer="500")
        (line,) = list_messages(channel)
        waits.append((line.due_at - at).total_seconds())
        at = max(line.due_at, at)

    assert 2 <= waits[0] <= 8
    assert all(10 * 2**n <= waits[n + 2] <= 30 * 2**n for n in range(9))
    assert 10_800 <= waits[-2] <= 32_400
    assert _states(channel) == {"a": "dead"}
    assert _claim(channel, at + timedelta(days=9)) == []


def test_the_wait_of_a_receiver_is_kept_if_it_is_longer(channel: Store) -> None:
    _leave(channel, _message("a"), _message("b"))
    patient, endless = _claim(channel)

    _settle(channel, patient, "failed", retry_after=timedelta(minutes=10))
    _settle(channel, endless, "failed", retry_after=timedelta(days=4_000))

    due = {line.external_id: line.due_at - NOW for line in list_messages(channel)}
    assert due == {"a": timedelta(minutes=10), "b": timedelta(days=1)}


def test_a_refused_message_is_dead_at_once_until_a_person_tries_again(channel: Store) -> None:
    _leave(channel, _message("a"), _message("b"))
    for held in _claim(channel):
        _settle(channel, held, "refused", answer="400: no such field")
    (a, _) = sorted(list_messages(channel, state="dead"), key=lambda line: line.external_id)

    with channel.engine.begin() as connection:
        assert retry_dead(connection, message_ids=[a.message_id], now=NOW) == 1

    assert a.answer == "400: no such field"
    (held,) = _claim(channel, NOW + timedelta(seconds=2))
    assert (held.message.external_id, held.attempt) == ("a", 2)
    with channel.engine.begin() as connection:
        assert retry_dead(connection, channel="salesforce") == 0
        assert retry_dead(connection, channel="webhook") == 1


def test_a_message_given_back_counts_as_never_taken(channel: Store) -> None:
    _leave(channel, _message("a"))

    _settle(channel, _claim(channel)[0], "untried")

    (held,) = _claim(channel)
    assert held.attempt == 1


def test_a_late_failure_does_not_disturb_who_holds_the_message_now(channel: Store) -> None:
    _leave(channel, _message("a"))
    (slow,) = _claim(channel)
    (quick,) = _claim(channel, NOW + LEASE)

    _settle(channel, slow, "refused", at=NOW + LEASE)
    assert _states(channel) == {"a": "waiting"}
    _settle(channel, quick, "failed", at=NOW + LEASE)

    assert _states(channel) == {"a": "waiting"}


def test_a_late_delivery_counts_although_the_lease_is_over(channel: Store) -> None:
    _leave(channel, _message("a"))
    (slow,) = _claim(channel)
    (quick,) = _claim(channel, NOW + LEASE)

    _settle(channel, slow, "delivered")
    _settle(channel, quick, "failed")

    assert _states(channel) == {"a": "delivered"}


def test_of_one_record_only_the_newest_is_sent(channel: Store) -> None:
    _leave(channel, _message("a1", record="a"), _message("b1", record="b"), _message("free"))
    _leave(channel, _message("a2", record="a"))
    _leave(channel, _message("a3", record="a"))

    assert _names(_claim(channel)) == ["b1", "free", "a3"]
    assert _states(channel) == {
        "a1": "superseded",
        "a2": "superseded",
        "a3": "waiting",
        "b1": "waiting",
        "free": "waiting",
    }


def test_a_newer_message_waits_for_the_older_one_under_way(channel: Store) -> None:
    _leave(channel, _message("a1", record="a"))
    (older,) = _claim(channel)
    _leave(channel, _message("a2", record="a"))
    later = NOW + timedelta(seconds=2)

    assert _claim(channel, later) == []
    _settle(channel, older, "delivered", at=later)

    assert _names(_claim(channel, later)) == ["a2"]


def test_a_failed_message_gives_way_to_a_newer_one(channel: Store) -> None:
    _leave(channel, _message("a1", record="a"), _message("b1", record="b"))
    a, b = _claim(channel)
    _leave(channel, _message("a2", record="a"), _message("b2", record="b"))
    _settle(channel, a, "failed")
    _settle(channel, b, "refused")

    assert _names(_claim(channel, NOW + timedelta(seconds=2))) == ["a2", "b2"]
    assert _states(channel)["a1"] == "superseded"
    assert _states(channel)["b1"] == "superseded"


def test_a_paused_channel_sends_nothing_before_its_time(channel: Store) -> None:
    _leave(channel, _message("a"))

    pause_channel(channel, "webhook", until=NOW + timedelta(minutes=1), reason="quota")

    assert _claim(channel) == []
    assert _names(_claim(channel, NOW + timedelta(minutes=1))) == ["a"]


def test_messages_are_left_for_open_channels(channel: Store) -> None:
    with channel.engine.begin() as connection:
        open_channel(connection, "hubspot")
        open_channel(connection, "hubspot")
        assert open_channels(connection) == ("hubspot", "webhook")
        close_channel(connection, "hubspot")
        assert open_channels(connection) == ("webhook",)


def test_a_closed_channel_keeps_what_waits(channel: Store) -> None:
    _leave(channel, _message("a"))
    with channel.engine.begin() as connection:
        close_channel(connection, "webhook")

    assert _claim(channel) == []
    assert _states(channel) == {"a": "waiting"}


def test_messages_go_with_their_lead(channel: Store) -> None:
    _leave(channel, _message("a", lead_id="L1"), _message("sent", lead_id="L1"))
    held, sent = _claim(channel)
    _settle(channel, sent, "delivered")

    with channel.engine.begin() as connection:
        connection.execute(delete(lead).where(lead.c.lead_id == "L1"))

    _settle(channel, held, "failed")
    assert list_messages(channel) == []


def test_settled_messages_are_forgotten_after_a_while_and_dead_ones_are_not(
    channel: Store,
) -> None:
    _leave(channel, _message("done"), _message("dead"), _message("open"))
    done, dead, _ = _claim(channel)
    _settle(channel, done, "delivered")
    _settle(channel, dead, "refused")

    assert prune_messages(channel, before=NOW) == 0
    assert prune_messages(channel, before=NOW + timedelta(seconds=1)) == 1
    assert _states(channel) == {"dead": "dead", "open": "waiting"}


def test_the_backlog_is_counted_by_channel_and_state(channel: Store) -> None:
    _leave(channel, _message("a"), _message("b"), _message("c"))
    _settle(channel, _claim(channel)[0], "delivered")

    counted = {(line.channel, line.state): line.n_messages for line in count_messages(channel)}

    assert counted == {("webhook", "delivered"): 1, ("webhook", "waiting"): 2}


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_what_was_just_taken_is_under_way_whatever_comes_meanwhile(channel: Store) -> None:
    """On SQLite nobody writes between the choice and its lease."""
    _leave(channel, _message("old", record="r"))
    come = iter([_message("new", record="r")])

    def comes_once_chosen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "SKIP LOCKED" in statement and (message := next(come, None)):
            _leave(channel, message)

    event.listen(channel.engine, "after_cursor_execute", comes_once_chosen)
    (taken,) = _claim(channel)
    event.remove(channel.engine, "after_cursor_execute", comes_once_chosen)

    assert taken.message.external_id == "old"
    assert _claim(channel) == []
    receipt = Receipt(message_id=taken.message_id, lease=taken.lease, result="delivered")
    settle(channel, [receipt], now=NOW)
    assert _names(_claim(channel)) == ["new"]


def test_several_deliverers_send_each_message_once_and_each_record_in_order(
    channel: Store,
) -> None:
    records = [f"r{n % 10}" for n in range(200)]
    stop = threading.Event()
    sent: list[tuple[str, str]] = []
    under_way: Counter[str] = Counter()
    faults: list[str] = []
    lock = threading.Lock()

    def deliver() -> None:
        while not stop.is_set():
            held = claim(channel, "webhook", limit=7, lease=LEASE, now=NOW)
            with lock:
                for message in held:
                    record = str(message.message.record)
                    under_way[record] += 1
                    if under_way[record] > 1:
                        faults.append(record)
                    sent.append((record, message.message.external_id))
            receipts = [
                Receipt(message_id=m.message_id, lease=m.lease, result="delivered") for m in held
            ]
            with lock:
                under_way.subtract(str(m.message.record) for m in held)
            settle(channel, receipts, now=NOW)

    deliverers = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in deliverers:
        thread.start()
    for number, record in enumerate(records):
        _leave(channel, _message(f"{number:04d}", record=record))
    wait_until(lambda: "waiting" not in _states(channel).values())
    stop.set()
    for thread in deliverers:
        thread.join(timeout=PATIENCE)

    names = [name for _, name in sent]
    assert faults == []
    assert len(names) == len(set(names))
    assert {f"{n:04d}" for n in range(190, 200)} <= set(names)
    for record in set(records):
        of_record = [name for r, name in sent if r == record]
        assert of_record == sorted(of_record)
    with channel.engine.connect() as connection:
        assert connection.scalar(
            select(outbox.c.message_id).where(outbox.c.lease.is_not(None))
        ) is (None)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("two\n lines", "two lines"),
        ("duplicate of <hanako@example.co.jp>, 003x", "duplicate of <(address)>, 003x"),
        ("", None),
        ("x" * 2_000, "x" * 500),
    ],
)
def test_an_answer_is_kept_short_and_without_addresses(said: str, kept: str | None) -> None:
    assert plain_answer(said) == kept


def test_the_wait_spreads_by_half_to_either_side() -> None:
    assert seconds_before_retry(3, jitter=0.0) == 10.0
    assert seconds_before_retry(3, jitter=1.0) == 30.0
