"""Numbers as people, accountants and spreadsheets write them, one decision a column."""

import unicodedata
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.core.parsing.money import read_money
from features.importing.mapping.numbers import (
    MUST_BE_NUMBER,
    MUST_BE_ONE_CURRENCY,
    MUST_BE_ONE_UNIT,
    MUST_SAY_DECIMAL,
    Notation,
    read_number_texts,
    settle_quantities,
)

UNSAID = Notation()
COMMA, POINT = Notation(decimal=","), Notation(decimal=".")
CONTINENTAL = Notation(continental=True)

ALONE = {
    # Plain.
    "0": 0, "7": 7, "007": 7, "+3": 3, "12.5": 12.5, ".5": 0.5, "5.": 5, "1e3": 1000,
    "1.5E+06": 1_500_000, "2e-2": 0.02, "1234567": 1_234_567, "0.125": 0.125, "1234.567": 1234.567,
    # Thousands.
    "1,234": 1234, "12,345": 12_345, "123,456": 123_456, "1,234,567": 1_234_567,
    "1,234,567.89": 1_234_567.89, "1,234.5": 1234.5, "10 000": 10_000, "1 234 567": 1_234_567,
    "1'234'567": 1_234_567, "1’234.50": 1234.5, "1,00,000": 100_000, "12,34,567.5": 1_234_567.5,
    # The comma before the fraction, where nothing else can be meant.
    "12,5": 12.5, "0,5": 0.5, "0,125": 0.125, "1234,567": 1234.567, "1,2345": 1.2345,
    "1.234,50": 1234.5, "1.234.567": 1_234_567, "1.234.567,8": 1_234_567.8, "1 234,50": 1234.5,
    "1'234,5": 1234.5,
    # Below zero.
    "-610": -610, "-610.0": -610, "−610": -610, "－610": -610, "(500)": -500, "(1,200.50)": -1200.5,
    "▲500": -500, "△1,200": -1200, "▼3.5": -3.5, "500-": -500, "- 12": -12, "(¥1,200)": -1200,
    "¥(1,200)": -1200, "-$45.50": -45.5, "$-45.50": -45.5, "($45.50)": -45.5, "(0.5)": -0.5,
    "-12,5": -12.5, "（500）": -500, "▲１，２００": -1200,
    # Full-width.
    "１２３４": 1234, "１，２３４": 1234, "１２．５": 12.5, "１２３，４５６，７８９": 123_456_789,
    # Japanese scales.
    "3千": 3000, "5万": 50_000, "500万": 5_000_000, "1.5億": 150_000_000, "1億2000万": 120_000_000,
    "1億2,000万": 120_000_000, "2兆": 2_000_000_000_000, "３００万": 3_000_000,
    "1,200万": 12_000_000,
    "十万": 100_000, "3千万": 30_000_000, "2.5万": 25_000, "百万": 1_000_000, "-500万": -5_000_000,
    # Latin scales.
    "50k": 50_000, "1.5M": 1_500_000, "2 million": 2_000_000, "3bn": 3_000_000_000, "10K": 10_000,
    # Percent.
    "12%": 0.12, "12.5 %": 0.125, "12,5%": 0.125, "１００％": 1, "-3%": -0.03, "(3%)": -0.03,
    "0.5%": 0.005, "10-20%": 0.15,
    # Ranges.
    "100-200": 150, "51〜200": 125.5, "51～200名": 125.5, "1,000-4,999": 2999.5, "10 to 20": 15,
    "10~20人": 15, "100人以上": 100, "1,000名以上": 1000, "100未満": 50, "up to 40": 20,
    "300〜500万": 4_000_000, "5+": 5, "1.000 - 4.999,5": 2999.75,
    # Currencies.
    "¥500": 500, "500円": 500, "￥1,234,567": 1_234_567, "¥1.5億": 150_000_000, "$50k": 50_000,
    "US$1,200.50": 1200.5, "1.234,50 €": 1234.5, "€ 12,5": 12.5, "12 yen": 12, "JPY 300": 300,
    "£99.99": 99.99, "99 CHF": 99, "500 ドル": 500, "₹1,00,000": 100_000,
    # Units and words that do not change the number.
    "300名": 300, "1,234人": 1234, "12件": 12, "約300": 300, "約1,200名": 1200, "about 50": 50,
    "1.234,5 Mitarbeiter": 1234.5, "40 employees": 40, "12ページ": 12, "3時間": 3, "15 min": 15,
    "approx. 1,500": 1500,
}  # fmt: skip
"""What a value means that stands alone in its column."""


def test_the_table_holds_what_was_agreed() -> None:
    assert len(ALONE) >= 120


def _read(texts: list[str], notation: Notation = UNSAID) -> tuple[list[float | None], set[str]]:
    plain = pa.array([unicodedata.normalize("NFKC", text) for text in texts], pa.string())
    found = read_number_texts(plain, notation)
    numbers = [None if text is None else float(text) for text in found.text.to_pylist()]
    return numbers, {reason for reason, which in found.faults.items() if which.any()}


@pytest.mark.parametrize("text", ALONE)
def test_a_number_is_read_as_it_is_meant(text: str) -> None:
    numbers, faults = _read([text])

    assert numbers == [pytest.approx(ALONE[text])]
    assert faults == set()


