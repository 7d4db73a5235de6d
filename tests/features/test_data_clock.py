import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from features.core.clock import DAY, to_second
from features.core.errors import LeadDataError, Refusal
from features.data_clock import DataClock, clock_of, read_future, settle_cutoff
from features.definition import LeadDefinition
from features.store import Store
from features.store.lead_tables import LeadTables

MakeTables = Callable[..., LeadTables]

START = to_second(datetime(2025, 1, 6, tzinfo=UTC))
DAYS = 260
END = START + DAYS * DAY
NOW = END + 200 * DAY
"""An old export: what is booked after its end is in the past by now."""


def _events(days: int = DAYS, per_day: int = 10) -> list[dict[str, object]]:
    return [{"at": START + day * DAY + i * 60} for day in range(days) for i in range(per_day)]


def _outcomes(days: int = DAYS, per_day: int = 2) -> list[dict[str, object]]:
    return [
        {"stage": "opportunity", "at": START + day * DAY + i * 60}
        for day in range(days)
        for i in range(per_day)
    ]


@pytest.fixture
def company(make_tables: MakeTables) -> Callable[..., LeadTables]:
    """A company with ten events and two outcomes a day, and what a test adds."""

    def make(*, extra: tuple[dict[str, object], ...] = (), outcome_days: int = DAYS) -> LeadTables:
        return make_tables(
            created_at=START, events=[*_events(), *extra], outcomes=_outcomes(outcome_days)
        )

    return make


def _clock(tables: LeadTables, definition: LeadDefinition, until: int = NOW) -> DataClock:
    return clock_of(tables, definition, known_until=until)


def test_the_clock_is_one_second_after_the_newest_row(
    company: Callable[..., LeadTables], every_kind: LeadDefinition
) -> None:
    clock = _clock(company(), every_kind)

    assert clock.reach == clock.data_cutoff == START + (DAYS - 1) * DAY + 9 * 60 + 1
    assert clock.future == ()


@pytest.mark.parametrize(
    "booked_at", [END + 41 * DAY, NOW + DAY, to_second(datetime(2062, 1, 1, tzinfo=UTC))]
)
@pytest.mark.parametrize("known", ["when booked", "when it happens"])
def test_a_row_ahead_of_the_data_moves_nothing_and_is_named(
    company: Callable[..., LeadTables], every_kind: LeadDefinition, booked_at: int, known: str
) -> None:
    known_at = END - 30 * DAY if known == "when booked" else booked_at
    row = {"behaviour": "webinar", "occurred_at": booked_at, "known_at": known_at}
    plain = _clock(company(), every_kind)

    clock = _clock(company(extra=(row,)), every_kind)

    assert (clock.reach, clock.data_cutoff) == (plain.reach, plain.data_cutoff)
    (future,) = clock.future
    assert (future.table, future.rows, future.lead_ids) == ("event", 1, ("L1",))
    assert (future.first_at, future.last_at, future.after) == (
        booked_at,
        booked_at,
        plain.newest_at,
    )


def test_nothing_is_known_after_the_newest_import(
    company: Callable[..., LeadTables], every_kind: LeadDefinition
) -> None:
    imported_at = START + 100 * DAY + 5

    clock = _clock(company(), every_kind, until=imported_at)

    assert clock.reach == START + 100 * DAY + 1
    assert {rows.table for rows in clock.future} == {"event", "outcome"}


def test_outcomes_that_stopped_hold_the_cut_off_but_not_the_reach(
    company: Callable[..., LeadTables], every_kind: LeadDefinition
) -> None:
    clock = _clock(company(outcome_days=200), every_kind)

    assert clock.outcomes_stopped
    # The newest outcome is a minute into day 199; a week without any may be a holiday.
    assert clock.data_cutoff == START + 199 * DAY + 60 + 7 * DAY
    assert clock.reach == _clock(company(), every_kind).reach


def test_outcomes_recorded_late_are_waited_for(
    company: Callable[..., LeadTables], every_kind: LeadDefinition
) -> None:
    outcome = every_kind.outcome.model_copy(update={"outcome_delay_days": 60})
    patient = every_kind.model_copy(update={"outcome": outcome})

    assert not _clock(company(outcome_days=200), patient).outcomes_stopped


