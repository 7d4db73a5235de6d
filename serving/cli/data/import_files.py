"""``awase import``: files into the tables; what cannot be read goes to a rejects file."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from features.core.atomic_folder import write_whole_file
from features.core.errors import LeadDataError
from features.core.formats import count
from features.importing.import_files import Importer
from features.importing.mapping.mapping_file import read_mapping
from features.importing.object_store import with_files_here
from features.importing.presets.entries import PresetEntry
from features.importing.proposal.writing.propose_mapping import propose_mapping
from features.importing.reporting.report import ImportReport
from features.store.runs import running
from serving.cli.agreement import open_workspace
from serving.cli.options import JsonOption, WorkspaceOption, ends_in
from serving.cli.output.console import as_json, err, heading, say, steps, table
from serving.cli.output.data_clock import show_future
from serving.cli.output.understood import show_understood
from serving.crm.registry import known_exports
from serving.ledger.leads.lead_state import refresh_standings
from serving.ledger.leads.merge import merge_leads
from serving.workspace.workspace import Workspace

app = typer.Typer(add_completion=False)


@app.command(name="import")
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Files, or folders of files, here or at s3:// and gs://.", metavar="FILE..."
        ),
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(
            help="Mapping that says which column is which.",
            show_default="proposed from headers and values",
        ),
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option(
            help="CSV for what was rejected.",
            show_default="reports/rejects.csv in the workspace",
            callback=ends_in(".csv"),
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be stored and rejected.")
    ] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Store what the files hold; importing the same file twice changes nothing."""

    place = open_workspace(workspace)
    report = (
        try_import(place, files, mapping)
        if dry_run
        else run_import(place, files, mapping=mapping, rejects=rejects)
    )
    if json:
        as_json(report)
    else:
        show_import(report, place.to_learn().definition.zone)
    report.refuse_empty()


@with_files_here("files")
def run_import(
    place: Workspace, files: list[Path], *, mapping: Path | None, rejects: Path | None = None
) -> ImportReport:
    """Import files into a workspace while no other run is at work on it.

    Parameters
    ----------
    place : Workspace
    files : list of path
        CSV or Excel files.
    mapping : path or None
        YAML file that says which column is what; None proposes it from the headers.
    rejects : path, optional
        Where rejected values are listed; ``rejects.csv`` in the reports unless given.
    """

    importer, store = _importer(place, files, mapping), place.store()
    with steps() as step, running(store, "import"), _room_for_copies(place) as copies_in:
        importer = replace(importer, copies_in=copies_in)
        rejects_file = rejects or place.report_path("rejects.csv")
        report = importer.run(store, files, rejects_file=rejects_file, on_step=step)
        for other, kept in report.merged:
            merge_leads(store, kept, (other,), by="import")
        # Pages know a lead by where it stands, scored or not.
        refresh_standings(store, place.definition())
    return report


@contextmanager
def _room_for_copies(place: Workspace) -> Iterator[Path]:
    """A folder of the run that is under way; what a killed one left there is removed."""
    folder = place.copies_path
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@with_files_here("files")
def try_import(place: Workspace, files: list[Path], mapping: Path | None) -> ImportReport:
    """Report what an import would store and reject; the workspace stays as it is.

    Parameters
    ----------
    place : Workspace
    files : list of path
        CSV or Excel files.
    mapping : path or None
        As :func:`run_import` takes it.
    """
    importer = _importer(place, files, mapping)
    with steps() as step:
        return importer.preview(place.store(), files, on_step=step)


def _importer(place: Workspace, files: list[Path], mapping: Path | None) -> Importer:
    definition = place.to_learn().definition
    return Importer(
        mapping=read_mapping(mapping or _propose(place, files), definition),
        definition=definition,
        slice_mb=place.import_slice_mb,
    )


def _propose(place: Workspace, files: list[Path]) -> Path:
    """A mapping of the files, written where a person can read and correct it.

    Raises
    ------
    LeadDataError
        If a person should look at it before anything is stored.
    """
    kinds = known_exports()
    proposal = propose_mapping(files, place.to_learn().definition, exports=kinds)
    path = place.report_path("proposed_import.yaml")
    write_whole_file(path, proposal.text.encode())
    for file in proposal.presets:
        err.print(f"  {file.sheet.file}: {_taken_for(file)}", markup=False)
    if proposal.understanding is not None:
        show_understood(proposal.understanding, kinds)
    err.print(f"  mapping proposed from the files: {path}", markup=False)
    if proposal.doubt is not None:
        msg = (
            f"files without a mapping must say clearly what they hold; got a guess: "
            f"{proposal.doubt}. Look at {path}, then give it with --mapping."
        )
        raise LeadDataError(msg)
    return path


def _taken_for(file: PresetEntry) -> str:
    if file.kind is None:
        return "not recognised by its headers"
    used = file.entry is not None
    use = "used" if used else "joined to others" if file.joined else "not used"
    left_out = f"; left out: {', '.join(file.left_out)}" if used and file.left_out else ""
    return f"{file.kind}, {use}{left_out}"


def show_import(report: ImportReport, zone: ZoneInfo) -> None:
    """Print what became of the rows, per table, which lie ahead, and where rejected ones are."""
    rows = [
        (t.table, count(t.read).en, count(t.stored).en, count(t.unchanged).en, count(t.rejected).en)
        for t in report.tables
    ]
    stored = "= would be stored" if report.dry_run else "= stored"
    table(("table", "read", stored, "+ unchanged", "+ rejected"), rows)
    if forgotten := sum(t.forgotten for t in report.tables):
        say(f"  {count(forgotten).en} rows of forgotten leads were not stored again")
    show_future(report.future, zone)
    for note in report.notes:
        say(f"  {note}")
    for name in report.unmatched:
        say(f"  skipped: {name} (no entry of the mapping matches its name)")
    _show_reasons(report)
    if report.dry_run:
        say("  nothing was stored: leave out --dry-run to store it")
    if report.rejects_file is not None:
        say(
            f"  rejected values, each with file, line, column, value and reason: "
            f"{report.rejects_file}"
        )


def _show_reasons(report: "ImportReport") -> None:
    if not report.reasons:
        return
    heading("Rejected, the commonest reasons")
    for found in report.reasons:
        where = f", {found.column!r}" if found.column else ""
        say(f"  {count(found.count).en} in {found.file}{where}: {found.reason}")
        say(f"    line {found.line}: {found.value!r}")
        say(f"    {found.remedy}")