@pytest.mark.parametrize(
    "text",
    [
        "", "-", "ten", "0x10", "1.2.3", "1,2,3", "1,23,4", "12 apples", "2026-04-01", "10:30",
        "1..5", "1,,5", "--5", "5 and 6", "1.234.56", "Q3", "なし", "50k-ish",
    ],
)  # fmt: skip
def test_what_is_no_number_is_told(text: str) -> None:
    assert _read([text]) == ([None], {MUST_BE_NUMBER})


@pytest.mark.parametrize(
    ("texts", "notation", "numbers"),
    [
        # The column's other values settle what one leaves open.
        (["1.234", "1.234,50", "12,5"], UNSAID, [1234, 1234.5, 12.5]),
        (["1.234", "12.5"], UNSAID, [1.234, 12.5]),
        (["1.234", "1,234.5"], UNSAID, [1.234, 1234.5]),
        (["1,234", "350"], UNSAID, [1234, 350]),
        (["1,234", "1.234,5"], UNSAID, [1.234, 1234.5]),
        (["1,234", "12,5"], CONTINENTAL, [1.234, 12.5]),
        # The mapping settles it.
        (["1.234", "2.500"], COMMA, [1234, 2500]),
        (["1.234", "2.500"], POINT, [1.234, 2.5]),
        (["1,234", "2,500"], COMMA, [1.234, 2.5]),
        (["1,234", "2,500"], POINT, [1234, 2500]),
        (["1.234", "1,234,567"], COMMA, [1234, 1_234_567]),
    ],
)
def test_one_decision_holds_for_a_column(
    texts: list[str], notation: Notation, numbers: list[float]
) -> None:
    assert _read(texts, notation) == (pytest.approx(numbers), set())


@pytest.mark.parametrize(
    ("texts", "notation", "numbers"),
    [
        (["1.234", "2.500", "7"], UNSAID, [None, None, 7]),
        (["1,234"], CONTINENTAL, [None]),
        # Both notations in one column: what can only be read in one way is; the rest is asked.
        (["1.234", "12,5", "1,234,567", "8.5"], UNSAID, [None, 12.5, 1_234_567, 8.5]),
        # One "3,5" does not turn a column's thousands into fractions.
        (["1,234", "3,5"], UNSAID, [None, 3.5]),
    ],
)
def test_what_nothing_settles_is_asked(
    texts: list[str], notation: Notation, numbers: list[float | None]
) -> None:
    assert _read(texts, notation) == (numbers, {MUST_SAY_DECIMAL})


def test_percent_beside_bare_numbers_is_asked() -> None:
    assert _read(["12%", "0.2", "15%"]) == ([None, 0.2, None], {MUST_BE_ONE_UNIT})


def test_a_second_currency_is_asked() -> None:
    assert _read(["¥500", "¥700", "$5", "9"]) == ([500, 700, None, 9], {MUST_BE_ONE_CURRENCY})


def test_blanks_stay_blank() -> None:
    read = read_number_texts(pa.array([None, "12,5", None], pa.string()), UNSAID)

    assert read.text.to_pylist() == [None, "12.5", None]
    assert not read.bad.any()


@pytest.mark.parametrize(
    ("texts", "notation", "amounts"),
    [
        (["1.234 €", "1.234,50"], UNSAID, [1234, 1234.5]),
        (["1.234 €", "2.500"], COMMA, [1234, 2500]),
        (["¥1,234,567", "500万円", "300〜500万"], UNSAID, None),
        (["1.5M", "50k"], UNSAID, None),
    ],
)
def test_amounts_are_kept_as_written_but_for_their_notation(
    texts: list[str], notation: Notation, amounts: list[float] | None
) -> None:
    read = settle_quantities(pa.array(texts), notation)

    assert not read.bad.any()
    if amounts is None:
        assert read.text.to_pylist() == texts
    else:
        assert [read_money(text, "EUR") for text in read.text.to_pylist()] == amounts


def test_an_amount_that_may_be_two_is_asked() -> None:
    read = settle_quantities(pa.array(["1.234 €", "500 €", None]), UNSAID)

    assert read.text.to_pylist() == [None, "500 €", None]
    assert read.faults[MUST_SAY_DECIMAL].tolist() == [True, False, False]


@given(
    st.lists(st.decimals(-(10**9), 10**9, allow_nan=False, places=2), min_size=1, max_size=30),
    st.booleans(),
    st.booleans(),
)
def test_a_column_of_continental_numbers_is_read_alike_one_by_one_and_at_once(
    amounts: list[Decimal], grouped: bool, said: bool
) -> None:
    written = [
        f"{amount:{',' if grouped else ''}.2f}".translate(str.maketrans(",.", ".,"))
        for amount in amounts
    ]
    notation = Notation(decimal="," if said else None)
    written.append("7,5")
    amounts.append(Decimal("7.5"))

    at_once = read_number_texts(pa.array(written), notation)
    # A unit beside one of them takes the way that reads value by value.
    one_by_one = read_number_texts(pa.array([*written, "1 000,5"]), notation)

    assert at_once.text.to_pylist() == one_by_one.text.to_pylist()[:-1]
    assert [Decimal(text) for text in at_once.text.to_pylist()] == amounts
