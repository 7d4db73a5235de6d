"""The file of rejects: every value that was refused, where it stands and why."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from features.core.guarded_csv import write_guarded_csv
from features.importing.imported_file import EntryResult, Rejects
from features.importing.mapping.fact_values import MUST_BE_DATE
from features.importing.mapping.times import MUST_BE_TIME
from features.importing.presets.time_formats import format_of_each

COLUMNS = ("file", "line", "column", "value", "reason")


def write_rejects(results: list[EntryResult], path: Path) -> int:
    """Write what was rejected, in the order of files and lines; gives the number of entries.

    Nothing is written where nothing was rejected, and a file of an earlier import is removed.
    """
    parts = [_malformed(result) for result in results if result.malformed]
    parts += [
        pa.table(
            {
                "file": pa.repeat(pa.scalar(result.file), len(rejects.lines)),
                "line": pa.array(rejects.lines),
                "column": pa.repeat(pa.scalar(rejects.column), len(rejects.lines)),
                "value": rejects.values.fill_null(""),
                "reason": _reasons(rejects),
            }
        )
        for result in results
        for rejects in result.rejects
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


def _malformed(result: EntryResult) -> pa.Table:
    rows = result.malformed
    return pa.table(
        {
            "file": [result.file] * len(rows),
            "line": pa.array([row.line for row in rows], pa.int64()),
            "column": [""] * len(rows),
            "value": [row.got for row in rows],
            "reason": [row.reason for row in rows],
        }
    )
