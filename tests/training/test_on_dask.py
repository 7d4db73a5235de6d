"""Boosters grown by two processes are those of this machine, whoever dies on the way."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from features.definition import LeadDefinition
from features.distributed.connection import connected
from features.distributed.dask import Cluster
from tests.dask_processes import DaskProcesses, dask_processes
from tests.patience import PATIENCE
from training.learners.boosting.cross_fit import fit_ensemble, growing
from training.learners.boosting.ensemble import Ensemble
from training.learners.boosting.training_matrix import TrainingMatrix
from training.learners.hyperparameters import Hyperparameters
from training.on_dask import ClusterGrower

pytest.importorskip("distributed")

HYPERPARAMETERS = Hyperparameters(n_folds=3, n_repeats=2, most_trees=30, n_threads=1)
N = 3_000


def _rows(*, weighted: bool = False) -> TrainingMatrix:
    """Six columns, the last a category; two of the others matter only together."""
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(N, 6))
    matrix[:, 5] = rng.integers(0, 5, N)
    matrix[rng.random(N) < 0.2, 1] = np.nan
    log_odds = matrix[:, 0] + np.nan_to_num(matrix[:, 1]) * matrix[:, 2] + (matrix[:, 5] == 2) - 1
    return TrainingMatrix(
        matrix=matrix,
        converted=rng.random(N) < 1 / (1 + np.exp(-log_odds)),
        groups=np.arange(N) // 2,
        categorical=(5,),
        weight=np.where(np.arange(N) % 3 == 0, 20.0, 1.0) if weighted else None,
    )


def _fit(rows: TrainingMatrix) -> Ensemble:
    return fit_ensemble(rows, recipe=HYPERPARAMETERS)


def _same(there: Ensemble, here: Ensemble) -> None:
    assert [b.model_to_string() for b in there.boosters] == [
        b.model_to_string() for b in here.boosters
    ]
    np.testing.assert_array_equal(there.oof_margin, here.oof_margin)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[DaskProcesses]:
    with dask_processes(tmp_path / "cluster") as running:
        yield running


@pytest.fixture
def cluster(
    processes: DaskProcesses, every_kind: LeadDefinition, tmp_path: Path
) -> Iterator[Cluster]:
    folder = tmp_path / "shared"
    folder.mkdir()
    with connected(processes.address, folder) as client:
        yield Cluster(
            client=client, folder=folder, slices=(), definition=every_kind, fewest_moments=0
        )


@pytest.mark.parametrize(
    "weighted",
    [
        pytest.param(False, id="alike", marks=pytest.mark.long),
        pytest.param(True, id="weighted"),
    ],
)
def test_boosters_of_a_cluster_are_those_of_one_machine(cluster: Cluster, weighted: bool) -> None:
    rows = _rows(weighted=weighted)
    here = _fit(rows)

    with growing(partial(ClusterGrower, cluster)):
        there = _fit(rows)

    _same(there, here)
    assert list(cluster.folder.iterdir()) == []


@pytest.mark.long
@pytest.mark.parametrize("after", [0.0, 0.5], ids=["before it grows one", "as it grows one"])
def test_a_worker_that_dies_takes_no_booster_with_it(
    cluster: Cluster, processes: DaskProcesses, after: float
) -> None:
    rows = _rows()
    here = _fit(rows)
    dying = processes.workers[0]

    with growing(partial(ClusterGrower, cluster)):
        threading.Timer(after, dying.kill).start()
        there = _fit(rows)

    dying.wait(timeout=PATIENCE)
    _same(there, here)
