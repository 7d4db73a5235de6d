"""Files in: read, mapped, checked together, stored in one transaction, counted."""

from pathlib import Path

from features.core.progress import Progress, ignore_progress
from features.data_clock import read_future
from features.definition import LeadDefinition
from features.importing.imported_file import ImportedFile
from features.importing.mapping.extract_events import (
    extract_events,
    extract_hand_overs,
    extract_outcomes,
)
from features.importing.mapping.extract_leads import extract_facts, extract_leads, extract_persons
from features.importing.mapping.mapping import Mapping
from features.importing.open_files import gather
from features.importing.plan import plan_import
from features.importing.rejects import write_rejects
from features.importing.report import FileReport, ImportReport, TableCount
from features.importing.store_batches import store_batches
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
        Files, or folders whose files are all taken. A file that fits no entry of the mapping is
        listed in the report and skipped.
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
    gathered = gather(plan, mapping, on_step=on_step)
    imported_files = [
        ImportedFile(sheet, entry, cells=cells, mapping=mapping, definition=definition)
        for sheet, entry, cells in gathered
    ]
    files = store_intakes(store, imported_files, on_step=on_step)
    listed = 0 if rejects_file is None else write_rejects(imported_files, rejects_file)
    return ImportReport(
        files=files,
        joined=tuple(sorted({path.name for path in plan.joined})),
        unmatched=tuple(path.name for path in plan.unmatched),
        rejects_file=rejects_file if listed else None,
        future=read_future(store, definition),
    )


def store_intakes(
    store: Store, imported_files: list[ImportedFile], *, on_step: Progress = ignore_progress
) -> tuple[FileReport, ...]:
    """Check rows against each other and what is stored, and store those that fit.

    Parameters
    ----------
    store : Store
    imported_files : list of ImportedFile
        Changed: what is rejected is marked there.
    on_step : callable, optional
    """
    on_step("check rows", 0, 1)
    for imported_file in imported_files:
        _extract(imported_file)
    check_together(imported_files, store)
    on_step("check rows", 1, 1)
    counts = store_batches(store, imported_files, on_step=on_step)
    return tuple(
        _report(imported_file, tables)
        for imported_file, tables in zip(imported_files, counts, strict=True)
    )


def _extract(imported_file: ImportedFile) -> None:
    extract_leads(imported_file)
    extract_persons(imported_file)
    extract_facts(imported_file)
    extract_events(imported_file)
    extract_outcomes(imported_file)
    extract_hand_overs(imported_file)


def _report(imported_file: ImportedFile, counts: list[TableCount]) -> FileReport:
    malformed = len(imported_file.sheet.malformed)
    return FileReport(
        file=imported_file.sheet.file,
        rows=imported_file.sheet.n_rows + malformed,
        skipped=int((~imported_file.wanted).sum()),
        rejected=int(imported_file.rejected.sum()) + malformed,
        facts_left_out=sum(
            int((batch.rejected & ~imported_file.rejected[batch.origin]).sum())
            for batch in imported_file.batches
        ),
        footer_rows=imported_file.sheet.n_footer_rows,
        tables=tuple(counts),
    )
