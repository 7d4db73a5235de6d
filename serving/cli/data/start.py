"""``awase start``: from raw files to a first release, or to what is missing for one."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from features.core.atomic_folder import write_whole_file
from features.core.errors import LeadDataError, Refusal
from features.importing import read_mapping
from features.importing.proposal.propose import Proposal, propose
from features.importing.proposal.read_raw import RawFiles, read_raw
from features.importing.proposal.whats_new import whats_new
from serving.cli.data.import_files import run_import, show_import
from serving.cli.data.start_questions import ask_all, take_defaults
from serving.cli.data.start_screen import FirstRun, show_first_run, show_understood
from serving.cli.model.retrain import run_retrain
from serving.cli.options import WorkspaceOption
from serving.cli.output.console import heading, say, steps
from serving.decisions.inspect.check_workspace import check_workspace
from serving.decisions.score_leads import score_leads
from serving.workspace.workspace import DEFINITION_FILE, Workspace, create_workspace
from training.retrain import raise_refusal

MAPPING_FILE = "import.yaml"

app = typer.Typer(add_completion=False)


@app.command()
def start(
    files: Annotated[
        list[Path], typer.Argument(help="Raw exports, or folders of them.", metavar="FILE...")
    ],
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: take every proposed answer.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Understand raw files, propose agreement and mapping, and make a first release of them."""

    folder = workspace or Path()
    raw = read_raw(files)
    for fault in raw.faults:
        say(f"  not used: {fault}")
    if (folder / MAPPING_FILE).is_file() and (folder / DEFINITION_FILE).is_file():
        place = Workspace.at(folder)
        _show_news(place, raw)
    else:
        place = _propose(folder, raw, asks=not yes and sys.stdin.isatty())
    _run(place, files)


def _propose(folder: Path, raw: RawFiles, *, asks: bool) -> Workspace:
    """Understand the files, ask what is not sure, and write both files of a new workspace."""
    if (folder / DEFINITION_FILE).exists():
        msg = (
            f"a start needs a folder without a {DEFINITION_FILE}, or one with {MAPPING_FILE} "
            f"beside it; got {folder}. Name another with --workspace, or import with "
            "`awase import --mapping`."
        )
        raise LeadDataError(msg)
    understood = take_defaults(raw.files)
    show_understood(understood)
    answered = ask_all(raw.files, understood) if asks else None
    proposal = propose(understood) if answered is None else answered.propose()
    place = _write(folder, proposal)
    if not asks:
        say("  nothing was asked: every proposed answer is taken; NOT SURE marks the doubtful ones")
    return place


def _write(folder: Path, proposal: Proposal) -> Workspace:
    with TemporaryDirectory() as temporary:
        written = Path(temporary) / DEFINITION_FILE
        write_whole_file(written, proposal.definition_text.encode())
        place = create_workspace(folder, written)
    write_whole_file(place.folder / MAPPING_FILE, proposal.mapping_text.encode())
    return place


def _show_news(place: Workspace, raw: RawFiles) -> None:
    """Say what the files hold that the workspace's mapping does not know; change nothing."""
    path = place.folder / MAPPING_FILE
    text = path.read_text(encoding="utf-8")
    heading(f"{path} and {DEFINITION_FILE} are kept as they are")
    news = whats_new(raw.files, read_mapping(path, place.to_learn().definition), text)
    for sentence in news or ("Nothing is new in these files: columns and values are known.",):
        say(f"  {sentence}")


def _run(place: Workspace, files: list[Path]) -> None:
    """Import, check, retrain and score; end with one screen."""
    heading("Import")
    report = run_import(place, files, mapping=place.folder / MAPPING_FILE)
    show_import(report, place.to_learn().definition.zone)
    report.refuse_empty()
    definition = place.to_learn().definition
    checked = check_workspace(place.store(), definition)
    release, refusal = _retrain(place)
    scored = score_leads(place, None, hand_over=False)
    show_first_run(
        FirstRun(
            place=place,
            definition=definition,
            check=checked,
            release=release,
            refusal=refusal,
            scored=scored,
        )
    )


def _retrain(place: Workspace) -> tuple[str | None, str]:
    """The release in use afterwards, and why a new one was refused."""
    try:
        with steps() as step:
            report = run_retrain(place, None, step)
        raise_refusal(report)
    except Refusal as error:
        return None, str(error)
    return report.release_id, ""
