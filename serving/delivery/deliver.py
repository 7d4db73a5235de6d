"""Taking messages from the outbox, sending them, and recording what became of them."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from features.store import Store
from serving.delivery.sender import Sender
from serving.ledger.outbox.claim import Receipt, claim, pause_channel, settle
from serving.ledger.outbox.inspect import prune_messages


@dataclass(frozen=True, kw_only=True)
class DeliveryCounts:
    """What became of messages, counted."""

    delivered: int = 0
    failed: int = 0
    refused: int = 0

    def __add__(self, other: "DeliveryCounts") -> "DeliveryCounts":
        return DeliveryCounts(
            delivered=self.delivered + other.delivered,
            failed=self.failed + other.failed,
            refused=self.refused + other.refused,
        )


def deliver_batch(store: Store, sender: Sender) -> DeliveryCounts | None:
    """Send what is due, at most one batch of it; None if nothing was."""
    claimed = claim(store, sender.channel, limit=sender.batch_size, lease=sender.lease)
    if not claimed:
        return None
    try:
        sent = sender.send(claimed)
    except Exception as error:
        # A defect of ours: the messages wait their turn again, and the defect is not hidden.
        answer = f"the sender broke: {type(error).__name__}"
        broken = [
            Receipt(message_id=m.message_id, lease=m.lease, result="failed", answer=answer)
            for m in claimed
        ]
        settle(store, broken)
        raise
    settle(store, sent.receipts)
    if sent.pause is not None:
        pause_channel(
            store,
            sender.channel,
            until=datetime.now(UTC) + sent.pause.lasts,
            reason=sent.pause.reason,
        )
    counted = Counter(receipt.result for receipt in sent.receipts)
    return DeliveryCounts(
        delivered=counted["delivered"], failed=counted["failed"], refused=counted["refused"]
    )


def deliver_due(store: Store, sender: Sender) -> DeliveryCounts:
    """Send until nothing more is due."""
    total = DeliveryCounts()
    while (tally := deliver_batch(store, sender)) is not None:
        total += tally
    return total


def forget_delivered(store: Store, days: int) -> int:
    """Forget messages that arrived more than so many days ago; how many."""
    return prune_messages(store, before=datetime.now(UTC) - timedelta(days=days))
