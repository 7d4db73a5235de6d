"""The snapshots of a run as MLflow's datasets: how many, from which tables, and which exactly.

No row goes to MLflow: a data set is its columns, its counts, where to take it from again, and a
digest that changes when a row does.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from features.core.clock import from_second
from training.model.cutoff_sample import LOOKS, PAST
from training.model.release import TESTED, Release
from training.reports.retrain_records import RetrainReport
from training.tracking.mlflow_model import release_signature

OUTCOME = "converted"
DIGEST_LETTERS = 8


def log_datasets(client: Any, run_id: str, *, report: RetrainReport, release: Release) -> None:
    """Say on which snapshots a run learned, and on which it was tested.

    Parameters
    ----------
    client : mlflow.MlflowClient
    run_id : str
    report : RetrainReport
    release : Release
    """
    # Two seconds to import, and only runs that log need it.
    from mlflow.entities import DatasetInput, InputTag

    inputs = [
        DatasetInput(dataset, tags=[InputTag("mlflow.data.context", context)])
        for context, dataset in _datasets(report, release)
    ]
    client.log_inputs(run_id, datasets=inputs)


def _datasets(report: RetrainReport, release: Release) -> Iterator[tuple[str, Any]]:
    # See log_datasets.
    from mlflow.entities import Dataset

    card, metrics = release.card, report.metrics
    described = {
        "training": (PAST, card.n_snapshots, {"n_converted": card.n_converted}),
        "testing": (
            TESTED + LOOKS,
            metrics.n_snapshots,
            {"n_converted": metrics.n_converted, "n_leads": metrics.n_leads},
        ),
    }
    schema = release_signature(release).inputs.to_dict()
    columns = [*schema, {"type": "boolean", "name": OUTCOME, "required": True}]
    for context, (file, n_rows, counts) in described.items():
        profile = {"num_rows": n_rows, "num_elements": n_rows * len(columns), **counts}
        yield (
            context,
            Dataset(
                name=f"{context} snapshots",
                digest=_digest(release, file),
                # What MLflow can read back: code that made it, with what it was made of.
                source_type="code",
                source=json.dumps({"tags": _source(report, release)}),
                schema=json.dumps({"mlflow_colspec": columns}),
                profile=json.dumps(profile),
            ),
        )


def _source(report: RetrainReport, release: Release) -> dict[str, str]:
    counts = report.counts
    cutoff = f"{from_second(report.data_cutoff):%Y-%m-%dT%H:%M:%SZ}" if report.dated else "undated"
    return {
        "mlflow.source.name": f"awase retrain --data-cutoff {cutoff}",
        "tables": f"lead {counts.n_leads}, event {counts.n_events}, fact {counts.n_facts} rows",
        "definition": release.card.definition_name,
    }


def _digest(release: Release, file: str) -> str:
    """Of the margins and outcomes of those snapshots, where the release keeps them."""
    sums = {each.name: each.sha256 for each in release.card.files}
    text = sums.get(file, release.release_id)
    return hashlib.sha256(f"{file}:{text}".encode()).hexdigest()[:DIGEST_LETTERS]
