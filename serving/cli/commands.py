"""Which commands there are, and where each is found: nothing of a command is imported but its own.

Why a table and not imports: ``awase --help`` and a mistyped name must answer at once, and a command
that lists releases must not wait for what trains them. A test holds every sentence here against the
command's own.

To add a command: its file with an ``app``, and its line here.
"""

import importlib
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from serving.cli.trouble import told_as


@dataclass(frozen=True)
class CommandEntry:
    """A command that is not imported yet.

    Attributes
    ----------
    module : str
        File under this folder whose ``app`` it is.
    help : str
        What ``awase --help`` says of it.
    """

    module: str
    help: str


COMMANDS = {
    "demo": CommandEntry(
        "data.demo",
        "Simulate a company, import its exports, retrain, compare with the rulebook, score.",
    ),
    "start": CommandEntry(
        "start.command",
        "Understand raw files or a CRM, propose agreement and mapping, and make a first release.",
    ),
    "init": CommandEntry(
        "data.init", "Make a workspace: lead_definition.yaml, database, MLflow store."
    ),
    "import": CommandEntry(
        "data.import_files",
        "Store what the files hold; importing the same file twice changes nothing.",
    ),
    "crm": CommandEntry(
        "operate.crm",
        "HubSpot or Salesforce: leads in with honest times, qualification and reasons out.",
    ),
    "check": CommandEntry("data.check", "Say what the data can and cannot support."),
    "definition": CommandEntry("data.definition", "Show, diff, adopt, export, go back."),
    "retrain": CommandEntry(
        "model.retrain",
        "Train, calibrate, cut, compare with the rulebook; promote the release or refuse it.",
    ),
    "recalibrate": CommandEntry(
        "model.recalibrate",
        "Move the level of all probabilities, as a new release, if a test says that it is off.",
    ),
    "evaluate": CommandEntry(
        "model.evaluate",
        "Judge named leads by a fit that knew nothing of them, and say what became of them.",
    ),
    "backtest": CommandEntry(
        "model.backtest", "Score each past month by a fit on what had matured when it began."
    ),
    "trial": CommandEntry("model.trial", "Judges side by side, by lot: plan, status, end."),
    "monthly": CommandEntry(
        "monthly.command",
        "Import, check, retrain, score, review, digest: a month's work, resumed where it stopped.",
    ),
    "score": CommandEntry(
        "operate.score", "Decide about every open lead and write it to the ledger."
    ),
    "replay": CommandEntry(
        "model.replay", "Make a past decision again from what the ledger kept, and compare."
    ),
    "review": CommandEntry("operate.review", "Make the review of a month and write it as a file."),
    "explain": CommandEntry(
        "operate.explain",
        "Say why a lead qualifies or not, what to ask it next, and what moved since last time.",
    ),
    "rulebook": CommandEntry("model.rulebook", "Compare, propose, try."),
    "release": CommandEntry("model.release", "List, show, compare, promote, roll back."),
    "drift": CommandEntry(
        "model.drift", "Say what moved between what the champion learned from and the newest data."
    ),
    "serve": CommandEntry(
        "operate.serve", "Serve the pages, in Japanese and English, and the API under /v1."
    ),
    "user": CommandEntry("operate.user", "Accounts of the people who work in the pages."),
    "forget": CommandEntry(
        "data.forget", "Remove a person everywhere; anonymous counts stay. It cannot be undone."
    ),
    "backup": CommandEntry(
        "data.backup",
        "Write a workspace into one file, database included; a server may go on working.",
    ),
    "restore": CommandEntry("data.restore", "Make a workspace of a backup, in an empty folder."),
    "deliver": CommandEntry(
        "operate.deliver",
        "Send the messages that are due to webhook and CRM; `awase serve` does so by itself.",
    ),
    "digest": CommandEntry(
        "operate.digest",
        "Tell people by mail and chat what waits for them; once a day, however often it is called.",
    ),
    "outbox": CommandEntry("operate.outbox", "Messages to webhook and CRM: list, try again."),
    "key": CommandEntry("operate.key", "Keys of programs that call the API."),
}
"""By name, in the order of ``awase --help``."""


class LazyCommands(TyperGroup):
    """Commands known by name and sentence; the one that is called is imported."""

    def __init__(self, **options: Any) -> None:
        options["commands"] = {
            name: TyperCommand(name, help=entry.help) for name, entry in COMMANDS.items()
        }
        super().__init__(**options)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that was called, imported."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, found if name is None else load_command(name), rest

    def invoke(self, ctx: Any) -> Any:
        """Run a command; what is nobody's mistake in the code ends in a sentence."""
        try:
            return super().invoke(ctx)
        except (Exception, KeyboardInterrupt) as error:
            told = told_as(error)
            if told is None:
                raise
            raise told from None


def load_command(name: str) -> Any:
    """Import a command (or group of commands) by its name on the command line."""
    module = importlib.import_module(f"serving.cli.{COMMANDS[name].module}")
    command = typer.main.get_command(module.app)
    command.name = name
    return command
