"""``awase outbox``: what other systems have not learnt yet, and why."""

import getpass
from datetime import UTC
from typing import Annotated

import typer

from features.core.errors import LeadDataError
from features.core.formats import UNDEFINED, local_minute
from features.store import Store
from serving.cli.options import JsonOption, WorkspaceOption
from serving.cli.output.console import as_json, say, table
from serving.delivery.signature import new_secret
from serving.ledger.access.audit import write_audit
from serving.ledger.outbox.inspect import (
    count_messages,
    held_messages,
    list_messages,
    retry_dead,
)
from serving.workspace.folder import WorkspaceFolder

app = typer.Typer(
    help="Messages to webhook and CRM: list, try again.", no_args_is_help=True, add_completion=False
)

STATES = ("waiting", "delivered", "superseded", "dead")
"""States by name; a test holds them against the store's."""

SHOWN = 50
"""Lines of a list unless more are asked for."""


@app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help=f"One of {', '.join(STATES)}.")] = None,
    channel: Annotated[str | None, typer.Option(help="Only this channel.")] = None,
    limit: Annotated[int, typer.Option(help="How many, the newest first.", min=1)] = SHOWN,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Show how many messages there are, and the newest of them."""

    if state is not None and state not in STATES:
        msg = f"--state must be one of {', '.join(STATES)}; got {state}. Name one of them."
        raise LeadDataError(msg)
    store = WorkspaceFolder.at(workspace).store()
    lines = list_messages(store, state=state, channel=channel, limit=limit)
    counts = count_messages(store)
    if json:
        as_json({"counts": counts, "messages": lines})
        return
    if not counts:
        say("The outbox is empty.")
        return
    for count in counts:
        say(
            f"{count.channel}: {count.n_messages} {count.state}, the oldest of "
            f"{local_minute(count.oldest, UTC).en} UTC"
        )
    say_held(store)
    rows = [
        (
            str(line.message_id),
            line.channel,
            line.kind,
            line.lead_id or UNDEFINED,
            line.state,
            str(line.attempts),
            local_minute(line.due_at, UTC).en if line.state == "waiting" else UNDEFINED,
            line.answer or UNDEFINED,
        )
        for line in lines
    ]
    say("")
    table(("id", "channel", "kind", "lead", "state", "attempts", "next (UTC)", "answer"), rows)


@app.command("retry")
def retry(
    ids: Annotated[list[int] | None, typer.Argument(help="Ids of dead messages.")] = None,
    channel: Annotated[str | None, typer.Option(help="All dead messages of this channel.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead messages.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Let dead messages be sent again, once what stopped them is mended."""

    if sum((bool(ids), channel is not None, everything)) != 1:
        msg = (
            "one of message ids, --channel or --all says what to send again; got none or several. "
            "See the ids with `awase outbox list --state dead`."
        )
        raise LeadDataError(msg)
    store = WorkspaceFolder.at(workspace).store()
    with store.engine.begin() as connection:
        n_again = retry_dead(connection, message_ids=ids or (), channel=channel)
        if n_again:
            write_audit(
                connection,
                by=getpass.getuser(),
                action="messages_retried",
                subject=channel or "outbox",
                detail=f"{n_again} messages",
            )
    say(f"Due again: {n_again}. Send with `awase deliver`; `awase serve` does so by itself.")


def say_held(store: Store) -> None:
    """Say which messages wait for another delivery, which may have been killed."""
    for held in held_messages(store):
        say(
            f"{held.channel}: {held.n_messages} held by another delivery until "
            f"{local_minute(held.until, UTC).en} UTC; if it was killed, they are sent after that"
        )


@app.command("secret")
def secret() -> None:
    """Print a new secret for the webhook; keep it in AWASE_WEBHOOK_SECRET and at the receiver."""

    say(new_secret())
