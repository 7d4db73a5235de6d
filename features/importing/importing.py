"""Files in: read, mapped, checked together, stored in one transaction, counted."""

from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from features.definition import LeadDefinition
from features.errors import LeadDataError
from features.importing.cells import Cells, join_cells, make_cells
from features.importing.checks import check_together
from features.importing.extract_events import extract_events, extract_hand_overs, extract_outcomes
from features.importing.extract_leads import extract_facts, extract_leads, extract_persons
from features.importing.intake import Intake
from features.importing.mapping import FileEntry, Mapping
from features.importing.mapping_columns import missing_columns
from features.importing.read_file import read_file
from features.importing.rejects import write_rejects
from features.importing.report import FileReport, ImportReport, TableCount
from features.importing.sheet import Sheet
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
    plan = _plan(paths, mapping)
    intakes = [
        Intake(sheet, entry, cells=cells, mapping=mapping, definition=definition)
        for sheet, entry, cells in _read_all(plan, mapping)
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


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """Which file is read by which entry."""

    entries: tuple[tuple[Path, FileEntry], ...]
    joined: tuple[Path, ...]
    unmatched: tuple[Path, ...]


def _plan(paths: list[Path], mapping: Mapping) -> _Plan:
    files = [file for path in paths for file in _expand(path)]
    entries, rest = [], []
    for file in files:
        entry = next((item for item in mapping.files if _fits(file, item.match)), None)
        if entry is None:
            rest.append(file)
        else:
            entries.append((file, entry))
    if not entries:
        patterns = ", ".join(pattern for item in mapping.files for pattern in item.match)
        msg = (
            f"an import needs a file named as the mapping says ({patterns}); "
            f"got {len(files)} others. Give such a file or mend `match`."
        )
        raise LeadDataError(msg)
    joins = tuple(join.file for _, entry in entries for join in entry.joins)
    return _Plan(
        entries=tuple(entries),
        joined=tuple(file for file in files if _fits(file, joins)),
        unmatched=tuple(file for file in rest if not _fits(file, joins)),
    )


def _expand(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.is_file())


def _fits(file: Path, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(file.name, pattern) for pattern in patterns)


def _read_all(plan: _Plan, mapping: Mapping) -> list[tuple[Sheet, FileEntry, Cells]]:
    read = []
    missing = []
    for path, entry in plan.entries:
        sheet = read_file(
            path, encoding=entry.encoding, delimiter=entry.delimiter, sheet=entry.sheet
        )
        cells = make_cells(sheet, (*mapping.blank, *entry.blank))
        for join in entry.joins:
            others = [file for file in plan.joined if fnmatch(file.name, join.file)]
            if len(others) != 1:
                msg = (
                    f"{path.name} is joined with one file named {join.file}; "
                    f"got {len(others)}. Give exactly one."
                )
                raise LeadDataError(msg)
            other = read_file(others[0], encoding=join.encoding, sheet=join.sheet)
            lacking = [name for name in (join.key,) if name not in other.columns]
            lacking_here = [name for name in (join.on.column,) if name not in cells.columns]
            missing += [(other, name) for name in lacking] + [(sheet, n) for n in lacking_here]
            if not lacking and not lacking_here:
                blanks = (*mapping.blank, *entry.blank)
                cells = join_cells(cells, join, make_cells(other, blanks), other.file)
        missing += [(sheet, name) for name in missing_columns(entry, cells.columns)]
        read.append((sheet, entry, cells))
    _refuse(missing)
    return read


def _refuse(missing: list[tuple[Sheet, str]]) -> None:
    if not missing:
        return
    files = {sheet.file: sheet for sheet, _ in missing}
    lines = []
    for name, sheet in files.items():
        lacking = ", ".join(dict.fromkeys(repr(c) for s, c in missing if s.file == name))
        present = ", ".join(sheet.columns)
        lines.append(f"{name} must have the columns {lacking}; got {present}.")
    lines.append("Nothing was stored. Mend the mapping or export the file again.")
    raise LeadDataError("\n".join(lines))


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
        tables=tuple(counts),
    )
