"""Boosters grown on a cluster by LightGBM's own training on Dask.

Rows stay with the workers: each holds a stretch of them, leaves out the fold that is asked for, and
finds split points together with the others. Histograms are then sums in another order and bins are
found per worker, so a booster is not the local one to the last bit; its later-in-time log loss is
the same within the noise between two draws of the folds (tests/training/test_on_dask.py).

What a booster's trees do on the held-out fold is worked out here from its trees, since LightGBM
reports each worker's share only.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from features.core.arrays import BoolArray, FloatArray
from features.core.errors import LeadDataError
from features.distributed.dask import on_cluster as history_on_cluster
from training.dataset.dataset import Dataset
from training.learners.boosting.cross_fit import growing
from training.learners.boosting.training_matrix import TrainingMatrix
from training.learners.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    from distributed import Client, Future


Part = tuple[FloatArray, npt.NDArray[np.int64], FloatArray]
"""What one worker holds: matrix, outcomes and weights of a stretch of rows."""

NOT_FOR_DASK = ("num_threads",)
"""Parameters that Dask's workers decide."""


@contextmanager
def on_cluster(dataset: Dataset, address: str | None, shared: Path) -> Iterator[Dataset]:
    """Give the same dataset with snapshots taken, and boosters grown, by the workers of a cluster.

    Errors are those of :func:`features.distributed.dask.on_cluster`.

    Parameters
    ----------
    dataset : Dataset
    address : str or None
        Of a Dask scheduler, such as ``tcp://10.0.0.5:8786``; None for this machine alone.
    shared : path
        A folder that all workers see; the tables lie in it until the block ends.
    """
    if address is None:
        yield dataset
        return
    # LightGBM would print what it does where a command prints its result.
    lgb.register_logger(logging.getLogger("lightgbm"))
    with (
        history_on_cluster(
            address,
            dataset.history,
            dataset.tables,
            definition=dataset.definition,
            shared=shared,
        ) as (history, client),
        growing(partial(ClusterGrower, client)),
    ):
        yield replace(dataset, history=history)


class ClusterGrower:
    """Grows boosters without one fold on the workers that hold the rows.

    Where a worker dies on the way, its rows go to those that are there, and the booster under way
    is grown anew.

    Parameters
    ----------
    client : distributed.Client
    rows : TrainingMatrix
    """

    side_by_side = 1  # each is grown by all workers

    def __init__(
        self,
        client: "Client",
        rows: TrainingMatrix,
        *,
        recipe: Hyperparameters,  # noqa: ARG002 (what bins need here is found by each worker)
    ) -> None:
        self._client, self._rows = client, rows
        self._categorical = list(rows.categorical)
        self._shape = rows.matrix.shape
        self._weight = rows.weight
        self._share_out(_workers(client))

    def _share_out(self, workers: list[str]) -> None:
        """Give each worker a stretch of the rows."""
        client, rows, self._workers = self._client, self._rows, workers
        # Sums of losses need a weight for each row in any case.
        everything = np.ones(len(rows)) if rows.weight is None else rows.weight
        cuts = np.linspace(0, len(rows), len(workers) + 1).astype(np.int64).tolist()
        self._stretches = [slice(start, end) for start, end in pairwise(cuts)]
        self._parts: list[Future] = [
            client.scatter(
                (
                    rows.matrix[stretch],
                    rows.converted[stretch].astype(np.int64),
                    everything[stretch],
                ),
                workers=[worker],
                # Named by content, equal rows of a grower that is just being forgotten would take
                # these with them.
                hash=False,
            )
            for stretch, worker in zip(self._stretches, workers, strict=True)
        ]

    def grow(
        self, held_out: BoolArray, parameters: dict[str, Any], n_trees: int
    ) -> tuple[lgb.Booster, FloatArray]:
        """Grow a booster without one fold, and compute its log loss there after each tree.

        Parameters
        ----------
        held_out : ndarray of shape (n,)
            Mask over the rows: those of the fold that is left out.
        parameters : dict
            LightGBM's, by its own names.
        n_trees : int

        Raises
        ------
        LeadDataError
            If no worker is left.
        """
        while True:
            try:
                return self._grow(held_out, parameters, n_trees)
            except Exception:
                # Any kind, by what was under way: LightGBM misses its partner, a result is lost, or
                # Dask stumbles over what it cancelled itself.
                left = _workers(self._client)
                if left == self._workers:
                    raise
                self._share_out(left)

    def _grow(
        self, held_out: BoolArray, parameters: dict[str, Any], n_trees: int
    ) -> tuple[lgb.Booster, FloatArray]:
        masks = [held_out[rows] for rows in self._stretches]
        kept = list(map(partial(self._client.submit, _kept), self._parts, masks))
        model = lgb.DaskLGBMClassifier(
            client=self._client,
            n_estimators=n_trees,
            tree_learner="data",
            **{name: value for name, value in parameters.items() if name not in NOT_FOR_DASK},
        )
        with warnings.catch_warnings():
            # It warns of ignoring a number of threads that nobody gave.
            warnings.filterwarnings("ignore", message="Parameter n_jobs will be ignored")
            model.fit(
                self._array(kept, masks, 0),
                self._array(kept, masks, 1),
                sample_weight=None if self._weight is None else self._array(kept, masks, 2),
                categorical_feature=self._categorical,
            )
        booster: lgb.Booster = model.booster_
        losses = partial(self._client.submit, _losses, booster.model_to_string())
        sums = self._client.gather(list(map(losses, self._parts, masks)))
        total = held_out.sum() if self._weight is None else self._weight[held_out].sum()
        return booster, np.sum(sums, axis=0) / float(total)

    def _array(self, kept: "list[Future]", masks: list[BoolArray], which: int) -> Any:
        """What the workers keep as one Dask array: matrix (0), outcomes (1) or weights (2)."""
        import dask.array as da
        from dask import delayed

        stretches = []
        for future, mask in zip(kept, masks, strict=True):
            n_rows = int((~mask).sum())
            shape = (n_rows, self._shape[1]) if which == 0 else (n_rows,)
            dtype = np.int64 if which == 1 else np.float64
            stretches.append(da.from_delayed(delayed(future)[which], shape=shape, dtype=dtype))
        return da.concatenate(stretches)


def _workers(client: "Client") -> list[str]:
    """Addresses of the workers that are there."""
    found = sorted(client.scheduler_info(n_workers=-1)["workers"])
    if not found:
        msg = "a cluster must have workers; got none that is left. Start some and run again."
        raise LeadDataError(msg)
    return found


def _kept(part: Part, held_out: BoolArray) -> Part:
    matrix, converted, weight = part
    return matrix[~held_out], converted[~held_out], weight[~held_out]


def _losses(text: str, part: Part, held_out: BoolArray) -> FloatArray:
    """Weighted sum of log losses of the held-out rows after each tree, shape (n_trees,)."""
    matrix, converted, weight = (array[held_out] for array in part)
    booster = lgb.Booster(model_str=text)
    margin = np.zeros(len(matrix))
    sums = np.empty(booster.num_trees())
    for tree in range(len(sums)):
        margin += booster.predict(matrix, raw_score=True, start_iteration=tree, num_iteration=1)
        losses = np.logaddexp(0.0, np.where(converted == 1, -margin, margin))
        sums[tree] = np.sum(weight * losses)
    return sums
