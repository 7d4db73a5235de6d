"""What a channel's sender promises to the loop that feeds it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from serving.ledger.outbox.claim import Claimed, Receipt


@dataclass(frozen=True, kw_only=True)
class Pause:
    """A wish that nobody sends anything through the channel for a while."""

    lasts: timedelta
    reason: str


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What became of a batch.

    Attributes
    ----------
    receipts : tuple of Receipt
        One for every message of the batch.
    """

    receipts: tuple[Receipt, ...]
    pause: Pause | None = None


class Sender(Protocol):
    """The way out through one channel."""

    @property
    def channel(self) -> str:
        """Name of the channel."""
        ...

    @property
    def batch_size(self) -> int:
        """How many messages :meth:`send` takes at once, at most."""
        ...

    @property
    def lease(self) -> timedelta:
        """Longer than any :meth:`send` can take."""
        ...

    def send(self, messages: Sequence[Claimed]) -> Sent:
        """Send messages; what the receiver refuses or leaves unanswered is said in the receipts.

        A message whose ``attempt`` is above 1 may have arrived before: whoever creates something
        looks it up by its ``external_id`` first.
        """
        ...
