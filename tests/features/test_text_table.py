"""Known texts by the hundred thousand: found, missing, null, and mistaken for one another."""

from itertools import count

import numpy as np
import pyarrow as pa
import pytest

from features.codes import ABSENT, column_codes
from features.text_table import MANY, TextTable, _hash

KNOWN = pa.array(["", "名前", "a" * 40, *(f"L{number}" for number in range(MANY))])
ASKED = ["L17", None, "", "L017", "名前", "名", "a" * 40, "a" * 41, f"L{MANY}", "L0", "L17"]
PLACES = [20, ABSENT, 0, ABSENT, 1, ABSENT, 2, ABSENT, ABSENT, 3, 20]

WORD = 64
GOLDEN = 0x9E3779B97F4A7C15


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


def test_a_text_that_hashes_like_a_known_one_is_not_taken_for_it() -> None:
    alike, other = _texts_that_hash_alike()
    table = TextTable.of(pa.concat_arrays([KNOWN, pa.array([alike])]))

    codes = table.codes(pa.chunked_array([[other, alike]]))

    assert codes.tolist() == [ABSENT, len(KNOWN)]


def test_two_known_texts_that_hash_alike_are_both_found() -> None:
    alike, other = _texts_that_hash_alike()
    table = TextTable.of(pa.concat_arrays([KNOWN, pa.array([alike, other])]))

    codes = table.codes(pa.chunked_array([[other, alike]]))

    assert codes.tolist() == [len(KNOWN) + 1, len(KNOWN)]


def _texts_that_hash_alike() -> tuple[str, str]:
    """Two texts of eight letters whose hashes differ only in bits that no entry keeps."""
    free = range(len(TextTable.of(KNOWN).entries).bit_length() - 1, 33)
    for number in count():
        text = f"{number:08d}"
        content = np.frombuffer(text.encode(), dtype=np.uint8)
        mixed = int(_hash(content, 0, 8))
        for bit in free:
            other = _text_with_hash(mixed ^ 1 << bit)
            if other is not None:
                return text, other
    raise AssertionError


def _text_with_hash(mixed: int) -> str | None:
    """The hash turned back, step by step; None where no text has those bytes."""
    backwards = pow(GOLDEN, -1, 1 << WORD)
    mixed = (mixed ^ mixed >> 32) * backwards % (1 << WORD)
    mixed ^= mixed >> 29 ^ mixed >> 58
    word = mixed * backwards % (1 << WORD) ^ 8
    content = word.to_bytes(8, "little")
    return content.decode() if content.isascii() else None
