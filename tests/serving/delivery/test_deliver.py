"""From a transaction to a receiver, on both databases, whatever happens in between."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from features.store import Store
from serving.delivery.background import delivering
from serving.delivery.deliver import DeliveryCounts, deliver_batch, deliver_due
from serving.delivery.sender import Pause, Sent
from serving.delivery.webhook import Webhook, webhook_id
from serving.ledger.outbox.claim import Receipt
from serving.ledger.outbox.enqueue import Message, enqueue, open_channel
from serving.ledger.outbox.inspect import list_messages
from tests.patience import PATIENCE, wait_until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

KILLED_HALF_WAY = """
import sys
from datetime import timedelta
from features.store import Store
from serving.delivery.deliver import deliver_batch
from serving.delivery.webhook import Webhook

webhook = Webhook.to(sys.argv[2], sys.argv[3])
webhook.lease = timedelta(seconds=2)
deliver_batch(Store(sys.argv[1]), webhook)
"""


class Scripted:
    """A sender whose receiver is not a server, to be told how each batch ends."""

    channel = "webhook"
    batch_size = 2
    lease = timedelta(minutes=1)

    def __init__(self, *ends) -> None:
        self.ends = list(ends)
        self.batches: list[list[str]] = []

    def send(self, messages) -> Sent:
        self.batches.append([m.message.external_id for m in messages])
        end = self.ends.pop(0) if self.ends else "delivered"
        if isinstance(end, Exception):
            raise end
        if isinstance(end, Pause):
            result, pause = "untried", end
        else:
            result, pause = end, None
        return Sent(
            receipts=tuple(
                Receipt(message_id=m.message_id, lease=m.lease, result=result) for m in messages
            ),
            pause=pause,
        )


def _open(store: Store) -> None:
    with store.engine.begin() as connection:
        open_channel(connection, "webhook")


def _leave(store: Store, *names: str) -> None:
    with store.engine.begin() as connection:
        messages = [
            Message(channel="webhook", kind="test.done", external_id=name, payload={})
            for name in names
        ]
        enqueue(connection, messages)


def _states(store: Store) -> dict[str, str]:
    return {line.external_id: line.state for line in list_messages(store)}


def test_everything_due_is_sent_in_batches_and_counted(store: Store) -> None:
    sender = Scripted("delivered", "failed", "refused")
    _open(store)
    _leave(store, "a", "b", "c", "d", "e")

    tally = deliver_due(store, sender)

    assert sender.batches == [["a", "b"], ["c", "d"], ["e"]]
    assert tally == DeliveryCounts(delivered=2, failed=2, refused=1)
    assert deliver_batch(store, sender) is None


def test_a_pause_holds_back_every_deliverer(store: Store) -> None:
    sender = Scripted(Pause(lasts=timedelta(hours=1), reason="daily quota"))
    _open(store)
    _leave(store, "a", "b", "c")

    assert deliver_due(store, sender) == DeliveryCounts()
    assert deliver_due(store, Scripted()) == DeliveryCounts()
    assert len(sender.batches) == 1
    assert {line.attempts for line in list_messages(store)} == {0}


def test_a_broken_sender_loses_nothing_and_is_not_hidden(store: Store) -> None:
    sender = Scripted(KeyError("hanako@example.com"))
    _open(store)
    _leave(store, "a")

    with pytest.raises(KeyError, match="hanako"):
        deliver_batch(store, sender)

    (line,) = list_messages(store)
    assert (line.state, line.answer) == ("waiting", "the sender broke: KeyError")
    assert line.due_at > datetime.now(UTC)


def test_a_message_arrives_in_the_background_within_seconds(store, receiver, says) -> None:
    webhook = Webhook.to(receiver.url, SECRET)
    _open(store)

    with delivering(store, [webhook], keep_days=90):
        _leave(store, "a", "b")
        wait_until(lambda: len(receiver.bodies) == 2)

    assert _states(store) == {"a": "delivered", "b": "delivered"}


def test_the_background_outlives_a_sender_that_breaks(store, caplog) -> None:
    sender = Scripted(KeyError("hanako@example.com"))
    _open(store)
    _leave(store, "a")

    with delivering(store, [sender], keep_days=90):
        wait_until(lambda: len(sender.batches) == 1)
        _leave(store, "b")
        wait_until(lambda: "delivered" in _states(store).values())

    assert "KeyError" in caplog.text
    assert "hanako" not in caplog.text


def test_what_a_killed_deliverer_held_is_sent_again_under_the_same_id(
    store, receiver, says, request
) -> None:
    receiver.will(says.stall, says.stall)
    webhook = Webhook.to(receiver.url, SECRET)
    _open(store)
    _leave(store, "a", "b")
    url = store.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", KILLED_HALF_WAY, url, receiver.url, SECRET]

    with subprocess.Popen(command) as deliverer:
        wait_until(lambda: len(receiver.bodies) == 2)
        deliverer.kill()
    assert set(_states(store).values()) == {"waiting"}
    wait_until(lambda: deliver_batch(store, webhook) is not None)

    assert set(_states(store).values()) == {"delivered"}
    expected = {webhook_id("a"): 2, webhook_id("b"): 2}
    assert {name: receiver.ids.count(name) for name in receiver.ids} == expected


def test_many_deliverers_and_a_failing_receiver_lose_nothing(store, receiver, says) -> None:
    names = [f"{n:03d}" for n in range(60)]
    receiver.will(*[says.answer(400), says.answer(204), says.answer(429)] * 10)
    webhooks = [Webhook.to(receiver.url, SECRET) for _ in range(3)]
    for webhook in webhooks:
        webhook.batch_size = 8
    _open(store)
    _leave(store, *names)

    threads = [threading.Thread(target=deliver_due, args=(store, w)) for w in webhooks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE)

    n_sent = {name: receiver.ids.count(webhook_id(name)) for name in names}
    assert set(n_sent.values()) == {1}
    assert sorted(_states(store)) == names
    assert list(_states(store).values()).count("waiting") == 20
    assert list(_states(store).values()).count("delivered") == 40
