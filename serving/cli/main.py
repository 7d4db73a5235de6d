"""The ``awase`` command: what each exit code means, and errors in one sentence.

Exit codes: 0 done, 1 bad input, 2 wrong usage, 3 refused (with the reason), 4 another run holds
the lock. An error of ours, of the database, the disk or the memory, and Ctrl-C, ends in one
sentence with the next step; anything else is a defect and keeps its traceback.
"""

import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from features.core.errors import AwaseError
from serving.cli.allocators import give_freed_memory_back, look_for_cycles_seldom
from serving.cli.commands import LazyCommands
from serving.cli.output.console import err, say
from serving.cli.output.plain_letters import write_anywhere
from serving.cli.trouble import heed_every_interrupt

app = typer.Typer(
    cls=LazyCommands,
    name="awase",
    help="One calibrated definition of a qualified lead, agreed by marketing and sales.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        say(f"awase {version('awase')}")
        raise typer.Exit


@app.callback()
def awase(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say which one this is.", callback=_tell_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Take a command's name before anything of that command is imported."""


def main() -> None:
    """Run the command line and exit with its code."""
    # MLflow may not call home, and says nothing about its own start-up.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # LightGBM's threads otherwise spin while they wait for each other: with one other process on
    # two cores a booster took 7.3 s, asleep while waiting 0.6 s. Must be set before OpenMP loads.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    give_freed_memory_back()
    look_for_cycles_seldom()
    heed_every_interrupt()
    write_anywhere()
    try:
        app()
    except AwaseError as error:
        err.print(str(error), markup=False, style="red")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if "libgomp" not in str(error):
            raise
        err.print(
            "LightGBM needs the system library libgomp; it is not installed. Install it with "
            "`apt-get install libgomp1` (Debian, Ubuntu) or `dnf install libgomp` (Fedora).",
            markup=False,
        )
        sys.exit(1)
