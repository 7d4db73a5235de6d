"""CSV and TSV files, also gzipped: encoding and delimiter by inspection, line numbers exact."""

import csv
import io
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from features.core.arrays import IntArray
from features.core.errors import LeadDataError
from features.importing.files.decoding import read_as_utf8
from features.importing.files.footer import Malformed
from features.importing.files.header import SEARCHED_ROWS, Header, find_header, unique_names
from features.importing.files.raw_table import RawTable, make_raw_table

DELIMITERS = (",", "\t", ";", "|")
"""Tried on the header, in this order."""

HEAD_BYTES = 1 << 18
"""At the beginning of a file, within which its header stands."""

BLOCK_BYTES = 16 << 20
"""Parsed at a time; a row must fit into so many."""


def read_text_file(path: Path, *, encoding: str = "auto", delimiter: str | None = None) -> RawTable:
    """Read the rows of a CSV or TSV file as text.

    Parameters
    ----------
    path : path
        Gzipped where its name ends in ``.gz``.
    encoding : str
        Name of an encoding; ``"auto"`` finds it out from the bytes.
    delimiter : str, optional
        One character between cells; found out unless given.

    Raises
    ------
    LeadDataError
        If the file is not text, has no header, or is not in the encoding asked for.
    """
    data = read_as_utf8(path, encoding)
    header, delimiter, body = split_header(data, delimiter, path.name)
    names = list(header.names)
    invalid: list[Any] = []
    table = _parse(body, names, delimiter, invalid, path.name)
    lines, malformed, _ = number_lines(table, invalid, header.last_line + 1)
    n_quotes = int(np.count_nonzero(np.frombuffer(body, np.uint8) == ord('"')))
    if ends_inside_quotes(table, lines, malformed, n_quotes=n_quotes):
        malformed = (*malformed, unclosed(int(lines[-1])))
        table, lines = table.slice(0, table.num_rows - 1), lines[:-1]
    del data, body  # as large as the table: gone before its columns are made whole
    columns = whole_columns(table)
    del table
    sheet = make_raw_table(path.name, columns, lines=lines, malformed=malformed)
    return replace(sheet, continental=delimiter == ";")


def split_header(data: bytes, delimiter: str | None, file: str) -> tuple[Header, str, memoryview]:
    """Header, delimiter, and everything below the header.

    Parameters
    ----------
    data : bytes
        Of the whole file, or its first :data:`HEAD_BYTES`.
    delimiter : str or None
        Between cells; found out unless given.
    file : str
        Its name, for the error.

    Raises
    ------
    LeadDataError
        If no row holds anything.
    """
    head = data[:HEAD_BYTES].decode(errors="ignore")
    if delimiter is None:
        named = next((line for line in head.splitlines() if any(d in line for d in DELIMITERS)), "")
        delimiter = max(DELIMITERS, key=named.count)
    rows, ends = [], []
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    try:
        for row in itertools.islice(reader, SEARCHED_ROWS):
            rows.append(row)
            ends.append(reader.line_num)
    except csv.Error:  # an overlong cell below the header; Arrow will say what is wrong
        pass
    at = find_header(rows, file)
    header = Header(names=tuple(unique_names(rows[at])), last_line=ends[at])
    return header, delimiter, _after_lines(data, header.last_line)


def _after_lines(data: bytes, n_lines: int) -> memoryview:
    """What follows; the same memory, for it may be half a gigabyte."""
    at = 0
    for _ in range(n_lines):
        found = data.find(b"\n", at)
        if found < 0:
            return memoryview(b"")
        at = found + 1
    return memoryview(data)[at:]


def _parse(
    body: memoryview, names: list[str], delimiter: str, invalid: list[Any], file: str
) -> pa.Table:
    if not bytes(body[:HEAD_BYTES]).strip() and not bytes(body).strip():
        return pa.table({name: pa.array([], pa.string()) for name in names})
    options = parse_options(names, delimiter, invalid)
    with refused(names, file):
        return pyarrow.csv.read_csv(pa.BufferReader(body), *options)


