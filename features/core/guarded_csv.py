"""CSV files that people open in a spreadsheet: no text in them becomes a formula."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from features.core.atomic_folder import whole_file

FORMULA_STARTS = frozenset("=+-@\t\r")
"""What spreadsheets take for the beginning of a formula (OWASP, CSV injection)."""

_FORMULA = r"^[=+\-@\t\r]"
_NUMBER = r"^[+-]?[\d.,]+$"


def safe_cells(texts: Iterable[str | None]) -> list[str | None]:
    """Texts of which a spreadsheet takes none for a formula.

    Examples
    --------
    >>> safe_cells(["=1+1", "Acme", None])
    ["'=1+1", 'Acme', None]
    """
    return [f"'{text}" if text and text[0] in FORMULA_STARTS else text for text in texts]


def write_guarded_csv(table: pa.Table, path: Path) -> None:
    """Write a table for spreadsheets: an apostrophe before what would be a formula, UTF-8 marked.

    Numbers below zero are left as they are.
    """
    columns = [
        _guarded(column) if pa.types.is_string(column.type) else column for column in table.columns
    ]
    with whole_file(path) as stream:
        # Excel takes UTF-8 for UTF-8 only with a byte-order mark.
        stream.write(b"\xef\xbb\xbf")
        pyarrow.csv.write_csv(pa.table(columns, names=table.column_names), stream)


def _guarded(values: pa.ChunkedArray) -> pa.ChunkedArray:
    acts = pc.and_(
        pc.match_substring_regex(values, _FORMULA),
        pc.invert(pc.match_substring_regex(values, _NUMBER)),
    )
    return pc.if_else(acts, pc.binary_join_element_wise("'", values, ""), values)
