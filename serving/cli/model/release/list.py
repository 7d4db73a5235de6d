"""``awase release list``: which releases there are."""

from datetime import UTC

import typer

from features.core.formats import local_minute, number
from serving.cli.options import JsonOption, WorkspaceOption
from serving.cli.output.console import as_json, say, table
from serving.workspace.folder import WorkspaceFolder
from training.promotion.release_list import list_releases

app = typer.Typer(add_completion=False)


@app.command("list")
def list_(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """List all releases, newest first."""

    lines = list_releases(WorkspaceFolder.at(workspace).store())
    if json:
        as_json(
            [
                {
                    "release_id": line.release_id,
                    "made_at": line.made_at,
                    "data_cutoff": line.data_cutoff,
                    "passed_gate": line.passed_gate,
                    "is_champion": line.is_champion,
                }
                for line in lines
            ]
        )
        return
    if not lines:
        say("There is no release yet. Make one with `awase retrain`.")
        return
    rows = [
        (
            line.release_id,
            local_minute(line.made_at, UTC).en,
            "passed" if line.passed_gate else "refused",
            number(line.log_loss).en,
            "champion" if line.is_champion else "",
        )
        for line in lines
    ]
    table(("release", "made (UTC)", "gate", "log loss (95% interval)", ""), rows)
