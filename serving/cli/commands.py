"""Which commands there are, and where each is found: nothing of a command is imported but its own.

Why a table and not imports: ``awase --help`` and a mistyped name must answer at once, and a command
that lists releases must not wait for what trains them. A test holds every sentence here against the
command's own.

To add a command: its file with an ``app``, and its line here.
"""

import importlib
from dataclasses import dataclass
from itertools import takewhile
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from serving.cli.declared import load_declared
from serving.cli.output.console import only_trouble
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
        "A CRM: leads in with honest times, qualification and reasons out.",
    ),
    "check": CommandEntry("data.check", "Say what the data can and cannot support."),
    "definition": CommandEntry("data.definition.command", "Show, diff, adopt, export, go back."),
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
    "release": CommandEntry("model.release.command", "List, show, compare, promote, roll back."),
    "drift": CommandEntry(
        "model.drift", "Say what moved between what the champion learned from and the newest data."
    ),
    "notebooks": CommandEntry(
        "data.notebooks",
        "Lay down the notebooks as files that Jupyter opens; a copy that is there is kept.",
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


RELEASE = {
    "list": CommandEntry("model.release.list", "List all releases, newest first."),
    "show": CommandEntry(
        "model.release.show",
        "Show one release: what it was made from, how it did, when it was in use, its model card.",
    ),
    "diff": CommandEntry(
        "model.release.diff",
        "Show what differs between two releases, and what that means for the open leads.",
    ),
    "promote": CommandEntry(
        "model.release.choose", "Make a release the champion by a person's word."
    ),
    "rollback": CommandEntry(
        "model.release.choose", "Put the champion before this one back to work."
    ),
}
"""The same of ``awase release``: listing releases waits for nothing that scores leads."""


DEFINITION = {
    "show": CommandEntry(
        "data.definition.show",
        "Show a version: since when it holds, who agreed, and its rulebook in words.",
    ),
    "history": CommandEntry(
        "data.definition.versions",
        "List the newest versions: who agreed to what and why, and what changed.",
    ),
    "diff": CommandEntry(
        "data.definition.versions",
        "Show in words what differs between two versions, or between the newest and the file.",
    ),
    "adopt": CommandEntry(
        "data.definition.adopt", "Make the edited lead_definition.yaml the next version."
    ),
    "export": CommandEntry(
        "data.definition.versions",
        "Write a version into lead_definition.yaml, or into another file.",
    ),
    "revert": CommandEntry(
        "data.definition.adopt",
        "Go back to what an earlier version said, as a new version with its own reason.",
    ),
    "schema": CommandEntry(
        "data.definition.schema",
        "Print the JSON schema by which editors complete and check a definition or a mapping.",
    ),
}
"""The same of ``awase definition``: to show a version waits for nothing that applies one."""


def _add_quiet(command: Any) -> None:
    """Let a command, or every one of a group, be called by a timetable that mails what is said."""
    if isinstance(command, TyperGroup):
        for one in command.commands.values():
            _add_quiet(one)
    elif not any("--quiet" in parameter.opts for parameter in command.params):
        command.params += typer.main.get_command(_QUIET).params


def _be_quiet(ctx: typer.Context, asked: bool) -> None:
    if asked:
        ctx.with_resource(only_trouble())


_QUIET = typer.Typer(add_completion=False)


@_QUIET.command()
def _quiet(
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            help="Say nothing but what went wrong; for cron.",
            callback=_be_quiet,
            expose_value=False,
        ),
    ] = False,
) -> None:
    """A command that has but this option, which all others take from it."""


class LazyCommands(TyperGroup):
    """Commands known by name and sentence; the one that is called is imported."""

    entries = COMMANDS

    def __init__(self, **options: Any) -> None:
        options["commands"] = {
            name: TyperCommand(name, help=entry.help) for name, entry in self.entries.items()
        }
        super().__init__(**options)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that was called, imported; for its help, what it declares is enough."""
        name, found, rest = super().resolve_command(ctx, args)
        wants_help = not {*ctx.help_option_names}.isdisjoint(takewhile("--".__ne__, rest))
        return name, found if name is None else self.load(name, for_help=wants_help), rest

    @classmethod
    def load(cls, name: str, *, for_help: bool = False) -> Any:
        """Import a command (or group of commands) by its name on the command line."""
        load = load_declared if for_help else importlib.import_module
        module = load(f"serving.cli.{cls.entries[name].module}")
        command: Any = typer.main.get_command(module.app)
        if name in getattr(command, "commands", {}):
            command = command.commands[name]  # one of several of its file
        command.name = name
        _add_quiet(command)
        return command

    def invoke(self, ctx: Any) -> Any:
        """Run a command; what is nobody's mistake in the code ends in a sentence."""
        try:
            return super().invoke(ctx)
        except (Exception, KeyboardInterrupt) as error:
            told = told_as(error)
            if told is None:
                raise
            raise told from None


class ReleaseCommands(LazyCommands):
    """The commands of ``awase release``."""

    entries = RELEASE


class DefinitionCommands(LazyCommands):
    """The commands of ``awase definition``."""

    entries = DEFINITION
