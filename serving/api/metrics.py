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

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.04, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Upper ends, in seconds, of the histogram of durations."""

MEDIA_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


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
            lines = [
                *self._counter("requests", "Answered requests.", self._requests()),
                *self._histogram(),
                *self._counter("decisions", "Decisions by qualification.", _by(self.decisions)),
                *self._counter("hand_overs", "Hand-overs by judge.", _by(self.hand_overs)),
                *self._counter("events", "Events: stored, or known already.", _by(self.events)),
            ]
        champion = {"release_id": release_id or "", "process": str(os.getpid())}
        lines += [
            "# TYPE awase_api_release info",
            "# HELP awase_api_release The release that decides; empty: the rulebook alone.",
            f"awase_api_release_info{_labels(champion)} 1",
            "# TYPE awase_api_release_refused gauge",
            "# HELP awase_api_release_refused 1 if a newer release or definition was refused.",
            f"awase_api_release_refused{_labels({})} {int(refused)}",
            "# TYPE awase_api_release_swaps counter",
            "# HELP awase_api_release_swaps Times a release or definition was taken into use.",
            f"awase_api_release_swaps_total{_labels({})} {n_swaps}",
            "# EOF",
        ]
        return "\n".join(lines) + "\n"

    def _requests(self) -> Iterator[tuple[dict[str, str], float]]:
        for (route, status), n in sorted(self.requests.items()):
            yield {"route": route, "status": str(status)}, n

    def _counter(
        self, name: str, text: str, samples: Iterator[tuple[dict[str, str], float]]
    ) -> Iterator[str]:
        yield f"# TYPE awase_api_{name} counter"
        yield f"# HELP awase_api_{name} {text}"
        for labels, value in samples:
            yield f"awase_api_{name}_total{_labels(labels)} {value}"

    def _histogram(self) -> Iterator[str]:
        name = "awase_api_request_seconds"
        yield f"# TYPE {name} histogram"
        yield f"# UNIT {name} seconds"
        yield f"# HELP {name} How long requests took."
        for route, counts in sorted(self._durations.items()):
            total = 0
            for end, n in zip((*BUCKETS, float("inf")), counts, strict=True):
                total += n
                end_text = "+Inf" if end == float("inf") else str(end)
                yield f"{name}_bucket{_labels({'route': route, 'le': end_text})} {total}"
            yield f"{name}_count{_labels({'route': route})} {total}"
            yield f"{name}_sum{_labels({'route': route})} {self._seconds[route]:.6f}"


def _by(counter: Counter[str]) -> Iterator[tuple[dict[str, str], float]]:
    for label, n in sorted(counter.items()):
        yield {"kind": label}, n


def _labels(labels: dict[str, str]) -> str:
    labels = {"process": str(os.getpid()), **labels}
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
