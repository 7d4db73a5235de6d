"""Metrics as any collector reads them: OpenMetrics 1.0 text.

The writing is prometheus-client's; what is counted, and where, stays with whoever counts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

MEDIA_TYPE: str = CONTENT_TYPE_LATEST


@dataclass(frozen=True)
class _Families:
    families: tuple[Metric, ...]

    def collect(self) -> Iterator[Metric]:
        """Give each family once, as the writer asks for them."""
        yield from self.families


def metrics_text(families: Iterable[Metric]) -> str:
    """Write families of metrics, each declared before its samples.

    Parameters
    ----------
    families : iterable of Metric

    Returns
    -------
    str
        Ends with ``# EOF``.
    """
    text: bytes = generate_latest(_Families(tuple(families)))  # type: ignore[no-untyped-call]
    return text.decode()
