"""One file as columns of text, each row with the line on which it begins in the file."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Malformed:
    """A row that cannot be told into as many cells as the header has."""

    line: int
    got: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What a file holds, before anybody says what it means.

    Every column is an Arrow array of text without nulls, in the order of the file. Rows without
    any text are left out, and ``lines`` says where each of the others begins.
    """

    file: str
    columns: dict[str, pa.Array]
    lines: IntArray
    malformed: tuple[Malformed, ...] = ()

    @cached_property
    def n_rows(self) -> int:
        """Rows with as many cells as the header."""
        return len(self.lines)


def make_sheet(
    file: str,
    columns: dict[str, pa.Array],
    *,
    lines: IntArray,
    malformed: tuple[Malformed, ...] = (),
) -> Sheet:
    """A sheet from trimmed columns; rows without any text are dropped.

    Full-width digits, letters and signs become plain ones only where a value is read as a time or a
    number; here values stay as they are, apart from blanks around them.
    """
    trimmed = {name: pc.utf8_trim_whitespace(values) for name, values in columns.items()}
    given = np.zeros(len(lines), bool)
    for values in trimmed.values():
        given |= np.asarray(pc.not_equal(values, ""))
    if not given.all():
        keep = pa.array(given)
        trimmed = {name: values.filter(keep) for name, values in trimmed.items()}
        lines = lines[given]
    return Sheet(file=file, columns=trimmed, lines=lines, malformed=malformed)


def unique_names(header: list[str]) -> list[str]:
    """Names of columns, trimmed; repeated ones are numbered as in ``Name (2)``, empty ones named.

    Exports that let people choose columns do repeat headers; the first keeps its name.
    """
    seen: dict[str, int] = {}
    names = []
    for at, text in enumerate(header, start=1):
        name = text.strip() or f"column {at}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names
