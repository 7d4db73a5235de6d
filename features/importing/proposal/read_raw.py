"""Raw files read for a start: those that are tables of rows, and one sentence for each other."""

import gzip
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc

from features.core.errors import LeadDataError
from features.importing.files.read_file import ENDINGS, read_file
from features.importing.plan import list_files
from features.importing.proposal.looked_at import LookedAt, look_at

MOST_BYTES = 500_000_000
"""Looking at a file takes about nine times its bytes in memory. More is imported by `awase import`
with a mapping made from a part of it."""

READ_AT_ONCE = 1 << 20
MOST_PERIODS = 60
FEWEST_TOTALS = 2
TOTAL_ROW = r"^(合計|総計|小計|(?i:(grand |sub ?)?totals?)( ?[:(].*)?$)"

PERIOD = re.compile(
    r"^(\d{4}[-/年.]?\d{0,2}月?|\d{1,2}月|q[1-4].*|合計|total.*|"
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*[-/ .']?\d{0,4})$",
    re.IGNORECASE,
)
PERIOD_ROW = re.compile(
    r"^(\d{4}[-/年.]\d{1,2}月?|\d{1,2}月|q[1-4]|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
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
    files: list[LookedAt] = []
    faults: list[str] = []
    for path in (file for given in paths for file in list_files(given)):
        if not path.name.lower().endswith(ENDINGS) and path.suffix in (
            ".yaml",
            ".yml",
            ".json",
            ".md",
        ):
            continue
        try:
            files.append(_read(path))
        except LeadDataError as error:
            faults.append(str(error))
    if not files:
        told = " ".join(faults) or "got none."
        msg = f"a start needs one table of leads or events; {told} Export a list, not a report."
        raise LeadDataError(msg)
    notes = tuple(note for file in files if (note := _around(file)) is not None)
    return RawFiles(files=tuple(files), faults=tuple(faults), notes=notes)


def _read(path: Path) -> LookedAt:
    if path.is_file() and _is_too_large(path):
        msg = (
            f"a file to start from must be at most {MOST_BYTES // 10**6} MB; got more in "
            f"{path.name}. Start from one month of it, then give the rest to `awase import`."
        )
        raise LeadDataError(msg)
    table = read_file(path)
    if table.n_rows == 0:
        msg = f"{path.name} must hold rows; got a header alone. Export it again without its filter."
        raise LeadDataError(msg)
    headers, first = list(table.columns), next(iter(table.columns.values()))
    n_periods = sum(PERIOD.match(header) is not None for header in headers)
    n_rows = sum(PERIOD_ROW.match(text) is not None for text in first[:MOST_PERIODS].to_pylist())
    if n_periods >= max(3, 0.5 * len(headers)) or max(3, 0.9 * table.n_rows) <= n_rows:
        msg = (
            f"{path.name} must hold one row a lead or event; got a pivot table with "
            f"{max(n_periods, n_rows)} periods. Export the rows behind it."
        )
        raise LeadDataError(msg)
    n_totals = pc.sum(pc.match_substring_regex(first, TOTAL_ROW)).as_py()
    if n_totals >= FEWEST_TOTALS:
        msg = (
            f"{path.name} must be a plain list; got {n_totals} rows of totals between its rows. "
            "Export it as details, not grouped."
        )
        raise LeadDataError(msg)
    return look_at(table)


def _around(file: LookedAt) -> str | None:
    """What a report has above and below its table; None for a plain table."""
    above, below = int(file.table.lines[0]) - 2, file.table.n_footer_rows
    if above <= 0 and not below:
        return None
    return (
        f"{file.name}: a report; lines passed over: {max(above, 0)} above the header, {below} "
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
