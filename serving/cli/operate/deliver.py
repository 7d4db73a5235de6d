"""``awase deliver``: send what other systems must learn, once; for a timetable."""

from typing import Annotated

import typer

from features.core.errors import LeadDataError
from serving.cli.operate.outbox import say_held
from serving.cli.options import JsonOption, WorkspaceOption
from serving.cli.output.console import as_json, say
from serving.crm.channels import open_senders
from serving.delivery.deliver import deliver_due, forget_delivered
from serving.workspace.workspace import Workspace

app = typer.Typer(add_completion=False)


@app.command()
def deliver(
    channel: Annotated[
        str | None, typer.Option(help="Only this channel; all that are configured unless given.")
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Send the messages that are due to webhook and CRM; `awase serve` does so by itself."""

    place = Workspace.at(workspace)
    store = place.store()
    senders = open_senders(place, store)
    names = [sender.channel for sender in senders]
    if channel is not None and channel not in names:
        msg = (
            f"--channel must be one that is configured ({', '.join(names) or 'none is'}); "
            f"got {channel}. Configure it, or leave the option out."
        )
        raise LeadDataError(msg)
    tallies = {
        sender.channel: deliver_due(store, sender)
        for sender in senders
        if channel in (None, sender.channel)
    }
    forget_delivered(store, place.keep_messages_days)
    if json:
        as_json({name: vars(tally) for name, tally in tallies.items()})
        return
    for name, tally in tallies.items():
        say(
            f"{name}: {tally.delivered} delivered, {tally.failed} to be tried again, "
            f"{tally.refused} refused"
        )
    say_held(store)
    if not tallies:
        say("No channel is configured. Set AWASE_WEBHOOK_URL, for instance (docs/webhooks.md).")
    if any(tally.refused for tally in tallies.values()):
        say("See why with `awase outbox list --state dead`.")
