"""MLflow mirrors releases: same numbers, nothing pickled, aliases that can be repaired."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.core.arrays import FloatArray
from features.core.errors import AwaseError
from features.core.parsing.job_title import Department
from features.core.text import Text
from features.feature_frame import frame_of
from features.store.releases import past_leads_path
from training.dataset.past_leads import PastLeads
from training.model.release import Release
from training.reports.retrain_records import RetrainReport
from training.results.records import DriftFinding
from training.tracking.mlflow import Logged, Retrained, log_retrain, mirror_aliases, try_to_mirror
from training.tracking.mlflow_model import example_rows
from training.tracking.mlflow_values import HEADLINES

SCORE = """
import sys
import mlflow, pandas as pd
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/awase@champion")
found = model.predict(pd.read_parquet(sys.argv[2]))
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


@pytest.mark.long
def test_any_mlflow_client_gets_equal_numbers_without_pickle_and_without_awase(
    logged: Logged, release: Release, matrix: FloatArray, tracking_uri: str, tmp_path: Path
) -> None:
    mirror_aliases(tracking_uri, champion=release.release_id, challenger=None)
    frame_of(matrix, release.fit.catalogue).to_parquet(tmp_path / "leads.parquet")
    quiet = {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "PYTHONWARNINGS": "ignore"}

    done = subprocess.run(
        [sys.executable, "-c", SCORE, tracking_uri, str(tmp_path / "leads.parquet")],
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
    assert run.data.metrics["data/leads"] == 600
    assert "comparison/mql_hindsight_rate_difference_low" in run.data.metrics
    assert run.data.metrics["warnings/drift"] == 1
    assert run.data.metrics["warnings/drift_stopped"] == 1
    assert run.data.metrics["warnings/audit"] == 0
    # 1,775,000,000 seconds after 1970, by `date -u`.
    expected = {
        "release_id": report.release_id,
        "definition": "example",
        "model_fingerprint": "ab",
        "agreement_fingerprint": "cd",
        "definition_version": "ab-cd",
        "data_cutoff": "2026-03-31T23:33:20+00:00",
        "n_snapshots": "600",
    }
    version = client.get_model_version("awase", logged.model_version)
    expected |= {"gate": "passed", "promoted": "true"}
    assert version.tags.items() >= expected.items()
    assert run.data.tags.items() >= expected.items()
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
    history = client.get_metric_history(second.run_id, "test/base_rate")
    assert [(point.step, point.value) for point in history] == [
        (2026 * 12 + 3, report.metrics.base_rate),
        (2026 * 12 + 5, 0.25),
    ]
    assert client.get_run(second.run_id).data.metrics["test/base_rate"] == 0.25
    # The first month knows nothing of the second.
    assert len(client.get_metric_history(logged.run_id, "test/base_rate")) == 1


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


def test_what_mlflow_cannot_store_is_said_in_one_sentence_and_logs_no_trace(
    logged: Logged, release: Release, tracking_uri: str, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(tracking_uri.removeprefix("sqlite:///"))) as connection:
        connection.execute("ALTER TABLE registered_model_aliases RENAME TO away")

    with pytest.raises(AwaseError, match="MLflow must answer at sqlite:"):
        mirror_aliases(tracking_uri, champion=release.release_id, challenger=None)

    assert caplog.text == ""


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

    found = model.predict(
        pd.DataFrame({"a": [0.5], "b": [np.nan], "c": [None]}).astype({"c": object})
    )

    expected = release.probability(np.array([[0.5, np.nan, np.nan]]))
    assert found["probability"].tolist() == expected.tolist()


def test_a_version_tells_its_columns_in_words_and_brings_rows_to_try_it_with(
    release: Release, report: RetrainReport, matrix: FloatArray, tracking_uri: str, tmp_path: Path
) -> None:
    import mlflow

    folder = release.write(tmp_path / "releases")
    PastLeads(
        release_id=release.release_id,
        lead=np.arange(len(matrix)),
        as_of=np.full(len(matrix), 1_770_000_000),
        converted=np.zeros(len(matrix), dtype=np.bool_),
        probability=release.probability(matrix),
        matrix=matrix,
        added=np.zeros((len(matrix), 1)),
    ).write(past_leads_path(tmp_path / "releases", release.release_id))
    done = log_retrain(
        Retrained(
            report=replace(report, release_dir=str(folder)),
            release=release,
            definition_text="",
            documents={},
        ),
        tracking_uri,
    )
    mlflow.set_tracking_uri(tracking_uri)
    model = mlflow.pyfunc.load_model(f"models:/awase/{done.model_version}")

    example = model.input_example
    found = model.predict(example)
    without = model.predict(example, params={"points": False})

    types = {column.name: column.type.name for column in model.metadata.signature.inputs}
    assert types == {"a": "double", "b": "double", "c": "string"}
    described = {column["name"]: column for column in model.metadata.metadata["columns"]}
    assert described["a"] == {"name": "a", "unit": "times", "reason": "a"}
    assert described["c"]["levels"] == ["展示会", "web", "(other)"]
    assert len(example) == len(example.drop_duplicates()) == 5
    # What a row says of each thing is some lead's; the row as a whole is nobody.
    assert set(example["a"]) <= set(matrix[:, 0])
    assert set(example["c"]) <= {"展示会", "web", "(other)"}
    leads = {tuple(row) for row in frame_of(matrix, release.fit.catalogue).dropna().to_numpy()}
    assert not leads & {tuple(row) for row in example.to_numpy()}
    names = [column.name for column in model.metadata.signature.outputs]
    assert names == list(found.columns)
    assert names[:3] == ["probability", "qualification", "margin"]
    assert list(without.columns) == names[:3]
    assert without["probability"].tolist() == found["probability"].tolist()


def test_a_release_without_past_leads_brings_rows_of_unknown_values(
    release: Release, matrix: FloatArray, tmp_path: Path
) -> None:
    none = PastLeads(
        release_id=release.release_id,
        lead=np.empty(0, int),
        as_of=np.empty(0, int),
        converted=np.empty(0, np.bool_),
        probability=np.empty(0),
        matrix=matrix[:0],
        added=np.empty((0, 1)),
    )
    path = past_leads_path(tmp_path, release.release_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    none.write(path)

    rows = example_rows(release, tmp_path)

    assert len(rows) == 5
    assert rows[["a", "b"]].isna().all().all()


def test_words_that_training_did_not_know_are_the_other_level(
    logged: Logged, release: Release, tracking_uri: str
) -> None:
    import mlflow

    mlflow.set_tracking_uri(tracking_uri)
    model = mlflow.pyfunc.load_model(f"models:/awase/{logged.model_version}")

    found = model.predict(pd.DataFrame({"a": [0.5], "b": [1.0], "c": ["a fair in Osaka"]}))

    expected = release.probability(np.array([[0.5, 1.0, 2.0]]))
    assert found["probability"].tolist() == expected.tolist()


def test_the_levels_of_departments_are_those_that_parsing_gives() -> None:
    from training.tracking.mlflow_pyfunc import DEPARTMENTS  # MLflow, only here

    assert tuple(department.value for department in Department) == DEPARTMENTS


def test_whoever_opens_mlflow_reads_what_is_there_and_how_good_it_is(
    logged: Logged, report: RetrainReport, tracking_uri: str
) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri, tracking_uri)
    run = client.get_run(logged.run_id)
    version = client.get_model_version("awase", logged.model_version)
    experiment = client.get_experiment(run.info.experiment_id)

    note = run.data.tags["mlflow.note.content"]
    assert f"Release {report.release_id}" in note
    assert "600 snapshots" in note
    assert "complete up to 2026-03-31 23:33 UTC" in note
    assert "MQL at equal volume" in note
    assert "champion from this run on" in note
    assert "MQL from 30.0%, SQL from 50.0%" in note
    assert "awase release rollback" in note
    assert version.description == note
    assert "in words" in client.get_registered_model("awase").description
    assert "headline metrics" in experiment.tags["mlflow.note.content"]


def test_a_run_names_its_data_its_parameters_and_the_dozen_figures_first(
    logged: Logged, release: Release, report: RetrainReport, tracking_uri: str
) -> None:
    import mlflow

    client = mlflow.MlflowClient(tracking_uri, tracking_uri)
    run = client.get_run(logged.run_id)

    params = run.data.params
    assert params["agreement/version"] == "ab-cd"
    assert params["data/cutoff"] == "2026-03-31T23:33:20+00:00"
    assert params["model/n_folds"] == "3"
    assert params["model/segments"] == "none"
    assert (params["cut_off/mql_rule"], params["cut_off/mql_probability"]) == ("capacity", "0.3000")
    alone = {name for name in run.data.metrics if "/" not in name}
    assert alone <= set(HEADLINES)
    assert {"log_loss", "auc", "mql_rate_difference", "lift_10pct"} <= alone
    at_equal_volume = run.data.metrics["comparison/mql_hindsight_rate_difference"]
    assert run.data.metrics["mql_rate_difference"] == at_equal_volume
    told = {}
    for given in run.inputs.dataset_inputs:
        (context,) = (tag.value for tag in given.tags)
        told[context] = given.dataset
    assert json.loads(told["training"].profile)["num_rows"] == release.card.n_snapshots
    assert json.loads(told["testing"].profile)["n_converted"] == report.metrics.n_converted
    columns = json.loads(told["training"].schema)["mlflow_colspec"]
    assert [column["name"] for column in columns] == ["a", "b", "c", "converted"]
    # MLflow can read back where the rows are from.
    source = mlflow.data.get_source(told["training"])
    assert source.to_dict()["tags"]["tables"] == "lead 600, event 0, fact 0 rows"
