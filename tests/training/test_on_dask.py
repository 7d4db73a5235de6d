"""Boosters grown by two processes do as well on later rows as boosters grown here."""

import os
import signal
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

from training.learners.boosting.cross_fit import fit_ensemble, growing
from training.learners.boosting.ensemble import Ensemble
from training.learners.boosting.training_matrix import TrainingMatrix
from training.learners.hyperparameters import Hyperparameters
from training.metrics.metrics import log_loss
from training.on_dask import ClusterGrower

distributed = pytest.importorskip("distributed")

HYPERPARAMETERS = Hyperparameters(n_folds=3, n_repeats=1, most_trees=30, n_threads=1)
N = 3_000


def _rows(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Six columns, the last a category; two of the others matter only together."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(N, 6))
    matrix[:, 5] = rng.integers(0, 5, N)
    matrix[rng.random(N) < 0.2, 1] = np.nan
    log_odds = matrix[:, 0] + np.nan_to_num(matrix[:, 1]) * matrix[:, 2] + (matrix[:, 5] == 2) - 1
    return matrix, rng.random(N) < 1 / (1 + np.exp(-log_odds)), np.arange(N) // 2


def _fit(seed: int) -> Ensemble:
    matrix, converted, groups = _rows(0)
    recipe = Hyperparameters(n_folds=3, n_repeats=1, most_trees=30, n_threads=1, seed=seed)
    return fit_ensemble(
        TrainingMatrix(matrix=matrix, converted=converted, groups=groups, categorical=(5,)),
        recipe=recipe,
    )


@pytest.fixture(scope="module")
def client() -> "Iterator[distributed.Client]":
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def there(client: "distributed.Client") -> Ensemble:
    with growing(partial(ClusterGrower, client)):
        return _fit(0)


def test_the_cluster_does_as_well_on_later_rows(there: Ensemble) -> None:
    matrix, converted, _ = _rows(1)

    def later(ensemble: Ensemble) -> float:
        return log_loss(1 / (1 + np.exp(-ensemble.margin(matrix))), converted)

    # What two draws of the folds differ by is the noise of one.
    here = np.array([later(_fit(seed)) for seed in range(6)])
    assert abs(later(there) - here.mean()) < 3 * here.std(ddof=1)
    assert later(there) < log_loss(np.full(N, converted.mean()), converted) - 0.05


def test_held_out_margins_are_of_rows_a_booster_had_not_seen(there: Ensemble) -> None:
    _, converted, _ = _rows(0)
    here = _fit(0)

    assert there.oof_margin.shape == (N,)
    assert np.corrcoef(there.oof_margin, here.oof_margin)[0, 1] > 0.95
    assert len(there.boosters) == 3
    assert converted.any()


@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])
def test_the_learning_curve_is_that_of_the_whole_fold(
    client: "distributed.Client", weighted: bool
) -> None:
    matrix, converted, groups = _rows(0)
    weight = np.where(np.arange(N) % 3 == 0, 20.0, 1.0) if weighted else None
    held_out = np.arange(N) % 5 == 0
    rows = TrainingMatrix(
        matrix=matrix, converted=converted, groups=groups, categorical=(5,), weight=weight
    )
    grower = ClusterGrower(client, rows, recipe=HYPERPARAMETERS)

    booster, curve = grower.grow(held_out, HYPERPARAMETERS.parameters(0), 10)

    margin = booster.predict(matrix[held_out], raw_score=True, num_iteration=7)
    counted = None if weight is None else weight[held_out]
    expected = log_loss(1 / (1 + np.exp(-margin)), converted[held_out], counted)
    assert len(curve) == 10
    assert curve[6] == pytest.approx(expected, abs=1e-9)


def test_a_worker_that_dies_takes_no_row_with_it() -> None:
    matrix, converted, groups = _rows(0)
    held_out = np.arange(N) % 5 == 0
    rows = TrainingMatrix(matrix=matrix, converted=converted, groups=groups, categorical=(5,))
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        grower = ClusterGrower(client, rows, recipe=HYPERPARAMETERS)
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)

        booster, curve = grower.grow(held_out, HYPERPARAMETERS.parameters(0), 10)

    margin = booster.predict(matrix[held_out], raw_score=True)
    expected = log_loss(1 / (1 + np.exp(-margin)), converted[held_out])
    assert curve[-1] == pytest.approx(expected, abs=1e-9)
    assert expected < log_loss(np.full(held_out.sum(), converted.mean()), converted[held_out])
