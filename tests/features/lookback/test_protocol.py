"""Every rule of time, on histories short enough to count by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.core.clock import DAY
from features.definition import LeadDefinition
from features.history import History
from features.lookback.bulk import BulkLookback
from features.lookback.lead_rows import LeadRows
from features.lookback.protocol import EVER, Lookback
from features.lookback.single import OneLookback
from features.moments import Moments
from features.store.lead_tables import LeadTables

MakeTables = Callable[..., LeadTables]
Look = Callable[..., Lookback]

NOON = 1_750_000_000 // DAY * DAY + 3 * 3600  # 12:00 in Tokyo


@pytest.fixture(params=["bulk", "one"])
def look(
    request: pytest.FixtureRequest, every_kind: LeadDefinition, make_tables: MakeTables
) -> Look:
    """The lookback on the first lead of some tables at one instant: every rule holds for both."""

    def in_bulk(*, as_of: int = NOON, **rows: Any) -> Lookback:
        history = History.from_tables(make_tables(**rows), every_kind)
        return BulkLookback(history=history, moments=Moments.of([0], [as_of]))

    def at_one(*, as_of: int = NOON, **rows: Any) -> Lookback:
        return OneLookback.of(LeadRows.of_tables(make_tables(**rows), "L1"), every_kind, as_of)

    return in_bulk if request.param == "bulk" else at_one


def test_a_window_holds_its_first_second_but_not_as_of(look: Look) -> None:
    lookback = look(events=[{"at": NOON - 7 * DAY - 1}, {"at": NOON - 7 * DAY}, {"at": NOON}])

    assert lookback.count("visit", 7) == 1
    assert lookback.count("visit", EVER) == 2


def test_an_event_counts_from_the_later_of_its_two_times(look: Look) -> None:
    late_news = {"occurred_at": NOON - 20 * DAY, "known_at": NOON - 3 * DAY}
    tomorrow = {"occurred_at": NOON - 2 * DAY, "known_at": NOON}

    lookback = look(events=[late_news, tomorrow])

    assert lookback.count("visit", 7) == 1
    assert lookback.days_since_last("visit") == 3


def test_what_sales_did_is_never_counted(look: Look) -> None:
    lookback = look(events=[{"at": NOON - DAY, "actor": "sales"}, {"at": NOON - 2 * DAY}])

    assert lookback.count("visit", EVER) == 1
    assert lookback.active_days(EVER) == 1


def test_events_nobody_asked_for_are_left_out(look: Look) -> None:
    lookback = look(
        events=[
            {"at": NOON - DAY, "behaviour": "not_in_the_definition"},
            {"at": NOON - DAY, "lead_id": "not a lead"},
            {"at": NOON - DAY, "behaviour": "sales_call"},
            {"at": -1},
            {"at": 1 << 32},
        ]
    )

    assert lookback.active_days(EVER) == 0


def test_recency_and_first_touch_are_days_and_never_is_missing(look: Look) -> None:
    lookback = look(events=[{"at": NOON - 10 * DAY}, {"at": NOON - DAY // 2}])

    assert lookback.days_since_first("visit") == 10
    assert lookback.days_since_last("visit") == 0.5
    assert np.isnan(lookback.days_since_last("inquiry"))
    assert np.isnan(lookback.days_since_first("inquiry"))


def test_amounts_are_summed_in_the_window(look: Look) -> None:
    minutes = [(NOON - 40 * DAY, 60.5), (NOON - 3 * DAY, 0.1), (NOON - 2 * DAY, 0.2), (NOON, 99.0)]
    without = [(NOON - DAY, None), (NOON - DAY, float("nan")), (NOON - DAY, float("inf"))]
    lookback = look(
        events=[{"behaviour": "webinar", "at": at, "amount": m} for at, m in minutes + without]
    )

    assert lookback.amount("webinar", 7) == 0.3  # exactly, which 0.1 + 0.2 as floats is not
    assert lookback.amount("webinar", EVER) == 60.8
    assert lookback.count("webinar", 7) == 5


def test_a_huge_amount_long_ago_does_not_blur_a_small_one(look: Look) -> None:
    lookback = look(
        events=[
            {"behaviour": "webinar", "at": NOON - 20 * DAY, "amount": 9e12},
            {"behaviour": "webinar", "at": NOON - 2 * DAY, "amount": 0.25},
        ]
    )

    assert lookback.amount("webinar", 7) == 0.25


def test_days_are_cut_in_the_time_zone_of_the_definition(look: Look) -> None:
    midnight_in_tokyo = NOON - 12 * 3600
    around = [midnight_in_tokyo - 1, midnight_in_tokyo, midnight_in_tokyo + 9 * 3600]

    lookback = look(events=[{"at": at} for at in around])

    assert lookback.active_days(7) == 2


def test_a_day_cut_by_the_window_counts_if_something_happened_inside(look: Look) -> None:
    week_ago = NOON - 7 * DAY
    lookback = look(events=[{"at": week_ago - 3600}, {"at": week_ago + 3600}, {"at": NOON - 60}])

    assert lookback.active_days(7) == 2
    assert lookback.active_days(EVER) == 2


def test_a_lead_without_history_has_zeros_and_missing_values(look: Look) -> None:
    lookback = look()

    assert lookback.count("visit", EVER) == 0
    assert lookback.amount("webinar", 7) == 0
    assert lookback.active_days(30) == 0
    assert not lookback.is_known("industry")


def test_a_value_is_the_newest_one_known_strictly_before(look: Look) -> None:
    facts = [
        {"attribute": "pages", "known_at": NOON - 2 * DAY, "value": "3"},
        {"attribute": "pages", "known_at": NOON - DAY, "value": "5"},
        {"attribute": "pages", "known_at": NOON, "value": "8"},
    ]

    assert look(facts=facts).value("pages", float) == 5
    assert look(facts=facts, as_of=NOON - DAY).value("pages", float) == 3
    assert look(facts=facts, as_of=NOON + 1).value("pages", float) == 8
    assert np.isnan(look(facts=facts, as_of=NOON - 2 * DAY).value("pages", float))


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_value_taken_back_is_unknown(look: Look, nothing: str | None) -> None:
    lookback = look(
        facts=[
            {"attribute": "pages", "known_at": NOON - 2 * DAY, "value": "3"},
            {"attribute": "pages", "known_at": NOON - DAY, "value": nothing},
        ]
    )

    assert np.isnan(lookback.value("pages", float))
    assert not lookback.is_known("pages")


def test_of_two_values_learned_in_one_second_the_later_row_counts(look: Look) -> None:
    same = {"attribute": "pages", "known_at": NOON - DAY}

    assert look(facts=[same | {"value": "3"}, same | {"value": "2"}]).value("pages", float) == 2


def test_facts_of_one_lead_or_attribute_say_nothing_of_another(look: Look) -> None:
    lookback = look(
        leads=("L1", "L2"),
        facts=[
            {"lead_id": "L2", "attribute": "pages", "value": "3"},
            {"attribute": "not_in_the_definition", "value": "3"},
            {"lead_id": "not a lead", "attribute": "pages", "value": "3"},
        ],
    )

    assert not lookback.is_known("pages")


def test_each_distinct_text_is_read_once(
    every_kind: LeadDefinition, make_tables: MakeTables
) -> None:
    leads = [f"L{i}" for i in range(100)]
    facts = [{"lead_id": lead, "attribute": "pages", "value": "7"} for lead in leads]
    history = History.from_tables(make_tables(leads=leads, facts=facts), every_kind)
    read: list[str] = []

    def reading(text: str) -> float:
        read.append(text)
        return float(text)

    for _ in range(2):
        lookback = BulkLookback(history=history, moments=Moments.of(range(100), [NOON] * 100))
        np.testing.assert_array_equal(lookback.value("pages", reading), np.full(100, 7.0))

    assert read == ["7"]


def test_dictionary_encoded_columns_give_the_same_history(
    every_kind: LeadDefinition, make_tables: MakeTables
) -> None:
    rows = [{"lead_id": f"L{i % 3}", "at": NOON - i * DAY} for i in range(1, 20)]
    plain = make_tables(leads=["L2", "L0", "L1"], events=rows)
    names = ["lead_id", "behaviour", "actor"]
    event = plain.event
    for name in names:
        column = event.column(name).dictionary_encode()
        event = event.set_column(event.column_names.index(name), name, column)
    encoded = LeadTables(**(vars(plain) | {"event": pa.concat_tables([event[:7], event[7:]])}))
    moments = Moments.of([0, 1, 2], [NOON] * 3)

    counts = [
        BulkLookback(history=History.from_tables(t, every_kind), moments=moments).count("visit", 7)
        for t in (plain, encoded)
    ]

    np.testing.assert_array_equal(counts[0], [2, 3, 2])
    np.testing.assert_array_equal(counts[1], counts[0])
