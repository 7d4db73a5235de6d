"""What only all rows of a file tell of a column, for where some of them are read at a time.

Whether ``1.234`` is a thousand, or all keys end in ``.0``, is one decision a column. It must be the
same in each slice of a file, so the values that decide it are gathered once and read beside those
of every slice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from features.importing.mapping.numbers import ReadTexts

_DIGITS = r"^\d+$"


@dataclass(kw_only=True)
class ColumnValues:
    """Distinct values of a column over all rows so far, in the order in which they came."""

    distinct: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))

    def add(self, values: pa.Array) -> None:
        """Take in more rows; null means blank."""
        self.distinct = pc.unique(pa.concat_arrays([self.distinct, values.drop_null()]))

    def add_numbers(self, values: pa.Array) -> None:
        """Take in more rows; of whole numbers one a time, for they tell nothing of the others."""
        values = pc.unique(values).drop_null()
        plain = pc.match_substring_regex(values, _DIGITS)
        self.add(values.filter(pc.invert(plain)))
        self.add(values.filter(plain)[:1])


@dataclass(kw_only=True)
class WholeColumns:
    """What was gathered of the columns of one entry of the mapping.

    Attributes
    ----------
    mixed_keys : set of str
        Columns of keys that do not all end in ``.0``; of a join's, what its columns are called by.
    numbers : dict from str to ColumnValues
        By column of numbers.
    words : dict from str to ColumnValues
        By column of categories.
    facts : dict from (str, str) to ColumnValues
        By column and attribute.
    """

    mixed_keys: set[str] = field(default_factory=set)
    numbers: dict[str, ColumnValues] = field(default_factory=dict)
    words: dict[str, ColumnValues] = field(default_factory=dict)
    facts: dict[tuple[str, str], ColumnValues] = field(default_factory=dict)


def read_beside(
    values: pa.Array, others: ColumnValues | None, read: Callable[[pa.Array], ReadTexts]
) -> ReadTexts:
    """Read values of a column together with those of its other rows.

    Parameters
    ----------
    values : pyarrow.Array of string
    others : ColumnValues or None
        Of the whole column; None where these are all of its rows, or each is read by itself.
    read : callable
        Reads a column.
    """
    if others is None:
        return read(values)
    both, n = read(pa.concat_arrays([others.distinct, values])), len(others.distinct)
    return ReadTexts(
        text=pa.concat_arrays([both.text.slice(n)]),
        faults={reason: which[n:] for reason, which in both.faults.items()},
    )
