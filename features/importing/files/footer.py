"""What reports print below their rows: totals, who made the report, copyright."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

TOTALS = ("合計", "総計", "小計", "total", "grand total", "subtotal")
"""With these a row of totals begins."""

MIN_COLUMNS = 3
"""In a narrower table a row with one value is nothing unusual."""


@dataclass(frozen=True, kw_only=True)
class Malformed:
    """A row that cannot be told into as many cells as the header has."""

    line: int
    got: str
    reason: str
    n_cells: int = 0


def find_footer(
    columns: dict[str, pa.Array],
    lines: npt.NDArray[np.int64],
    *,
    given: npt.NDArray[np.bool_],
    malformed: tuple[Malformed, ...],
) -> int | None:
    """Line on which the footer begins; None if there is none.

    A footer is what follows the last full row: rows with one value, but only below an empty row,
    and rows of totals.

    Parameters
    ----------
    columns : dict of str to pyarrow.Array
        Trimmed values.
    lines : ndarray of shape (n_rows,)
    given : ndarray of shape (n_rows,)
        Whether the row holds any text.
    malformed : tuple of Malformed
        Rows that did not fit, by line.
    """
    if len(columns) < MIN_COLUMNS:
        return None
    cells = list(columns.values())
    begins = None
    row, odd = len(lines) - 1, len(malformed) - 1
    while row >= 0 or odd >= 0:
        if odd >= 0 and (row < 0 or malformed[odd].line > lines[row]):
            if malformed[odd].n_cells != 1:
                break
            odd -= 1
            continue
        if given[row]:
            values = [text for column in cells if (text := column[row].as_py())]
            if str(values[0]).casefold().startswith(TOTALS):
                begins = int(lines[row])
            elif len(values) > 1:
                break
        else:
            begins = int(lines[row])
        row -= 1
    return begins
