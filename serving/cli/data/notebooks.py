"""``awase notebooks``: copies of the notebooks that Jupyter opens, from wherever Awase lies."""

from pathlib import Path
from typing import Annotated

import typer

from features.core.errors import LeadDataError
from serving.cli.output.console import say
from serving.workspace.workspace import Workspace

SHIPPED = Path(__file__).parents[3] / "notebooks"
"""Beside the floors, in the repository as in an installed wheel."""

READ = 'os.environ.get("AWASE_WORKSPACE", "../demo-workspace")'
"""How the notebooks name the workspace that they read."""

app = typer.Typer(add_completion=False)


@app.command()
def notebooks(
    folder: Annotated[
        Path, typer.Argument(help="Folder for them, made if need be.", metavar="DIR")
    ] = Path("notebooks"),
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace",
            "-w",
            help="Folder of the workspace that they read.",
            envvar="AWASE_WORKSPACE",
            show_default="demo-workspace beside their folder",
            file_okay=False,
        ),
    ] = None,
) -> None:
    """Lay down the notebooks as files that Jupyter opens; a copy that is there is kept."""

    try:
        # Of the extra, and slow to import.
        import jupytext
    except ImportError as error:
        msg = (
            "notebooks need Jupyter; got a Python without it. Install it: "
            "pip install 'awase[notebooks]'."
        )
        raise LeadDataError(msg) from error
    place = None if workspace is None else Workspace.at(workspace).folder
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(SHIPPED.glob("*.py")):
        copy = folder / f"{source.stem}.ipynb"
        kept = copy.exists()
        if not kept:
            text = source.read_text(encoding="utf-8")
            if place is not None:
                text = text.replace(READ, repr(str(place)))
            jupytext.write(jupytext.reads(text, fmt="py:percent"), copy)
        say(f"  {copy}{' (kept as it is)' if kept else ''}")
    read = place or "the workspace of AWASE_WORKSPACE, or demo-workspace beside their folder"
    say(f"\nThey read {read}.")
    say(f"Open them: jupyter lab {folder}")
