"""``awase backup``: a workspace as one file."""

from pathlib import Path
from typing import Annotated

import typer

from features.core.formats import count, local_minute
from serving.cli.options import JsonOption, WorkspaceOption, ends_in
from serving.cli.output.console import as_json, say, steps
from serving.workspace.backup import Backup, make_backup
from serving.workspace.workspace import Workspace

app = typer.Typer(add_completion=False)

TOLD = ("lead", "event", "decision", "hand_over", "agreed_version", "release")
"""Tables whose rows are told of."""


@app.command()
def backup(
    file: Annotated[
        Path, typer.Argument(help="New file outside the workspace.", callback=ends_in(".zip"))
    ],
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Write a workspace into one file, database included; a server may go on working."""

    place = Workspace.at(workspace)
    with steps("No backup was written.") as step:
        made = make_backup(place, file, progress=step)
    if json:
        as_json(made)
        return
    say(f"Written to {file}: {file.stat().st_size / 1e6:,.1f} MB.")
    show_backup(made, place)


def show_backup(found: Backup, place: Workspace) -> None:
    """Say what a backup holds."""
    made = local_minute(found.made_at, place.definition().zone).en
    rows = ", ".join(f"{count(found.rows[name]).en} in {name}" for name in TOLD)
    say(f"  as of {made}, by Awase {found.awase}: {count(len(found.files)).en} files; rows: {rows}")
    if not found.with_mlflow:
        say("  without MLflow: it has a server of its own, or nothing was logged yet.")
    personal = "personal data and secrets" if found.has_secrets else "personal data"
    say(f"  It holds {personal}: keep it as you keep the workspace.")
