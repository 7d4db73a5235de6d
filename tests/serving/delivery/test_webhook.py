"""The webhook against a real receiver: what arrives, and what happens when it does not."""

import json
import socket
import time
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from features.core.errors import LeadDataError
from serving.delivery.sender import Sent
from serving.delivery.webhook import LONGEST_PAUSE, Webhook, webhook_id
from serving.ledger.outbox.claim import Claimed
from serving.ledger.outbox.enqueue import Message

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MADE_AT = datetime(2026, 4, 1, 0, 0, 5, tzinfo=UTC)


def _claimed(name: str = "a", lead_id: str | None = None) -> Claimed:
    message = Message(
        channel="webhook",
        kind="hand_over.made",
        external_id=name,
        payload={"lead_id": lead_id, "qualification": "MQL", "note": "見積"},
        lead_id=lead_id,
    )
    return Claimed(message_id=1, message=message, made_at=MADE_AT, attempt=1, lease="held")


def _webhook(receiver, timeout: float = 5.0) -> Webhook:
    webhook = Webhook.to(receiver.url, SECRET, public_url="https://awase.example.com/")
    webhook.timeout = timeout
    return webhook


def _result(sent: Sent) -> tuple[str, str]:
    (receipt,) = sent.receipts
    return receipt.result, receipt.answer


def test_a_message_arrives_signed_with_a_link_to_its_lead(receiver, signed_by) -> None:
    sent = _webhook(receiver).send([_claimed(lead_id="L 1/あ")])

    assert _result(sent) == ("delivered", "204")
    (headers,), (body,) = receiver.headers, receiver.bodies
    assert signed_by(SECRET, headers, body)
    assert not signed_by(SECRET, headers, body + b" ")
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert headers["webhook-id"] == webhook_id("a")
    assert json.loads(body) == {
        "type": "hand_over.made",
        "timestamp": "2026-04-01T00:00:05Z",
        "data": {
            "lead_id": "L 1/あ",
            "qualification": "MQL",
            "note": "見積",
            "card_url": "https://awase.example.com/leads/L%201%2F%E3%81%82",
        },
    }


def test_every_attempt_carries_the_same_id(receiver, says) -> None:
    receiver.answers = [says.answer(500)]
    webhook = _webhook(receiver)

    webhook.send([_claimed()])
    webhook.send([_claimed()])

    assert receiver.ids[0] == receiver.ids[1]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_a_delivery(receiver, says, status: int) -> None:
    receiver.answers = [says.answer(status)]

    assert _result(_webhook(receiver).send([_claimed()]))[0] == "delivered"


def test_an_error_is_tried_again_and_its_words_are_kept(receiver, says) -> None:
    receiver.answers = [says.answer(500, b"no\x00 disk" + b"!" * 1000)]

    sent = _webhook(receiver).send([_claimed()])

    result, said = _result(sent)
    assert result == "failed"
    assert said.startswith("500 Internal Server Error: no disk!!")
    assert len(said) < 350
    assert sent.pause is not None


def test_a_receiver_that_wants_no_more_is_not_asked_again(receiver, says) -> None:
    receiver.answers = [says.answer(410)]

    assert _result(_webhook(receiver).send([_claimed()])) == ("refused", "410 Gone")


def test_the_receivers_wish_to_wait_is_kept(receiver, says) -> None:
    receiver.answers = [says.answer(429, Retry_After="120")]

    sent = _webhook(receiver).send([_claimed()])

    assert sent.receipts[0].retry_after == timedelta(seconds=120)
    assert sent.pause is not None
    assert sent.pause.lasts == timedelta(seconds=120)


def test_a_wait_may_be_given_as_a_date(receiver, says) -> None:
    receiver.answers = [
        says.answer(503, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),
        says.answer(503, Retry_After="soon"),
    ]
    webhook = _webhook(receiver)

    assert webhook.send([_claimed()]).receipts[0].retry_after == timedelta()
    assert webhook.send([_claimed()]).receipts[0].retry_after is None


