"""Known texts by the hundred thousand: found, missing, null, and mistaken for one another."""

import numpy as np
import pyarrow as pa
import pytest

from features.timeline.codes import ABSENT, column_codes
from features.timeline.text_codes import LONGEST, MANY, TextTable

KNOWN = pa.array(["", "名前", "a" * 40, *(f"L{number}" for number in range(MANY))])
ASKED = ["L17", None, "", "L017", "名前", "名", "a" * 40, "a" * 41, f"L{MANY}", "L0", "L17"]
PLACES = [20, ABSENT, 0, ABSENT, 1, ABSENT, 2, ABSENT, ABSENT, 3, 20]


@pytest.mark.parametrize(
    "column",
    [
        pa.chunked_array([ASKED]),
        pa.chunked_array([ASKED[:4], [], ASKED[4:]]),
        pa.chunked_array([ASKED]).dictionary_encode(),
        pa.chunked_array([pa.array([*"xyz", *ASKED]).slice(3)]),
        pa.chunked_array([pa.array(ASKED, pa.large_string())]),
    ],
    ids=["plain", "chunks", "encoded", "sliced", "large"],
)
def test_every_text_has_its_place_and_others_have_none(column: pa.ChunkedArray) -> None:
    table = TextTable.of(KNOWN)

    codes = table.codes(column)

    assert table.is_large
    assert codes.tolist() == PLACES


def test_few_known_texts_give_the_same() -> None:
    few = TextTable.of(KNOWN[:30])
    column = pa.chunked_array([ASKED * 20])

    assert not few.is_large
    np.testing.assert_array_equal(few.codes(column), column_codes(column, KNOWN[:30]))


def test_a_column_without_rows_has_no_codes() -> None:
    assert TextTable.of(KNOWN).codes(pa.chunked_array([], pa.string())).tolist() == []


def test_texts_that_differ_only_in_length_or_in_a_later_word_are_told_apart() -> None:
    alike = ["x", "x\0", "x" * 8, "x" * 9, "x" * 16, "x" * 15 + "y", "\0", "\0\0"]
    table = TextTable.of(pa.concat_arrays([KNOWN, pa.array(alike[::2])]))

    codes = table.codes(pa.chunked_array([alike]))

    n = len(KNOWN)
    assert codes.tolist() == [n, ABSENT, n + 1, ABSENT, n + 2, ABSENT, n + 3, ABSENT]


def test_crowded_places_are_searched_to_their_end() -> None:
    rng = np.random.default_rng(0)
    texts = np.unique(rng.integers(0, 10**12, 3 * MANY)).astype(str)
    rng.shuffle(texts)
    known, others = texts[:MANY], texts[MANY:]
    table = TextTable.of(pa.array(known))

    assert table.codes(pa.chunked_array([known])).tolist() == list(range(MANY))
    assert set(table.codes(pa.chunked_array([others])).tolist()) == {ABSENT}


def test_a_text_too_long_for_the_table_is_found_all_the_same() -> None:
    longest = "a" * (LONGEST + 1)
    table = TextTable.of(pa.concat_arrays([KNOWN, pa.array([longest])]))

    assert not table.is_large
    assert table.codes(pa.chunked_array([[longest, longest + "a"]])).tolist() == [
        len(KNOWN),
        ABSENT,
    ]
