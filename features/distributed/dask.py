"""Snapshots on a cluster: one task per slice of leads, the same function as on one machine.

Dask is an extra (``pip install awase[cluster]``). The tables as a run sees them are laid out as a
folder of Parquet files, which all workers must see; workers read their slices themselves, and only
moments and finished snapshots travel. What a slice holds decides nothing (see
:mod:`features.distributed.slices`), so the cells are those of one machine to the last bit.

Why neither an import nor a review works on a cluster: at 10,000 leads with 285,000 events the store
takes 80 % of an import's processor time, and snapshots are 13 % of a review's.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from features.catalogue import Catalogue
from features.core.arrays import FloatArray, IntArray
from features.definition.lead_definition import LeadDefinition
from features.distributed.connection import connected
from features.distributed.laid_out import laid_out_in
from features.distributed.slice_tables import Slice, count_rows
from features.distributed.slices import (
    DEFAULT_MEMORY,
    MomentsOf,
    SliceSnapshot,
    bytes_per_event,
    plan_slices,
    snapshot_slice,
)
from features.history import History
from features.moments import Moments
from features.store.lead_tables import LeadTables
from features.store.parquet import write_parquet

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")

SLICES_PER_WORKER = 4
"""So that a slow slice does not keep the others waiting."""

FEWEST_MOMENTS = 20_000
"""Moments from which reading slices anew on the workers is worth their number."""


@dataclass(frozen=True, kw_only=True)
class SliceTask:
    """Everything a worker needs to take a snapshot; the catalogue travels as what releases keep.

    Attributes
    ----------
    catalogue : dict
        From :meth:`features.catalogue.Catalogue.to_dict`; its functions do not travel.
    moments_of : callable
        A function of a module, so that workers find it too.
    """

    folder: Path
    definition: LeadDefinition
    catalogue: dict[str, Any]
    moments_of: MomentsOf

    @classmethod
    def of(
        cls,
        folder: Path,
        definition: LeadDefinition,
        *,
        catalogue: Catalogue,
        moments_of: MomentsOf,
    ) -> "SliceTask":
        """Make a task for the slices of one folder.

        Parameters
        ----------
        folder : path
            Of the tables as Parquet files; all workers see it.
        definition : LeadDefinition
        catalogue : Catalogue
        moments_of : callable
            From the tables and history of a slice to the moments to look back from; a function of a
            module, so that workers find it too.
        """
        return cls(
            folder=folder,
            definition=definition,
            catalogue=catalogue.to_dict(),
            moments_of=moments_of,
        )

    def snapshot(self, part: Slice) -> SliceSnapshot:
        """The snapshot of one slice."""
        return snapshot_slice(
            self.folder,
            part,
            definition=self.definition,
            catalogue=Catalogue.part_from_dict(self.catalogue, self.definition),
            moments_of=self.moments_of,
        )


def map_slices(
    client: "Client",
    task: SliceTask,
    slices: Sequence[Slice],
    *,
    then: Callable[[SliceSnapshot], T],
) -> Iterator[T]:
    """Yield what a function makes of each slice's snapshot, in the order of the slices.

    Parameters
    ----------
    client : distributed.Client
    task : SliceTask
        How a worker takes the snapshot of a slice.
    slices : sequence of Slice
        Leads that are worked on together, one slice a worker at a time.
    then : callable
        Runs on the worker, so that a scored slice travels as probabilities, not as features.
    """
    futures = client.map(_run, list(slices), task=task, then=then, pure=False)
    for future in futures:
        yield future.result()
        future.release()


def _run(part: Slice, *, task: SliceTask, then: Callable[[SliceSnapshot], T]) -> T:
    return then(task.snapshot(part))


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Workers that can read the tables of one run, and what is put beside them.

    Attributes
    ----------
    client : distributed.Client
    folder : path
        The tables, laid out for the workers.
    slices : tuple of Slice
        Accounts are kept together.
    """

    client: "Client"
    folder: Path
    slices: tuple[Slice, ...]
    definition: LeadDefinition
    fewest_moments: int

    def matrix(self, history: History, catalogue: dict[str, Any], moments: Moments) -> FloatArray:
        """Have the workers compute every feature at every moment.

        Parameters
        ----------
        history : History
            Of the tables that were laid out; only its leads are read here.
        catalogue : dict
            From :meth:`features.catalogue.Catalogue.to_dict`.
        moments : Moments
            Leads as positions in the history.

        Returns
        -------
        ndarray of shape (n_moments, n_features)
        """
        futures, rows_of = [], []
        for part in self.slices:
            rows, mine = _moments_within(part, history, moments)
            if len(rows):
                task = SliceTask(
                    folder=self.folder,
                    definition=self.definition,
                    catalogue=catalogue,
                    moments_of=Given(moments=mine),
                )
                futures.append(self.client.submit(_matrix, part, task, pure=False))
                rows_of.append(rows)
        matrix = np.empty((len(moments), len(catalogue["features"])))
        for rows, future in zip(rows_of, futures, strict=True):
            matrix[rows] = future.result()
            future.release()
        return matrix


