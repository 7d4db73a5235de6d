"""``awase release``, whose commands are imported when they are called."""

import typer

from serving.cli.commands import ReleaseCommands

app = typer.Typer(
    cls=ReleaseCommands,
    help="List, show, compare, promote, roll back.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def release() -> None:
    """Take a command's name before anything of that command is imported."""