def test_one_outcome_ahead_of_the_data_does_not_excuse_the_missing_ones(
    make_tables: MakeTables, every_kind: LeadDefinition
) -> None:
    lone = {"stage": "opportunity", "at": END - DAY}
    tables = make_tables(
        created_at=START, events=_events(), outcomes=[*_outcomes(200, per_day=20), lone]
    )

    assert _clock(tables, every_kind).outcomes_stopped


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (NOW + DAY, "nothing can be known after"),
        (END + 100 * DAY, r"the newest outcome is of 2025-09-22, and at their pace 20\d more"),
    ],
)
def test_a_cut_off_beyond_the_data_is_refused(
    company: Callable[..., LeadTables], every_kind: LeadDefinition, asked: int, why: str
) -> None:
    with pytest.raises(Refusal, match=why):
        settle_cutoff(company(), every_kind, asked=asked, known_until=NOW)


def test_a_cut_off_where_only_rows_end_is_refused(
    make_tables: MakeTables, every_kind: LeadDefinition
) -> None:
    tables = make_tables(created_at=START, events=_events())

    with pytest.raises(Refusal, match="the newest row is of 2025-09-22"):
        settle_cutoff(tables, every_kind, asked=END + 30 * DAY, known_until=NOW)


def test_a_cut_off_within_the_data_or_at_the_next_midnight_is_taken(
    company: Callable[..., LeadTables], every_kind: LeadDefinition
) -> None:
    for asked in (START + 100 * DAY, END):
        assert settle_cutoff(company(), every_kind, asked=asked, known_until=NOW) == asked


def test_a_cut_off_in_a_time_without_outcomes_is_refused_though_they_came_again(
    make_tables: MakeTables, every_kind: LeadDefinition
) -> None:
    outcomes = [row for row in _outcomes() if not 150 <= (row["at"] - START) // DAY < 200]  # type: ignore[operator]
    tables = make_tables(created_at=START, events=_events(), outcomes=outcomes)

    with pytest.raises(Refusal, match="the newest outcome is of"):
        settle_cutoff(tables, every_kind, asked=START + 190 * DAY, known_until=NOW)


@pytest.mark.parametrize("extra", [(), ({"at": NOW + DAY},)], ids=["all known", "one ahead"])
def test_of_many_events_one_instant_each_is_held(
    company: Callable[..., LeadTables],
    every_kind: LeadDefinition,
    extra: tuple[dict[str, object], ...],
) -> None:
    tables = company(extra=extra)
    many = pa.concat_tables([tables.event] * 1_600)
    tables = replace(tables, event=many)

    tracemalloc.start()
    clock = _clock(tables, every_kind)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert clock.newest_at == START + (DAYS - 1) * DAY + 9 * 60
    # An instant is 8 bytes; masks of a byte each come and go.
    assert peak < 16 * many.num_rows


def test_tables_wholly_ahead_of_the_clock_are_refused_by_name(
    company: Callable[..., LeadTables], every_kind: LeadDefinition
) -> None:
    with pytest.raises(LeadDataError, match=r"rows known by 2024-.*all later"):
        _clock(company(), every_kind, until=START - 300 * DAY)


def test_tables_without_leads_have_no_clock(
    make_tables: MakeTables, every_kind: LeadDefinition
) -> None:
    with pytest.raises(LeadDataError, match="must hold leads; got none"):
        _clock(make_tables(leads=()), every_kind)


def test_a_store_names_what_lies_ahead_of_it(
    store: Store, make_tables: MakeTables, every_kind: LeadDefinition
) -> None:
    ahead = to_second(datetime(2062, 1, 1, tzinfo=UTC))
    facts = [{"attribute": "industry", "value": "it", "known_at": ahead}]
    store.write(make_tables(created_at=START, events=_events(), facts=facts))

    (future,) = read_future(store, every_kind)

    assert (future.table, future.rows, future.first_at) == ("fact", 1, ahead)
