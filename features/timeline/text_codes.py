"""Positions of very many known texts, for columns whose rows hardly repeat one.

Arrow reads a column with a dictionary by hashing every distinct text, and its ``index_in`` hashes
all known texts once more for every table it is asked about. Where a million leads take turns, as in
events sorted by time, both cost more than everything that follows. Here the known texts are hashed
once, and a row's text is looked up where it lies in the file's own buffer.

A text stands in the table itself, cut into words of eight bytes beside its position, so that one
fetch from memory both finds and proves it. Measured on 100 M events of 1 M leads sorted by time:
30 ns a row, where a table of hashes beside Arrow's array of texts (three fetches) took 105 ns.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.core.compiled import Compiled
from features.timeline.codes import ABSENT, Codes, column_codes, dictionary_rows

MANY = 1 << 16
"""Known texts from which hashing them once repays compiled code; below, Arrow's is as fast."""

LONGEST = 64
"""Bytes of the longest text kept in the table: ids of every CRM and UUIDs are shorter. With a
longer one among the known, Arrow looks all of them up."""

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Texts = tuple[npt.NDArray[np.int32], Bytes]
"""Where each text begins, with one more entry than texts, and the bytes of all."""

_WORD = 8
_AT_ONCE = 256  # rows looked up in step
_U = np.uint64
_CODE_BITS, _CODE = _U(32), _U((1 << 32) - 1)
_EMPTY = _U(0)
_GOLDEN = _U(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio: Fibonacci hashing


@dataclass(frozen=True, kw_only=True)
class TextTable:
    """Known texts and where each stands among them.

    Attributes
    ----------
    known : Array of shape (n_known,)
        Each text once.
    table : ndarray of shape (a power of two, 1 + words of the longest text)
        Open addressing. In each row the length plus one and the position share a word, then come
        the words of the text. No rows where texts are too few or too long to be hashed.
    """

    known: pa.Array
    table: Words

    @classmethod
    def of(cls, known: pa.Array) -> "TextTable":
        """A table of known texts."""
        known = known.cast(pa.string())
        if len(known) < MANY:
            return cls(known=known, table=np.empty((0, 1), dtype=np.uint64))
        longest = int(np.diff(_buffers(known)[0]).max())
        if longest > LONGEST:
            return cls(known=known, table=np.empty((0, 1), dtype=np.uint64))
        # Half full at most, so that a text is found within a step or two.
        n_rows = 1 << (2 * len(known) - 1).bit_length()
        table = np.zeros((n_rows, 1 + -(-longest // _WORD)), dtype=np.uint64)
        _fill(_buffers(known), table)
        return cls(known=known, table=table)

    @property
    def is_large(self) -> bool:
        """Whether texts are looked up without encoding them first."""
        return len(self.table) > 0

    def codes(self, column: pa.ChunkedArray) -> Codes:
        """Position of each text among the known ones; ``ABSENT`` where there is none, and for null.

        Parameters
        ----------
        column : ChunkedArray of shape (n,)
            Plain or dictionary-encoded.

        Returns
        -------
        ndarray of shape (n,)
        """
        if not self.is_large:
            return column_codes(column, self.known)
        found = [self._codes(chunk) for chunk in column.chunks]
        return np.concatenate(found) if found else np.empty(0, dtype=np.int32)

    def _codes(self, chunk: pa.Array) -> Codes:
        if pa.types.is_dictionary(chunk.type):
            of_text = self._codes(chunk.dictionary)
            return np.append(of_text, np.int32(ABSENT))[dictionary_rows(chunk)]
        texts = chunk.cast(pa.string())
        codes = np.empty(len(texts), dtype=np.int32)
        if len(texts):
            _look_up(_buffers(texts), self.table, codes)
        if texts.null_count:
            codes[pc.is_null(texts).to_numpy(zero_copy_only=False)] = ABSENT
        return codes


def _buffers(texts: pa.StringArray) -> Texts:
    _, offsets, content = texts.buffers()
    begins = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    # A column of empty texts has no bytes.
    return begins, np.frombuffer(content or b"\0", dtype=np.uint8)


@Compiled
def _word(content: Bytes, at: np.uint64, end: np.uint64) -> np.uint64:
    """Up to eight bytes as a number; written out so that eight become one load."""
    if at + _U(8) <= end:
        return (
            _U(content[at])
            | _U(content[at + _U(1)]) << _U(8)
            | _U(content[at + _U(2)]) << _U(16)
            | _U(content[at + _U(3)]) << _U(24)
            | _U(content[at + _U(4)]) << _U(32)
            | _U(content[at + _U(5)]) << _U(40)
            | _U(content[at + _U(6)]) << _U(48)
            | _U(content[at + _U(7)]) << _U(56)
        )
    word = _U(0)
    shift = _U(0)
    while at < end:
        word |= _U(content[at]) << shift
        at += _U(1)
        shift += _U(8)
    return word


@Compiled
def _read(content: Bytes, begin: np.uint64, end: np.uint64, words: Words) -> np.uint64:
    """Cut a text into words, and hash it: multiplied by the golden ratio and folded."""
    mixed = end - begin
    for k in range(len(words)):
        words[k] = _word(content, begin + _U(_WORD * k), end)
        mixed = (mixed ^ words[k]) * _GOLDEN
        mixed ^= mixed >> _U(29)
    return mixed * _GOLDEN  # its upper bits say where the text belongs


@Compiled
def _shift(n_rows: int) -> np.uint64:
    """What leaves as many upper bits of a hash as number the rows."""
    shift = _U(64)
    while n_rows > 1:
        n_rows >>= 1
        shift -= _U(1)
    return shift


@Compiled
def _fill(texts: Texts, table: Words) -> None:
    """Put every text where its hash says, or in the next row that is free."""
    begins, content = texts
    mask, shift = _U(len(table) - 1), _shift(len(table))
    words = np.empty(table.shape[1] - 1, dtype=np.uint64)
    for code in range(len(begins) - 1):
        begin, end = _U(begins[code]), _U(begins[code + 1])
        place = _read(content, begin, end, words) >> shift
        while table[place, 0] != _EMPTY:
            place = (place + _U(1)) & mask
        table[place, 0] = (end - begin + _U(1)) << _CODE_BITS | _U(code)
        table[place, 1:] = words


@Compiled
def _look_up(texts: Texts, table: Words, codes: Codes) -> None:
    """The position of each text; texts are compared word by word, hashes are not trusted.

    Step by step for some rows at once, so that their fetches wait for memory together.
    """
    begins, content = texts
    mask, shift = _U(len(table) - 1), _shift(len(table))
    words = np.empty((_AT_ONCE, table.shape[1] - 1), dtype=np.uint64)
    place = np.empty(_AT_ONCE, dtype=np.uint64)
    first = np.empty(_AT_ONCE, dtype=np.uint64)
    for start in range(0, len(codes), _AT_ONCE):
        n = min(_AT_ONCE, len(codes) - start)
        for i in range(n):
            begin, end = _U(begins[start + i]), _U(begins[start + i + 1])
            place[i] = _read(content, begin, end, words[i]) >> shift
        for i in range(n):
            first[i] = table[place[i], 0]
        for i in range(n):
            length = _U(begins[start + i + 1] - begins[start + i] + 1)
            at, entry, code = place[i], first[i], np.int32(ABSENT)
            while entry != _EMPTY:
                same = entry >> _CODE_BITS == length
                for k in range(words.shape[1]):
                    same &= table[at, k + 1] == words[i, k]
                if same:
                    code = np.int32(entry & _CODE)
                    break
                at = (at + _U(1)) & mask
                entry = table[at, 0]
            codes[start + i] = code
