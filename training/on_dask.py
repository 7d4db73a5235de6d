"""Boosters grown on a cluster: one task a booster, the same function as on one machine.

Bins are found here and laid out where all workers see them; a worker reads them (a byte a cell) and
grows a booster whole, so it is the local one to the last bit. LightGBM's own training on Dask would
cut the rows instead and grow each booster on all workers. It was tried and given up: its boosters
are others than here, and a worker whose partner dies while it listens to it waits for ever. The
machine that asks holds the matrix in any case.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import lightgbm as lgb

from features.core.arrays import BoolArray, FloatArray
from features.distributed.dask import on_cluster as history_on_cluster
from features.distributed.dask import result_of
from training.dataset.dataset import Dataset
from training.learners.boosting.cross_fit import find_bins, grow_booster, growing, read_bins
from training.learners.boosting.training_matrix import TrainingMatrix
from training.learners.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    from distributed import Client


Bins = tuple[Path, Hyperparameters, tuple[int, ...]]
"""Where bins lie, and with what they are read: recipe and columns of category codes."""


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
        A folder that all workers see; tables and bins lie in it until the block ends.
    """
    if address is None:
        yield dataset
        return
    with (
        TemporaryDirectory(prefix="bins-", dir=shared) as folder,
        history_on_cluster(
            address,
            dataset.history,
            dataset.tables,
            definition=dataset.definition,
            shared=shared,
        ) as (history, client),
        growing(partial(ClusterGrower, client, Path(folder))),
    ):
        yield replace(dataset, history=history)


class ClusterGrower:
    """Grows boosters on the workers of a cluster.

    Where a worker dies on the way, another grows its booster anew.

    Parameters
    ----------
    client : distributed.Client
    folder : path
        All workers see it; bins are laid out in it.
    rows : TrainingMatrix
    recipe : Hyperparameters
    """

    def __init__(
        self, client: "Client", folder: Path, rows: TrainingMatrix, *, recipe: Hyperparameters
    ) -> None:
        self._client = client
        bins = folder / f"{uuid4().hex}.bin"
        find_bins(rows, recipe).save_binary(bins)
        self._bins = bins, recipe, tuple(rows.categorical)
        # The scheduler shares them out among workers that may come and go.
        self.side_by_side = recipe.n_folds

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
        future = self._client.submit(_grow, self._bins, held_out, parameters, n_trees, pure=False)
        return result_of(self._client, future)


def _grow(
    bins: Bins, held_out: BoolArray, parameters: dict[str, Any], n_trees: int
) -> tuple[lgb.Booster, FloatArray]:
    return grow_booster(_read_bins(*bins), held_out, parameters=parameters, n_trees=n_trees)


_read_bins = lru_cache(maxsize=1)(read_bins)
"""They are read once for all boosters that a worker grows of them."""
