"""Texts to positions in a list of texts, for plain and dictionary-encoded Arrow columns alike.

Every distinct text is looked up once, and only its small number is touched per row: that is what
makes ten million rows cheap. Parquet keeps repeated texts encoded; others are encoded first.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Codes = npt.NDArray[np.int32]

FEW = 64
"""Up to so many texts a Python dict is ten times faster than setting up Arrow's look-up."""

ABSENT = -1
"""The code of a text that is not in the list, and of null."""


def encode(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column with one dictionary for all its chunks."""
    if not pa.types.is_dictionary(column.type):
        return column.dictionary_encode()
    return column if _share_one_dictionary(column) else column.unify_dictionaries()


def _share_one_dictionary(column: pa.ChunkedArray) -> bool:
    """Whether all chunks refer to the very same texts; Arrow would hash them for every chunk."""
    places = {
        (chunk.dictionary.offset, *(b and b.address for b in chunk.dictionary.buffers()))
        for chunk in column.chunks
    }
    return len(places) <= 1


def dictionary_codes(column: pa.ChunkedArray, known: Sequence[str] | pa.Array) -> Codes:
    """Code of each entry of an encoded column's dictionary; one more at the end, for null."""
    if not column.num_chunks:
        return np.array([ABSENT], dtype=np.int32)
    texts = column.chunk(0).dictionary
    if len(texts) + len(known) <= FEW:
        return _few_codes([*texts.to_pylist(), None], known)
    values = known if isinstance(known, pa.Array) else pa.array(known, type=pa.string())
    codes = pc.fill_null(pc.index_in(texts.cast(pa.string()), value_set=values), ABSENT)
    return np.append(codes.to_numpy(zero_copy_only=False), np.int32(ABSENT))


def _few_codes(texts: Sequence[str | None], known: Sequence[str] | pa.Array) -> Codes:
    listed = known.to_pylist() if isinstance(known, pa.Array) else known
    place = {text: code for code, text in enumerate(listed)}
    return np.array([place.get(text, ABSENT) for text in texts], dtype=np.int32)


def dictionary_rows(chunk: pa.DictionaryArray) -> npt.NDArray[np.integer]:
    """Entry of the dictionary in each row; the one past its end for null."""
    rows = chunk.indices
    if chunk.null_count:
        rows = pc.fill_null(rows.cast(pa.int32()), len(chunk.dictionary))
    return rows.to_numpy(zero_copy_only=False)


def column_codes(column: pa.ChunkedArray, known: Sequence[str] | pa.Array) -> Codes:
    """Position of each text among the known ones; ``ABSENT`` where there is none.

    Parameters
    ----------
    column : ChunkedArray of shape (n,)
    known : sequence of str
        Each once.

    Returns
    -------
    ndarray of shape (n,)
    """
    if len(column) <= FEW:
        return _few_codes(column.to_pylist(), known)
    return _encoded_codes(encode(column), known)


def _encoded_codes(encoded: pa.ChunkedArray, known: Sequence[str] | pa.Array) -> Codes:
    codes = dictionary_codes(encoded, known)
    chunks = [codes[dictionary_rows(chunk)] for chunk in encoded.chunks]
    return np.concatenate(chunks) if chunks else np.empty(0, dtype=np.int32)


def codes_of(column: pa.Array, known: Sequence[str] | pa.Array) -> Codes:
    """Like :func:`column_codes`, for one array."""
    return column_codes(pa.chunked_array([column]), known)


def distinct_texts(column: pa.ChunkedArray) -> tuple[Codes, tuple[str, ...]]:
    """Position of each text among the distinct ones, and those; blank and null are ``ABSENT``."""
    if len(column) <= FEW:
        few = column.to_pylist()
        known = tuple(dict.fromkeys(text for text in few if text))
        return _few_codes(few, known), known
    encoded = encode(column)
    texts = encoded.chunk(0).dictionary.cast(pa.string()).to_pylist() if encoded.num_chunks else []
    distinct = tuple(dict.fromkeys(text for text in texts if text))
    # Not encoded once more: to find that 700 chunks have one dictionary, Arrow hashes it 700 times.
    return _encoded_codes(encoded, distinct), distinct
