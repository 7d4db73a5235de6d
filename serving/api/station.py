"""What the API works with: the store, the desk in use, counters and limits."""

import threading
from dataclasses import dataclass, field

from anyio import CapacityLimiter

from features.store import Store
from serving.api.desk import Desk, Desks
from serving.api.limits import RateLimit
from serving.api.metrics import Metrics

THREADS_THAT_SCORE = 2
"""Scoring is computing: more threads would only take turns at Python's lock. Two, so that one works
while the other waits for a database elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Station:
    """One per process.

    Attributes
    ----------
    deciding : Lock
        Taken before a transaction that decides: threads of one process queue here, in order and
        without polling the database's lock.
    scoring : CapacityLimiter
        How many threads score at once.
    """

    store: Store
    desks: Desks
    rate: RateLimit
    metrics: Metrics = field(default_factory=Metrics)
    deciding: threading.Lock = field(default_factory=threading.Lock)
    scoring: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(THREADS_THAT_SCORE))

    def desk(self) -> Desk:
        """The desk in use; a request takes it once."""
        return self.desks.current()
