"""Cells of a sheet by the names a mapping gives them: joined columns, blanks, words, numbers."""

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray
from features.core.errors import LeadDataError
from features.core.parsing.notation import Decimal
from features.importing.files.raw_table import RawTable
from features.importing.mapping.column_types import REJECT, SKIP, MappedWord, When
from features.importing.mapping.keys import Keys, read_keys
from features.importing.mapping.mapping import Join
from features.importing.mapping.numbers import (
    BY_MACHINE,
    LARGEST_NUMBER,
    MUST_BE_NUMBER,
    Notation,
    read_number_texts,
    refuse_too_large,
)
from features.importing.notes import ImportNote
from features.importing.sliced.whole_columns import WholeColumns, read_beside


@dataclass(frozen=True, kw_only=True)
class MappedColumns:
    """Columns of one file and of the files joined to it; null where a cell is blank."""

    columns: dict[str, pa.Array]
    n_rows: int
    decimal: Decimal | None = None
    """The sign before a fraction in this file, where the mapping says it."""
    continental: bool = False
    """Whether its columns are set apart by semicolons."""
    typed: frozenset[str] = frozenset()
    """Columns that hold numbers as numbers."""
    notes: tuple[ImportNote, ...] = ()
    """How well each join found its keys."""
    whole: WholeColumns | None = None
    """What is known of the columns over all rows of the file, where these are some of them."""
    _plain: dict[str, pa.Array] = field(default_factory=dict, init=False, repr=False)

    def text(self, name: str) -> pa.Array:
        """A column as it was written."""
        return self.columns[name]

    def plain(self, name: str) -> pa.Array:
        """A column with full-width letters, digits and signs made plain, for reading numbers."""
        if name not in self._plain:
            values = self.columns[name]
            is_ascii = pc.all(pc.string_is_ascii(values)).as_py()
            self._plain[name] = (
                values if is_ascii in (True, None) else pc.utf8_normalize(values, form="NFKC")
            )
        return self._plain[name]

    def keys(self, name: str) -> Keys:
        """A column of keys in the form in which they are compared."""
        return read_keys(self.text(name), mixed=self.has_mixed_keys(name))

    def has_mixed_keys(self, name: str) -> bool:
        """Whether some rows of the file are known to hold keys without a ``.0`` there."""
        return self.whole is not None and name in self.whole.mixed_keys

    def words(self, name: str) -> pa.Array:
        """The distinct values of a column of categories over all rows of the file."""
        if self.whole is not None and name in self.whole.words:
            return self.whole.words[name].distinct
        return pc.unique(self.plain(name)).drop_null()

    def notation(self, name: str, decimal: Decimal | None = None) -> Notation:
        """How the numbers of a column are written; ``decimal`` is what the mapping says of it."""
        if name in self.typed:
            return BY_MACHINE
        return Notation(decimal=decimal or self.decimal, continental=self.continental)

    def rows_of(self, conditions: tuple[When, ...]) -> BoolArray:
        """Which rows meet all conditions."""
        met = np.ones(self.n_rows, bool)
        for when in conditions:
            met &= self._meets(when)
        return met

    def _meets(self, when: When) -> BoolArray:
        values = self.columns[when.column]
        if when.known is not None:
            return np.asarray(values.is_valid()) == when.known
        listed = when.is_in if when.is_in is not None else when.not_in
        found = np.asarray(pc.is_in(values, pa.array(listed, pa.string())))
        return found if when.is_in is not None else ~found


def map_columns(
    sheet: RawTable,
    blanks: tuple[str, ...],
    *,
    decimal: Decimal | None = None,
    whole: WholeColumns | None = None,
) -> MappedColumns:
    """Cells of one file, with blank values made null.

    Parameters
    ----------
    sheet : RawTable
    blanks : tuple of str
        Values that mean nothing, besides an empty cell.
    decimal : "." or ",", optional
        The sign before a fraction in this file.
    whole : WholeColumns, optional
        What is known of all rows of the file, where these are some of them.
    """
    no_values = pa.array(["", *blanks], pa.string())
    columns = {
        name: pc.if_else(pc.is_in(values, no_values), pa.scalar(None, pa.string()), values)
        for name, values in sheet.columns.items()
    }
    return MappedColumns(
        columns=columns,
        n_rows=sheet.n_rows,
        decimal=decimal,
        continental=sheet.continental,
        typed=sheet.typed,
        whole=whole,
    )


