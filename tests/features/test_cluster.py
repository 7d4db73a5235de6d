"""Two worker processes give the bits of one machine."""

from collections.abc import Callable
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest

from features.catalogue import build_catalogue
from features.clock import DAY
from features.cluster import SliceTask, map_slices
from features.definition import LeadDefinition
from features.levels import OTHER
from features.slices import EveryLeadAt, bytes_per_event, plan_slices, snapshots_in_slices
from features.store.parquet import write_parquet
from features.tables import LeadTables

distributed = pytest.importorskip("distributed")

AS_OF = 1_750_000_000


@pytest.fixture
def folder(make_tables: Callable[..., LeadTables], tmp_path: Path) -> Path:
    rng = np.random.default_rng(2)
    leads = [f"L{i:03d}" for i in range(60)]
    events = [
        {"lead_id": str(lead), "at": AS_OF - int(age), "behaviour": "webinar", "amount": 0.1}
        for lead, age in zip(rng.choice(leads, 500), rng.integers(0, 90 * DAY, 500), strict=True)
    ]
    facts = [
        {"lead_id": lead, "attribute": "account_id", "value": f"A{i % 25}"}
        for i, lead in enumerate(leads)
    ]
    write_parquet(make_tables(leads=leads, events=events, facts=facts), tmp_path / "tables")
    return tmp_path / "tables"


def test_two_processes_give_the_bits_of_one(folder: Path, every_kind: LeadDefinition) -> None:
    catalogue = build_catalogue(every_kind, {"industry": (OTHER,)})
    moments_of = EveryLeadAt(as_of=AS_OF)
    slices = plan_slices(folder, every_kind, memory_limit=100 * bytes_per_event(every_kind))
    task = SliceTask.of(folder, every_kind, catalogue=catalogue, moments_of=moments_of)
    here = [
        part.snapshot.matrix
        for part in snapshots_in_slices(
            folder, slices, definition=every_kind, catalogue=catalogue, moments_of=moments_of
        )
    ]

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        there = list(map_slices(client, task, slices, then=attrgetter("snapshot.matrix")))
        processes = set(client.run(lambda: __import__("os").getpid()).values())

    assert len(slices) >= 4
    assert len(processes) == 2
    np.testing.assert_array_equal(np.concatenate(there), np.concatenate(here))
