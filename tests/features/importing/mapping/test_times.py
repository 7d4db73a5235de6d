"""Text read as instants."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.core.clock import to_second
from features.importing.mapping.times import (
    FAULTS,
    MUST_BE_IN_RANGE,
    MUST_BE_TIME,
    MUST_HAVE_ZONE,
    check_format,
    read_instants,
)

TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YORK = ZoneInfo("America/New_York")


def _read(
    text: str | None, *formats: str, zone: ZoneInfo | None = TOKYO
) -> tuple[datetime, datetime, bool]:
    found = read_instants(pa.array([text], pa.string()), formats or ("auto",), zone)
    assert found.fault[0] == 0
    start, end = (datetime.fromtimestamp(int(s[0]), UTC) for s in (found.start, found.known_by))
    return start, end, bool(found.day_only[0])


def _fault(text: str, *formats: str, zone: ZoneInfo | None = TOKYO) -> str:
    found = read_instants(pa.array([text]), formats or ("auto",), zone)
    assert found.fault[0] > 0
    return FAULTS[found.fault[0] - 1]


@pytest.mark.parametrize(
    "text",
    [
        "2024-04-01T09:05:07+09:00",
        "2024-04-01 00:05:07Z",
        "2024-04-01T00:05:07.999Z",
        "2024-03-31T20:05:07-0400",
        "2024-04-01 00:05:07 UTC",
        "2024-04-01T09:05:07[Asia/Tokyo]",
        "2024-03-31T20:05:07[America/New_York]",
        "2024-04-01T00:05:07Z[UTC]",
        "2024-04-01T09:05:07+09:00[Asia/Tokyo]",
        "2024/4/1 9:05:07",
        "2024-04-01 09:05:07",
        "2024.04.01 09:05:07",
        "2024年4月1日 9時05分07秒",
        "2024-04-01 09:05:07,5",
    ],
)
def test_ways_to_write_one_second(text: str) -> None:
    moment = datetime(2024, 4, 1, 0, 5, 7, tzinfo=UTC)

    assert _read(text) == (moment, moment, False)


@pytest.mark.parametrize("text", ["2024-04-01", "2024/04/01", "2024年4月1日"])
def test_a_day_begins_at_its_first_second_and_is_known_by_its_last(text: str) -> None:
    start, end, day_only = _read(text)

    assert day_only
    assert start == datetime(2024, 3, 31, 15, tzinfo=UTC)
    assert end == datetime(2024, 4, 1, 14, 59, 59, tzinfo=UTC)


def test_the_day_of_a_clock_change_has_its_own_length() -> None:
    start, end, _ = _read("2024-03-10", zone=NEW_YORK)

    assert (end - start).total_seconds() + 1 == 23 * 3600


def test_an_hour_that_is_skipped_or_repeated_is_still_read() -> None:
    assert _read("2024-03-10 02:30", zone=NEW_YORK)[0] == datetime(2024, 3, 10, 7, tzinfo=UTC)
    assert _read("2024-11-03 01:30", zone=NEW_YORK)[0] == datetime(2024, 11, 3, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("01/04/2024 21:05", "%d/%m/%Y %H:%M", datetime(2024, 4, 1, 12, 5, tzinfo=UTC)),
        ("4/1/24 9:05 PM", "%m/%d/%y %I:%M %p", datetime(2024, 4, 1, 12, 5, tzinfo=UTC)),
        ("Apr 1, 2024 12:05 am", "%b %d, %Y %I:%M %p", datetime(2024, 3, 31, 15, 5, tzinfo=UTC)),
        ("1 April 2024 12:05 PM", "%d %B %Y %I:%M %p", datetime(2024, 4, 1, 3, 5, tzinfo=UTC)),
        ("1711929907", "epoch_seconds", datetime(2024, 4, 1, 0, 5, 7, tzinfo=UTC)),
        ("1711929907999", "epoch_milliseconds", datetime(2024, 4, 1, 0, 5, 7, tzinfo=UTC)),
        ("1711929907999123", "epoch_microseconds", datetime(2024, 4, 1, 0, 5, 7, tzinfo=UTC)),
        ("45383.5", "excel", datetime(2024, 4, 1, 3, tzinfo=UTC)),
    ],
)
def test_formats_that_the_mapping_gives(text: str, form: str, expected: datetime) -> None:
    assert _read(text, form)[0] == expected


@pytest.mark.parametrize(
    ("text", "hour"),
    [("2024-01-15T10:00[Europe/Berlin]", 9), ("2024-07-15T10:00[Europe/Berlin]", 8)],
)
def test_a_zone_named_without_an_offset_says_it_by_the_day(text: str, hour: int) -> None:
    moment = _read(text, zone=None)[0]

    assert moment.hour == hour
    assert _read(text, "%Y-%m-%dT%H:%M%z", zone=None)[0] == moment


def test_formats_are_tried_in_order() -> None:
    values = pa.array(["2024-04-01", "01/04/2024", "45383"])

    found = read_instants(values, ("auto", "%d/%m/%Y", "excel"), TOKYO)

    assert found.start.tolist() == [to_second(datetime(2024, 3, 31, 15, tzinfo=UTC))] * 3
    assert found.day_only.all()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2024-02-30", MUST_BE_TIME),
        ("2023-02-29", MUST_BE_TIME),
        ("2024-13-01", MUST_BE_TIME),
        ("2024-00-10", MUST_BE_TIME),
        ("2024-01-01 30:00", MUST_BE_TIME),
        ("2024-01-01 12:60", MUST_BE_TIME),
        ("soon", MUST_BE_TIME),
        ("2024-04-01T10:00[Asia/Atlantis]", MUST_BE_TIME),
        ("2024-04-01T10:00[]", MUST_BE_TIME),
        ("20241301", MUST_BE_TIME),
        ("1969-12-31", MUST_BE_IN_RANGE),
        ("1970-01-01", MUST_BE_IN_RANGE),  # in Tokyo it begins nine hours before 1970 in UTC
        ("2100-01-01", MUST_BE_IN_RANGE),
        ("9999-12-31", MUST_BE_IN_RANGE),
    ],
)
def test_what_is_no_instant_is_told_why(text: str, reason: str) -> None:
    assert _fault(text) == reason


@pytest.mark.parametrize("text", ["2024-04-01 09:05", "2024-04-01"])
def test_without_a_zone_a_naive_time_is_a_fault(text: str) -> None:
    assert _fault(text, zone=None) == MUST_HAVE_ZONE


def test_an_offset_needs_no_zone() -> None:
    assert _read("2024-04-01T09:00+09:00", zone=None)[0] == datetime(2024, 4, 1, tzinfo=UTC)


def test_a_blank_is_neither_an_instant_nor_a_fault() -> None:
    found = read_instants(pa.array([None], pa.string()), ("auto",), TOKYO)

    assert found.blank.tolist() == [True]
    assert found.fault.tolist() == [0]


def test_no_rows_give_no_instants() -> None:
    assert len(read_instants(pa.array([], pa.string()), ("auto",), TOKYO).start) == 0


@given(st.lists(st.datetimes(datetime(1970, 1, 3), datetime(2099, 12, 30)), min_size=1))
def test_naive_times_are_read_as_pandas_reads_them(times: list[datetime]) -> None:
    text = pa.array([time.isoformat(sep=" ") for time in times])

    found = read_instants(text, ("auto",), NEW_YORK)

    index = pd.DatetimeIndex(np.array(times, dtype="datetime64[us]"))
    aware = index.tz_localize(
        NEW_YORK, ambiguous=np.ones(len(times), bool), nonexistent="shift_forward"
    )
    expected = [int(np.floor(value.timestamp())) for value in aware]
    assert found.start.tolist() == expected


@pytest.mark.parametrize("text", ["%Q", "%H:%M", "when"])
def test_a_format_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must (use|be)"):
        check_format(text)


@pytest.mark.parametrize(
    ("written", "start", "day_only"),
    [
        # Midnight in Tokyo is three in the afternoon of the day before in UTC.
        ("2026年4月1日(水)", "2026-03-31 15:00", True),
        ("2026/04/01 (水) 10:15", "2026-04-01 01:15", False),
        ("2026年4月1日水曜日", "2026-03-31 15:00", True),
        ("令和8年4月1日", "2026-03-31 15:00", True),
        ("令和元年5月1日", "2019-04-30 15:00", True),
        ("平成31年4月30日", "2019-04-29 15:00", True),
        ("昭和64年1月7日", "1989-01-06 15:00", True),
        ("R8.4.1", "2026-03-31 15:00", True),
        ("r8/4/1", "2026-03-31 15:00", True),
        ("H30-12-31", "2018-12-30 15:00", True),
        ("20260401", "2026-03-31 15:00", True),
        ("20260401 101530", "2026-04-01 01:15", False),
        ("202604011015", "2026-04-01 01:15", False),
        ("2026/04/01 午後3:15", "2026-04-01 06:15", False),
        ("2026年4月1日 午前0時15分", "2026-03-31 15:15", False),
        ("2026/04/01 午後12:15", "2026-04-01 03:15", False),
        ("2026/04/01 午前12:15", "2026-03-31 15:15", False),
        ("2026-04-01 10:00:00 JST", "2026-04-01 01:00", False),
        ("2026-04-01T10:00:00Z", "2026-04-01 10:00", False),
        ("2026-04-01T10:00:00.123+0900", "2026-04-01 01:00", False),
    ],
)
def test_dates_of_japanese_systems_are_read(written: str, start: str, day_only: bool) -> None:
    found, _, only = _read(written)

    assert (found.strftime("%Y-%m-%d %H:%M"), only) == (start, day_only)


@pytest.mark.parametrize(
    "written", ["20261301", "令和8年", "R8.13.1", "2026/04/01 午後15:15", "2026", "46113"]
)
def test_what_only_looks_like_a_date_is_no_time(written: str) -> None:
    assert _fault(written) == MUST_BE_TIME


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-04-01T09:00+09:00[Asia/Tokyo]", "2024-04-01T00:00"),
        ("2024-04-01 24:00", "2024-04-01T15:00"),
        ("2024-04-30 25:30", "2024-04-30T16:30"),
        ("2024年12月31日 25時30分", "2024-12-31T16:30"),
        ("2024-04-01 30:00", None),
    ],
)
def test_hours_past_midnight_belong_to_the_next_day(written: str, meant: str | None) -> None:
    read = read_instants(pa.array([written]), ("auto",), ZoneInfo("Asia/Tokyo"))

    assert bool(read.fault[0]) == (meant is None)
    if meant is not None:
        assert read.start[0] == np.datetime64(meant, "s").astype(int)