@dataclass(frozen=True, kw_only=True)
class Given:
    """Moments that were chosen elsewhere, leads counted within the slice."""

    moments: Moments

    def __call__(self, _tables: LeadTables, _history: History) -> Moments:
        """The moments, whatever the tables hold."""
        return self.moments


def _matrix(part: Slice, task: SliceTask) -> FloatArray:
    return task.snapshot(part).snapshot.matrix


def _moments_within(part: Slice, history: History, moments: Moments) -> tuple[IntArray, Moments]:
    """Rows of the moments whose leads lie in a slice, and those moments as the slice counts."""
    leads = np.searchsorted(history.lead_ids, part.lead_ids.to_numpy(zero_copy_only=False))
    place = np.full(history.n_leads, -1, dtype=np.int32)
    place[leads] = np.arange(len(leads), dtype=np.int32)
    within = place[moments.lead]
    rows = np.flatnonzero(within >= 0)
    return rows, Moments(lead=within[rows], as_of=moments.as_of[rows])


@contextmanager
def on_cluster(
    address: str,
    history: History,
    tables: LeadTables,
    *,
    definition: LeadDefinition,
    shared: Path,
    fewest_moments: int = FEWEST_MOMENTS,
) -> Iterator[tuple[History, Cluster]]:
    """Give the same history with its snapshots taken by a cluster, and that cluster.

    Parameters
    ----------
    address : str
        Of a Dask scheduler, such as ``tcp://10.0.0.5:8786``.
    history : History
        Of ``tables``.
    tables : LeadTables
        Laid out in ``shared`` for the workers.
    definition : LeadDefinition
    shared : path
        A folder that all workers see; the tables lie in it until the block ends.
    fewest_moments : int
        Where fewer are asked for, this machine looks back itself.

    Raises
    ------
    LeadDataError
        If the cluster cannot do it, or is gone; see
        :func:`features.distributed.connection.connected`.
    """
    shared = shared.resolve()
    shared.mkdir(parents=True, exist_ok=True)  # a first retrain has no releases yet
    with connected(address, shared) as client, laid_out_in(shared) as folder:
        write_parquet(tables, folder)
        # Whoever called may need them no longer.
        del tables
        n_slices = SLICES_PER_WORKER * max(len(client.nthreads()), 1)
        evenly = bytes_per_event(definition) * max(count_rows(folder, "event") // n_slices, 1)
        cluster = Cluster(
            client=client,
            folder=folder,
            slices=plan_slices(folder, definition, memory_limit=min(evenly, DEFAULT_MEMORY)),
            definition=definition,
            fewest_moments=fewest_moments,
        )
        yield replace(history, elsewhere=cluster), cluster
