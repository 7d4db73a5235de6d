"""Raw files read for a start: those that are tables of rows, and one sentence for each other."""

import gzip
import re
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.errors import LeadDataError
from features.importing.files.raw_table import RawTable
from features.importing.files.read_file import BOOK_ENDINGS, ENDINGS, read_file
from features.importing.files.workbook import table_sheets
from features.importing.plan import list_files
from features.importing.proposal.looked_at import LookedAt, look_at

MOST_BYTES = 500_000_000
"""Looking at a file takes about five times its bytes in memory. More is imported by `awase import`
with a mapping made from a part of it."""

READ_AT_ONCE = 1 << 20
MOST_PERIODS = 60
FEWEST_TOTALS = 2
TOTAL_ROW = r"^(合計|総計|小計|(?i:(grand |sub ?)?totals?)( ?[:(].*)?$)"

PERIOD = re.compile(
    r"^((19|20)\d{2}[-/年.]?\d{0,2}月?|\d{1,2}月|q[1-4].*|合計|total.*|"
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*[-/ .']?\d{0,4})$",
    re.IGNORECASE,
)
PERIOD_ROW = re.compile(
    r"^((19|20)\d{2}[-/年.]\d{1,2}月?|\d{1,2}月|q[1-4]|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"\w*( \d{4})?)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class RawFiles:
    """Files that hold rows, what is wrong with the others, and what of a report was passed over."""

    files: tuple[LookedAt, ...]
    faults: tuple[str, ...]
    notes: tuple[str, ...]


def read_raw(paths: list[Path]) -> RawFiles:
    """Read files and folders; what cannot be used says so in a sentence.

    Raises
    ------
    LeadDataError
        If none can be used.
    """
    tables: list[RawTable] = []
    faults: list[str] = []
    for path in (file for given in paths for file in list_files(given)):
        if not path.name.lower().endswith(ENDINGS) and path.suffix in (
            ".yaml",
            ".yml",
            ".json",
            ".md",
        ):
            continue
        for sheet in _sheets(path):
            try:
                tables.append(_read(path, sheet))
            except LeadDataError as error:
                faults.append(str(error))
    if not tables:
        none = "got none. Export it as CSV, .xlsx or Parquet: a list, not a report."
        msg = f"one table of leads or events is needed; {' '.join(faults) or none}"
        raise LeadDataError(msg)
    notes = tuple(note for table in tables if (note := _around(table)) is not None)
    alike: dict[tuple[str | None, frozenset[str]], list[RawTable]] = {}
    for table in tables:
        alike.setdefault((table.sheet, frozenset(table.columns)), []).append(table)
    del tables, table  # the cells of each are let go once they are looked at
    files = tuple(look_at(*_put_together(alike.pop(columns))) for columns in list(alike))
    return RawFiles(files=files, faults=tuple(faults), notes=notes)


def _sheets(path: Path) -> tuple[str | None, ...]:
    """The sheets of a workbook of several tables; None alone for any other file."""
    if not path.name.lower().endswith(BOOK_ENDINGS) or _is_too_large(path):
        return (None,)
    try:
        sheets = table_sheets(path)
    except LeadDataError:
        return (None,)  # what is wrong with it is said where it is read
    return sheets if len(sheets) > 1 else (None,)


def _read(path: Path, sheet: str | None) -> RawTable:
    called = path.name if sheet is None else f"{path.name} ({sheet})"
    if path.is_file() and _is_too_large(path):
        msg = (
            f"a file to start from must be at most {MOST_BYTES // 10**6} MB; got more in "
            f"{path.name}. Start from one month of it, then give the rest to `awase import`."
        )
        raise LeadDataError(msg)
    table = replace(read_file(path, sheet=sheet), sheet=sheet)
    if table.n_rows == 0:
        msg = f"{called} must hold rows; got a header alone. Export it again without its filter."
        raise LeadDataError(msg)
    if len(table.columns) == 1 or len(table.malformed) > table.n_rows:
        msg = (
            f"{called} must be a table of two columns or more; got text that is none. Export "
            "it as CSV or .xlsx."
        )
        raise LeadDataError(msg)
    headers, first = list(table.columns), next(iter(table.columns.values()))
    n_periods = sum(PERIOD.match(header) is not None for header in headers)
    n_rows = sum(PERIOD_ROW.match(text) is not None for text in first[:MOST_PERIODS].to_pylist())
    if n_periods >= max(3, 0.5 * len(headers)) or max(3, 0.9 * table.n_rows) <= n_rows:
        msg = (
            f"{called} must hold one row a lead or event; got a pivot table with "
            f"{max(n_periods, n_rows)} periods. Export the rows behind it."
        )
        raise LeadDataError(msg)
    n_totals = pc.sum(pc.match_substring_regex(first, TOTAL_ROW)).as_py()
    if n_totals >= FEWEST_TOTALS:
        msg = (
            f"{called} must be a plain list; got {n_totals} rows of totals between its rows. "
            "Export it as details, not grouped."
        )
        raise LeadDataError(msg)
    return table


def _put_together(group: list[RawTable]) -> tuple[RawTable, tuple[str, ...]]:
    """Files with the same columns as one table, with their names: months of one export.

    Of exports that repeat each other the longest is looked at, of equally long ones the last.
    """
    names = tuple(table.file for table in group)
    if len(group) == 1:
        return group[0], names
    keys = [h for h in group[0].columns if all(_tells_apart(t.columns[h]) for t in group)]
    joined = {h: pa.concat_arrays([t.columns[h] for t in group]) for h in group[0].columns}
    if keys and not any(_tells_apart(joined[header]) for header in keys):
        return max(reversed(group), key=lambda table: table.n_rows), names
    lines = np.concatenate([table.lines for table in group])
    typed = frozenset.intersection(*(table.typed for table in group))
    return replace(group[0], columns=joined, lines=lines, typed=typed), names


def _tells_apart(column: pa.Array) -> bool:
    return len(column.unique()) == len(column)


def _around(table: RawTable) -> str | None:
    """What a report has above and below its table; None for a plain table."""
    above, below = int(table.lines[0]) - 2, table.n_footer_rows
    if above <= 0 and not below:
        return None
    return (
        f"{table.file}: a report; lines passed over: {max(above, 0)} above the header, {below} "
        "below the table (totals, notes)."
    )


def _is_too_large(path: Path) -> bool:
    if path.suffix != ".gz":
        return path.stat().st_size > MOST_BYTES
    unpacked = 0
    try:
        with gzip.open(path) as opened:
            while (part := opened.read(READ_AT_ONCE)) and unpacked <= MOST_BYTES:
                unpacked += len(part)
    except (OSError, EOFError, zlib.error):
        return False  # what is wrong with it is said where it is read
    return unpacked > MOST_BYTES
