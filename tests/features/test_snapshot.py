"""Promises every feature keeps, checked over the whole catalogue on generated histories."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue import build_catalogue
from features.core.clock import DAY
from features.definition import LeadDefinition
from features.definition.outcome import Snapshots
from features.families.category_levels import OTHER
from features.history import History, event_look
from features.lookback.bulk import BulkLookback
from features.lookback.lead_rows import LeadRows
from features.moments import Moments
from features.snapshot import BLOCK, Snapshot, take_lead_snapshot, take_snapshot
from features.store.lead_tables import LeadTables
from features.timeline.connected_leads import lead_groups
from features.timeline.facts import FactIndex

MakeTables = Callable[..., LeadTables]
Row = dict[str, Any]

AS_OF = 1_750_000_000
LEADS = ("L1", "L2", "L3")
LEVELS = {"industry": ("retail", "software", OTHER)}
# Instants where the borders of windows, ties and days lie, and some in between.
BORDERS = [
    AS_OF - days * DAY + second for days in (0, 7, 30, 90, 120, 400) for second in (-1, 0, 1)
]
INSTANTS = st.one_of(st.sampled_from(BORDERS), st.integers(AS_OF - 200 * DAY, AS_OF + 60 * DAY))
VALUES = {
    "account_id": ["A1", "A2", None],
    "pages": ["3", "4.5", "many", None],
    "industry": ["retail", "software", "mining", None],
    "decision_maker": ["true", "false", None],
    "job_title": ["営業部長", "Head of IT", "???", None],
    "purchase_timing": ["3ヶ月以内", "未定", None],
    "budget": ["500万円", "¥3,000,000", None],
    "company_size": ["100〜299名", "50", None],
    "email_domain": ["gmail.com", "example.co.jp", None],
    "renewal": ["2025-09-30", "soon", None],
    "pain_point": ["在庫管理", None],
}


@st.composite
def events(draw: st.DrawFn) -> Row:
    return {
        "lead_id": draw(st.sampled_from(LEADS)),
        "behaviour": draw(st.sampled_from(["visit", "webinar", "inquiry", "sales_call"])),
        "occurred_at": draw(INSTANTS),
        "known_at": draw(INSTANTS),
        "actor": draw(st.sampled_from(["lead", "lead", "sales"])),
        "amount": draw(st.one_of(st.none(), st.floats(0, 1e6))),
    }


@st.composite
def facts(draw: st.DrawFn) -> Row:
    attribute = draw(st.sampled_from(sorted(VALUES)))
    return {
        "lead_id": draw(st.sampled_from(LEADS)),
        "attribute": attribute,
        "known_at": draw(INSTANTS),
        "value": draw(st.sampled_from(VALUES[attribute])),
    }


@st.composite
def outcomes(draw: st.DrawFn) -> Row:
    return {
        "lead_id": draw(st.sampled_from(LEADS)),
        "stage": draw(st.sampled_from(["opportunity", "won", "lost"])),
        "occurred_at": draw(INSTANTS),
        "known_at": draw(INSTANTS),
    }


@st.composite
def histories(draw: st.DrawFn) -> dict[str, list[Row]]:
    """Rows of the three tables; two facts of one lead, attribute and second do not exist."""
    unique = st.lists(
        facts(),
        max_size=12,
        unique_by=lambda row: (row["lead_id"], row["attribute"], row["known_at"]),
    )
    return {
        "events": draw(st.lists(events(), max_size=25)),
        "facts": draw(unique),
        "outcomes": draw(st.lists(outcomes(), max_size=4)),
    }


@pytest.fixture(scope="module")
def snapshot_of(every_kind: LeadDefinition, make_tables: MakeTables) -> Callable[..., Snapshot]:
    """The snapshot of every lead at some instants."""
    catalogue = build_catalogue(every_kind, LEVELS)

    def take(rows: dict[str, list[Row]], instants: tuple[int, ...] = (AS_OF,)) -> Snapshot:
        tables = make_tables(leads=LEADS, created_at=AS_OF - 50 * DAY, **rows)
        history = History.from_tables(tables, every_kind)
        n_leads = history.n_leads
        moments = Moments.of(
            np.repeat(np.arange(n_leads), len(instants)), np.tile(instants, n_leads)
        )
        return take_snapshot(history, catalogue, moments)

    return take


def _same(actual: Snapshot, expected: Snapshot) -> None:
    differ = [
        name
        for column, name in enumerate(expected.catalogue.names)
        if not np.array_equal(actual.matrix[:, column], expected.matrix[:, column], equal_nan=True)
    ]
    assert differ == []


def _later(row: Row) -> int:
    return int(max(row.get("occurred_at", 0), row["known_at"]))


def _past(rows: dict[str, list[Row]]) -> dict[str, list[Row]]:
    return {table: [row for row in kept if _later(row) < AS_OF] for table, kept in rows.items()}


@given(rows=histories(), on_the_tick=histories())
def test_what_happens_exactly_at_as_of_changes_nothing(
    snapshot_of: Callable[..., Snapshot],
    rows: dict[str, list[Row]],
    on_the_tick: dict[str, list[Row]],
) -> None:
    past = _past(rows)
    moved = {
        table: [row | {"known_at": AS_OF} | _occurred(row) for row in added]
        for table, added in on_the_tick.items()
    }

    with_ties = {table: past[table] + moved[table] for table in past}

    _same(snapshot_of(with_ties), snapshot_of(past))


def _occurred(row: Row) -> Row:
    return {"occurred_at": min(row["occurred_at"], AS_OF)} if "occurred_at" in row else {}


@given(rows=histories(), other_future=histories())
def test_rewriting_the_whole_future_changes_nothing(
    snapshot_of: Callable[..., Snapshot],
    rows: dict[str, list[Row]],
    other_future: dict[str, list[Row]],
) -> None:
    rewritten = {
        table: kept + [row for row in other_future[table] if _later(row) >= AS_OF]
        for table, kept in _past(rows).items()
    }

    _same(snapshot_of(rewritten), snapshot_of(rows))


@given(rows=histories())
def test_leads_without_common_account_are_the_same_alone_as_together(
    snapshot_of: Callable[..., Snapshot],
    every_kind: LeadDefinition,
    make_tables: MakeTables,
    rows: dict[str, list[Row]],
) -> None:
    instants = (AS_OF - 30 * DAY, AS_OF, AS_OF + 20 * DAY)
    together = snapshot_of(rows, instants)
    fact = make_tables(leads=LEADS, **rows).fact

    groups = lead_groups(pa.array(LEADS), fact, "account_id")

    for group in np.unique(groups):
        leads = [lead for lead, of in zip(LEADS, groups, strict=True) if of == group]
        own = {
            table: [row for row in kept if row["lead_id"] in leads] for table, kept in rows.items()
        }
        tables = make_tables(leads=leads, created_at=AS_OF - 50 * DAY, **own)
        history = History.from_tables(tables, every_kind)
        moments = Moments.of(np.repeat(np.arange(len(leads)), 3), np.tile(instants, len(leads)))
        alone = take_snapshot(history, together.catalogue, moments)

        theirs = np.isin(together.moments.lead, np.flatnonzero(groups == group))
        np.testing.assert_array_equal(alone.matrix, together.matrix[theirs])


@given(rows=histories(), random=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(
    snapshot_of: Callable[..., Snapshot], rows: dict[str, list[Row]], random: Any
) -> None:
    shuffled = {table: random.sample(kept, len(kept)) for table, kept in rows.items()}

    _same(snapshot_of(shuffled), snapshot_of(rows))


@given(rows=histories())
def test_counts_equal_those_of_going_through_every_event(
    snapshot_of: Callable[..., Snapshot], rows: dict[str, list[Row]]
) -> None:
    snapshot = snapshot_of(rows)

    for days in (7, 30):
        since = AS_OF - days * DAY
        for position, lead in enumerate(LEADS):
            seen = [
                row
                for row in rows["events"]
                if row["lead_id"] == lead
                and row["actor"] == "lead"
                and row["behaviour"] == "webinar"
                and since <= _later(row) < AS_OF
            ]

            minutes = sum(row["amount"] or 0.0 for row in seen)
            assert snapshot.column(f"webinar_{days}d")[position] == len(seen)
            assert snapshot.column(f"webinar_minutes_{days}d")[position] == pytest.approx(
                minutes, abs=1e-5
            )


def test_many_blocks_on_threads_equal_one_moment_at_a_time(
    every_kind: LeadDefinition, make_tables: MakeTables
) -> None:
    rng = np.random.default_rng(3)
    rows = [
        {"lead_id": LEADS[lead], "at": int(at), "behaviour": behaviour, "amount": 1.5}
        for lead, at, behaviour in zip(
            rng.integers(0, 3, 300),
            rng.integers(AS_OF - 100 * DAY, AS_OF, 300),
            rng.choice(["visit", "webinar", "inquiry"], 300),
            strict=True,
        )
    ]
    history = History.from_tables(make_tables(leads=LEADS, events=rows), every_kind)
    catalogue = build_catalogue(every_kind, LEVELS)
    size = 2 * BLOCK + 5
    moments = Moments.of(rng.integers(0, 3, size), rng.integers(AS_OF - 90 * DAY, AS_OF, size))

    snapshot = take_snapshot(history, catalogue, moments)

    for row in rng.integers(0, size, 20).tolist():
        alone = BulkLookback(history=history, moments=moments.take(slice(row, row + 1)))
        expected = [feature.compute(alone)[0] for feature in catalogue]
        np.testing.assert_array_equal(snapshot.matrix[row], expected)


def test_a_catalogue_built_anew_reads_facts_by_the_same_objects(
    every_kind: LeadDefinition, make_tables: MakeTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History.from_tables(make_tables(leads=LEADS), every_kind)
    asked: list[tuple[str, object]] = []
    for name in ("read", "read_dated"):
        taken = getattr(FactIndex, name)

        def read(self, attribute, reading, taken=taken):
            asked.append((attribute, reading))
            return taken(self, attribute, reading)

        monkeypatch.setattr(FactIndex, name, read)

    for _ in range(2):
        catalogue = build_catalogue(every_kind, LEVELS)
        take_snapshot(history, catalogue, Moments.of([0, 1], [AS_OF, AS_OF]))

    # What is read of all facts is kept by the object that read it.
    half = len(asked) // 2
    assert half
    assert asked[:half] == asked[half:]


def test_no_moments_give_an_empty_matrix_with_every_column(
    every_kind: LeadDefinition, make_tables: MakeTables
) -> None:
    history = History.from_tables(make_tables(leads=()), every_kind)
    catalogue = build_catalogue(every_kind, LEVELS)

    snapshot = take_snapshot(history, catalogue, Moments.of([], []))

    assert snapshot.matrix.shape == (0, len(catalogue))


@given(rows=histories(), shift=st.sampled_from([0, 1, 30 * DAY]), judges_account=st.booleans())
def test_one_lead_from_plain_rows_equals_the_bulk_path(
    every_kind: LeadDefinition,
    make_tables: MakeTables,
    rows: dict[str, list[Row]],
    shift: int,
    judges_account: bool,
) -> None:
    windows = every_kind.windows.model_copy(update={"account": judges_account})
    definition = every_kind.model_copy(update={"windows": windows})
    catalogue = build_catalogue(definition, LEVELS)
    as_of = AS_OF + shift
    for lead in LEADS:
        own = {
            table: [row for row in kept if row["lead_id"] == lead]
            for table, kept in rows.items()
            if table != "outcomes"  # what sales did is no part of plain rows
        }
        tables = make_tables(leads=(lead,), created_at=AS_OF - 50 * DAY, **own)
        # Twice the same moment: two rows are looked up by the arrays of the bulk path.
        moments = Moments.of([0, 0], [as_of, as_of])
        bulk = take_snapshot(History.from_tables(tables, definition), catalogue, moments)
        plain = LeadRows.of_tables(tables, lead)

        one = take_lead_snapshot(plain, definition, catalogue=catalogue, as_of=as_of)

        np.testing.assert_array_equal(one.matrix[0], bulk.matrix[1])


@given(rows=histories())
def test_a_lead_looked_at_from_an_event_is_judged_later_as_it_was_then(
    make_tables: MakeTables, every_kind: LeadDefinition, rows: dict[str, list[Row]]
) -> None:
    once = Snapshots(at="event", behaviour=every_kind.behaviours[0].name)
    definition = every_kind.model_copy(update={"snapshots": once})
    tables = make_tables(leads=LEADS, created_at=AS_OF - 50 * DAY, **rows)
    history, catalogue = (
        History.from_tables(tables, definition),
        build_catalogue(definition, LEVELS),
    )
    look = event_look(history.timeline, history.created_at, str(once.behaviour))
    had_it = np.flatnonzero(look <= AS_OF)

    then = take_snapshot(history, catalogue, Moments.of(had_it, look[had_it]))
    now = take_snapshot(history, catalogue, Moments.of(had_it, np.full(len(had_it), AS_OF)))
    alone = take_lead_snapshot(
        LeadRows.of_tables(tables, LEADS[0]), definition, catalogue=catalogue, as_of=AS_OF
    )

    _same(now, then)
    assert np.flatnonzero(history.begun(AS_OF)).tolist() == had_it.tolist()
    if 0 in had_it:
        np.testing.assert_array_equal(alone.matrix[0], then.matrix[0])


@given(rows=histories())
def test_a_lead_that_is_looked_at_at_ages_is_judged_as_it_was_at_the_last_of_them(
    make_tables: MakeTables, every_kind: LeadDefinition, rows: dict[str, list[Row]]
) -> None:
    ages = every_kind.model_copy(update={"snapshots": Snapshots(at="age", days=(1, 7, 30))})
    created = AS_OF - 50 * DAY
    tables = make_tables(leads=LEADS, created_at=created, **rows)
    history, catalogue = History.from_tables(tables, ages), build_catalogue(ages, LEVELS)
    leads = np.arange(history.n_leads)

    # Before the first age a lead is judged as it is.
    for asked, looked in (
        (AS_OF, 30 * DAY + 1),
        (created + 9 * DAY, 7 * DAY + 1),
        (created + 9, 9),
    ):
        then = Moments.of(leads, np.full(len(leads), created + looked))
        plain = take_snapshot(replace(history, looks=None), catalogue, then)
        now = take_snapshot(history, catalogue, Moments.of(leads, np.full(len(leads), asked)))
        alone = take_lead_snapshot(
            LeadRows.of_tables(tables, LEADS[0]), ages, catalogue=catalogue, as_of=asked
        )
        _same(now, plain)
        np.testing.assert_array_equal(alone.matrix[0], now.matrix[0])
    assert "days_since_creation" in catalogue.names
    one_age = ages.model_copy(update={"snapshots": Snapshots(at="age", days=(7,))})
    assert "days_since_creation" not in build_catalogue(one_age, LEVELS).names


@given(rows=histories())
def test_a_lead_that_is_looked_at_once_is_judged_later_as_it_was_then(
    make_tables: MakeTables, every_kind: LeadDefinition, rows: dict[str, list[Row]]
) -> None:
    once = every_kind.model_copy(update={"snapshots": Snapshots(at="creation")})
    created = AS_OF - 50 * DAY
    tables = make_tables(leads=LEADS, created_at=created, **rows)
    history, catalogue = History.from_tables(tables, once), build_catalogue(once, LEVELS)
    leads = np.arange(history.n_leads)

    then = take_snapshot(history, catalogue, Moments.of(leads, np.full(len(leads), created + 1)))
    now = take_snapshot(history, catalogue, Moments.of(leads, np.full(len(leads), AS_OF)))
    alone = take_lead_snapshot(
        LeadRows.of_tables(tables, LEADS[0]), once, catalogue=catalogue, as_of=AS_OF
    )

    _same(now, then)
    assert now.moments.as_of.tolist() == [AS_OF] * len(leads)
    assert alone.moments.as_of.tolist() == [AS_OF]
    # Equal for all, so nothing is learned from it; and then nothing is beyond what was learned.
    assert "days_since_creation" not in catalogue.names
