"""``awase start``: from raw files to a first release, or to what is missing for one."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from features.core.atomic_folder import write_whole_file
from features.core.errors import LeadDataError, Refusal
from features.core.memory import give_back
from features.crms import CRMS
from features.importing.mapping.mapping_file import read_mapping
from features.importing.object_store import files_here
from features.importing.proposal.read_raw import RawFiles, read_raw
from features.importing.proposal.whats_new import refuse_mixed_up, whats_new
from features.importing.proposal.writing.propose import propose
from serving.cli.data.import_files import run_import, show_import
from serving.cli.model.retrain import run_retrain
from serving.cli.options import WorkspaceOption
from serving.cli.output.console import heading, say, steps
from serving.cli.output.understood import show_understood
from serving.cli.start.from_connector import propose_by_presets
from serving.cli.start.from_crm import propose_from_crm, pull_again
from serving.cli.start.in_browser import in_browser
from serving.cli.start.questions import ask_all, take_defaults
from serving.cli.start.screen import (
    MAPPING_FILE,
    FirstRun,
    show_first_run,
)
from serving.crm.connector import Vendor
from serving.crm.registry import find_vendor, known_exports
from serving.decisions.inspect.check_workspace import check_workspace
from serving.decisions.score_leads import NoOpenLeads, score_leads
from serving.workspace.create import create_workspace
from serving.workspace.folder import DEFINITION_FILE
from serving.workspace.workspace import Workspace
from training.promotion.next_step import raise_refusal

app = typer.Typer(add_completion=False)


@app.command()
def start(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Raw exports, or folders of them, here or at s3:// and gs://; "
            f"or a CRM: {', '.join(CRMS)}.",
            metavar="FILE...",
        ),
    ],
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: take every proposed answer.")
    ] = False,
    browser: Annotated[
        bool, typer.Option("--browser", help="Show and correct the proposal in the browser.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Understand raw files or a CRM, propose agreement and mapping, and make a first release."""

    folder = workspace or Path()
    asks = not yes and sys.stdin.isatty()
    if len(files) == 1 and str(files[0]) in CRMS and not files[0].exists():
        _start_from_crm(folder, find_vendor(str(files[0])), asks=asks)
        return
    with files_here(files) as here:
        _start_from_files(folder, here, asks=asks, browser=browser)


def _start_from_files(folder: Path, files: list[Path], *, asks: bool, browser: bool) -> None:
    if (folder / MAPPING_FILE).is_file() and (folder / DEFINITION_FILE).is_file():
        place = _show_news(folder, files)
    else:
        raw = _read(files)
        _refuse_other(folder, MAPPING_FILE)
        known = propose_by_presets(files, raw.files, asks=asks)
        if known is not None:
            if browser:
                say("  no page opens: these tables are joined as the CRM keeps them")
            place = _write(folder, known.definition_text, (MAPPING_FILE, known.mapping_text))
        elif browser:
            _choose_in_browser(folder, files, raw)
            return
        else:
            place = _propose(folder, raw, asks=asks)
        del raw
    give_back()  # what was read, before the import needs as much again
    _run(place, files)


def _read(files: list[Path]) -> RawFiles:
    """Read the files; say what of them is not used."""
    raw = read_raw(files)
    for fault in raw.faults:
        say(f"  not used: {fault}")
    for note in raw.notes:
        say(f"  {note}")
    return raw


def _start_from_crm(folder: Path, vendor: Vendor, *, asks: bool) -> None:
    """Propose both files from what the CRM says of its fields, pull, and make a first release."""
    mapping = folder / vendor.mapping_file
    if mapping.is_file() and (folder / DEFINITION_FILE).is_file():
        place = Workspace.at(folder)
        heading(f"{mapping} and {DEFINITION_FILE} are kept as they are")
        pull_again(place, vendor)
    else:
        _refuse_other(folder, vendor.mapping_file)
        proposal = propose_from_crm(folder, vendor, asks=asks)
        place = _write(
            folder, proposal.definition_text, (vendor.mapping_file, proposal.mapping_text)
        )
    _finish(place, place.folder / vendor.mapping_file)


