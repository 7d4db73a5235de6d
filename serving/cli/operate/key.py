"""``awase key``: keys of programs that call the API."""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from features.core.errors import LeadDataError
from serving.cli.options import JsonOption, WorkspaceOption
from serving.cli.output.console import as_json, err, say, table
from serving.ledger.access.api_keys import Scope, list_keys, revoke_key
from serving.workspace.api_keys import make_key
from serving.workspace.folder import WorkspaceFolder

app = typer.Typer(
    help="Keys of programs that call the API.", no_args_is_help=True, add_completion=False
)

SCOPES = ("read", "write")
"""Scopes by name; a test holds them against the store's."""


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[str, typer.Option(help=f"One of {', '.join(SCOPES)}; write includes read.")],
    days: Annotated[int, typer.Option(help="Days after which the key ends.", min=1)] = 365,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Make a key and print it, once; only its hash is kept."""

    if scope not in SCOPES:
        msg = f"--scope must be one of {', '.join(SCOPES)}; got {scope}. Name one of them."
        raise LeadDataError(msg)
    store = WorkspaceFolder.at(workspace).store()
    token = make_key(store, name, scope=Scope(scope), days=days, by=getpass.getuser())
    if json:
        as_json({"key": token, "scope": scope, "days": days})
        return
    say(token)
    err.print(f"Keep it now: it is not shown again. It may {scope} for {days} days.", markup=False)


@app.command("list")
def list_(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """List all keys by their beginning, never whole."""

    now = datetime.now(UTC)
    rows = [
        {
            "key": key.prefix,
            "name": key.name,
            "scope": key.scope.value,
            "ends": key.ends_at.date().isoformat(),
            "made_by": key.made_by,
            "state": "open" if key.is_open(now) else "revoked" if key.revoked_at else "ended",
        }
        for key in list_keys(WorkspaceFolder.at(workspace).store())
    ]
    if json:
        as_json(rows)
        return
    columns = ("key", "name", "scope", "ends", "made_by", "state")
    table(columns, [tuple(row[column] for column in columns) for row in rows])


@app.command("revoke")
def revoke(
    key: Annotated[str, typer.Argument(help="Beginning of the key, as the list shows it.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Close a key at once."""

    revoke_key(WorkspaceFolder.at(workspace).store(), key, by=getpass.getuser())
    say(f"{key} opens nothing any more.")
