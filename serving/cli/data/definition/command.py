"""``awase definition``, whose commands are imported when they are called."""

import typer

from serving.cli.commands import DefinitionCommands

app = typer.Typer(
    cls=DefinitionCommands,
    help="Show, diff, adopt, export, go back.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def definition() -> None:
    """Take a command's name before anything of that command is imported."""
