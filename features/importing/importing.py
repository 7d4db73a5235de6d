"""Files in: read, mapped, checked together, stored in one transaction, counted."""

from pathlib import Path

from features.definition import LeadDefinition
from features.importing.checks import check_together
from features.importing.extract_events import extract_events, extract_hand_overs, extract_outcomes
from features.importing.extract_leads import extract_facts, extract_leads, extract_persons
from features.importing.gather import gather
from features.importing.intake import Intake
from features.importing.mapping import Mapping
from features.importing.plan import plan_import
from features.importing.rejects import write_rejects
from features.importing.report import FileReport, ImportReport, TableCount
from features.importing.storing import store_batches
from features.store import Store


def import_files(
    store: Store,
    paths: list[Path],
    *,
    mapping: Mapping,
    definition: LeadDefinition,
    rejects_file: Path | None = None,
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

    Raises
    ------
    LeadDataError
        If a file cannot be what the mapping says it is; nothing is stored then.
    """
    plan = plan_import(paths, mapping)
    intakes = [
        Intake(sheet, entry, cells=cells, mapping=mapping, definition=definition)
        for sheet, entry, cells in gather(plan, mapping)
    ]
    for intake in intakes:
        extract_leads(intake)
        extract_persons(intake)
        extract_facts(intake)
        extract_events(intake)
        extract_outcomes(intake)
        extract_hand_overs(intake)
    check_together(intakes, store)
    counts = store_batches(store, intakes)
    listed = 0 if rejects_file is None else write_rejects(intakes, rejects_file)
    return ImportReport(
        files=tuple(
            _report(intake, tables) for intake, tables in zip(intakes, counts, strict=True)
        ),
        joined=tuple(sorted({path.name for path in plan.joined})),
        unmatched=tuple(path.name for path in plan.unmatched),
        rejects_file=rejects_file if listed else None,
    )


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
