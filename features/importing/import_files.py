"""Files in: read, mapped, checked together, stored in one transaction, counted."""

from pathlib import Path

import numpy as np

from features.core.arrays import BoolArray
from features.core.progress import Progress, ignore_progress
from features.definition import LeadDefinition
from features.importing.batch import Intake
from features.importing.known_keys import match_known_keys
from features.importing.mapping.extract_events import (
    extract_events,
    extract_hand_overs,
    extract_outcomes,
)
from features.importing.mapping.extract_leads import extract_facts, extract_leads, extract_persons
from features.importing.mapping.mapping import Mapping
from features.importing.open_files import gather
from features.importing.plan import plan_import
from features.importing.promised import empty_tables
from features.importing.reasons import common_reasons
from features.importing.rejects import write_rejects
from features.importing.report import FileReport, ImportReport, TableCount, sum_tables
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
    dry_run: bool = False,
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
    dry_run : bool
        Whether only to tell what would be stored.
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
    files = store_intakes(store, intakes, dry_run=dry_run, on_step=on_step)
    listed = 0 if rejects_file is None else write_rejects(intakes, rejects_file)
    return ImportReport(
        files=files,
        joined=tuple(sorted({path.name for path in plan.joined})),
        unmatched=tuple(path.name for path in plan.unmatched),
        rejects_file=rejects_file if listed else None,
        reasons=common_reasons(intakes),
        dry_run=dry_run,
        notes=tuple(
            dict.fromkeys(note for item in intakes for note in (*item.cells.notes, *item.notes))
        ),
        empty=empty_tables(
            store,
            (entry for _, entry in plan.entries),
            sum_tables([count for file in files for count in file.tables]),
        ),
    )


def store_intakes(
    store: Store,
    intakes: list[Intake],
    *,
    dry_run: bool = False,
    on_step: Progress = ignore_progress,
) -> tuple[FileReport, ...]:
    """Check rows against each other and what is stored, and store those that fit.

    Gives one report for each sheet, over all entries of the mapping that read it.

    Parameters
    ----------
    store : Store
    intakes : list of Intake
        Changed: what is rejected is marked there.
    dry_run : bool
        Whether only to tell what would be stored.
    on_step : callable, optional
    """
    on_step("check rows", 0, 1)
    match_known_keys(intakes, store)
    for intake in intakes:
        _extract(intake)
    check_together(intakes, store)
    on_step("check rows", 1, 1)
    counts = store_batches(store, intakes, on_step=on_step, keep=not dry_run)
    by_sheet: dict[int, list[int]] = {}
    for at, intake in enumerate(intakes):
        by_sheet.setdefault(id(intake.sheet), []).append(at)
    return tuple(
        _report([intakes[at] for at in places], [row for at in places for row in counts[at]])
        for places in by_sheet.values()
    )


def _extract(intake: Intake) -> None:
    extract_leads(intake)
    extract_persons(intake)
    extract_facts(intake)
    extract_events(intake)
    extract_outcomes(intake)
    extract_hand_overs(intake)


def _report(intakes: list[Intake], counts: list[TableCount]) -> FileReport:
    """What became of one file, which several entries of the mapping may have read."""
    sheet = intakes[0].sheet
    wanted, kept = np.zeros(sheet.n_rows, bool), np.zeros(sheet.n_rows, bool)
    for intake in intakes:
        wanted |= intake.wanted
        kept |= intake.wanted & ~intake.rejected
    return FileReport(
        file=sheet.file,
        rows=sheet.n_rows + len(sheet.malformed),
        skipped=int((~wanted).sum()),
        rejected=int((wanted & ~kept).sum()) + len(sheet.malformed),
        parts_left_out=sum(_n_left_out(intake, kept) for intake in intakes),
        footer_rows=sheet.n_footer_rows,
        tables=sum_tables(counts),
    )


def _n_left_out(intake: Intake, kept: BoolArray) -> int:
    """Rows that one entry rejected and another kept, and parts of rows rejected alone."""
    alone = sum(
        int((batch.rejected & ~intake.rejected[batch.origin]).sum()) for batch in intake.batches
    )
    return alone + int((intake.wanted & intake.rejected & kept).sum())
