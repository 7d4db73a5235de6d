"""The file of rejects: every value that was refused, where it stands and why."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from features.core.guarded_csv import write_guarded_csv
from features.importing.files.raw_table import RawTable
from features.importing.imported_file import ImportedFile, Rejects
from features.importing.mapping.fact_values import MUST_BE_DATE
from features.importing.mapping.times import MUST_BE_TIME
from features.importing.presets.time_formats import format_of_each

COLUMNS = ("file", "line", "column", "value", "reason")


def write_rejects(imported_files: list[ImportedFile], path: Path) -> int:
    """Write what was rejected, in the order of files and lines; gives the number of entries.

    Nothing is written where nothing was rejected, and a file of an earlier import is removed.
    """
    sheets = {
        id(imported_file.sheet): imported_file.sheet for imported_file in imported_files
    }.values()
    parts = [_malformed(sheet) for sheet in sheets if sheet.malformed]
    parts += [
        pa.table(
            {
                "file": pa.repeat(pa.scalar(imported_file.sheet.file), len(rejects.lines)),
                "line": pa.array(rejects.lines),
                "column": pa.repeat(pa.scalar(rejects.column), len(rejects.lines)),
                "value": rejects.values.fill_null(""),
                "reason": _reasons(rejects),
            }
        )
        for imported_file in imported_files
        for rejects in imported_file.rejects
    ]
    if not parts:
        path.unlink(missing_ok=True)
        return 0
    table = pa.concat_tables(parts).sort_by([(name, "ascending") for name in COLUMNS[:3]])
    write_guarded_csv(table, path)
    return table.num_rows


def _reasons(rejects: Rejects) -> pa.Array:
    """Why each value was rejected; of a time, with the format that would read it."""
    reason = pa.repeat(pa.scalar(rejects.reason), len(rejects.lines))
    if rejects.reason not in (MUST_BE_TIME, MUST_BE_DATE):
        return reason
    named = pc.binary_join_element_wise(
        rejects.reason, '; `format: "', format_of_each(rejects.values), '"` reads it', ""
    )
    return pc.coalesce(named, reason)


def _malformed(sheet: RawTable) -> pa.Table:
    rows = sheet.malformed
    return pa.table(
        {
            "file": [sheet.file] * len(rows),
            "line": pa.array([row.line for row in rows], pa.int64()),
            "column": [""] * len(rows),
            "value": [row.got for row in rows],
            "reason": [row.reason for row in rows],
        }
    )
