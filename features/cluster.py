"""Snapshots on a cluster: one task per slice of leads, the same function as on one machine.

Dask is an extra (``pip install awase[cluster]``). Workers read the folder of Parquet files
themselves, so it must lie where all of them see it; only the finished snapshots travel.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from features.catalogue import Catalogue
from features.definition.lead_definition import LeadDefinition
from features.slice_tables import Slice
from features.slices import MomentsOf, SliceSnapshot, snapshot_slice

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")


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
    catalogue: dict[str, object]
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
        """A task for the slices of one folder."""
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
            catalogue=Catalogue.from_dict(self.catalogue, self.definition),
            moments_of=self.moments_of,
        )


def map_slices(
    client: "Client",
    task: SliceTask,
    slices: Sequence[Slice],
    *,
    then: Callable[[SliceSnapshot], T],
) -> Iterator[T]:
    """What a function makes of each slice's snapshot, in the order of the slices.

    Parameters
    ----------
    client : distributed.Client
    then : callable
        Runs on the worker, so that a scored slice travels as probabilities, not as features.
    """
    futures = client.map(_run, list(slices), task=task, then=then, pure=False)
    for future in futures:
        yield future.result()
        future.release()


def _run(part: Slice, *, task: SliceTask, then: Callable[[SliceSnapshot], T]) -> T:
    return then(task.snapshot(part))
