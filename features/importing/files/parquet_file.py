"""Parquet: one file, or a folder of files that is one table, as warehouses and Spark leave it."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from features.core.errors import LeadDataError
from features.importing.files.header import unique_names
from features.importing.files.raw_table import RawTable, make_raw_table
from features.importing.files.unpacked_size import check_cells, check_unpacked

ENDING = ".parquet"


def is_parquet_folder(path: Path) -> bool:
    """Whether a folder is one table: its name ends so, or its folders say `column=value`."""
    if not path.is_dir():
        return False
    named = path.name.lower().endswith(ENDING)
    return named or any("=" in inner.name for inner in path.iterdir() if inner.is_dir())


def read_parquet(path: Path) -> RawTable:
    """Read the rows of a Parquet file, or of a folder of them, as text.

    What folders are named (`month=2026-04`) is a column like those in the files.

    Parameters
    ----------
    path : path

    Raises
    ------
    LeadDataError
        If it is no Parquet, unpacks to too much, or holds nested columns.
    """
    try:
        table = _read(path)
        names = unique_names(table.column_names)
        columns = {name: _as_text(table.column(at)) for at, name in enumerate(names)}
    except (pa.ArrowInvalid, pa.ArrowTypeError, OSError, UnicodeDecodeError) as error:
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


def _read(path: Path) -> pa.Table:
    files = [path] if path.is_file() else _files_of(path)
    _check_size(path.name, files)
    if path.is_file():
        return pq.read_table(path)
    inner = {part for file in files for part in file.relative_to(path).parent.parts}
    folders = dict.fromkeys(part.split("=")[0] for part in sorted(inner) if "=" in part)
    # As text: months such as 04 are no numbers.
    by_folder = ds.partitioning(pa.schema([(name, pa.string()) for name in folders]), flavor="hive")
    kinds = [pq.read_schema(file) for file in files]
    found = ds.dataset(
        [str(file) for file in files],
        # A column that files of later months alone have is one of the table's.
        schema=pa.unify_schemas([*kinds, by_folder.schema], promote_options="permissive"),
        partitioning=by_folder,
        partition_base_dir=str(path),
    )
    return found.to_table()


def _files_of(folder: Path) -> list[Path]:
    """The files of a table by path, without what Spark and others leave beside them."""
    found = sorted(
        file
        for file in folder.rglob(f"*{ENDING}")
        if file.is_file()
        and not any(part.startswith(("_", ".")) for part in file.relative_to(folder).parts)
    )
    if not found:
        msg = f"{folder.name} must hold Parquet files; got none. Give the folder that does."
        raise LeadDataError(msg)
    return found


def _check_size(name: str, files: list[Path]) -> None:
    unpacked = cells = packed = 0
    for file in files:
        stated = pq.read_metadata(file)
        packed += file.stat().st_size
        cells += stated.num_rows * stated.num_columns
        unpacked += sum(stated.row_group(at).total_byte_size for at in range(stated.num_row_groups))
    check_unpacked(name, unpacked, packed=packed)
    check_cells(name, cells, packed=packed)


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