def join_columns(
    cells: MappedColumns, join: Join, *, other: MappedColumns, file: str
) -> MappedColumns:
    """Add the columns of another file, looked up by a key.

    Parameters
    ----------
    cells : MappedColumns
        Of the file that is imported.
    join : Join
        The key in either file, and what the added columns are called by.
    other : MappedColumns
        Of the other file.
    file : str
        Name of the other file, for errors and notes.

    Raises
    ------
    LeadDataError
        If a key stands twice in the other file: either row could be meant.
    """
    keys = read_keys(other.text(join.key)).text
    n_keys = len(keys) - keys.null_count
    n_repeated = n_keys - pc.count_distinct(keys).as_py()
    if n_repeated and join.repeated == "refuse":
        msg = (
            f"{file} is joined by {join.key!r}, which must be different in each row; "
            f"got {n_repeated} repeated of {n_keys}. Remove them or join by another."
        )
        raise LeadDataError(msg)
    if n_repeated:
        counts = pc.value_counts(keys)
        once = counts.field("values").filter(pc.equal(counts.field("counts"), 1))
        keys = pc.if_else(pc.is_in(keys, once), keys, pa.scalar(None, pa.string()))
    wanted = read_keys(
        _translate(cells.text(join.on.column), join.on.values),
        mixed=cells.has_mixed_keys(join.as_),
    ).text
    # An absent key is null, and taking at null gives null: unknown.
    at = pc.index_in(wanted, keys, skip_nulls=True)
    joined = {f"{join.as_}.{name}": values.take(at) for name, values in other.columns.items()}
    n_given = len(wanted) - wanted.null_count
    found = (len(at) - at.null_count, " of ", n_given, f" keys in {join.on.column!r} found")
    note = ImportNote((f"{file} joined by {join.key!r}: ", *found))
    typed = cells.typed | {f"{join.as_}.{name}" for name in other.typed}
    return replace(cells, columns=cells.columns | joined, typed=typed, notes=(*cells.notes, note))


def _translate(values: pa.Array, words: dict[str, str]) -> pa.Array:
    if not words:
        return values
    at = pc.index_in(values, pa.array(list(words), pa.string()))
    translated = pa.array(list(words.values()), pa.string()).take(at)
    return pc.coalesce(translated, values)


def translate(cells: MappedColumns, column: str, words: dict[str, str]) -> pa.Array:
    """Give a column with some of its values replaced.

    Parameters
    ----------
    cells : MappedColumns
    column : str
        Its name in the mapping.
    words : dict from str to str
        Replacement of each value; others stay.
    """
    return _translate(cells.text(column), words)


@dataclass(frozen=True, kw_only=True)
class WordColumn:
    """A word for each row: null where the row says nothing here, ``unknown`` where it cannot."""

    words: pa.Array
    unknown: BoolArray


def choose(
    cells: MappedColumns,
    choice: MappedWord,
    allowed: tuple[str, ...],
    *,
    blank_is_unknown: bool = False,
) -> WordColumn:
    """Words of a choice.

    A blank cell says nothing, unless the list of the mapping has a word for it (under ``""``);
    what the mapping says of other words is said of words.

    Parameters
    ----------
    cells : MappedColumns
    choice : MappedWord
    allowed : tuple of str
        Words that stand for themselves.
    blank_is_unknown : bool
        For a column without which the row means nothing: a blank is then no word it could be.
    """
    if choice.constant is not None:
        words = pa.repeat(pa.scalar(choice.constant, pa.string()), cells.n_rows)
        return WordColumn(words=words, unknown=np.zeros(cells.n_rows, bool))
    encoded = cells.text(str(choice.column)).dictionary_encode()
    known = {word: word for word in allowed} | choice.values
    blank = known.get("", choice.others if blank_is_unknown else SKIP)
    meant = [known.get(text, choice.others) for text in encoded.dictionary.to_pylist()] + [blank]
    codes = encoded.indices.fill_null(len(meant) - 1)
    words = pa.array(meant, pa.string()).take(codes)
    unknown = np.asarray(pc.equal(words, REJECT))
    says_nothing = pc.is_in(words, pa.array([SKIP, REJECT]))
    return WordColumn(
        words=pc.if_else(says_nothing, pa.scalar(None, pa.string()), words), unknown=unknown
    )


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """A column of numbers: null where blank or faulty, and why."""

    numbers: pa.Array
    faults: dict[str, BoolArray]

    @property
    def bad(self) -> BoolArray:
        """Which texts are no number, for whatever reason."""
        return np.logical_or.reduce(list(self.faults.values()))


def read_numbers(
    cells: MappedColumns, column: str | None, *, largest: int = LARGEST_NUMBER
) -> Numbers:
    """A column as float64; all null if there is no column.

    Parameters
    ----------
    cells : MappedColumns
    column : str or None
        Its name in the mapping.
    largest : int
        What is further from 0 is a fault.
    """
    if column is None:
        return Numbers(
            numbers=pa.nulls(cells.n_rows, pa.float64()),
            faults={MUST_BE_NUMBER: np.zeros(cells.n_rows, bool)},
        )
    notation = cells.notation(column)
    others = None if cells.whole is None else cells.whole.numbers.get(column)
    texts = read_beside(
        cells.plain(column), others, lambda values: read_number_texts(values, notation)
    )
    read = refuse_too_large(texts, largest)
    return Numbers(numbers=read.text.cast(pa.float64()), faults=read.faults)


_YES = ("true", "yes", "y", "t", "1", "1.0", "on", "はい", "有", "あり", "有り", "○", "〇", "済")
_NO = ("false", "no", "n", "f", "0", "0.0", "off", "いいえ", "無", "なし", "無し", "×", "未")


def read_booleans(values: pa.Array) -> tuple[pa.Array, BoolArray]:
    """Booleans of words for yes and no, null where blank, and which texts are neither."""
    lower = pc.utf8_lower(values)
    yes, no = pc.is_in(lower, pa.array(_YES)), pc.is_in(lower, pa.array(_NO))
    bad = np.asarray(values.is_valid()) & ~np.asarray(yes) & ~np.asarray(no)
    meant = pc.if_else(pc.or_(yes, no), yes, pa.scalar(None, pa.bool_()))
    return meant, bad
