"""CSV files that people open in a spreadsheet: no text in them becomes a formula."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from features.core.atomic_folder import whole_file

FORMULA_STARTS = frozenset("=+-@\t\r")
"""What spreadsheets take for the beginning of a formula (OWASP, CSV injection)."""

_FORMULA = r"^[=+\-@\t\r]"
_NUMBER = r"^[+-]?[\d.,]+$"

_TO_QUOTE = '",\r\n'
_QUOTED = re.compile(f"[{_TO_QUOTE}]")


def csv_lines(columns: Iterable[Sequence[str | None]]) -> str:
    """Lines of a CSV file from its columns, two or more: no text becomes a formula, None is empty.

    Examples
    --------
    >>> csv_lines([["=1+1", "Acme"], ["one", None]]).splitlines()
    ["'=1+1,one", 'Acme,']
    """
    lines = map(",".join, zip(*map(_cells, columns), strict=True))
    return "\r\n".join([*lines, ""])


def _cells(texts: Sequence[str | None]) -> Sequence[str]:
    cells = [text or "" for text in texts]
    # In most columns there is nothing to do, which is seen at once, in a third of the time.
    together, starts = "".join(cells), {text[:1] for text in cells}
    if FORMULA_STARTS.isdisjoint(starts) and not any(mark in together for mark in _TO_QUOTE):
        return cells
    return [_cell(text) for text in cells]


def _cell(text: str) -> str:
    guarded = f"'{text}" if text and text[0] in FORMULA_STARTS else text
    return '"{}"'.format(guarded.replace('"', '""')) if _QUOTED.search(guarded) else guarded


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
