"""Any file an import takes, by the end of its name."""

from collections.abc import Iterator
from pathlib import Path

from features.core.errors import LeadDataError
from features.importing.files.parquet_file import (
    ENDING,
    is_parquet_folder,
    read_parquet,
    read_parquet_pieces,
)
from features.importing.files.raw_table import RawTable
from features.importing.files.text_file import BLOCK_BYTES, read_text_file
from features.importing.files.text_pieces import read_text_pieces
from features.importing.files.workbook import read_workbook

TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
BOOK_ENDINGS = (".xlsx", ".xlsm")
ENDINGS = (*TEXT_ENDINGS, *BOOK_ENDINGS, ENDING)
"""Ends of file names that can be read."""

OTHER_BOOKS = (".xls", ".xlsb", ".ods", ".numbers")
"""Ends of the names of workbooks that have to be saved as something else first."""


def read_file(
    path: Path, *, encoding: str = "auto", delimiter: str | None = None, sheet: str | None = None
) -> RawTable:
    """Read the rows of a file as text.

    Parameters
    ----------
    path : path
        The end of its name says what kind of file it is; a folder of Parquet files is one, too.
    encoding : str
        Of a text file; ``"auto"`` finds it out from the bytes.
    delimiter : str, optional
        Between the cells of a text file; found out unless given.
    sheet : str, optional
        Name of a workbook's sheet; the only one that is shown and holds a table unless given.

    Raises
    ------
    LeadDataError
        If it is no table of the kind its name says.
    """
    name = path.name.lower()
    if is_parquet_folder(path):
        return read_parquet(path)
    if not path.is_file():
        msg = f"a file must exist; got {path.name}, which does not. Check the path."
        raise LeadDataError(msg)
    if name.endswith(TEXT_ENDINGS):
        return read_text_file(path, encoding=encoding, delimiter=delimiter or _tab(path))
    if name.endswith((*BOOK_ENDINGS, ".xls")):
        return read_workbook(path, sheet=sheet)
    if name.endswith(ENDING):
        return read_parquet(path)
    if name.endswith(OTHER_BOOKS):
        msg = (
            f"a workbook must be .xlsx; got {path.name}. Open it, save it as .xlsx or CSV, and "
            "import that."
        )
        raise LeadDataError(msg)
    msg = f"a file's name must end in {', '.join(ENDINGS)}; got {path.name}. Export it as CSV."
    raise LeadDataError(msg)


LEAST_PIECE_BYTES = 1 << 20
"""A row of a text file must fit into a piece."""

CELL_BYTES = 16
"""What a cell of a Parquet file takes as text, for how many rows make a piece."""


def read_pieces(
    path: Path,
    scratch: Path,
    *,
    encoding: str = "auto",
    delimiter: str | None = None,
    sheet: str | None = None,
    piece_bytes: int = BLOCK_BYTES,
) -> Iterator[RawTable]:
    """Yield the rows that :func:`read_file` gives, some at a time and in the same order.

    Text in UTF-8 and Parquet are never whole in memory; other files are, and come as one piece.

    Parameters
    ----------
    path : path
    scratch : path
        Folder for a copy of what has to be unpacked or written in UTF-8.
    encoding : str
        Of a text file; ``"auto"`` finds it out from the bytes.
    delimiter : str, optional
        Between the cells of a text file; found out unless given.
    sheet : str, optional
        Name of a workbook's sheet.
    piece_bytes : int
        Of a piece, roughly; a row of a text file must fit into so many.

    Raises
    ------
    LeadDataError
        As :func:`read_file`.
    """
    name = path.name.lower()
    if is_parquet_folder(path) or (path.is_file() and name.endswith(ENDING)):
        yield from read_parquet_pieces(path, rows=max(piece_bytes // CELL_BYTES, 1))
    elif path.is_file() and name.endswith(TEXT_ENDINGS):
        yield from read_text_pieces(
            path,
            encoding=encoding,
            delimiter=delimiter or _tab(path),
            piece_bytes=piece_bytes,
            scratch=scratch,
        )
    else:
        yield read_file(path, encoding=encoding, delimiter=delimiter, sheet=sheet)


def _tab(path: Path) -> str | None:
    """What stands between the cells of a file whose name says so."""
    return "\t" if path.name.lower().removesuffix(".gz").endswith(".tsv") else None
