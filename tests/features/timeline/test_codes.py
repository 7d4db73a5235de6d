"""Texts to positions, in every form a column may come in."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from features.timeline.codes import ABSENT, FEW, column_codes, distinct_texts, encode

KNOWN = ("apple", "pear", "日本")
TEXTS = ["pear", None, "fig", "日本", "", "apple", "pear"]
CODES = [1, ABSENT, ABSENT, 2, ABSENT, 0, 1]
MANY = FEW // len(TEXTS) + 1

Form = Callable[[list[str | None]], pa.ChunkedArray]


def _in_two(texts: list[str | None], encode: bool = False) -> pa.ChunkedArray:
    half = len(texts) // 2
    chunks = [pa.array(piece, type=pa.string()) for piece in (texts[:half], texts[half:])]
    return pa.chunked_array([c.dictionary_encode() if encode else c for c in chunks])


FORMS: dict[str, Form] = {
    "plain": _in_two,
    "large": lambda texts: _in_two(texts).cast(pa.large_string()),
    "each chunk with its own dictionary": lambda texts: _in_two(texts, encode=True),
    "one dictionary": lambda texts: _in_two(texts, encode=True).unify_dictionaries(),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("times", [1, MANY], ids=["few", "many"])
def test_codes_are_positions_whatever_the_form(form: Form, times: int) -> None:
    column = form(TEXTS * times)

    assert column_codes(column, KNOWN).tolist() == CODES * times
    assert column_codes(column, pa.array(KNOWN)).tolist() == CODES * times


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("times", [1, MANY], ids=["few", "many"])
def test_distinct_texts_give_the_column_back_without_blanks(form: Form, times: int) -> None:
    codes, distinct = distinct_texts(form(TEXTS * times))

    assert [None if c == ABSENT else distinct[c] for c in codes] == [
        t or None for t in TEXTS
    ] * times
    assert len(set(distinct)) == len(distinct) == 4


def test_thousands_of_known_texts_are_looked_up_too() -> None:
    known = [f"L{i:05d}" for i in range(5_000)]
    codes = np.random.default_rng(0).integers(0, 5_000, 20_000)

    column = pa.chunked_array([[known[code] for code in codes]])

    np.testing.assert_array_equal(column_codes(column, pa.array(known)), codes)


def test_an_empty_column_has_no_codes() -> None:
    empty = pa.chunked_array([], type=pa.string())

    assert column_codes(empty, KNOWN).tolist() == []
    assert distinct_texts(empty)[1] == ()


def test_chunks_that_share_a_dictionary_are_taken_as_they_are() -> None:
    apart = _in_two(TEXTS, encode=True)
    shared = apart.unify_dictionaries()

    assert encode(shared) is shared
    assert encode(apart).chunk(1).dictionary.equals(shared.chunk(1).dictionary)
    assert not apart.chunk(1).dictionary.equals(shared.chunk(1).dictionary)
