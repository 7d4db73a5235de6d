"""Any file an import takes, by the end of its name."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.core.errors import LeadDataError
from features.importing.files.header import unique_names
from features.importing.files.raw_table import RawTable, make_raw_table
from features.importing.files.text_file import read_text_file
from features.importing.files.unpacked_size import check_cells, check_unpacked
from features.importing.files.workbook import read_workbook

TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
BOOK_ENDINGS = (".xlsx", ".xlsm")
ENDINGS = (*TEXT_ENDINGS, *BOOK_ENDINGS, ".parquet")
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
        The end of its name says what kind of file it is.
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
    if not path.is_file():
        msg = f"a file must exist; got {path.name}, which does not. Check the path."
        raise LeadDataError(msg)
    if name.endswith(TEXT_ENDINGS):
        tabbed = "\t" if name.removesuffix(".gz").endswith(".tsv") else None
        return read_text_file(path, encoding=encoding, delimiter=delimiter or tabbed)
    if name.endswith((*BOOK_ENDINGS, ".xls")):
        return read_workbook(path, sheet=sheet)
    if name.endswith(".parquet"):
        return _read_parquet(path)
    if name.endswith(OTHER_BOOKS):
        msg = (
            f"a workbook must be .xlsx; got {path.name}. Open it, save it as .xlsx or CSV, and "
            "import that."
        )
        raise LeadDataError(msg)
    msg = f"a file's name must end in {', '.join(ENDINGS)}; got {path.name}. Export it as CSV."
    raise LeadDataError(msg)


def _read_parquet(path: Path) -> RawTable:
    try:
        _check_size(path)
        table = pq.read_table(path)
        names = unique_names(table.column_names)
        columns = {name: _as_text(table.column(at)) for at, name in enumerate(names)}
    except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as error:
        if getattr(error, "errno", None) is not None:
            raise  # of the disk; without a number it is Arrow's word for damaged bytes
        msg = f"{path.name} must be a Parquet file; got something else. Write it again."
        raise LeadDataError(msg) from None
    except (pa.ArrowNotImplementedError, NotImplementedError):
        msg = f"{path.name} must hold plain columns; got nested ones. Flatten them."
        raise LeadDataError(msg) from None
    _check_text(path.name, columns)
    lines = np.arange(1, table.num_rows + 1, dtype=np.int64)
    typed = frozenset(
        name
        for name, kind in zip(names, table.schema.types, strict=True)
        if pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )
    return make_raw_table(path.name, columns, lines=lines, typed=typed)


def _check_size(path: Path) -> None:
    stated, packed = pq.read_metadata(path), path.stat().st_size
    groups = [stated.row_group(at) for at in range(stated.num_row_groups)]
    check_unpacked(path.name, sum(group.total_byte_size for group in groups), packed=packed)
    check_cells(path.name, stated.num_rows * stated.num_columns, packed=packed)


def _check_text(file: str, columns: dict[str, pa.Array]) -> None:
    for name, texts in columns.items():
        try:
            texts.validate(full=True)
        except pa.ArrowInvalid:
            msg = f"{file} must hold text in UTF-8; got other bytes in {name!r}. Write it again."
            raise LeadDataError(msg) from None


def _as_text(values: pa.ChunkedArray) -> pa.Array:
    kind = values.type
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        # The instant is the same in UTC, and its text then ends in Z.
        values = values.cast(pa.timestamp(kind.unit, "UTC"))
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
    text = values.cast(pa.string()).fill_null("").combine_chunks()
    return text if isinstance(text, pa.Array) else pa.concat_arrays(text.chunks)
