"""What of a CRM's records could not be stored: record, field, value and why, as a file."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from features.core.guarded_csv import write_guarded_csv
from features.importing.imported_file import ImportedFile

COLUMNS = ("object", "record", "field", "value", "reason")


def rejects_of(imported_files: Iterable[ImportedFile]) -> list[pa.Table]:
    """Rejected values of tables read from a CRM."""
    return [
        pa.table(
            {
                "object": pa.repeat(pa.scalar(imported_file.sheet.file), len(rejects.lines)),
                "record": imported_file.sheet.columns["id"].take(pa.array(rejects.lines)),
                "field": pa.repeat(pa.scalar(rejects.column), len(rejects.lines)),
                "value": rejects.values.fill_null(""),
                "reason": pa.repeat(pa.scalar(rejects.reason), len(rejects.lines)),
            }
        )
        for imported_file in imported_files
        for rejects in imported_file.rejects
    ]


def reject(record_object: str, record_id: str, *, column: str, reason: str) -> pa.Table:
    """List one rejected value as a table of one row; the value itself is not repeated.

    Parameters
    ----------
    record_object : str
        The CRM's object, such as ``contacts``.
    record_id : str
        The CRM's id of the record.
    column : str
        Field that held the value.
    reason : str
        Why it was rejected.
    """
    return pa.table([[record_object], [record_id], [column], [""], [reason]], names=COLUMNS)


def write_rejects(tables: list[pa.Table], path: Path) -> bool:
    """Write the file; nothing is written, and an older file removed, where there are none."""
    if not tables:
        path.unlink(missing_ok=True)
        return False
    write_guarded_csv(pa.concat_tables(tables), path)
    return True
