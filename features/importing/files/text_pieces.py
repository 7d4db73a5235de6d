"""CSV and TSV files piece by piece: the rows that the whole file has, never all of them in memory.

What may stand at the end of a file alone, a footer and quotes that are never closed, is looked for
in the last piece, which begins before all that could belong to it.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from features.core.arrays import IntArray
from features.importing.files.decoding import Utf8File, as_utf8_file
from features.importing.files.footer import Malformed, find_footer
from features.importing.files.raw_table import RawTable, make_raw_table
from features.importing.files.text_file import (
    HEAD_BYTES,
    ends_inside_quotes,
    number_lines,
    parse_options,
    read_text_file,
    refused,
    split_header,
    unclosed,
    whole_columns,
)


def read_text_pieces(
    path: Path, *, encoding: str, delimiter: str | None, piece_bytes: int, scratch: Path
) -> Iterator[RawTable]:
    """Yield the rows of a CSV or TSV file as text, piece by piece.

    Parameters
    ----------
    path : path
        Gzipped where its name ends in ``.gz``.
    encoding : str
        Name of an encoding; ``"auto"`` finds it out from the bytes.
    delimiter : str or None
        One character between cells; found out unless given.
    piece_bytes : int
        Parsed at a time; a row must fit into so many.
    scratch : path
        Folder for a copy in UTF-8 of what is not.

    Raises
    ------
    LeadDataError
        If the file is not text, has no header, or is not in the encoding asked for.
    """
    text = as_utf8_file(path, encoding, scratch)
    with text.path.open("rb") as file:
        file.seek(text.begin)
        head = file.read(HEAD_BYTES)
    header, delimiter, below = split_header(head, delimiter, path.name)
    if len(head) < HEAD_BYTES and not bytes(below).strip():
        yield read_text_file(path, encoding=encoding, delimiter=delimiter)
        return
    n_quotes = text.n_quotes - head[: len(head) - len(below)].count(b'"')
    begin = text.begin + len(head) - len(below)
    invalid: list[Any] = []
    options = parse_options(list(header.names), delimiter, invalid, block_bytes=piece_bytes)
    held: _Piece | None = None
    with refused(list(header.names), path.name):
        for piece in _parse(text, begin, options, invalid, header.last_line + 1):
            if held is not None and piece.has_full_row:
                yield held.as_raw_table(path.name, delimiter, ends_file=False)
                held = None
            held = piece if held is None else held.with_next(piece)
    if held is not None:
        yield held.closed(n_quotes).as_raw_table(path.name, delimiter, ends_file=True)


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """Rows as they were parsed."""

    rows: pa.Table
    lines: IntArray
    malformed: tuple[Malformed, ...]

    @property
    def has_full_row(self) -> bool:
        """Whether a row can be no part of a footer, so that none begins before these rows."""
        columns = {
            name: pc.utf8_trim_whitespace(cells) for name, cells in whole_columns(self.rows).items()
        }
        given = np.zeros(len(self.lines), bool)
        for cells in columns.values():
            given |= np.asarray(pc.not_equal(cells, ""))
        begins = find_footer(columns, self.lines, given=given, malformed=self.malformed)
        return begins is None or bool((given & (self.lines < begins)).any())

    def with_next(self, other: "_Piece") -> "_Piece":
        """The rows of both."""
        return _Piece(
            rows=pa.concat_tables([self.rows, other.rows]),
            lines=np.concatenate([self.lines, other.lines]),
            malformed=(*self.malformed, *other.malformed),
        )

    def closed(self, n_quotes: int) -> "_Piece":
        """The end of a file, without a row whose quotes are never closed."""
        if not ends_inside_quotes(self.rows, self.lines, self.malformed, n_quotes=n_quotes):
            return self
        return _Piece(
            rows=self.rows.slice(0, self.rows.num_rows - 1),
            lines=self.lines[:-1],
            malformed=(*self.malformed, unclosed(int(self.lines[-1]))),
        )

    def as_raw_table(self, file: str, delimiter: str, *, ends_file: bool) -> RawTable:
        """The rows with blanks and footers dropped."""
        sheet = make_raw_table(
            file,
            whole_columns(self.rows),
            lines=self.lines,
            malformed=self.malformed,
            ends_file=ends_file,
        )
        return replace(sheet, continental=delimiter == ";")


def _parse(
    text: Utf8File, begin: int, options: tuple[Any, ...], invalid: list[Any], line: int
) -> Iterator[_Piece]:
    """Rows from a byte on, which stands on a line."""
    n_before = 0
    with text.path.open("rb") as file:
        file.seek(begin)
        with pyarrow.csv.open_csv(pa.PythonFile(file, "r"), *options) as reader:
            for batch in itertools.chain(reader, [None]):
                if batch is None and not invalid:
                    return
                rows = reader.schema.empty_table() if batch is None else pa.table(batch)
                # Arrow parses ahead: rows that it skipped may belong to what comes later.
                mine: list[Any] = []
                while invalid and invalid[0].number <= n_before + len(mine) + rows.num_rows + 1:
                    mine.append(invalid.pop(0))
                lines, malformed, line = number_lines(rows, mine, line, rows_before=n_before)
                n_before += len(mine) + rows.num_rows
                yield _Piece(rows=rows, lines=lines, malformed=malformed)