def _refuse_other(folder: Path, mapping_file: str) -> None:
    if (folder / DEFINITION_FILE).exists():
        msg = (
            f"a start needs a folder without a {DEFINITION_FILE}, or one with {mapping_file} "
            f"beside it; got {folder}. Name another with --workspace, or import with "
            "`awase import --mapping`."
        )
        raise LeadDataError(msg)


def _propose(folder: Path, raw: RawFiles, *, asks: bool) -> Workspace:
    """Understand the files, ask what is not sure, and write both files of a new workspace."""
    understood = take_defaults(raw.files)
    show_understood(understood, known_exports())
    answered = ask_all(raw.files, understood) if asks else None
    proposal = propose(understood) if answered is None else answered.propose()
    place = _write(folder, proposal.definition_text, (MAPPING_FILE, proposal.mapping_text))
    if not asks:
        say("  nothing was asked: every proposed answer is taken; NOT SURE marks the doubtful ones")
    return place


def _choose_in_browser(folder: Path, files: list[Path], raw: RawFiles) -> None:
    """Let people correct the proposal on a page, and show there how the start ended."""
    understood = take_defaults(raw.files)
    show_understood(understood, known_exports())
    with in_browser(raw.files, understood) as page:
        proposal = page.wait()
        place = _write(folder, proposal.definition_text, (MAPPING_FILE, proposal.mapping_text))
        page.show(_run(place, files))


def _write(folder: Path, definition_text: str, mapping: tuple[str, str]) -> Workspace:
    """Make the workspace; ``mapping`` is the name and the text of its mapping file."""
    with TemporaryDirectory() as temporary:
        written = Path(temporary) / DEFINITION_FILE
        write_whole_file(written, definition_text.encode())
        place = create_workspace(folder, written)
    write_whole_file(place.folder / mapping[0], mapping[1].encode())
    return place


def _show_news(folder: Path, files: list[Path]) -> Workspace:
    """Say what the files hold that the workspace's mapping does not know; change nothing."""
    raw, place = _read(files), Workspace.at(folder)
    path = place.folder / MAPPING_FILE
    text = path.read_text(encoding="utf-8")
    mapping = read_mapping(path, place.to_learn().definition)
    refuse_mixed_up(raw.files, mapping)
    heading(f"{path} and {DEFINITION_FILE} are kept as they are")
    news = whats_new(raw.files, mapping, text)
    for sentence in news or ("Nothing is new in these files: columns and values are known.",):
        say(f"  {sentence}")
    return place


def _run(place: Workspace, files: list[Path]) -> FirstRun:
    """Import, then check, retrain and score."""
    heading("Import")
    report = run_import(place, files, mapping=place.folder / MAPPING_FILE)
    show_import(report, place.to_learn().definition.zone)
    report.refuse_empty()
    give_back()
    return _finish(place, place.folder / MAPPING_FILE)


def _finish(place: Workspace, mapping: Path) -> FirstRun:
    """Check, retrain and score; end with one screen."""
    definition = place.to_learn().definition
    checked = check_workspace(place.store(), definition)
    give_back()
    release, refused = _retrain(place)
    give_back()
    try:
        scored = score_leads(place, None, hand_over=False)
    except NoOpenLeads:
        scored = None
    run = FirstRun(
        place=place,
        definition=definition,
        check=checked,
        release=release,
        refused=refused,
        scored=scored,
        mapping=mapping,
    )
    show_first_run(run)
    return run


def _retrain(place: Workspace) -> tuple[str | None, Refusal | None]:
    """The release in use afterwards, and why a new one was refused."""
    try:
        with steps() as step:
            report = run_retrain(place, None, step)
        raise_refusal(report)
    except Refusal as error:
        return None, error
    return report.release_id, None
