"""Slices give the bits of the whole, and keep what belongs together."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.catalogue import Catalogue, build_catalogue
from features.core.clock import DAY
from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.distributed.slice_tables import event_pieces
from features.distributed.slices import (
    bytes_per_event,
    plan_slices,
    read_slice,
    snapshots_in_slices,
)
from features.families.category_levels import OTHER
from features.history import History
from features.moments import Moments
from features.snapshot import take_snapshot
from features.store.lead_tables import LeadTables

MakeTables = Callable[..., LeadTables]

AS_OF = 1_750_000_000
LEADS = [f"L{i:02d}" for i in range(20)]


@pytest.fixture(scope="module")
def tables(make_tables: MakeTables) -> LeadTables:
    """Twenty leads with forty events each; lead i and i + 7 share an account, if both exist."""
    rng = np.random.default_rng(5)
    events: list[dict[str, Any]] = [
        {
            "lead_id": lead,
            "at": AS_OF - int(rng.integers(0, 200 * DAY)),
            "behaviour": str(rng.choice(["visit", "webinar", "inquiry"])),
            "amount": float(rng.random()),
        }
        for lead in LEADS
        for _ in range(40)
    ]
    facts = [
        {"lead_id": lead, "attribute": "account_id", "known_at": 5, "value": f"A{i % 7}"}
        for i, lead in enumerate(LEADS)
    ]
    outcomes = [{"lead_id": LEADS[3], "stage": "opportunity", "at": AS_OF - 9 * DAY}]
    return make_tables(leads=LEADS, events=events, facts=facts, outcomes=outcomes)


@pytest.fixture(scope="module")
def folder(tables: LeadTables, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables as a warehouse might write them: several files and row groups, shuffled."""
    folder = tmp_path_factory.mktemp("tables")
    for table in fields(tables):
        rows: pa.Table = getattr(tables, table.name)
        rows = rows.take(np.random.default_rng(1).permutation(rows.num_rows))
        (folder / table.name).mkdir()
        half = rows.num_rows // 2
        for part, piece in enumerate((rows[:half], rows[half:])):
            path = folder / table.name / f"{part}.parquet"
            pq.write_table(piece, path, row_group_size=100)
    return folder


@pytest.fixture(scope="module")
def catalogue(every_kind: LeadDefinition) -> Catalogue:
    return build_catalogue(every_kind, {"industry": (OTHER,)})


def _monthly(tables: LeadTables, history: History) -> Moments:
    lead = np.repeat(np.arange(history.n_leads), 3)
    return Moments.of(lead, np.tile([AS_OF - 60 * DAY, AS_OF - 30 * DAY, AS_OF], history.n_leads))


@pytest.mark.parametrize("with_accounts", [True, False])
def test_slices_change_no_bit(
    tables: LeadTables,
    folder: Path,
    every_kind: LeadDefinition,
    with_accounts: bool,
) -> None:
    windows = every_kind.windows.model_copy(update={"account": with_accounts})
    definition = every_kind.model_copy(update={"windows": windows})
    catalogue = build_catalogue(definition, {"industry": (OTHER,)})
    history = History.from_tables(tables, definition)
    whole = take_snapshot(history, catalogue, _monthly(tables, history))

    slices = plan_slices(folder, definition, memory_limit=200 * bytes_per_event(definition))
    taken = list(
        snapshots_in_slices(
            folder, slices, definition=definition, catalogue=catalogue, moments_of=_monthly
        )
    )

    assert len(slices) >= 4
    ids = [np.asarray(part.lead_ids.to_pylist())[part.snapshot.moments.lead] for part in taken]
    order = np.argsort(np.concatenate(ids), kind="stable")
    matrix = np.concatenate([part.snapshot.matrix for part in taken])[order]
    np.testing.assert_array_equal(matrix, whole.matrix)


def test_leads_looked_up_row_by_row_change_no_bit(
    tables: LeadTables,
    folder: Path,
    every_kind: LeadDefinition,
    catalogue: Catalogue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    history = History.from_tables(tables, every_kind)
    whole = take_snapshot(history, catalogue, _monthly(tables, history))
    monkeypatch.setattr("features.timeline.text_codes.MANY", 1)
    monkeypatch.setattr("features.distributed.slice_tables.MOST_BYTES_A_ROW", 0)

    (part,) = plan_slices(folder, every_kind)
    (taken,) = snapshots_in_slices(
        folder, [part], definition=every_kind, catalogue=catalogue, moments_of=_monthly
    )

    np.testing.assert_array_equal(taken.snapshot.matrix, whole.matrix)


def test_slices_fit_the_limit_and_hold_every_lead_once(
    folder: Path, every_kind: LeadDefinition
) -> None:
    slices = plan_slices(folder, every_kind, memory_limit=200 * bytes_per_event(every_kind))

    assert sorted(lead for part in slices for lead in part.lead_ids.to_pylist()) == LEADS
    # Six accounts of three leads and one of two; the last two accounts just fit together.
    assert [part.n_events for part in slices] == [120] * 5 + [120 + 80]


def test_leads_that_share_an_account_lie_in_one_slice(
    folder: Path, every_kind: LeadDefinition
) -> None:
    slices = plan_slices(folder, every_kind, memory_limit=1)

    assert slices[0].lead_ids.to_pylist() == ["L00", "L07", "L14"]
    assert not slices[0].is_stretch


def test_without_features_of_accounts_leads_stay_in_order(
    folder: Path, every_kind: LeadDefinition
) -> None:
    windows = every_kind.windows.model_copy(update={"account": False})
    definition = every_kind.model_copy(update={"windows": windows})

    slices = plan_slices(folder, definition, memory_limit=80 * bytes_per_event(definition))

    assert [part.lead_ids.to_pylist() for part in slices] == [
        LEADS[start : start + 2] for start in range(0, 20, 2)
    ]
    assert all(part.is_stretch for part in slices)


def test_a_slice_holds_the_rows_of_its_leads_only(folder: Path, every_kind: LeadDefinition) -> None:
    part = plan_slices(folder, every_kind, memory_limit=1)[3]

    tables = read_slice(folder, part)

    assert sorted(tables.lead["lead_id"].to_pylist()) == ["L03", "L10", "L17"]
    assert tables.outcome["lead_id"].to_pylist() == ["L03"]


def test_timestamps_of_a_warehouse_are_read_as_seconds(
    tables: LeadTables, folder: Path, every_kind: LeadDefinition, tmp_path: Path
) -> None:
    for table in fields(tables):
        (tmp_path / table.name).mkdir()
        rows: pa.Table = getattr(tables, table.name)
        for at, name in enumerate(rows.column_names):
            if name.endswith("_at"):
                stamps = rows[name].cast(pa.timestamp("s", "UTC")).cast(pa.timestamp("us", "UTC"))
                rows = rows.set_column(at, name, stamps)
        pq.write_table(rows, tmp_path / table.name / "all.parquet")
    (part,) = plan_slices(tmp_path, every_kind)

    pieces = [piece() for piece in event_pieces(tmp_path, part, every_kind)]

    stamped = [at for piece in pieces for at in piece["known_at"].to_pylist()]
    assert sorted(stamped) == sorted(tables.event["known_at"].to_pylist())


def test_a_folder_without_leads_is_refused(tmp_path: Path, every_kind: LeadDefinition) -> None:
    with pytest.raises(LeadDataError, match=r"must hold lead/\*\.parquet"):
        plan_slices(tmp_path, every_kind)
