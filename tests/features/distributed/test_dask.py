"""Two worker processes give the bits of one machine."""

import gc
import os
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest

from features.catalogue import build_catalogue
from features.core.clock import DAY
from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.distributed.dask import SliceTask, map_slices, on_cluster
from features.distributed.slices import (
    EveryLeadAt,
    bytes_per_event,
    plan_slices,
    snapshots_in_slices,
)
from features.families.category_levels import OTHER
from features.history import History
from features.moments import Moments
from features.snapshot import take_snapshot
from features.store.lead_tables import LeadTables
from features.store.parquet import write_parquet
from tests.dask_processes import dask_processes

distributed = pytest.importorskip("distributed")

AS_OF = 1_750_000_000


@pytest.fixture(scope="module")
def tables(make_tables: Callable[..., LeadTables]) -> LeadTables:
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
    return make_tables(leads=leads, events=events, facts=facts)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[distributed.Client]":
    """A cluster of two processes."""
    with (
        dask_processes(tmp_path_factory.mktemp("dask") / "cluster") as cluster,
        distributed.Client(cluster.address) as client,
    ):
        assert len(set(client.run(os.getpid).values())) == 2
        yield client


def test_slices_on_two_processes_give_the_bits_of_one(
    tables: LeadTables, client: "distributed.Client", every_kind: LeadDefinition, tmp_path: Path
) -> None:
    catalogue = build_catalogue(every_kind, {"industry": (OTHER,)})
    moments_of = EveryLeadAt(as_of=AS_OF)
    write_parquet(tables, tmp_path / "tables")
    slices = plan_slices(
        tmp_path / "tables", every_kind, memory_limit=100 * bytes_per_event(every_kind)
    )
    task = SliceTask.of(tmp_path / "tables", every_kind, catalogue=catalogue, moments_of=moments_of)
    here = [
        part.snapshot.matrix
        for part in snapshots_in_slices(
            tmp_path / "tables",
            slices,
            definition=every_kind,
            catalogue=catalogue,
            moments_of=moments_of,
        )
    ]

    there = list(map_slices(client, task, slices, then=attrgetter("snapshot.matrix")))

    assert len(slices) >= 4
    np.testing.assert_array_equal(np.concatenate(there), np.concatenate(here))


def test_a_history_on_a_cluster_is_looked_back_at_with_the_same_bits(
    tables: LeadTables, client: "distributed.Client", every_kind: LeadDefinition, tmp_path: Path
) -> None:
    catalogue = build_catalogue(every_kind, {"industry": (OTHER,)})
    history = History.from_tables(tables, every_kind)
    # Not every lead, and some at several moments: rows must find back to their places.
    lead = np.repeat(np.arange(3, 60), 2)
    moments = Moments.of(lead, np.tile([AS_OF - 40 * DAY, AS_OF], 57))
    here = take_snapshot(history, catalogue, moments)

    with on_cluster(
        client.scheduler.address,
        history,
        tables,
        definition=every_kind,
        shared=tmp_path / "not yet there",
        fewest_moments=0,
    ) as (elsewhere, _):
        there = take_snapshot(elsewhere, catalogue, moments)

    np.testing.assert_array_equal(there.matrix, here.matrix)
    assert list((tmp_path / "not yet there").iterdir()) == []


def test_some_columns_of_a_catalogue_are_computed_on_a_cluster(
    tables: LeadTables, client: "distributed.Client", every_kind: LeadDefinition, tmp_path: Path
) -> None:
    # As the audit for leaks asks: the columns of one attribute, with the levels of all of them.
    catalogue = build_catalogue(every_kind, {"industry": (OTHER,)}).only(("industry", "visit_30d"))
    history = History.from_tables(tables, every_kind)
    moments = Moments.of(np.arange(60), np.full(60, AS_OF))
    here = take_snapshot(history, catalogue, moments)

    with on_cluster(
        client.scheduler.address,
        history,
        tables,
        definition=every_kind,
        shared=tmp_path,
        fewest_moments=0,
    ) as (elsewhere, _):
        there = take_snapshot(elsewhere, catalogue, moments)

    assert here.matrix.shape == (60, 2)
    np.testing.assert_array_equal(there.matrix, here.matrix)


def test_an_address_where_nobody_answers_is_named(
    tables: LeadTables,
    every_kind: LeadDefinition,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("features.distributed.connection.CONNECT_SECONDS", 0.2)
    history = History.from_tables(tables, every_kind)

    with (
        pytest.raises(LeadDataError, match=r"must name a running Dask scheduler; got tcp://127"),
        on_cluster("tcp://127.0.0.1:9", history, tables, definition=every_kind, shared=tmp_path),
    ):
        pass


def test_what_was_laid_out_for_workers_need_not_stay_in_memory(
    tables: LeadTables, client: "distributed.Client", every_kind: LeadDefinition, tmp_path: Path
) -> None:
    laid_out = replace(tables)
    kept = weakref.ref(laid_out)
    history = History.from_tables(tables, every_kind)

    with on_cluster(
        client.scheduler.address, history, laid_out, definition=every_kind, shared=tmp_path
    ):
        del laid_out
        gc.collect()
        assert kept() is None
