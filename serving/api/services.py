"""What the API works with: the store, what is in force, counters and limits."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from features.store import Store
from serving.api.limits import RateLimit
from serving.api.metrics import ServiceMetrics
from serving.decisions.in_force.apply import InForce
from serving.decisions.in_force.holder import InForceHolder

THREADS_THAT_SCORE = 2
"""Scoring is computing: more threads would only take turns at Python's lock. Two, so that one works
while the other waits for a database elsewhere."""


@dataclass(frozen=True, kw_only=True)
class ApiServices:
    """One per process.

    Attributes
    ----------
    deciding : Lock
        Taken before a transaction that decides: threads of one process queue here, in order and
        without polling the database's lock.
    scoring : ThreadPoolExecutor
        Threads that score. An executor of the standard library: handing work to a thread of anyio's
        takes three times as long.
    """

    store: Store
    in_force_holder: InForceHolder
    rate: RateLimit
    metrics: ServiceMetrics = field(default_factory=ServiceMetrics)
    deciding: threading.Lock = field(default_factory=threading.Lock)
    scoring: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(THREADS_THAT_SCORE, "awase-scoring")
    )

    def in_force(self, at: datetime | None = None) -> InForce:
        """Return the definition and release in force, now or at an instant; taken once."""
        return self.in_force_holder.at(at)
