"""Any file an import takes, by the end of its name."""

from pathlib import Path

from features.core.errors import LeadDataError
from features.importing.files.parquet_file import ENDING, is_parquet_folder, read_parquet
from features.importing.files.raw_table import RawTable
from features.importing.files.text_file import read_text_file
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
        tabbed = "\t" if name.removesuffix(".gz").endswith(".tsv") else None
        return read_text_file(path, encoding=encoding, delimiter=delimiter or tabbed)
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
