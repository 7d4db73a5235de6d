"""Snapshots that are read in blocks hold the bits of one matrix, and never as many of them."""

import tracemalloc

import numpy as np
import pytest

from features import snapshot_rows
from features.catalogue import build_catalogue
from features.core.clock import DAY
from features.history import History
from features.moments import Moments
from features.snapshot import Snapshot, take_snapshot
from features.snapshot_rows import (
    UnheldSnapshot,
    blocks_of,
    column_groups,
    computed,
    read_in_blocks,
)

AS_OF = 1_750_000_000
LEADS = tuple(f"L{n}" for n in range(30))


@pytest.fixture
def unheld(every_kind, make_tables):
    """30 leads looked at on 90 days."""
    events = [
        {"lead_id": lead, "behaviour": "webinar", "at": AS_OF - n * 3 * DAY}
        for n, lead in enumerate(LEADS)
    ]
    facts = [{"lead_id": lead, "attribute": "industry", "value": "retail"} for lead in LEADS[:20]]
    tables = make_tables(leads=LEADS, events=events, facts=facts)
    days = AS_OF - np.arange(90) * DAY
    moments = Moments.of(np.repeat(np.arange(len(LEADS)), len(days)), np.tile(days, len(LEADS)))
    return UnheldSnapshot(
        history=History.from_tables(tables, every_kind),
        moments=moments,
        catalogue=build_catalogue(every_kind, {"industry": ("retail", "other")}),
    )


def test_rows_columns_and_all_of_it_are_those_of_the_snapshot(unheld):
    held = take_snapshot(unheld.history, unheld.catalogue, unheld.moments)
    some = np.arange(0, len(unheld.moments), 7)
    names = unheld.catalogue.names[3:6]

    for snapshot in (unheld, held):
        np.testing.assert_array_equal(snapshot.matrix, held.matrix)
        np.testing.assert_array_equal(snapshot.take(some).matrix, held.matrix[some])
        np.testing.assert_array_equal(snapshot.take(slice(5, 50)).matrix, held.matrix[5:50])
        np.testing.assert_array_equal(snapshot.columns(names), held.matrix[:, 3:6])
        np.testing.assert_array_equal(snapshot.column(names[0]), held.matrix[:, 3])


def test_what_is_computed_in_blocks_is_what_all_of_it_gives(unheld, monkeypatch):
    monkeypatch.setattr(snapshot_rows, "ROWS_AT_ONCE", 64)
    monkeypatch.setattr(snapshot_rows, "NUMBERS_AT_ONCE", 3 * len(unheld.moments))
    matrix = unheld.matrix

    sums = computed(unheld, lambda some: np.nansum(some.matrix, axis=1))
    groups = list(column_groups(unheld))

    np.testing.assert_array_equal(sums, np.nansum(matrix, axis=1))
    assert [n for group, _ in groups for n in group] == list(range(len(unheld.catalogue)))
    assert {len(group) for group, _ in groups[:-1]} == {3}
    np.testing.assert_array_equal(np.hstack([columns for _, columns in groups]), matrix)


@pytest.mark.parametrize(("spare", "kind"), [(0, Snapshot), (-1, UnheldSnapshot)])
def test_what_is_small_is_taken_once_and_held(unheld, monkeypatch, spare, kind):
    numbers = len(unheld.moments) * len(unheld.catalogue)
    monkeypatch.setattr(snapshot_rows, "HELD_AT_MOST", numbers + spare)

    found = read_in_blocks(unheld.history, unheld.catalogue, unheld.moments)

    assert type(found) is kind
    np.testing.assert_array_equal(found.matrix, unheld.matrix)


def test_of_no_moments_an_empty_array_is_computed(unheld):
    nothing = UnheldSnapshot(
        history=unheld.history, moments=unheld.moments.take(slice(0)), catalogue=unheld.catalogue
    )

    assert computed(nothing, lambda some: some.matrix[:, 0]).shape == (0,)
    assert list(blocks_of(0)) == [slice(0, 0)]


def test_a_block_at_a_time_takes_the_memory_of_a_block(unheld, monkeypatch):
    monkeypatch.setattr(snapshot_rows, "ROWS_AT_ONCE", 128)
    whole = len(unheld.moments) * len(unheld.catalogue) * 8
    # What the history remembers for all blocks comes first.
    computed(unheld, lambda some: some.matrix.sum(axis=1))
    tracemalloc.start()

    computed(unheld, lambda some: some.matrix.sum(axis=1))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < whole / 2
