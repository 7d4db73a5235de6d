"""MLflow mirrors releases: same numbers, nothing pickled, aliases that can be repaired."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.core.arrays import FloatArray
from features.core.errors import AwaseError
from features.core.text import Text
from training.model.release import Release
from training.reports.retrain_records import RetrainReport
from training.results.records import DriftFinding
from training.tracking.mlflow import Logged, Retrained, log_retrain, mirror_aliases, try_to_mirror

SCORE = """
import sys
import mlflow, numpy as np, pandas as pd
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/awase@champion")
found = model.predict(pd.DataFrame(np.load(sys.argv[2]), columns=list("abc")))
assert not [name for name in sys.modules if name.split(".")[0] in ("training", "serving")]
print(found["probability"].to_numpy().tobytes().hex(), ",".join(found["qualification"]))
"""

STOPPED = DriftFinding(
    name="webinar",
    kind="stopped",
    statistic=1.0,
    threshold=0.9,
    consequence=1.0,
    sentence=Text(ja="セミナーが届きません。", en="Webinars stopped arriving."),
)


@pytest.fixture
def logged(release: Release, report: RetrainReport, tracking_uri: str, tmp_path: Path) -> Logged:
    folder = release.write(tmp_path / "releases")
    retrained = Retrained(
        report=replace(report, release_dir=str(folder), drift=(STOPPED,)),
        release=release,
        definition_text="name: example\n",
        documents={"report.md": "# Report\n", "plots/reliability.svg": "<svg></svg>"},
    )
    return log_retrain(retrained, tracking_uri)


def test_any_mlflow_client_gets_equal_numbers_without_pickle_and_without_awase(
    logged: Logged, release: Release, matrix: FloatArray, tracking_uri: str, tmp_path: Path
) -> None:
    mirror_aliases(tracking_uri, champion=release.release_id, challenger=None)
    np.save(tmp_path / "matrix.npy", matrix)
    quiet = {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "PYTHONWARNINGS": "ignore"}

    done = subprocess.run(
        [sys.executable, "-c", SCORE, tracking_uri, str(tmp_path / "matrix.npy")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | quiet,
        cwd=tmp_path,
    )

    assert done.returncode == 0, done.stderr
    bits, qualifications = done.stdout.split()
    expected = release.probability(matrix)
    assert bits == expected.tobytes().hex()
    names = np.array(["NONE", "MQL", "SQL"])[release.qualify(expected)]
    assert qualifications.split(",") == names.tolist()


def test_a_run_holds_figures_documents_and_plots(
    logged: Logged, report: RetrainReport, tracking_uri: str, tmp_path: Path
) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri, tracking_uri)
    run = client.get_run(logged.run_id)

    assert run.data.metrics["auc"] == pytest.approx(report.metrics.auc.value)
    assert run.data.metrics["rows_n_leads"] == 600
    assert "mql_hindsight_rate_difference_low" in run.data.metrics
    assert run.data.params["recipe_n_folds"] == "3"
    assert run.data.metrics["drift_findings"] == 1
    assert run.data.metrics["drift_stopped"] == 1
    assert run.data.metrics["audit_findings"] == 0
    # 1,775,000,000 seconds after 1970, by `date -u`.
    expected = {
        "release_id": report.release_id,
        "definition": "example",
        "model_fingerprint": "ab",
        "agreement_fingerprint": "cd",
        "data_cutoff": "2026-03-31T23:33:20+00:00",
        "n_snapshots": "600",
    }
    version = client.get_model_version("awase", logged.model_version)
    assert version.tags.items() >= expected.items()
    assert run.data.tags.items() >= (expected | {"rows_leads": "600", "promoted": "true"}).items()
    names = {f.path for f in client.list_artifacts(logged.run_id)}
    assert names >= {"lead_definition.yaml", "report.json", "report.md", "plots"}
    plots = {f.path for f in client.list_artifacts(logged.run_id, "plots")}
    assert plots == {"plots/reliability.svg"}
    # Beside the database, whatever folder the run was started from.
    assert run.info.artifact_uri.startswith(tmp_path.as_uri())


def test_the_newest_run_shows_every_month_before_it_as_a_line(
    logged: Logged, release: Release, report: RetrainReport, tracking_uri: str, tmp_path: Path
) -> None:
    from mlflow import MlflowClient

    # Sixty days on: the step is the month's number since year 0, and April stays empty.
    card = replace(release.card, data_cutoff=release.card.data_cutoff + 60 * 86_400)
    later = Release.make(card, shipped=release.fit, tested=release.tested)
    better = replace(report.metrics, base_rate=0.25)
    found = replace(
        report,
        release_id=later.release_id,
        release_dir=str(later.write(tmp_path / "releases")),
        data_cutoff=card.data_cutoff,
        metrics=better,
    )

    second = log_retrain(
        Retrained(report=found, release=later, definition_text="", documents={}), tracking_uri
    )

    client = MlflowClient(tracking_uri, tracking_uri)
    history = client.get_metric_history(second.run_id, "base_rate")
    assert [(point.step, point.value) for point in history] == [
        (2026 * 12 + 3, report.metrics.base_rate),
        (2026 * 12 + 5, 0.25),
    ]
    assert client.get_run(second.run_id).data.metrics["base_rate"] == 0.25
    # The first month knows nothing of the second.
    assert len(client.get_metric_history(logged.run_id, "base_rate")) == 1


def test_logging_a_release_again_adds_nothing(
    logged: Logged, release: Release, report: RetrainReport, tracking_uri: str, tmp_path: Path
) -> None:
    folder = str(tmp_path / "releases" / release.release_id)
    retrained = Retrained(
        report=replace(report, release_dir=folder),
        release=release,
        definition_text="",
        documents={},
    )

    again = log_retrain(retrained, tracking_uri)

    assert again == logged


def test_a_run_that_was_killed_is_closed_and_logged_anew(
    logged: Logged, release: Release, report: RetrainReport, tracking_uri: str, tmp_path: Path
) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri, tracking_uri)
    client.update_run(logged.run_id, "RUNNING")
    folder = str(tmp_path / "releases" / release.release_id)
    retrained = Retrained(
        report=replace(report, release_dir=folder),
        release=release,
        definition_text="",
        documents={},
    )

    again = log_retrain(retrained, tracking_uri)

    assert client.get_run(logged.run_id).info.status == "KILLED"
    assert client.get_run(again.run_id).info.status == "FINISHED"
    assert again.model_version == logged.model_version


def test_an_mlflow_that_does_not_answer_is_said_without_its_password(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("no database")
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"

    with pytest.raises(AwaseError, match=r"MLflow must answer at sqlite:.* steps are reused"):
        mirror_aliases(uri, champion="x", challenger=None)
    assert not try_to_mirror(uri, champion="x", challenger=None)


def test_a_broken_mirror_is_repaired(logged: Logged, release: Release, tracking_uri: str) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri, tracking_uri)
    client.set_registered_model_alias("awase", "challenger", logged.model_version)

    mirror_aliases(tracking_uri, champion=release.release_id, challenger=None)

    aliases = client.get_registered_model("awase").aliases
    assert {name: str(found) for name, found in aliases.items()} == {
        "champion": logged.model_version
    }


def test_a_champion_that_was_never_registered_leaves_no_alias(
    logged: Logged, release: Release, tracking_uri: str
) -> None:
    from mlflow import MlflowClient

    mirror_aliases(tracking_uri, champion=release.release_id, challenger=None)
    mirror_aliases(tracking_uri, champion="2020-01-01-0000000000", challenger=None)

    client = MlflowClient(tracking_uri, tracking_uri)
    assert client.get_registered_model("awase").aliases == {}


def test_a_champion_from_a_changed_agreement_is_registered_by_the_next_mirror(
    logged: Logged, release: Release, tracking_uri: str, tmp_path: Path
) -> None:
    import mlflow

    agreed = release.with_agreement(release.cut_offs, "ef")
    releases = tmp_path / "releases"
    agreed.write(releases)

    for _ in range(2):
        mirror_aliases(
            tracking_uri, champion=agreed.release_id, challenger=None, releases_dir=releases
        )

    client = mlflow.MlflowClient(tracking_uri, tracking_uri)
    version = client.get_model_version_by_alias("awase", "champion")
    assert version.tags["release_id"] == agreed.release_id
    assert len(client.search_model_versions("name = 'awase'")) == 2


def test_an_unknown_value_may_be_missing(
    logged: Logged, release: Release, tracking_uri: str
) -> None:
    import mlflow

    mlflow.set_tracking_uri(tracking_uri)
    model = mlflow.pyfunc.load_model(f"models:/awase/{logged.model_version}")

    found = model.predict(pd.DataFrame({"a": [0.5], "b": [np.nan], "c": [np.nan]}))

    expected = release.probability(np.array([[0.5, np.nan, np.nan]]))
    assert found["probability"].tolist() == expected.tolist()
