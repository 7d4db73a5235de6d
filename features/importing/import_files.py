"""Files in: read, mapped, checked together, stored in one transaction, counted."""

from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import numpy as np

from features.core.arrays import BoolArray
from features.core.memory import IMPORT_SLICE_MB
from features.core.progress import Progress, ignore_progress
from features.data_clock import read_future
from features.definition import LeadDefinition
from features.importing.imported_file import EntryResult, ImportedFile
from features.importing.known_keys import match_known_keys
from features.importing.mapping.extract_events import (
    extract_events,
    extract_hand_overs,
    extract_outcomes,
)
from features.importing.mapping.extract_leads import extract_facts, extract_leads, extract_persons
from features.importing.mapping.mapping import Mapping
from features.importing.notes import add_notes
from features.importing.object_store import with_files_here
from features.importing.plan import Plan, plan_import
from features.importing.reporting.promised import empty_tables
from features.importing.reporting.reasons import common_reasons
from features.importing.reporting.rejects import write_rejects
from features.importing.reporting.report import (
    FileReport,
    ImportReport,
    TableCount,
    sum_files,
    sum_tables,
)
from features.importing.sliced.slices import CutSettings, ImportSlices, import_slices
from features.importing.store_batches import store_batches
from features.importing.stored_tables import StoredTables
from features.importing.validate import check_together
from features.store import Store


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
    importer = Importer(mapping=mapping, definition=definition)
    return importer.run(store, paths, rejects_file=rejects_file, on_step=on_step)


@dataclass(frozen=True, kw_only=True)
class Importer:
    """Stores what files hold by one mapping.

    Attributes
    ----------
    mapping : Mapping
        Which column is what.
    definition : LeadDefinition
        Whose behaviours and attributes the mapping uses.
    slice_mb : float
        Megabytes of files that are checked at a time; larger ones are cut by lead.
    copies_in : path or None
        Where copies of larger ones lie while it runs; None is the system's folder for such files.
    """

    mapping: Mapping
    definition: LeadDefinition
    slice_mb: float = IMPORT_SLICE_MB
    copies_in: Path | None = None

    @with_files_here("paths")
    def run(
        self,
        store: Store,
        paths: list[Path],
        *,
        rejects_file: Path | None = None,
        on_step: Progress = ignore_progress,
    ) -> ImportReport:
        """Store what files hold; parameters and errors are those of :func:`import_files`.

        Parameters
        ----------
        store : Store
        paths : list of path
        rejects_file : path, optional
        on_step : callable, optional
        """
        report, results = self._bring_in(store, paths, keep=True, on_step=on_step)
        listed = 0 if rejects_file is None else write_rejects(results, rejects_file)
        return replace(
            report,
            rejects_file=rejects_file if listed else None,
            future=read_future(store, self.definition),
        )

    @with_files_here("paths")
    def preview(
        self, store: Store, paths: list[Path], *, on_step: Progress = ignore_progress
    ) -> ImportReport:
        """Count what an import would store and reject, and leave the store as it is.

        Nothing is written, no file of rejects either; errors are those of :func:`import_files`.

        Parameters
        ----------
        store : Store
        paths : list of path
        on_step : callable, optional
        """
        report, _ = self._bring_in(store, paths, keep=False, on_step=on_step)
        return replace(report, dry_run=True)

    def _bring_in(
        self, store: Store, paths: list[Path], *, keep: bool, on_step: Progress
    ) -> tuple[ImportReport, list[EntryResult]]:
        plan = plan_import(paths, self.mapping)
        with import_slices(
            plan,
            self.mapping,
            self.definition,
            store=store,
            cut=CutSettings(mb=self.slice_mb, copies_in=self.copies_in),
            on_step=on_step,
        ) as slices:
            files, results = _store_slices(store, plan, slices, keep=keep, on_step=on_step)
        return _describe(store, plan, files, results=results), results


def _store_slices(
    store: Store,
    plan: Plan,
    slices: ImportSlices,
    *,
    keep: bool,
    on_step: Progress,
) -> tuple[tuple[FileReport, ...], list[EntryResult]]:
    """Check and store all slices in one transaction: the import stands whole, or not at all."""
    results = [EntryResult(file=path.name) for path, _ in plan.entries]
    reports: list[tuple[FileReport, ...]] = []
    with store.writing(keep=keep) as write:
        for done, part in enumerate(slices):
            on_step("check rows", done, slices.n_slices)
            _check(part.files, part.stored)
            on_step("check rows", done + 1, slices.n_slices)
            on_step("store rows", done, slices.n_slices)
            counts = store_batches(write, part.files, keep=keep)
            on_step("store rows", done + 1, slices.n_slices)
            reports.append(_reports(part.files, counts))
            _keep_results(results, part.files)
            del part  # or it would be in memory beside the next one
    summed = [reduce(sum_files, of_file) for of_file in zip(*reports, strict=True)]
    return tuple(summed), results


def _keep_results(results: list[EntryResult], imported_files: list[ImportedFile]) -> None:
    sheets: set[int] = set()
    for result, imported_file in zip(results, imported_files, strict=True):
        result.add(imported_file, is_first=id(imported_file.sheet) not in sheets)
        sheets.add(id(imported_file.sheet))


def _describe(
    store: Store, plan: Plan, files: tuple[FileReport, ...], *, results: list[EntryResult]
) -> ImportReport:
    notes = (str(note) for result in results for note in add_notes(result.notes))
    counts = sum_tables([count for file in files for count in file.tables])
    return ImportReport(
        files=files,
        joined=tuple(sorted({path.name for path in plan.joined})),
        unmatched=tuple(path.name for path in plan.unmatched),
        rejects_file=None,
        empty=empty_tables(store, (entry for _, entry in plan.entries), counts),
        notes=tuple(dict.fromkeys(notes)),
        reasons=common_reasons(results),
        merged=tuple(sorted({pair for result in results for pair in result.merged.items()})),
    )


def store_intakes(store: Store, imported_files: list[ImportedFile]) -> tuple[FileReport, ...]:
    """Check rows against each other and what is stored, and store those that fit.

    Gives one report for each sheet, over all entries of the mapping that read it.

    Parameters
    ----------
    store : Store
    imported_files : list of ImportedFile
        Changed: what is rejected is marked there.
    """
    _check(imported_files, store)
    with store.writing() as write:
        return _reports(imported_files, store_batches(write, imported_files, keep=True))


def _check(imported_files: list[ImportedFile], stored: StoredTables) -> None:
    match_known_keys(imported_files, stored)
    for imported_file in imported_files:
        _extract(imported_file)
    check_together(imported_files, stored)


def _reports(
    imported_files: list[ImportedFile], counts: list[list[TableCount]]
) -> tuple[FileReport, ...]:
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
