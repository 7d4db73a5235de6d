"""``awase notebooks``: copies of the notebooks that Jupyter opens, from wherever Awase lies."""

from pathlib import Path
from typing import Annotated

import typer

from features.core.errors import LeadDataError
from serving.cli.output.console import say

SHIPPED = Path(__file__).parents[3] / "notebooks"
"""Beside the floors, in the repository as in an installed wheel."""

app = typer.Typer(add_completion=False)


@app.command()
def notebooks(
    folder: Annotated[
        Path, typer.Argument(help="Folder for them, made if need be.", metavar="DIR")
    ] = Path("notebooks"),
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
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(SHIPPED.glob("*.py")):
        copy = folder / f"{source.stem}.ipynb"
        kept = copy.exists()
        if not kept:
            jupytext.write(jupytext.read(source), copy)
        say(f"  {copy}{' (kept as it is)' if kept else ''}")
    say("\nThey read the workspace of AWASE_WORKSPACE, or demo-workspace beside their folder.")
    say(f"Open them: jupyter lab {folder}")
