"""``awase user``: accounts of the people who work in the pages."""

import getpass
import sys
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from features.core.errors import LeadDataError
from features.core.formats import UNDEFINED
from serving.cli.options import JsonOption, WorkspaceOption
from serving.cli.output.console import as_json, err, say, table
from serving.ledger.access.sessions import end_sessions, list_sessions
from serving.ledger.access.users import (
    Role,
    change_user,
    disable_user,
    list_users,
    only_an_account,
    read_user,
    reopen_user,
    set_totp,
)
from serving.web.sign_in.accounts import (
    NewAccount,
    give_password,
    make_password_link,
    make_user,
)
from serving.web.sign_in.passwords import normalise_login, unlock
from serving.workspace.folder import WorkspaceFolder

app = typer.Typer(
    help="Accounts of the people who work in the pages.", no_args_is_help=True, add_completion=False
)

ROLES = ("sales", "marketing", "data_science", "admin")
"""Roles by name; a test holds them against the store's."""

Login = Annotated[str, typer.Argument(help="Login of the account.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


@app.command("add")
def add(
    login: Annotated[str, typer.Argument(help="What the person types to sign in.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")],
    name: Annotated[str | None, typer.Option(help="Name to show.")] = None,
    team: Annotated[
        str | None, typer.Option(help="Team whose leads a member of sales sees; all unless given.")
    ] = None,
    password_stdin: PasswordStdin = False,
    link: Annotated[
        bool, typer.Option("--link", help="Print a one-time link instead of asking for a password.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Make an account; its owner chooses a password of their own at the first sign-in."""

    place = WorkspaceFolder.at(workspace)
    password = None if link else _read_password(password_stdin)
    account = NewAccount(login=login, name=name or login, role=_role(role), team=team)
    made = make_user(place.store(), account, password, by=getpass.getuser())
    say(f"{made.login} may sign in as {made.role}, and is asked for a password of their own.")
    if link:
        _say_link(place, made.login)


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
        for user in list_users(WorkspaceFolder.at(workspace).store())
    ]
    if json:
        as_json(rows)
        return
    columns = ("login", "name", "role", "team", "state")
    table(columns, [tuple(row[column] or UNDEFINED for column in columns) for row in rows])


@app.command("disable")
def disable(
    login: Login,
    workspace: WorkspaceOption = None,
) -> None:
    """Close an account and end its sessions at once."""

    disable_user(
        WorkspaceFolder.at(workspace).store(), normalise_login(login), by=getpass.getuser()
    )
    say(f"{login} can no longer sign in.")


@app.command("reopen")
def reopen(login: Login, workspace: WorkspaceOption = None) -> None:
    """Open a closed account again, with the password it had."""

    reopen_user(WorkspaceFolder.at(workspace).store(), normalise_login(login), by=getpass.getuser())
    say(f"{login} may sign in again.")


@app.command("change")
def change(
    login: Login,
    role: Annotated[str | None, typer.Option(help=f"One of {', '.join(ROLES)}.")] = None,
    name: Annotated[str | None, typer.Option(help="Name to show.")] = None,
    team: Annotated[
        str | None, typer.Option(help="Team whose leads a member of sales sees; '' for all.")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Give somebody another role, name or team, from the next request on."""

    store, login = WorkspaceFolder.at(workspace).store(), normalise_login(login)
    user = read_user(store, login)
    if user is None:
        raise only_an_account(login, "changed")
    change_user(
        store,
        login,
        by=getpass.getuser(),
        role=user.role if role is None else _role(role),
        name=user.name if name is None else name,
        team=user.team if team is None else team or None,
    )
    say(f"{login} is changed.")


@app.command("password")
def password(
    login: Login, password_stdin: PasswordStdin = False, workspace: WorkspaceOption = None
) -> None:
    """Set somebody's password and end their sessions; they are asked for one of their own."""

    store = WorkspaceFolder.at(workspace).store()
    give_password(store, login, _read_password(password_stdin), by=getpass.getuser())
    say(f"{login} may sign in with it, and is asked for a password of their own.")


@app.command("link")
def link(login: Login, workspace: WorkspaceOption = None) -> None:
    """Print a link by which somebody sets a password, once, within 24 hours."""

    _say_link(WorkspaceFolder.at(workspace), login)


@app.command("sessions")
def sessions(
    login: Annotated[str | None, typer.Argument(help="Whose; everybody's unless given.")] = None,
    end: Annotated[bool, typer.Option("--end", help="End them all at once.")] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """List who is signed in and since when, or end somebody's sessions everywhere."""

    place = WorkspaceFolder.at(workspace)
    store = place.store()
    if end:
        if login is None:
            msg = "--end needs the login whose sessions end; got none. Name it."
            raise LeadDataError(msg)
        n_ended = end_sessions(store, normalise_login(login), by=getpass.getuser())
        say(f"Sessions ended: {n_ended}.")
        return
    rows = [
        {name: str(value) for name, value in asdict(one).items()}
        for one in list_sessions(
            store,
            idle=timedelta(minutes=place.idle_minutes),
            login=None if login is None else normalise_login(login),
        )
    ]
    if json:
        as_json(rows)
        return
    columns = ("login", "started_at", "seen_at", "ends_at")
    table(columns, [tuple(row[column] for column in columns) for row in rows])


@app.command("factor-off")
def factor_off(login: Login, workspace: WorkspaceOption = None) -> None:
    """Ask somebody for no code any more, such as when a telephone is lost."""

    store, login = WorkspaceFolder.at(workspace).store(), normalise_login(login)
    set_totp(store, login, None, by=getpass.getuser())
    say(f"{login} signs in with the password alone.")


@app.command("unlock")
def unlock_(
    login: Login,
    workspace: WorkspaceOption = None,
) -> None:
    """Let somebody sign in again at once after too many wrong passwords."""

    unlock(WorkspaceFolder.at(workspace).store(), login, by=getpass.getuser())
    say(f"{login} may try again.")


def _role(role: str) -> Role:
    if role not in ROLES:
        msg = f"--role must be one of {', '.join(ROLES)}; got {role}. Name one of them."
        raise LeadDataError(msg)
    return Role(role)


def _say_link(place: WorkspaceFolder, login: str) -> None:
    path = make_password_link(place.store(), login, by=getpass.getuser())
    say(f"{(place.public_url or '').rstrip('/')}{path}")
    err.print(
        "Send it to its owner alone: it works once, within 24 hours."
        + ("" if place.public_url else " Put the address of the pages before it."),
        markup=False,
    )


def _read_password(from_stdin: bool) -> str:
    return sys.stdin.readline().rstrip("\n") if from_stdin else _ask_password()


def _ask_password() -> str:
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        msg = "the password must be typed twice alike; got two different ones. Try again."
        raise LeadDataError(msg)
    return password
