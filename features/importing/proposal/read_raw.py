"""Raw files read for a start: those that are tables of rows, and one sentence for each other."""

import re
from dataclasses import dataclass
from pathlib import Path

from features.core.errors import LeadDataError
from features.importing.files.read_file import ENDINGS, read_file
from features.importing.plan import list_files
from features.importing.proposal.tables import LookedAt, look_at

MOST_BYTES = 2_000_000_000
"""More is imported by `awase import` with a mapping made from a part of it."""

PERIOD = re.compile(
    r"^(\d{4}[-/年.]?\d{0,2}月?|\d{1,2}月|q[1-4].*|jan\w*|feb\w*|mar\w*|合計|total.*)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class RawFiles:
    """Files that hold rows, and what is wrong with the others."""

    files: tuple[LookedAt, ...]
    faults: tuple[str, ...]


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
    return RawFiles(files=tuple(files), faults=tuple(faults))


def _read(path: Path) -> LookedAt:
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        msg = (
            f"a file to start from must be at most {MOST_BYTES // 10**9} GB; got more in "
            f"{path.name}. Start from one month of it, then give the rest to `awase import`."
        )
        raise LeadDataError(msg)
    table = read_file(path)
    if table.n_rows == 0:
        msg = f"{path.name} must hold rows; got a header alone. Export it again without its filter."
        raise LeadDataError(msg)
    headers = list(table.columns)
    n_periods = sum(PERIOD.match(header) is not None for header in headers)
    if n_periods >= max(3, 0.5 * len(headers)):
        msg = (
            f"{path.name} must hold one row a lead or event; got a pivot table with {n_periods} "
            "columns of periods. Export the rows behind it."
        )
        raise LeadDataError(msg)
    return look_at(table)
