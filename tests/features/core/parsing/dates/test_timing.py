import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.core.parsing.dates.period import add_months
from features.core.parsing.dates.timing import PurchaseTiming, read_purchase_timing


def _phrases(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


TIMINGS = _phrases("timings.csv") + _phrases("denials.csv")
"""Those marked ``held_out`` were written down before the rules were run on them."""


@pytest.mark.parametrize("row", TIMINGS, ids=lambda row: f"{row['text']}-{row['written_on']}")
def test_a_timing_is_read_as_a_person_reads_it(row: dict[str, str]) -> None:
    expected = PurchaseTiming(
        stated=row["stated"] == "yes",
        expected_on=date.fromisoformat(row["expected_on"]) if row["expected_on"] else None,
    )

    assert read_purchase_timing(row["text"], date.fromisoformat(row["written_on"])) == expected


def test_a_fiscal_year_may_start_in_another_month() -> None:
    timing = read_purchase_timing("来期", date(2026, 1, 15), fiscal_year_starts=10)

    assert timing.expected_on == date(2026, 10, 1)


@pytest.mark.parametrize("text", [None, "", "  "])
def test_a_blank_states_nothing(text: str | None) -> None:
    assert read_purchase_timing(text, date(2026, 1, 15)) == PurchaseTiming(stated=False)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026/02/30", date(2026, 2, 1)),
        ("2026年13月", date(2026, 12, 31)),
        ("13/2026", date(2026, 12, 31)),
    ],
)
def test_of_a_date_that_does_not_exist_the_part_that_does_is_kept(text: str, day: date) -> None:
    assert read_purchase_timing(text, date(2026, 1, 15)).expected_on == day


@given(
    st.text(alphabet="0123456789年月日週期半来今再度末中内ヶ~-/ qhfyabcmonthswikerd", max_size=20),
    st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)),
)
def test_no_text_makes_reading_fail(text: str, written_on: date) -> None:
    timing = read_purchase_timing(text, written_on)

    assert timing.stated or timing.expected_on is None


def test_a_month_is_added_by_the_calendar() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert add_months(date(2026, 1, 15), -1) == date(2025, 12, 15)
