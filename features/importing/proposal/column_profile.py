"""One column looked at: how its values are written, and how many there are."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray, IntArray
from features.importing.files.raw_table import RawTable
from features.importing.mapping.times import read_instants
from features.importing.presets.time_formats import DAY_FIRST, MONTH_FIRST
from features.importing.proposal.texts import Texts
from features.importing.proposal.words import BLANKS, NO, TIME, YES, plain_header

UTC = ZoneInfo("UTC")
AT_ONCE = 1 << 17
"""Values read together: reading takes a multiple of their memory."""
SAMPLE = 3_000
"""Distinct values that tell how a column is written."""

FITS = 0.95
"""Share of the sample that must be written so."""

MAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
NUMBER = r"^[¥$€£▲△(+-]*\s*\d[\d.,'\s]*\)?\s*(%|円|万円|億円|万|名|人|k|K|M|EUR|USD|JPY|€|\$)?$"
LOOKS_DATED = r"^\D{0,4}\d{1,4}\s?[-/.年]|^\d{1,2} [A-Za-z]{3}|^[A-Za-z]{3,9} \d{1,2},|^\d{8}$"


def _variants(order: tuple[str, ...], signs: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(one.replace("/", sign) for one in order) for sign in signs)


TIME_FORMATS: tuple[tuple[str, ...], ...] = (
    ("auto",),
    *_variants(DAY_FIRST, "/.-"),
    *_variants(MONTH_FIRST, "/-"),
    ("%d %b %Y", "%b %d, %Y", "%d-%b-%Y", "%d %b %Y %H:%M", "%b %d, %Y %H:%M"),
    *_variants(("%d/%m/%y %H:%M", "%d/%m/%y"), "/."),
    *_variants(("%m/%d/%y %H:%M", "%m/%d/%y"), "/"),
)
OF_NUMBERS = {
    "excel": (30_000, 60_000),
    "epoch_seconds": (9e8, 3e9),
    "epoch_milliseconds": (9e11, 3e12),
    "epoch_microseconds": (9e14, 3e15),
}
"""Formats of times as one number, and where such numbers lie from 1998 on: counters lie below."""


@dataclass(frozen=True, kw_only=True)
class ColumnProfile:
    """What a column is like; ``rows`` maps each row to its value in ``texts``.

    Attributes
    ----------
    kind : str
        blank, time, number, boolean, email, category, text or key.
    blanks : tuple of str
        Words in it that mean nothing.
    formats : tuple of str
        How its times are written; ``other_formats`` is what reads them as well, with day and
        month in each other's place.
    """

    header: str
    kind: str
    texts: Texts = field(repr=False)
    rows: npt.NDArray[np.int32] = field(repr=False)
    blanks: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    other_formats: tuple[str, ...] = ()

    @cached_property
    def plain(self) -> str:
        """The header as words are looked for in it."""
        return plain_header(self.header)

    @cached_property
    def counts(self) -> IntArray:
        """Rows of each value."""
        return np.bincount(self.rows, minlength=len(self.texts))

    @cached_property
    def filled_texts(self) -> BoolArray:
        """Which values say something."""
        return ~self.texts.among(("", *self.blanks))

    @cached_property
    def filled(self) -> BoolArray:
        """Which rows say something."""
        return self.filled_texts[self.rows]

    @cached_property
    def n_filled(self) -> int:
        """Rows that say something."""
        return int(self.counts[self.filled_texts].sum())

    @cached_property
    def values(self) -> Texts:
        """Values that say something, the commonest first."""
        order = np.argsort(-self.counts, kind="stable")
        return self.texts.take(order[self.filled_texts[order]])

    @property
    def unique(self) -> bool:
        """Whether every row has a value of its own."""
        return len(self.rows) > 1 and self.n_filled == len(self.rows) == len(self.values)

    @cached_property
    def counts_rows(self) -> bool:
        """Whether its numbers go up by one from row to row."""
        if not self.unique or self.kind != "number" or not all(t.isdigit() for t in self.texts):
            return False
        numbers = np.array([int(text) for text in self.texts])[self.rows]
        return bool((np.diff(numbers) == 1).all())

    def says_one_of(self, words: Collection[str] | Texts) -> BoolArray:
        """Which rows say one of some words."""
        return self.texts.among(words)[self.rows]

    @cached_property
    def day_only(self) -> bool:
        """Whether its times tell the day alone."""
        sample = self.texts[:SAMPLE].arrow
        read = read_instants(sample, tuple(dict.fromkeys((*self.formats, "auto"))), UTC)
        return bool(read.day_only[read.fault == 0].all())

    @cached_property
    def instants(self) -> IntArray:
        """Seconds of each row read in UTC; -1 where there are none."""
        formats = tuple(dict.fromkeys((*self.formats, "auto")))  # as the mapping is written
        parts = [
            read_instants(self.texts[at : at + AT_ONCE].arrow, formats, UTC)
            for at in range(0, len(self.texts), AT_ONCE)
        ]
        read = [np.where(part.fault == 0, part.start, -1) for part in parts]
        seconds: IntArray = np.where(
            self.filled_texts, np.concatenate(read or [np.zeros(0, np.int64)]), -1
        )
        return seconds[self.rows]


def profile_columns(table: RawTable) -> tuple[ColumnProfile, ...]:
    """Look at every column of a table; an order of day and month holds for all its columns."""
    found = [profile_column(header, values) for header, values in table.columns.items()]
    return settle_orders(found)


def settle_orders(found: list[ColumnProfile]) -> tuple[ColumnProfile, ...]:
    """Read columns that fit both orders of day and month as the others of the data are read."""
    sure = {c.formats for c in found if c.kind == "time" and not c.other_formats}
    day_first = any(one[0].startswith("%d") for one in sure)
    month_first = any(one[0].startswith("%m") for one in sure)
    return tuple(
        c
        if not c.other_formats or day_first == month_first
        else replace(
            c,
            formats=c.formats if c.formats[0].startswith("%d") == day_first else c.other_formats,
            other_formats=(),
        )
        for c in found
    )


def profile_column(header: str, values: pa.Array) -> ColumnProfile:
    """Look at one column."""
    encoded = values.dictionary_encode()
    texts, rows = Texts(encoded.dictionary), np.asarray(encoded.indices)
    blanks = tuple(t for t in texts if t.casefold() in BLANKS)
    column = ColumnProfile(header=header, kind="blank", texts=texts, rows=rows, blanks=blanks)
    said = texts.take(np.flatnonzero(column.filled_texts))
    if len(said) in (1, 2) and {t.casefold() for t in (*said, *blanks)} <= YES | NO:
        # A dash beside a tick is a no, not a blank.
        return replace(column, kind="boolean")
    if not said:
        return column
    kind, formats, others = _written_as(column, said)
    return replace(column, kind=kind, formats=formats, other_formats=others)


def _written_as(column: ColumnProfile, said: Texts) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    sample = said[:SAMPLE]
    plain = pc.utf8_normalize(sample.arrow, form="NFKC")
    if _share(plain, MAIL) >= FITS:
        return "email", (), ()
    numeric = _share(plain, NUMBER) >= FITS
    timed = TIME.search(column.plain) is not None
    tried = _of_numbers(said) if numeric and timed else ()
    if _share(plain, LOOKS_DATED) >= FITS and (timed or _share(plain, r"^\d{8}$") < FITS):
        tried = (*TIME_FORMATS, *tried)
    if tried and (found := _time_formats(said, tried)):
        return "time", *found
    if numeric:
        return "number", (), ()
    few = len(said) <= max(30, 0.1 * column.n_filled)
    if few:
        return "category", (), ()
    lengths = np.array([len(text) for text in sample])
    spaced = np.mean([" " in text for text in sample])
    if lengths.std() <= 2 and lengths.mean() >= 4 and spaced == 0:
        return "key", (), ()
    return "text", (), ()


def _of_numbers(said: Texts) -> tuple[tuple[str, ...], ...]:
    numbers = pd.to_numeric(pd.Series(list(said[:SAMPLE])), errors="coerce")
    return tuple(
        (name,)
        for name, (low, high) in OF_NUMBERS.items()
        if numbers.between(low, high).mean() > FITS
    )


def _share(values: pa.Array, pattern: str) -> float:
    return float(pc.mean(pc.match_substring_regex(values, pattern).cast(pa.int8())).as_py())


def _time_formats(
    said: Texts, tried: tuple[tuple[str, ...], ...]
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """What reads nearly all values, and what reads as many of them."""
    text = pc.utf8_normalize(said[: 20 * SAMPLE].arrow, form="NFKC")
    shares = [float(np.mean(read_instants(text, one, UTC).fault == 0)) for one in tried]
    best = int(np.argmax(shares))
    if shares[best] < 0.9:
        return None
    rivals = [one for one, s in zip(tried, shares, strict=True) if s == shares[best]]
    other = next((r for r in rivals[1:] if r[0][:2] in ("%d", "%m")), ())
    return tried[best], other if tried[best][0][:2] in ("%d", "%m") else ()
