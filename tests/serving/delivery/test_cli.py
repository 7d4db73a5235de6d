"""`awase deliver` and `awase outbox` as a person meets them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from features.store import Store
from features.store.schema import outbox
from features.store.schema.columns import MESSAGE_STATES
from serving.cli.operate.outbox import STATES
from serving.delivery.signature import parse_keys
from serving.ledger.access.audit import read_audit
from serving.ledger.outbox.claim import claim
from serving.ledger.outbox.enqueue import Message, enqueue
from serving.ledger.outbox.inspect import list_messages

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def place(awase, tmp_path: Path, receiver, monkeypatch) -> Path:
    """A workspace that tells its news to the receiver."""
    awase("init", tmp_path)
    monkeypatch.setenv("AWASE_WEBHOOK_URL", receiver.url)
    secrets = tmp_path / "secrets.env"
    secrets.write_text(f"AWASE_WEBHOOK_SECRET={SECRET}\n", encoding="utf-8")
    secrets.chmod(0o600)
    assert awase("deliver", "-w", tmp_path).returncode == 0
    return tmp_path


def _leave(place: Path, *names: str) -> None:
    store = Store.open(f"sqlite:///{place / 'awase.db'}")
    with store.engine.begin() as connection:
        messages = [
            Message(channel="webhook", kind="test.done", external_id=name, payload={})
            for name in names
        ]
        enqueue(connection, messages)
    store.close()


def test_what_waits_is_delivered_and_counted(awase, place: Path, receiver) -> None:
    _leave(place, "a", "b")

    told = awase("deliver", "-w", place)

    assert (told.returncode, told.stderr) == (0, "")
    assert "webhook: 2 delivered, 0 to be tried again, 0 refused" in told.stdout
    assert json.loads(awase("deliver", "-w", place, "--json").stdout) == {
        "webhook": {"delivered": 0, "failed": 0, "refused": 0}
    }
    assert len(receiver.bodies) == 2


def test_dead_messages_are_seen_with_their_reason_and_tried_again(
    awase, place: Path, receiver, says
) -> None:
    receiver.will(says.answer(410))
    _leave(place, "a")

    told = awase("deliver", "-w", place)
    assert "1 refused" in told.stdout
    assert "awase outbox list --state dead" in told.stdout
    listed = awase("outbox", "list", "-w", place, "--state", "dead", "--json")
    (line,) = json.loads(listed.stdout)["messages"]
    assert (line["state"], line["answer"]) == ("dead", "410 Gone")
    assert "410 Gone" in awase("outbox", "list", "-w", place).stdout

    again = awase("outbox", "retry", str(line["message_id"]), "-w", place)

    assert "Due again: 1." in again.stdout
    assert "1 delivered" in awase("deliver", "-w", place).stdout
    store = Store.open(f"sqlite:///{place / 'awase.db'}")
    assert read_audit(store)[0].action == "messages_retried"
    store.close()


def test_what_a_killed_delivery_holds_is_said_with_its_end(awase, place: Path) -> None:
    _leave(place, "a", "b")
    store = Store.open(f"sqlite:///{place / 'awase.db'}")
    claim(store, "webhook", limit=10, lease=timedelta(minutes=5))
    store.close()

    delivered = awase("deliver", "-w", place).stdout
    listed = awase("outbox", "list", "-w", place).stdout

    assert "webhook: 0 delivered" in delivered
    for told in (delivered, listed):
        assert "webhook: 2 held by another delivery until" in told


def test_a_delivered_message_is_kept_for_the_days_that_the_workspace_says(
    awase, place: Path, monkeypatch
) -> None:
    _leave(place, "a")
    awase("deliver", "-w", place)
    store = Store.open(f"sqlite:///{place / 'awase.db'}")
    with store.engine.begin() as connection:
        connection.execute(update(outbox).values(settled_at=datetime.now(UTC) - timedelta(days=60)))
    awase("deliver", "-w", place)
    kept = len(list_messages(store))
    monkeypatch.setenv("AWASE_KEEP_MESSAGES_DAYS", "30")

    awase("deliver", "-w", place)

    assert (kept, len(list_messages(store))) == (1, 0)
    store.close()


@pytest.mark.parametrize("arguments", [(), ("1", "--all"), ("--all", "--channel", "webhook")])
def test_what_to_try_again_is_said_in_one_way(awase, place: Path, arguments) -> None:
    told = awase("outbox", "retry", *arguments, "-w", place)

    assert told.returncode == 1
    assert "one of message ids, --channel or --all" in told.stderr


def test_nothing_configured_and_nothing_waiting_are_said(awase, tmp_path: Path) -> None:
    awase("init", tmp_path)

    assert "No channel is configured" in awase("deliver", "-w", tmp_path).stdout
    assert "The outbox is empty" in awase("outbox", "list", "-w", tmp_path).stdout
    told = awase("deliver", "--channel", "fax", "-w", tmp_path)
    assert told.returncode == 1
    assert "none is" in told.stderr


def test_an_address_without_a_secret_stops_the_command(awase, place: Path) -> None:
    (place / "secrets.env").unlink()

    told = awase("deliver", "-w", place)

    assert told.returncode == 1
    assert "AWASE_WEBHOOK_SECRET" in told.stderr


def test_a_new_secret_can_be_used(awase) -> None:
    assert parse_keys(awase("outbox", "secret").stdout.strip())


def test_the_states_are_the_stores(awase, place: Path) -> None:
    assert STATES == MESSAGE_STATES
    assert awase("outbox", "list", "--state", "lost", "-w", place).returncode == 1
