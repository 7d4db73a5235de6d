"""The last run's figures as any collector reads them."""

import math

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from training.reports.retrain_records import RetrainReport
from training.results.records import Measured
from training.tracking.run_metrics import open_metrics


def _families(report: RetrainReport):
    return {f.name: f for f in text_string_to_metric_families(open_metrics(report, finished_at=17))}


def test_a_collector_reads_every_figure_with_its_interval(report: RetrainReport) -> None:
    families = _families(report)

    measured = {k: v for k, v in vars(report.metrics).items() if isinstance(v, Measured)}
    assert measured
    for name, figure in measured.items():
        got = {s.labels["end"]: s.value for s in families[f"awase_retrain_{name}"].samples}
        ends = {"value": figure.value, "low": figure.low, "high": figure.high}
        assert got == {end: value for end, value in ends.items() if value is not None}


def test_what_became_of_the_run_is_told(report: RetrainReport) -> None:
    families = _families(report)

    def only(name: str) -> float:
        (sample,) = families[f"awase_retrain_{name}"].samples
        return float(sample.value)

    assert families["awase_retrain_finished_timestamp_seconds"].unit == "seconds"
    assert only("finished_timestamp_seconds") == 17
    assert (only("promoted"), only("refused")) == (report.promoted, not report.verdict.passed)
    base_rate = report.metrics.base_rate_log_loss
    assert base_rate is None or math.isclose(only("base_rate_log_loss"), base_rate)
    (release,) = families["awase_retrain_release"].samples
    champion = report.champion_after or ""
    assert release.labels == {"release_id": report.release_id, "champion": champion}