def test_a_redirect_is_not_followed(receiver, says) -> None:
    receiver.answers = [says.answer(307, Location=receiver.url)]

    result, said = _result(_webhook(receiver).send([_claimed()]))

    assert result == "failed"
    assert "redirects are not followed" in said
    assert len(receiver.bodies) == 1


def test_a_receiver_that_hangs_up_is_tried_again(receiver, says) -> None:
    receiver.answers = [says.hang_up]

    result, said = _result(_webhook(receiver).send([_claimed()]))

    assert result == "failed"
    assert "the connection broke" in said


def test_a_receiver_that_says_nothing_is_given_up_in_time(receiver, says) -> None:
    receiver.answers = [says.stall]

    result, said = _result(_webhook(receiver, timeout=0.3).send([_claimed()]))

    assert (result, said) == ("failed", "no answer in time")


def test_a_receiver_that_answers_a_byte_at_a_time_is_given_up_in_time(receiver, says) -> None:
    receiver.answers = [says.drip]

    result, said = _result(_webhook(receiver, timeout=0.4).send([_claimed()]))

    assert (result, said) == ("failed", "no answer in time")


@pytest.mark.parametrize(("status", "result"), [(200, "delivered"), (500, "failed")])
def test_ten_megabytes_of_answer_are_not_read(receiver, says, status: int, result: str) -> None:
    receiver.will(says.answer(status, b"x" * 10_000_000))
    tracemalloc.start()

    sent = _webhook(receiver).send([_claimed()])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert sent.receipts[0].result == result
    assert len(sent.receipts[0].answer) < 1_000
    # The ten megabytes themselves are the receiver's, which runs in this process too.
    assert most < 13_000_000


def test_a_receiver_that_is_not_there_is_tried_again_without_its_address() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/token-in-the-path"
        webhook = Webhook.to(url, SECRET)

        assert _result(webhook.send([_claimed()])) == ("failed", "could not connect")
        assert "token" not in repr(webhook)
        assert "MfKQ" not in repr(webhook)


def test_pauses_grow_while_nothing_gets_through(receiver, says) -> None:
    receiver.answers = [says.answer(500)] * 9
    webhook = _webhook(receiver)

    pauses = [webhook.send([_claimed()]).pause for _ in range(9)]

    lasts = [pause.lasts for pause in pauses if pause is not None]
    assert lasts[:3] == [timedelta(seconds=s) for s in (5, 10, 20)]
    assert lasts[-1] == LONGEST_PAUSE
    assert webhook.send([_claimed()]).pause is None
    receiver.answers = [says.answer(500)]
    again = webhook.send([_claimed()]).pause
    assert again is not None
    assert again.lasts == timedelta(seconds=5)


def test_one_refusal_among_others_does_not_pause_the_channel(receiver, says) -> None:
    receiver.answers = [says.answer(400)]

    sent = _webhook(receiver).send([_claimed("a"), _claimed("b")])

    assert sorted(receipt.result for receipt in sent.receipts) == ["delivered", "failed"]
    assert sent.pause is None


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "ftp://example.com",
        "example.com/hook",
        "https://user:word@example.com/hook",
        "https:///hook",
        "http://127.0.0.1.example.com/hook",
    ],
)
def test_an_address_that_data_must_not_travel_to_is_refused(url: str) -> None:
    with pytest.raises(LeadDataError, match="must be https://") as refused:
        Webhook.to(url, SECRET)

    assert "word" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["https://example.com/hook", "http://localhost:8080/hook", "http://[::1]/hook"]
)
def test_https_is_fine_and_http_on_this_machine(url: str) -> None:
    assert Webhook.to(url, SECRET).url == url


def test_a_webhook_without_a_secret_is_refused() -> None:
    with pytest.raises(LeadDataError, match="always signed"):
        Webhook.to("https://example.com/hook", None)
