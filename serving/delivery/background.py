"""Deliverers that run beside the pages: one thread a channel, so that none waits for another."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

from features.store import Store
from serving.delivery.deliver import deliver_batch, forget_delivered
from serving.delivery.sender import Sender

POLL_SECONDS = 1.0
"""How soon a new message is noticed."""

PRUNE_SECONDS = 3_600.0
LONGEST_REST_SECONDS = 60.0
"""How long a channel rests, at most, after its database or its sender broke."""

LOG = logging.getLogger("awase.delivery")


@contextmanager
def delivering(store: Store, senders: Sequence[Sender], *, keep_days: int) -> Iterator[None]:
    """Deliver in the background while the block runs; a batch under way is finished first.

    Parameters
    ----------
    store : Store
        Its outbox is emptied.
    senders : sequence of Sender
        One a channel.
    keep_days : int
        Messages that arrived are kept for so many days.
    """
    stop = threading.Event()
    threads = [
        threading.Thread(
            target=_run,
            args=(store, sender, stop, keep_days),
            name=f"deliver-{sender.channel}",
            daemon=True,
        )
        for sender in senders
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _run(store: Store, sender: Sender, stop: threading.Event, keep_days: int) -> None:
    rest, pruned_at = POLL_SECONDS, monotonic() - PRUNE_SECONDS
    while not stop.is_set():
        try:
            busy = deliver_batch(store, sender) is not None
            if monotonic() - pruned_at > PRUNE_SECONDS:
                forget_delivered(store, keep_days)
                pruned_at = monotonic()
        except Exception as error:  # noqa: BLE001 - the loop outlives a database that is away
            # The text of a foreign error may hold data, so only its kind.
            LOG.error("delivery through %s broke: %s", sender.channel, type(error).__name__)
            stop.wait(rest)
            rest = min(rest * 2, LONGEST_REST_SECONDS)
            continue
        rest = POLL_SECONDS
        if not busy:
            stop.wait(POLL_SECONDS)
