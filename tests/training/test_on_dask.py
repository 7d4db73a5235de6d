"""Boosters grown by two processes are those grown here."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import features.distributed.dask
from features.core.errors import LeadDataError
from training.learners.boosting.cross_fit import fit_ensemble, growing
from training.learners.boosting.ensemble import Ensemble
from training.learners.boosting.training_matrix import TrainingMatrix
from training.learners.hyperparameters import Hyperparameters
from training.on_dask import ClusterGrower

distributed = pytest.importorskip("distributed")

RECIPE = Hyperparameters(n_folds=3, n_repeats=2, most_trees=30, monotone=(1, 0, 0, 0, 0, 0))
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


def _texts(ensemble: Ensemble) -> list[str]:
    return [booster.model_to_string() for booster in ensemble.boosters]


@contextmanager
def _two_workers() -> "Iterator[distributed.Client]":
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def _kill_one(client: "distributed.Client") -> None:
    os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)


@pytest.fixture(scope="module")
def client() -> "Iterator[distributed.Client]":
    with _two_workers() as client:
        yield client


@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])
def test_boosters_and_held_out_margins_are_those_of_one_machine(
    client: "distributed.Client", tmp_path: Path, weighted: bool
) -> None:
    rows = _rows(weighted=weighted)

    with growing(partial(ClusterGrower, client, tmp_path)):
        there = fit_ensemble(rows, recipe=RECIPE)

    here = fit_ensemble(rows, recipe=RECIPE)
    assert _texts(there) == _texts(here)
    assert np.array_equal(there.oof_margins, here.oof_margins)


def test_a_worker_that_dies_takes_no_booster_with_it(tmp_path: Path) -> None:
    rows, held_out = _rows(), np.arange(N) % 5 == 0
    with _two_workers() as client:
        grower = ClusterGrower(client, tmp_path, rows, recipe=RECIPE)
        _kill_one(client)

        there, curve = grower.grow(held_out, RECIPE.parameters(0), 10)

    assert there.num_trees() == len(curve) == 10


def test_without_any_worker_a_run_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features.distributed.dask, "PATIENCE_SECONDS", 1)
    with (
        distributed.LocalCluster(n_workers=0, processes=True, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        grower = ClusterGrower(client, tmp_path, _rows(), recipe=RECIPE)

        with pytest.raises(LeadDataError, match="got none that is left"):
            grower.grow(np.arange(N) % 5 == 0, RECIPE.parameters(0), 10)
