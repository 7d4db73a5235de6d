"""Checked rows into the store, table by table and file by file, with counts that must add up."""

import pyarrow as pa

from features.core.errors import LeadDataError
from features.importing.contradictions import KEYS
from features.importing.deals import withdraw
from features.importing.imported_file import Batch, ImportedFile
from features.importing.notes import ImportNote
from features.importing.reporting.report import TableCount
from features.store.writing.table_writer import TableWriter


def store_batches(
    write: TableWriter, imported_files: list[ImportedFile], *, keep: bool
) -> list[list[TableCount]]:
    """Write all rows that were kept; gives the counts of each file.

    Parameters
    ----------
    write : TableWriter
        Of the transaction of the whole import.
    imported_files : list of ImportedFile
    keep : bool
        False where the transaction only counts what would be stored.

    Raises
    ------
    LeadDataError
        If rows went missing between reading and storing; nothing is stored then.
    """
    counts: list[list[TableCount]] = [[] for _ in imported_files]
    for table in KEYS:
        for imported_file, mine in zip(imported_files, counts, strict=True):
            parts = [part for part in imported_file.batches if part.table == table]
            if parts:
                mine.append(_store(imported_file, parts, write))
    _take_back(imported_files, write, keep=keep)
    return counts


def _take_back(imported_files: list[ImportedFile], write: TableWriter, *, keep: bool) -> None:
    n_gone = withdraw([(item, part) for item in imported_files for part in item.batches], write)
    if n_gone:
        done = "were" if keep else "would be"
        what = f" outcomes {done} taken back: their deals no longer say them"
        imported_files[-1].notes.append(ImportNote((n_gone, what)))


def _store(imported_file: ImportedFile, parts: list[Batch], write: TableWriter) -> TableCount:
    kept = [part.rows.filter(pa.array(imported_file.kept(part))) for part in parts]
    written = write(parts[0].table, pa.concat_tables(kept))
    count = TableCount(
        table=parts[0].table,
        read=sum(len(part.origin) for part in parts),
        stored=written.stored,
        unchanged=written.unchanged + sum(_n_repeated(imported_file, part) for part in parts),
        rejected=sum(_n_rejected(imported_file, part) for part in parts),
        forgotten=written.forgotten,
    )
    _check_sum(imported_file.sheet.file, count)
    return count


def _n_rejected(imported_file: ImportedFile, batch: Batch) -> int:
    return int((~imported_file.alive(batch)).sum())


def _n_repeated(imported_file: ImportedFile, batch: Batch) -> int:
    return int((batch.repeated & imported_file.alive(batch)).sum())


def _check_sum(file: str, count: TableCount) -> None:
    total = count.stored + count.unchanged + count.rejected + count.forgotten
    if count.read != total:
        msg = (
            f"rows read must be stored, unchanged, rejected or forgotten; got {count.read} read "
            f"and {total} accounted for in table {count.table} of {file}. Nothing was stored; "
            "report this."
        )
        raise LeadDataError(msg)