def parse_options(
    names: list[str], delimiter: str, invalid: list[Any], *, block_bytes: int = BLOCK_BYTES
) -> tuple[pyarrow.csv.ReadOptions, pyarrow.csv.ParseOptions, pyarrow.csv.ConvertOptions]:
    """How Arrow reads rows below a header: all cells as text.

    Parameters
    ----------
    names : list of str
        Of the columns.
    delimiter : str
        Between cells.
    invalid : list
        Rows that do not have as many cells as there are names are added to it.
    block_bytes : int
        Parsed at a time.
    """

    def remember(row: Any) -> str:
        invalid.append(row)
        return "skip"

    return (
        # One thread: only then does Arrow number the rows it skips; it is quick enough.
        pyarrow.csv.ReadOptions(column_names=names, use_threads=False, block_size=block_bytes),
        pyarrow.csv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=remember,
        ),
        pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )


@contextmanager
def refused(names: list[str], file: str) -> Iterator[None]:
    """Turn Arrow's error about rows into one that quotes none of them."""
    try:
        yield
    except pa.ArrowInvalid:
        # Arrow's message may quote the row, and with it a name.
        msg = (
            f"{file} must be a table with {len(names)} columns; got rows that cannot be told "
            "apart. Look for a quotation mark that is never closed."
        )
        raise LeadDataError(msg) from None


def number_lines(
    table: pa.Table, invalid: list[Any], first_line: int, *, rows_before: int = 0
) -> tuple[IntArray, tuple[Malformed, ...], int]:
    """Line on which each row begins, and that after all; a cell may run over several lines.

    Parameters
    ----------
    table : pyarrow.Table
        Rows with as many cells as the header.
    invalid : list
        The others among them.
    first_line : int
        On which the first of all these rows begins.
    rows_before : int
        Rows of the file that were parsed before these.
    """
    n = table.num_rows + len(invalid)
    place = [row.number - 1 - rows_before for row in invalid]
    is_invalid = np.zeros(n, bool)
    is_invalid[place] = True
    height = np.ones(n, dtype=np.int64)
    for at, row in zip(place, invalid, strict=True):
        height[at] += row.text.rstrip("\r\n").count("\n")
    height[~is_invalid] += _breaks_within(table)
    begins = first_line + np.concatenate([[0], np.cumsum(height)[:-1]])
    malformed = tuple(
        _malformed(row, int(begins[at])) for at, row in zip(place, invalid, strict=True)
    )
    return begins[~is_invalid], malformed, first_line + int(height.sum())


def _malformed(row: Any, line: int) -> Malformed:
    if row.text.count('"') % 2:
        return unclosed(line)
    return Malformed(
        line=line,
        got=f"{row.actual_columns} cells",
        reason=f"must have {row.expected_columns} cells, as the header has",
        n_cells=row.actual_columns,
    )


def ends_inside_quotes(
    table: pa.Table, lines: IntArray, malformed: tuple[Malformed, ...], *, n_quotes: int
) -> bool:
    """Whether the last row runs to the end of the file because its quotes are never closed.

    Parameters
    ----------
    table : pyarrow.Table
        Rows to the end of the file with as many cells as the header.
    lines : ndarray of shape (n_rows,)
        Where each begins.
    malformed : tuple of Malformed
        The other rows; one that comes last is what runs to the end.
    n_quotes : int
        Quotation marks in all of the file.
    """
    if table.num_rows == 0 or n_quotes % 2 == 0:
        return False
    if malformed and malformed[-1].line > lines[-1]:
        return False
    return bool(_breaks_within(table.slice(table.num_rows - 1))[0])


def unclosed(line: int) -> Malformed:
    """A row whose quotes are never closed."""
    return Malformed(
        line=line, got="all that follows", reason="must close the quotation mark it opens"
    )


def _breaks_within(table: pa.Table) -> IntArray:
    total = np.zeros(table.num_rows, dtype=np.int64)
    for values in table.columns:
        total += np.asarray(pc.count_substring(values, "\n"))
    return total


def whole_columns(table: pa.Table) -> dict[str, pa.Array]:
    """The columns of a table by name, each in one piece."""
    return {name: _whole(table.column(at)) for at, name in enumerate(table.column_names)}


def _whole(values: pa.ChunkedArray) -> pa.Array:
    whole = values.combine_chunks()
    return whole if isinstance(whole, pa.Array) else pa.concat_arrays(whole.chunks)
