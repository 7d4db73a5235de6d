"""``awase restore``: a workspace made of a backup."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.data.backup import show_backup
from serving.cli.options import JsonOption, ends_in
from serving.cli.output.console import as_json, say, steps
from serving.workspace.backup import restore_backup
from serving.workspace.workspace import Workspace
from training.tracking.artifact_locations import settle_artifacts

app = typer.Typer(add_completion=False)


@app.command()
def restore(
    file: Annotated[
        Path, typer.Argument(help="File that awase backup wrote.", callback=ends_in(".zip"))
    ],
    folder: Annotated[Path, typer.Argument(help="Empty or new folder.", metavar="DIR")],
    database: Annotated[
        str | None,
        typer.Option(
            help="Empty database to fill, instead of SQLite in the folder.",
            envvar="AWASE_DATABASE_URL",
            show_envvar=True,
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Make a workspace of a backup, in an empty folder."""

    with steps("No workspace was made.") as step:
        found = restore_backup(file, folder, database_url=database, progress=step)
    place = Workspace.at(folder)
    if database is not None:
        place = replace(place, database_url=database)
    settle_artifacts(place.tracking_uri)
    if json:
        as_json(found)
        return
    say(f"Restored into {folder}.")
    show_backup(found, place)
    if database is not None:
        say("  Its rows are in the database you named: set AWASE_DATABASE_URL to it.")
    say("  What waits in its outbox is sent by `awase serve` and `awase deliver`, as before.")
