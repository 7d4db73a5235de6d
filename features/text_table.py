"""Positions of very many known texts, for columns whose rows hardly repeat one.

Arrow reads a column with a dictionary by hashing every distinct text, and its ``index_in`` hashes
all known texts once more for every table it is asked about. Where a million leads take turns, as in
events sorted by time, both cost more than everything that follows. Here the known texts are hashed
once, and a row's text is looked up where it lies in the file's own buffer.

Measured on 100 M events of 1 M leads sorted by time, two cores with other work beside: reading and
packing keys 48 s of processor time before and 27 s with this (27 and 17 s by the clock).
"""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.codes import ABSENT, Codes, column_codes, dictionary_rows

MANY = 1 << 16
"""Known texts from which hashing them once repays compiled code; below, Arrow's is as fast."""

Bytes = npt.NDArray[np.uint8]
Texts = tuple[npt.NDArray[np.int32], Bytes]
"""Where each text begins, with one more entry than texts, and the bytes of all."""

Entries = npt.NDArray[np.int64]

_AT_ONCE = 256  # rows looked up in step
_CODE_BITS = np.int64(32)  # an entry is part of a hash, then the position of its text
_CODE = np.int64((1 << 32) - 1)
_PART_SHIFT = np.uint64(33)  # leaves 31 bits, so that no entry is negative
_EMPTY = -1


@dataclass(frozen=True, kw_only=True)
class TextTable:
    """Known texts and where each stands among them.

    Attributes
    ----------
    known : Array of shape (n_known,)
        Each text once.
    entries : ndarray of shape (a power of two,)
        Open addressing; empty where there are too few texts to hash them.
    """

    known: pa.Array
    entries: Entries

    @classmethod
    def of(cls, known: pa.Array) -> "TextTable":
        """A table of known texts."""
        known = known.cast(pa.string())
        if len(known) < MANY:
            return cls(known=known, entries=np.empty(0, dtype=np.int64))
        # Half full at most, so that a text is found within a step or two.
        entries = np.full(1 << (2 * len(known) - 1).bit_length(), _EMPTY, dtype=np.int64)
        _fill(_buffers(known), entries)
        return cls(known=known, entries=entries)

    @property
    def is_large(self) -> bool:
        """Whether texts are looked up without encoding them first."""
        return len(self.entries) > 0

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
            _look_up(_buffers(texts), _buffers(self.known), self.entries, codes)
        if texts.null_count:
            codes[pc.is_null(texts).to_numpy(zero_copy_only=False)] = ABSENT
        return codes


def _buffers(texts: pa.StringArray) -> Texts:
    _, offsets, content = texts.buffers()
    begins = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    # A column of empty texts has no bytes.
    return begins, np.frombuffer(content or b"\0", dtype=np.uint8)


@numba.njit(nogil=True, cache=True)
def _hash(content: Bytes, begin: int, end: int) -> np.uint64:
    """A hash of some bytes, eight at a time: multiplied by the golden ratio and folded."""
    mixed, word, shift = np.uint64(end - begin), np.uint64(0), np.uint64(0)
    for at in range(begin, end):
        word |= np.uint64(content[at]) << shift
        shift += np.uint64(8)
        if shift == np.uint64(64):
            mixed = (mixed ^ word) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(29)
            word, shift = np.uint64(0), np.uint64(0)
    mixed = (mixed ^ word) * np.uint64(0x9E3779B97F4A7C15)
    return mixed ^ (mixed >> np.uint64(32))


@numba.njit(nogil=True, cache=True)
def _fill(texts: Texts, entries: Entries) -> None:
    """Put the position of every text where its hash says, or in the next place that is free."""
    begins, content = texts
    mask = np.uint64(len(entries) - 1)
    for code in range(len(begins) - 1):
        mixed = _hash(content, begins[code], begins[code + 1])
        place = mixed & mask
        while entries[place] != _EMPTY:
            place = (place + np.uint64(1)) & mask
        entries[place] = (np.int64(mixed >> _PART_SHIFT) << _CODE_BITS) | np.int64(code)


@numba.njit(nogil=True, cache=True)
def _look_up(texts: Texts, known: Texts, entries: Entries, codes: Codes) -> None:
    """The position of each text, compared byte by byte: equal hashes are not trusted.

    Step by step for some rows at once, so that the fetches of a step wait for memory together;
    row by row it took 1.7 times as long.
    """
    begins, content = texts
    known_begins, known_content = known
    mask = np.uint64(len(entries) - 1)
    mixed = np.empty(_AT_ONCE, dtype=np.uint64)
    found = np.empty(_AT_ONCE, dtype=np.int64)
    other = np.empty(_AT_ONCE, dtype=np.int64)
    for start in range(0, len(codes), _AT_ONCE):
        n = min(_AT_ONCE, len(codes) - start)
        for i in range(n):
            mixed[i] = _hash(content, begins[start + i], begins[start + i + 1])
        for i in range(n):
            found[i] = entries[mixed[i] & mask]
        for i in range(n):
            place = _next_alike(entries, mixed[i], mixed[i] & mask, found[i])
            found[i] = ABSENT if place < 0 else entries[place] & _CODE
        for i in range(n):
            other[i] = known_begins[max(found[i], 0)]
        for i in range(n):
            begin, end = begins[start + i], begins[start + i + 1]
            code = found[i]
            if code != ABSENT:
                same = known_begins[code + 1] - other[i] == end - begin
                at = 0
                while same and at < end - begin:
                    same = known_content[other[i] + at] == content[begin + at]
                    at += 1
                if not same:
                    code = _search(content[begin:end], known, entries, mixed[i])
            codes[start + i] = code


@numba.njit(nogil=True, cache=True)
def _next_alike(entries: Entries, mixed: np.uint64, place: np.uint64, entry: np.int64) -> np.int64:
    """Where an entry with the same part of the hash is, from a place on; -1 if there is none."""
    mask = np.uint64(len(entries) - 1)
    part = np.int64(mixed >> _PART_SHIFT)
    while entry != _EMPTY and entry >> _CODE_BITS != part:
        place = (place + np.uint64(1)) & mask
        entry = entries[place]
    return np.int64(-1) if entry == _EMPTY else np.int64(place)


@numba.njit(nogil=True, cache=True)
def _search(text: Bytes, known: Texts, entries: Entries, mixed: np.uint64) -> np.int64:
    """The position of one text whose first look-alike is another."""
    known_begins, known_content = known
    mask = np.uint64(len(entries) - 1)
    place = mixed & mask
    while True:
        alike = _next_alike(entries, mixed, place, entries[place])
        if alike < 0:
            return np.int64(ABSENT)
        code = entries[alike] & _CODE
        if np.array_equal(text, known_content[known_begins[code] : known_begins[code + 1]]):
            return code
        place = (np.uint64(alike) + np.uint64(1)) & mask
