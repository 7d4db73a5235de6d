"""Texts to positions in a list of texts, for plain and dictionary-encoded Arrow columns alike."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Codes = npt.NDArray[np.int32]

ABSENT = -1
"""The code of a text that is not in the list, and of null."""


def codes_of(column: pa.Array, known: Sequence[str] | pa.Array) -> Codes:
    """Position of each text among the known ones; ``ABSENT`` where there is none.

    A dictionary-encoded column (how Parquet keeps repeated texts) is looked up once per distinct
    text, which is what makes ten million rows cheap.

    Parameters
    ----------
    column : Array of shape (n,)
    known : sequence of str

    Returns
    -------
    ndarray of shape (n,)
    """
    listed = known if isinstance(known, pa.Array) else pa.array(known, type=pa.string())
    if not pa.types.is_dictionary(column.type):
        return _look_up(column, listed)
    table = np.append(_look_up(column.dictionary, listed), np.int32(ABSENT))
    indices = pc.fill_null(column.indices.cast(pa.int32()), len(table) - 1)
    return table[indices.to_numpy(zero_copy_only=False)]


def _look_up(texts: pa.Array, known: pa.Array) -> Codes:
    found = pc.index_in(texts, value_set=known.cast(texts.type))
    codes: Codes = pc.fill_null(found, ABSENT).to_numpy(zero_copy_only=False)
    return codes


def column_codes(column: pa.ChunkedArray, known: Sequence[str] | pa.Array) -> Codes:
    """Like :func:`codes_of`, for a whole column."""
    chunks = [codes_of(chunk, known) for chunk in column.chunks]
    return np.concatenate(chunks) if chunks else np.empty(0, dtype=np.int32)


def distinct_texts(column: pa.ChunkedArray) -> tuple[Codes, tuple[str, ...]]:
    """Position of each text among the distinct ones, and those; blank and null are ``ABSENT``."""
    plain = column.cast(pa.string()).combine_chunks()
    encoded = pc.if_else(pc.equal(plain, ""), None, plain).dictionary_encode()
    codes = pc.fill_null(encoded.indices, ABSENT).to_numpy(zero_copy_only=False)
    return codes, tuple(encoded.dictionary.to_pylist())
