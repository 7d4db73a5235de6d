"""Words, numbers and conditions read from cells."""

import pyarrow as pa
import pytest

from features.importing.mapping.column_types import MappedWord, When
from features.importing.mapping.fact_values import read_fact_values
from features.importing.mapping.mapped_columns import (
    MappedColumns,
    choose,
    read_booleans,
    read_numbers,
)
from features.importing.mapping.numbers import read_number_texts

ALLOWED = ("won", "lost")


def _cells(**columns: list[str | None]) -> MappedColumns:
    arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    return MappedColumns(columns=arrays, n_rows=len(next(iter(arrays.values()))))


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("12", "12"),
        ("-1.50", "-1.50"),
        ("+3", "3"),
        ("1,234,567.8", "1234567.8"),
        ("１，２３４", "1234"),
        ("1e3", "1e3"),
        (".5", ".5"),
    ],
)
def test_numbers_become_plain_decimal_text(written: str, plain: str) -> None:
    read = read_fact_values(pa.array([written]), "number")

    assert read.text.to_pylist() == [plain]
    assert not read.bad.any()


@pytest.mark.parametrize(
    "written", ["", "-", "1,2,3", "1.2.3", "12 apples", "ten", "0x10", "1e9999"]
)
def test_what_is_no_number_is_told(written: str) -> None:
    assert read_number_texts(pa.array([written])).bad.tolist() == [True]


def test_a_number_too_large_for_a_double_is_no_amount() -> None:
    assert read_numbers(_cells(a=["1e999", "1e3", None]), "a").bad.tolist() == [True, False, False]


def test_yes_and_no_in_two_languages() -> None:
    meant, bad = read_booleans(pa.array(["Yes", "いいえ", "1", "×", "perhaps", None, "1.0", "0.0"]))

    assert meant.to_pylist() == [True, False, True, False, None, None, True, False]
    assert bad.tolist() == [False, False, False, False, True, False, False, False]


@pytest.mark.parametrize(
    ("written", "day"),
    [("2026/04/01", "2026-04-01"), ("2026-04-01T23:30:00-05:00", "2026-04-01"), ("46113", None)],
)
def test_a_date_stays_the_day_that_is_written(written: str, day: str | None) -> None:
    read = read_fact_values(pa.array([written]), "date")

    assert read.text.to_pylist() == [day]
    assert read.bad.tolist() == [day is None]


@pytest.mark.parametrize(
    "written", ["taro@Example.CO.JP", "Example.co.jp", "Taro <taro@example.co.jp>"]
)
def test_of_an_address_only_the_domain_is_kept(written: str) -> None:
    read = read_fact_values(pa.array([written]), "email_domain")

    assert read.text.to_pylist() == ["example.co.jp"]


@pytest.mark.parametrize(
    ("others", "words", "unknown"),
    [
        ("reject", ["won", "lost", None, None], [False, False, True, False]),
        ("skip", ["won", "lost", None, None], [False] * 4),
        ("lost", ["won", "lost", "lost", None], [False] * 4),
    ],
)
def test_words_that_are_not_listed_are_treated_as_the_mapping_says(
    others: str, words: list[str | None], unknown: list[bool]
) -> None:
    choice = MappedWord(column="a", values={"W": "won"}, others=others)

    chosen = choose(_cells(a=["W", "lost", "open", None]), choice, ALLOWED)

    assert chosen.words.to_pylist() == words
    assert chosen.unknown.tolist() == unknown


def test_all_conditions_must_be_met() -> None:
    cells = _cells(a=["x", "x", "y", None], b=["1", None, "1", "1"])
    in_x, not_y = When(column="a", is_in=("x",)), When(column="a", not_in=("y",))
    known = When(column="b", known=True)

    assert cells.rows_of(()).tolist() == [True] * 4
    assert cells.rows_of((in_x, known)).tolist() == [True, False, False, False]
    assert cells.rows_of((not_y,)).tolist() == [True, True, False, True]
    assert cells.rows_of((When(column="b", known=False),)).tolist() == [False, True, False, False]
