"""Parquet: one file, or a folder of files that is one table, as warehouses and Spark leave it."""

from collections.abc import Iterator
from contextlib import contextmanager
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
    with _refused(path):
        table = _read(path)
        return _raw_table(path.name, table, first_row=1)


def read_parquet_pieces(path: Path, *, rows: int) -> Iterator[RawTable]:
    """Yield the rows of a Parquet file, or of a folder of them, as text, some at a time.

    Parameters
    ----------
    path : path
    rows : int
        In a piece.

    Raises
    ------
    LeadDataError
        As :func:`read_parquet`.
    """
    first_row, held = 1, list[pa.Table]()
    with _refused(path):
        for batch in _batches(path, rows):
            # The last piece is larger than a footer, which is looked for in it alone.
            if len(held) == 2:
                yield _raw_table(path.name, held[0], first_row=first_row, ends_file=False)
                first_row += held.pop(0).num_rows
            held.append(pa.table(batch))
        if held:
            yield _raw_table(path.name, pa.concat_tables(held), first_row=first_row)
        else:
            yield read_parquet(path)


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowInvalid, pa.ArrowTypeError, OSError, UnicodeDecodeError) as error:
        if getattr(error, "errno", None) is not None:
            raise  # of the disk; without a number it is Arrow's word for damaged bytes
        msg = f"{path.name} must be a Parquet file; got something else. Write it again."
        raise LeadDataError(msg) from None
    except (pa.ArrowNotImplementedError, NotImplementedError):
        msg = f"{path.name} must hold plain columns; got nested ones. Flatten them."
        raise LeadDataError(msg) from None


def _raw_table(file: str, table: pa.Table, *, first_row: int, ends_file: bool = True) -> RawTable:
    names = unique_names(table.column_names)
    columns = {name: _as_text(table.column(at)) for at, name in enumerate(names)}
    _check_text(file, columns)
    lines = np.arange(first_row, first_row + table.num_rows, dtype=np.int64)
    typed = frozenset(
        name
        for name, kind in zip(names, table.schema.types, strict=True)
        if pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )
    return make_raw_table(file, columns, lines=lines, typed=typed, ends_file=ends_file)


def _read(path: Path) -> pa.Table:
    if path.is_dir():
        return _folder(path).to_table()
    _check_size(path.name, [path])
    return pq.read_table(path)


def _batches(path: Path, rows: int) -> Iterator[pa.RecordBatch]:
    if path.is_dir():
        # One file after another, as when all of them are read.
        folder = _folder(path)
        yield from folder.to_batches(batch_size=rows, batch_readahead=1, fragment_readahead=1)
        return
    _check_size(path.name, [path])
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=rows)


def _folder(path: Path) -> ds.Dataset:
    files = _files_of(path)
    _check_size(path.name, files)
    inner = {part for file in files for part in file.relative_to(path).parent.parts}
    folders = dict.fromkeys(part.split("=")[0] for part in sorted(inner) if "=" in part)
    # As text: months such as 04 are no numbers.
    by_folder = ds.partitioning(pa.schema([(name, pa.string()) for name in folders]), flavor="hive")
    kinds = [pq.read_schema(file) for file in files]
    return ds.dataset(
        [str(file) for file in files],
        # A column that files of later months alone have is one of the table's.
        schema=pa.unify_schemas([*kinds, by_folder.schema], promote_options="permissive"),
        partitioning=by_folder,
        partition_base_dir=str(path),
    )


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
