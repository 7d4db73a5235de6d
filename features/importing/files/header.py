"""The row of a file that names its columns, below a title if there is one."""

import unicodedata
from dataclasses import dataclass

from features.core.errors import LeadDataError

SEARCHED_ROWS = 20
"""How far down a header is looked for; reports put a title and their filters above it."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """Names of the columns, and the line on which the header ends."""

    names: tuple[str, ...]
    last_line: int


def find_header(rows: list[list[str]], file: str) -> int:
    """Position of the header: the first row at least half as full as the fullest one.

    Parameters
    ----------
    rows : list of list of str
        The first :data:`SEARCHED_ROWS` rows.
    file : str
        Name of the file, for the error.

    Raises
    ------
    LeadDataError
        If no row holds anything.
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:SEARCHED_ROWS]]
    fullest = max(filled, default=0)
    if fullest == 0:
        msg = f"{file} must begin with a header; got an empty file. Export it again."
        raise LeadDataError(msg)
    return next(at for at, n_cells in enumerate(filled) if 2 * n_cells >= fullest)


def unique_names(header: list[str]) -> list[str]:
    """Names of columns, trimmed; repeated ones are numbered as in ``Name (2)``, empty ones named.

    Exports that let people choose columns do repeat headers; the first keeps its name.
    """
    seen: dict[str, int] = {}
    names = []
    for at, text in enumerate(header, start=1):
        name = unicodedata.normalize("NFC", text.strip()) or f"column {at}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names
