"""Counters of one process as OpenMetrics text.

Several workers count each for itself; the label ``process`` tells them apart, and whoever collects
adds them up.
"""

import os
import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from features.core.formats.metrics_text import metrics_text

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.04, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Upper ends, in seconds, of the histogram of durations."""


@dataclass(kw_only=True)
class ServiceMetrics:
    """Requests, durations, decisions and hand-overs since the process began."""

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    hand_overs: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    _durations: dict[str, list[int]] = field(default_factory=dict)
    _seconds: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def finished(self, route: str, status: int, seconds: float) -> None:
        """Count an answered request.

        Parameters
        ----------
        route : str
            Name of the route; ``none`` where no route matched.
        status : int
            HTTP status of the answer.
        seconds : float
            Time from the request to the beginning of its answer.
        """
        with self._lock:
            self.requests[route, status] += 1
            counts = self._durations.setdefault(route, [0] * (len(BUCKETS) + 1))
            counts[bisect_left(BUCKETS, seconds)] += 1
            self._seconds[route] += seconds  # type: ignore[assignment]

    def count(self, what: Counter[str], label: str, n: int = 1) -> None:
        """Add to one of the counters.

        Parameters
        ----------
        what : Counter of str
            The counter, such as ``decisions``.
        label : str
            Which of its values, such as ``MQL``.
        n : int
            How many to add.
        """
        with self._lock:
            what[label] += n

    def text(self, *, release_id: str | None, refused: bool, n_swaps: int) -> str:
        """Write all counters as OpenMetrics 1.0 text.

        Parameters
        ----------
        release_id : str or None
            The release that decides; None while only the rulebook does.
        refused : bool
            Whether a newer release or definition could not be loaded.
        n_swaps : int
            How often a release or definition was taken into use.
        """
        with self._lock:
            families = [*self._counters(), self._histogram()]
        process = str(os.getpid())
        release = InfoMetricFamily(
            "awase_api_release",
            "The release that decides; empty: the rulebook alone.",
            labels=("process",),
        )
        release.add_metric((process,), {"release_id": release_id or ""})
        was_refused = GaugeMetricFamily(
            "awase_api_release_refused",
            "1 if a newer release or definition was refused.",
            labels=("process",),
        )
        was_refused.add_metric((process,), float(refused))
        swaps = CounterMetricFamily(
            "awase_api_release_swaps",
            "Times a release or definition was taken into use.",
            labels=("process",),
        )
        swaps.add_metric((process,), n_swaps)
        return metrics_text((*families, release, was_refused, swaps))

    def _counters(self) -> Iterator[Metric]:
        process = str(os.getpid())
        requests = CounterMetricFamily(
            "awase_api_requests", "Answered requests.", labels=("process", "route", "status")
        )
        for (route, status), n in sorted(self.requests.items()):
            requests.add_metric((process, route, str(status)), n)
        yield requests
        for name, text, counter in (
            ("decisions", "Decisions by qualification.", self.decisions),
            ("hand_overs", "Hand-overs by judge.", self.hand_overs),
            ("events", "Events: stored, or known already.", self.events),
        ):
            family = CounterMetricFamily(f"awase_api_{name}", text, labels=("process", "kind"))
            for kind, n in sorted(counter.items()):
                family.add_metric((process, kind), n)
            yield family

    def _histogram(self) -> Metric:
        family = HistogramMetricFamily(
            "awase_api_request_seconds",
            "How long requests took.",
            labels=("process", "route"),
            unit="seconds",
        )
        ends = (*(str(end) for end in BUCKETS), "+Inf")
        for route, counts in sorted(self._durations.items()):
            up_to = list(zip(ends, accumulate(counts), strict=True))
            family.add_metric((str(os.getpid()), route), up_to, sum_value=self._seconds[route])
        return family
