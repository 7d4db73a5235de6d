import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.core.parsing.money import CURRENCY_MARKS, read_money

with (Path(__file__).parent / "money.csv").open(encoding="utf-8", newline="") as file:
    AMOUNTS = list(csv.DictReader(file))


@pytest.mark.parametrize("row", AMOUNTS, ids=lambda row: f"{row['text']}-{row['currency']}")
def test_an_amount_is_read_as_a_person_reads_it(row: dict[str, str]) -> None:
    expected = float(row["amount"]) if row["amount"] else None

    assert read_money(row["text"], row["currency"]) == expected


@pytest.mark.parametrize("text", [None, "", " "])
def test_a_blank_states_no_amount(text: str | None) -> None:
    assert read_money(text, "JPY") is None


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from(sorted(CURRENCY_MARKS)))
def test_a_plain_number_with_its_currency_code_is_itself(amount: int, currency: str) -> None:
    assert read_money(f"{amount:,} {currency}", currency) == amount


@given(st.text(max_size=60))
def test_no_text_makes_it_fail_or_go_below_zero(text: str) -> None:
    amount = read_money(text, "JPY")

    assert amount is None or amount >= 0


def test_no_mark_names_two_currencies() -> None:
    marks = [mark for marks in CURRENCY_MARKS.values() for mark in marks]

    assert len(marks) == len(set(marks))
