"""Files in: read, mapped, checked together, stored in one transaction, counted."""

from pathlib import Path

from features.core.progress import Progress, ignore_progress
from features.definition import LeadDefinition
from features.importing.batch import Intake
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
    intakes = [
        Intake(sheet, entry, cells=cells, mapping=mapping, definition=definition)
        for sheet, entry, cells in gathered
    ]
    files = store_intakes(store, intakes, on_step=on_step)
    listed = 0 if rejects_file is None else write_rejects(intakes, rejects_file)
    return ImportReport(
        files=files,
        joined=tuple(sorted({path.name for path in plan.joined})),
        unmatched=tuple(path.name for path in plan.unmatched),
        rejects_file=rejects_file if listed else None,
    )


def store_intakes(
    store: Store, intakes: list[Intake], *, on_step: Progress = ignore_progress
) -> tuple[FileReport, ...]:
    """Check rows against each other and what is stored, and store those that fit.

    Parameters
    ----------
    store : Store
    intakes : list of Intake
        Changed: what is rejected is marked there.
    on_step : callable, optional
    """
    on_step("check rows", 0, 1)
    for intake in intakes:
        _extract(intake)
    check_together(intakes, store)
    on_step("check rows", 1, 1)
    counts = store_batches(store, intakes, on_step=on_step)
    return tuple(_report(intake, tables) for intake, tables in zip(intakes, counts, strict=True))


def _extract(intake: Intake) -> None:
    extract_leads(intake)
    extract_persons(intake)
    extract_facts(intake)
    extract_events(intake)
    extract_outcomes(intake)
    extract_hand_overs(intake)


def _report(intake: Intake, counts: list[TableCount]) -> FileReport:
    malformed = len(intake.sheet.malformed)
    return FileReport(
        file=intake.sheet.file,
        rows=intake.sheet.n_rows + malformed,
        skipped=int((~intake.wanted).sum()),
        rejected=int(intake.rejected.sum()) + malformed,
        facts_left_out=sum(
            int((batch.rejected & ~intake.rejected[batch.origin]).sum()) for batch in intake.batches
        ),
        footer_rows=intake.sheet.n_footer_rows,
        tables=tuple(counts),
    )
