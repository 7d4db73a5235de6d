"""Boosters grown on a cluster, each by one worker, from bins that are found here once.

Bins are a byte a value: they lie beside the tables as LightGBM's own file, and each worker reads
them. A booster is then the local one to the last bit, and a worker that dies costs its boosters'
time: Dask gives them to another.

Why not LightGBM's own training on Dask, which splits the rows of one booster: its workers speak to
each other, and one whose partner dies before they have met waits for it without end, whatever
``time_out`` says; its bins, and so its trees, differ with the number of workers; and rows travel as
eight bytes a value. It would serve where the bins of all rows do not fit into a worker's memory,
but the matrix they are made of must fit here in any case.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4
from weakref import finalize

import lightgbm as lgb

from features.core.arrays import BoolArray, FloatArray
from features.distributed.dask import Cluster
from features.distributed.dask import on_cluster as history_on_cluster
from training.dataset.dataset import Dataset
from training.learners.boosting.cross_fit import bin_parameters, find_bins, grow_booster, growing
from training.learners.boosting.training_matrix import TrainingMatrix
from training.learners.hyperparameters import Hyperparameters


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
        ) as (history, cluster),
        growing(partial(ClusterGrower, cluster)),
    ):
        yield replace(dataset, history=history)


class ClusterGrower:
    """Grows boosters without one fold, as many side by side as the workers have threads.

    Parameters
    ----------
    cluster : Cluster
        In whose folder the bins lie as long as the grower is used.
    rows : TrainingMatrix
    recipe : Hyperparameters
    """

    def __init__(self, cluster: Cluster, rows: TrainingMatrix, *, recipe: Hyperparameters) -> None:
        self._client = cluster.client
        self._bins = _Bins(
            path=cluster.folder / f"{uuid4().hex}.bins",
            categorical=list(rows.categorical),
            parameters=bin_parameters(recipe),
        )
        self.side_by_side = max(sum(self._client.nthreads().values()), 1)
        finalize(self, self._bins.path.unlink, missing_ok=True)
        find_bins(rows, recipe).save_binary(self._bins.path)

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
        """
        task = self._client.submit(_booster, self._bins, held_out, parameters, n_trees, pure=False)
        text, curve = task.result()
        return lgb.Booster(model_str=text), curve


@dataclass(frozen=True, kw_only=True)
class _Bins:
    """A file of bins, and what LightGBM does not keep in it."""

    path: Path
    categorical: list[int]
    parameters: dict[str, Any]

    def read(self) -> lgb.Dataset:
        return lgb.Dataset(
            self.path, categorical_feature=self.categorical, params=self.parameters
        ).construct()


def _booster(
    bins: _Bins, held_out: BoolArray, parameters: dict[str, Any], n_trees: int
) -> tuple[str, FloatArray]:
    booster, curve = grow_booster(bins.read(), held_out, parameters=parameters, n_trees=n_trees)
    return booster.model_to_string(), curve
