"""A look at a trial in MLflow: its figures with their ends, what would be decided, the report."""

import pytest

from tests.trial_reports import trial_report
from training.tracking.mlflow import quiet_mlflow
from training.tracking.mlflow_trial import log_trial


def test_every_look_is_a_run_with_the_figures_of_every_arm(tracking_uri):
    report = trial_report(1_780_000_000, tested=("model", "learned_rulebook"))

    run_id = log_trial(report, tracking_uri, documents={"trial_spring.en.md": "# Trial"})

    with quiet_mlflow(tracking_uri) as client:
        run = client.get_run(run_id)
        kept = {file.path for file in client.list_artifacts(run_id)}
    for arm in ("model", "learned_rulebook"):
        assert run.data.metrics[f"{arm}_outcomes_per_100_leads"] == pytest.approx(2.0)
        assert run.data.metrics[f"{arm}_outcomes_per_100_leads_low"] == pytest.approx(1.0)
        assert run.data.metrics[f"{arm}_outcomes_per_100_leads_high"] == pytest.approx(3.0)
        assert run.data.tags[f"trial_verdict_{arm}"] == "tested_better"
    assert run.data.metrics["rulebook_hours"] == 300
    assert run.data.metrics["srm_p"] == pytest.approx(0.4)
    assert run.data.tags["trial"] == "spring"
    assert {"trial.json", "trial_spring.en.md"} <= kept
