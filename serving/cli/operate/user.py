"""``awase user``: accounts of the people who work in the pages."""

import getpass
import sys
from typing import Annotated

import typer

from features.core.errors import LeadDataError
from features.core.formats import UNDEFINED
from serving.cli.options import JsonOption, WorkspaceOption
from serving.cli.output.console import as_json, say, table
from serving.ledger.access.users import Role, disable_user, list_users
from serving.web.sign_in.passwords import make_user, unlock
from serving.workspace.workspace import Workspace

app = typer.Typer(
    help="Accounts of the people who work in the pages.", no_args_is_help=True, add_completion=False
)

ROLES = ("sales", "marketing", "data_science", "admin")
"""Roles by name; a test holds them against the store's."""


@app.command("add")
def add(
    login: Annotated[str, typer.Argument(help="What the person types to sign in.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")],
    name: Annotated[str | None, typer.Option(help="Name to show.")] = None,
    team: Annotated[
        str | None, typer.Option(help="Team whose leads a member of sales sees; all unless given.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Make an account; the password is asked for, never given on the command line."""

    if role not in ROLES:
        msg = f"--role must be one of {', '.join(ROLES)}; got {role}. Name one of them."
        raise LeadDataError(msg)
    store = Workspace.at(workspace).store()
    password = sys.stdin.readline().rstrip("\n") if password_stdin else _ask_password()
    made = make_user(store, login, password, name=name or login, role=Role(role), team=team)
    say(f"{made.login} may sign in as {made.role}.")


@app.command("list")
def list_(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """List all accounts."""

    rows = [
        {
            "login": user.login,
            "name": user.name,
            "role": user.role.value,
            "team": user.team,
            "state": "disabled" if user.disabled_at is not None else "open",
        }
        for user in list_users(Workspace.at(workspace).store())
    ]
    if json:
        as_json(rows)
        return
    columns = ("login", "name", "role", "team", "state")
    table(columns, [tuple(row[column] or UNDEFINED for column in columns) for row in rows])


@app.command("disable")
def disable(
    login: Annotated[str, typer.Argument(help="Login of the account.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Close an account and end its sessions at once."""

    disable_user(Workspace.at(workspace).store(), login, by=getpass.getuser())
    say(f"{login} can no longer sign in.")


@app.command("unlock")
def unlock_(
    login: Annotated[str, typer.Argument(help="Login of the account.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Let somebody sign in again at once after too many wrong passwords."""

    unlock(Workspace.at(workspace).store(), login, by=getpass.getuser())
    say(f"{login} may try again.")


def _ask_password() -> str:
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        msg = "the password must be typed twice alike; got two different ones. Try again."
        raise LeadDataError(msg)
    return password
