"""Files in: read, mapped, checked together, stored in one transaction, counted."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from features.core.arrays import BoolArray
from features.core.progress import Progress, ignore_progress
from features.data_clock import read_future
from features.definition import LeadDefinition
from features.importing.imported_file import ImportedFile
from features.importing.known_keys import match_known_keys
from features.importing.mapping.extract_events import (
    extract_events,
    extract_hand_overs,
    extract_outcomes,
)
from features.importing.mapping.extract_leads import extract_facts, extract_leads, extract_persons
from features.importing.mapping.mapping import Mapping
from features.importing.object_store import with_files_here
from features.importing.open_files import gather
from features.importing.plan import Plan, plan_import
from features.importing.reporting.promised import empty_tables
from features.importing.reporting.reasons import common_reasons
from features.importing.reporting.rejects import write_rejects
from features.importing.reporting.report import FileReport, ImportReport, TableCount, sum_tables
from features.importing.store_batches import store_batches
from features.importing.validate import check_together
from features.store import Store


@with_files_here("paths")
def import_files(
    store: Store,
    paths: list[Path],
    *,
    mapping: Mapping,
    definition: LeadDefinition,
    rejects_file: Path | None = None,
    on_step: Progress = ignore_progress,
) -> ImportReport:
    """Store what files hold; importing them again changes nothing.

    Parameters
    ----------
    store : Store
    paths : list of path
        Files, or folders whose files are all taken, here or in an object store (``s3://``,
        ``gs://``). A file that fits no entry of the mapping is listed in the report and skipped.
    mapping : Mapping
        Which column is what.
    definition : LeadDefinition
        Whose behaviours and attributes the mapping uses.
    rejects_file : path, optional
        Where rejected values are listed; not written if there are none.
    on_step : callable, optional
        Told the step, how many parts of it are done, and of how many.

    Raises
    ------
    LeadDataError
        If a file cannot be what the mapping says it is; nothing is stored then.
    """
    plan = plan_import(paths, mapping)
    imported_files = _open(plan, mapping, definition, on_step=on_step)
    files = store_intakes(store, imported_files, on_step=on_step)
    listed = 0 if rejects_file is None else write_rejects(imported_files, rejects_file)
    report = _describe(store, plan, imported_files, files=files)
    return replace(
        report,
        rejects_file=rejects_file if listed else None,
        future=read_future(store, definition),
    )


@with_files_here("paths")
def preview_import(
    store: Store,
    paths: list[Path],
    *,
    mapping: Mapping,
    definition: LeadDefinition,
    on_step: Progress = ignore_progress,
) -> ImportReport:
    """Count what an import would store and reject, and leave the store as it is.

    Nothing is written, no file of rejects either.

    Parameters
    ----------
    store : Store
    paths : list of path
        Files, or folders whose files are all taken.
    mapping : Mapping
        Which column is what.
    definition : LeadDefinition
        Whose behaviours and attributes the mapping uses.
    on_step : callable, optional
        Told the step, how many parts of it are done, and of how many.

    Raises
    ------
    LeadDataError
        If a file cannot be what the mapping says it is.
    """
    plan = plan_import(paths, mapping)
    imported_files = _open(plan, mapping, definition, on_step=on_step)
    files = store_intakes(store, imported_files, dry_run=True, on_step=on_step)
    return replace(_describe(store, plan, imported_files, files=files), dry_run=True)


def _open(
    plan: Plan, mapping: Mapping, definition: LeadDefinition, *, on_step: Progress
) -> list[ImportedFile]:
    return [
        ImportedFile(sheet, entry, cells=cells, mapping=mapping, definition=definition)
        for sheet, entry, cells in gather(plan, mapping, on_step=on_step)
    ]


def _describe(
    store: Store,
    plan: Plan,
    imported_files: list[ImportedFile],
    *,
    files: tuple[FileReport, ...],
) -> ImportReport:
    notes = (note for item in imported_files for note in (*item.cells.notes, *item.notes))
    counts = sum_tables([count for file in files for count in file.tables])
    return ImportReport(
        files=files,
        joined=tuple(sorted({path.name for path in plan.joined})),
        unmatched=tuple(path.name for path in plan.unmatched),
        rejects_file=None,
        empty=empty_tables(store, (entry for _, entry in plan.entries), counts),
        notes=tuple(dict.fromkeys(notes)),
        reasons=common_reasons(imported_files),
        merged=tuple(sorted({pair for item in imported_files for pair in item.merged.items()})),
    )


def store_intakes(
    store: Store,
    imported_files: list[ImportedFile],
    *,
    dry_run: bool = False,
    on_step: Progress = ignore_progress,
) -> tuple[FileReport, ...]:
    """Check rows against each other and what is stored, and store those that fit.

    Gives one report for each sheet, over all entries of the mapping that read it.

    Parameters
    ----------
    store : Store
    imported_files : list of ImportedFile
        Changed: what is rejected is marked there.
    dry_run : bool
        Whether only to tell what would be stored.
    on_step : callable, optional
    """
    on_step("check rows", 0, 1)
    match_known_keys(imported_files, store)
    for imported_file in imported_files:
        _extract(imported_file)
    check_together(imported_files, store)
    on_step("check rows", 1, 1)
    counts = store_batches(store, imported_files, on_step=on_step, keep=not dry_run)
    by_sheet: dict[int, list[int]] = {}
    for at, imported_file in enumerate(imported_files):
        by_sheet.setdefault(id(imported_file.sheet), []).append(at)
    return tuple(
        _report([imported_files[at] for at in places], [row for at in places for row in counts[at]])
        for places in by_sheet.values()
    )


def _extract(imported_file: ImportedFile) -> None:
    extract_leads(imported_file)
    extract_persons(imported_file)
    extract_facts(imported_file)
    extract_events(imported_file)
    extract_outcomes(imported_file)
    extract_hand_overs(imported_file)


def _report(imported_files: list[ImportedFile], counts: list[TableCount]) -> FileReport:
    """What became of one file, which several entries of the mapping may have read."""
    sheet = imported_files[0].sheet
    wanted, kept = np.zeros(sheet.n_rows, bool), np.zeros(sheet.n_rows, bool)
    for imported_file in imported_files:
        wanted |= imported_file.wanted
        kept |= imported_file.wanted & ~imported_file.rejected
    return FileReport(
        file=sheet.file,
        rows=sheet.n_rows + len(sheet.malformed),
        skipped=int((~wanted).sum()),
        rejected=int((wanted & ~kept).sum()) + len(sheet.malformed),
        parts_left_out=sum(_n_left_out(imported_file, kept) for imported_file in imported_files),
        footer_rows=sheet.n_footer_rows,
        tables=sum_tables(counts),
    )


def _n_left_out(imported_file: ImportedFile, kept: BoolArray) -> int:
    """Rows that one entry rejected and another kept, and parts of rows rejected alone."""
    alone = sum(
        int((batch.rejected & ~imported_file.rejected[batch.origin]).sum())
        for batch in imported_file.batches
    )
    return alone + int((imported_file.wanted & imported_file.rejected & kept).sum())
