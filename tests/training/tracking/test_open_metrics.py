"""The last run's figures as any collector reads them."""

import re

from training.reports.retrain_records import RetrainReport
from training.tracking.mlflow import open_metrics

SAMPLE = re.compile(r'^[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+$')


def test_every_line_is_a_sample_or_says_what_follows(report: RetrainReport) -> None:
    *lines, end = open_metrics(report, finished_at=1_775_000_000).splitlines()

    assert end == "# EOF"
    for line in lines:
        assert SAMPLE.match(line) or re.match(r"# (TYPE|HELP|UNIT) awase_retrain_[a-z_]+ .+", line)
    assert "awase_retrain_finished_timestamp_seconds 1775000000" in lines
    assert "awase_retrain_promoted 1" in lines


def test_a_name_is_declared_once_and_before_its_samples(report: RetrainReport) -> None:
    lines = open_metrics(report, finished_at=1).splitlines()

    declared = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(declared) == len(set(declared))
    auc = report.metrics.auc
    assert auc is not None
    assert f'awase_retrain_auc{{end="value"}} {auc.value:.9g}' in lines
