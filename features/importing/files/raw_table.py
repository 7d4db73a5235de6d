"""One file as columns of text, each row with the line on which it begins in the file."""

import unicodedata
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import IntArray
from features.importing.files.footer import Malformed, find_footer


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """What a file holds, before anybody says what it means.

    Every column is an Arrow array of text without nulls, in the order of the file. Rows without
    any text are left out, and ``lines`` says where each of the others begins.
    """

    file: str
    columns: dict[str, pa.Array]
    lines: IntArray
    malformed: tuple[Malformed, ...] = ()
    n_footer_rows: int = 0
    """Rows below the data, such as totals and copyright, that reports end with."""
    typed: frozenset[str] = frozenset()
    """Columns that hold numbers as numbers: a program wrote their text, with a decimal point."""
    sheet: str | None = None
    """Of a workbook of several tables: the sheet this one stands in."""
    continental: bool = False
    """Whether columns are set apart by semicolons, as where the comma stands before a fraction."""

    @cached_property
    def n_rows(self) -> int:
        """Rows with as many cells as the header."""
        return len(self.lines)


def make_raw_table(
    file: str,
    columns: dict[str, pa.Array],
    *,
    lines: IntArray,
    malformed: tuple[Malformed, ...] = (),
    typed: frozenset[str] = frozenset(),
    ends_file: bool = True,
) -> RawTable:
    """A sheet from columns of text; blanks around values, rows without any and footers are dropped.

    Full-width digits, letters and signs become plain ones only where a value is read as a time or a
    number; here values stay as they are, apart from blanks around them.

    Parameters
    ----------
    file : str
        Its name.
    columns : dict of str to pyarrow.Array of string
    lines : ndarray of shape (n_rows,)
        Where each row begins in the file.
    malformed : tuple of Malformed
        Rows that do not have as many cells as the header.
    typed : frozenset of str
        Columns that hold numbers as numbers.
    ends_file : bool
        Whether the file ends with these rows: only there can a footer be.
    """
    trimmed = {name: _composed(pc.utf8_trim_whitespace(values)) for name, values in columns.items()}
    n_footer_rows = 0
    given = np.zeros(len(lines), bool)
    for values in trimmed.values():
        given |= np.asarray(pc.not_equal(values, ""))
    footer = find_footer(trimmed, lines, given=given, malformed=malformed) if ends_file else None
    if footer is not None:
        n_footer_rows = int(given[lines >= footer].sum())
        n_footer_rows += sum(row.line >= footer for row in malformed)
        given &= lines < footer
        malformed = tuple(row for row in malformed if row.line < footer)
    if not given.all():
        keep = pa.array(given)
        trimmed = {name: values.filter(keep) for name, values in trimmed.items()}
        lines = lines[given]
    return RawTable(
        file=file,
        columns=trimmed,
        lines=lines,
        malformed=malformed,
        n_footer_rows=n_footer_rows,
        typed=typed,
    )


_COMBINING = "[\u0300-\u036f\u3099\u309a]"
"""Accents and voiced marks that a Mac writes apart from their letter."""


def _composed(values: pa.Array) -> pa.Array:
    """Text in one Unicode form, so that what looks the same is the same."""
    if pc.any(pc.match_substring_regex(values, _COMBINING)).as_py():
        # Not Arrow's own NFC, which leaves them apart (25.0).
        encoded = values.dictionary_encode()
        texts = [unicodedata.normalize("NFC", text) for text in encoded.dictionary.to_pylist()]
        return pa.array(texts, pa.string()).take(encoded.indices)
    return values
