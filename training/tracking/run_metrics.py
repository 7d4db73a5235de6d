"""The figures of the last retrain for whoever watches it: OpenMetrics text in a file."""

from collections.abc import Iterator

from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric

from features.core.formats.metrics_text import metrics_text
from training.reports.retrain_records import RetrainReport
from training.results.records import Measured

_PREFIX = "awase_retrain"


def open_metrics(report: RetrainReport, *, finished_at: int) -> str:
    """Text of the OpenMetrics format 1.0.

    Parameters
    ----------
    finished_at : int
        Second at which the run ended.
    """
    release = InfoMetricFamily(f"{_PREFIX}_release", "The release it made.")
    champion = report.champion_after or ""
    release.add_metric((), {"release_id": report.release_id, "champion": champion})
    return metrics_text((*_gauges(report, finished_at), release))


def _gauges(report: RetrainReport, finished_at: int) -> Iterator[Metric]:
    metrics = report.metrics
    for name, text, value in (
        ("finished_timestamp_seconds", "When the last retrain ended.", finished_at),
        ("promoted", "1 if its release became champion.", report.promoted),
        ("refused", "1 if the gate refused it.", not report.verdict.passed),
        ("drift_findings", "Things that moved.", len(report.drift)),
        ("snapshots", "Snapshots tested on.", metrics.n_snapshots),
        ("base_rate_log_loss", "Log loss of the base rate alone.", metrics.base_rate_log_loss),
    ):
        unit = "seconds" if name.endswith("_seconds") else ""
        if value is not None:
            yield GaugeMetricFamily(f"{_PREFIX}_{name}", text, value=float(value), unit=unit)
    for name, figure in sorted(vars(metrics).items()):
        if isinstance(figure, Measured):
            text = f"{name.replace('_', ' ').capitalize()}, later in time."
            family = GaugeMetricFamily(f"{_PREFIX}_{name}", text, labels=("end",))
            ends = {"value": figure.value, "low": figure.low, "high": figure.high}
            for end, at in ends.items():
                if at is not None:
                    family.add_metric((end,), at)
            yield family
