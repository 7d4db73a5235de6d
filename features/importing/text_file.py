"""CSV and TSV files, also gzipped: encoding and delimiter by inspection, line numbers exact."""

import codecs
import csv
import gzip
import io
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from features.errors import LeadDataError
from features.importing.sheet import IntArray, Malformed, Sheet, make_sheet, unique_names

DELIMITERS = (",", "\t", ";", "|")
"""Tried on the header, in this order."""

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_GUESSES = ("utf-8", "cp932")
_NOT_IN_CP932 = frozenset("\x80\xa0\uf8f1\uf8f2\uf8f3")
"""What Python makes of bytes that CP932 leaves undefined."""

_BLOCK_BYTES = 16 << 20


def read_text_file(path: Path, *, encoding: str = "auto", delimiter: str | None = None) -> Sheet:
    """Rows of a CSV or TSV file.

    Raises
    ------
    LeadDataError
        If the file is not text, has no header, or is not in the encoding asked for.
    """
    data = _decode(_read_bytes(path), path.name, encoding)
    header, n_header_lines, body = _split_header(data, path.name, delimiter)
    names = unique_names(header.cells)
    invalid: list[Any] = []
    table = _parse(body, names, header.delimiter, invalid, path.name)
    lines, malformed = _number_lines(table, invalid, n_header_lines + 1)
    if _ends_inside_quotes(table, body):
        malformed = (*malformed, _unclosed(int(lines[-1])))
        table, lines = table.slice(0, table.num_rows - 1), lines[:-1]
    columns = {name: _whole(table.column(at)) for at, name in enumerate(names)}
    return make_sheet(path.name, columns, lines=lines, malformed=malformed)


def _read_bytes(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (gzip.BadGzipFile, EOFError, zlib.error):
        msg = f"a file named .gz must be gzipped; got {path.name}, which is not. Rename it."
        raise LeadDataError(msg) from None
    except OSError as error:
        msg = f"a file must be readable; got {path.name} ({error.strerror}). Check the path."
        raise LeadDataError(msg) from None


def _decode(data: bytes, file: str, encoding: str) -> bytes:
    """The same text in UTF-8, without byte-order mark."""
    marked = next((name for mark, name in _BYTE_ORDER_MARKS.items() if data.startswith(mark)), None)
    tried = (encoding,) if encoding != "auto" else (marked,) if marked else _GUESSES
    for name in tried:
        try:
            text = data.decode(name)
        except (UnicodeDecodeError, UnicodeError):
            continue
        except LookupError:
            msg = f"an encoding must be one Python knows; got {encoding!r} for {file}. Change it."
            raise LeadDataError(msg) from None
        if "\0" in text:
            break
        if name == "cp932" and not _NOT_IN_CP932.isdisjoint(text):
            continue
        if "\n" not in text:  # line ends as old Macs wrote them
            text = text.replace("\r", "\n")
        return text.removeprefix("\ufeff").encode()
    msg = (
        f"{file} must be text in {' or '.join(tried)}; got bytes that are not. "
        "Save it as CSV in UTF-8, or give its encoding in the mapping."
    )
    raise LeadDataError(msg)


class _Header:
    def __init__(self, cells: list[str], delimiter: str) -> None:
        self.cells = cells
        self.delimiter = delimiter


def _split_header(data: bytes, file: str, delimiter: str | None) -> tuple[_Header, int, bytes]:
    """Header, number of lines up to and with it, and everything after it."""
    stream = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    n_blank = 0
    first = stream.readline()
    while first and not first.strip():
        n_blank += 1
        first = stream.readline()
    if not first:
        msg = f"{file} must begin with a header; got an empty file. Export it again."
        raise LeadDataError(msg)
    if delimiter is None:
        delimiter = max(DELIMITERS, key=first.count)
    stream.seek(0)
    for _ in range(n_blank):
        stream.readline()
    reader = csv.reader(stream, delimiter=delimiter)
    cells = next(reader)
    n_lines = n_blank + reader.line_num
    return _Header(cells, delimiter), n_lines, _after_lines(data, n_lines)


def _after_lines(data: bytes, n_lines: int) -> bytes:
    at = 0
    for _ in range(n_lines):
        found = data.find(b"\n", at)
        if found < 0:
            return b""
        at = found + 1
    return data[at:]


def _parse(
    body: bytes, names: list[str], delimiter: str, invalid: list[Any], file: str
) -> pa.Table:
    def remember(row: Any) -> str:
        invalid.append(row)
        return "skip"

    if not body.strip():
        return pa.table({name: pa.array([], pa.string()) for name in names})
    try:
        return pyarrow.csv.read_csv(
            pa.BufferReader(body),
            # One thread: only then does Arrow number the rows it skips; it is quick enough.
            pyarrow.csv.ReadOptions(column_names=names, use_threads=False, block_size=_BLOCK_BYTES),
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
    except pa.ArrowInvalid:
        # Arrow's message may quote the row, and with it a name.
        msg = (
            f"{file} must be a table with {len(names)} columns; got rows that cannot be told "
            "apart. Look for a quotation mark that is never closed."
        )
        raise LeadDataError(msg) from None


def _number_lines(
    table: pa.Table, invalid: list[Any], first_line: int
) -> tuple[IntArray, tuple[Malformed, ...]]:
    """Line on which each row begins; a quoted cell may run over several lines."""
    n = table.num_rows + len(invalid)
    is_invalid = np.zeros(n, bool)
    is_invalid[[row.number - 1 for row in invalid]] = True
    height = np.ones(n, dtype=np.int64)
    for row in invalid:
        height[row.number - 1] += row.text.rstrip("\r\n").count("\n")
    height[~is_invalid] += _breaks_within(table)
    begins = first_line + np.concatenate([[0], np.cumsum(height)[:-1]])
    malformed = tuple(
        Malformed(
            line=int(begins[row.number - 1]),
            got=f"{row.actual_columns} cells",
            reason=f"must have {row.expected_columns} cells, as the header has",
        )
        for row in invalid
    )
    return begins[~is_invalid], malformed


def _ends_inside_quotes(table: pa.Table, body: bytes) -> bool:
    """Whether the last row runs to the end of the file because its quotes are never closed."""
    if table.num_rows == 0 or body.count(b'"') % 2 == 0:
        return False
    return bool(_breaks_within(table.slice(table.num_rows - 1))[0])


def _unclosed(line: int) -> Malformed:
    return Malformed(
        line=line, got="all that follows", reason="must close the quotation mark it opens"
    )


def _breaks_within(table: pa.Table) -> IntArray:
    total = np.zeros(table.num_rows, dtype=np.int64)
    for values in table.columns:
        total += np.asarray(pc.count_substring(values, "\n"))
    return total


def _whole(values: pa.ChunkedArray) -> pa.Array:
    whole = values.combine_chunks()
    return whole if isinstance(whole, pa.Array) else pa.concat_arrays(whole.chunks)
