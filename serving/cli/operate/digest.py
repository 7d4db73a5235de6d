"""``awase digest``: tell people by mail and chat what waits for them; for a timetable."""

from typing import Annotated

import typer

from serving.cli.operate.outbox import say_held
from serving.cli.options import WorkspaceOption
from serving.cli.output.console import heading, say
from serving.digest.compose import as_text
from serving.digest.mail import Letter, body_of
from serving.digest.send import DigestPost, Planned
from serving.workspace.workspace import Workspace

app = typer.Typer(add_completion=False)


@app.command()
def digest(
    month: Annotated[
        bool, typer.Option("--month", help="Last month's review, before the meeting.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be sent to whom; send nothing.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Tell people by mail and chat what waits for them; once a day, however often it is called."""

    place = Workspace.at(workspace)
    store = place.store()
    post = DigestPost(place, store)
    if not post.is_configured:
        say("No digest is configured. Set AWASE_SMTP_HOST or AWASE_CHAT (docs/administrator.md).")
        return
    planned = post.plan(post.last_month() if month else None)
    if dry_run:
        _show(planned)
        return
    for channel, tally in post.send(planned).items():
        say(
            f"{channel}: {tally.delivered} sent, {tally.failed} to be tried when this is "
            f"called again, {tally.refused} refused"
        )
        if tally.failed or tally.refused:
            say(f"See why with `awase outbox list --channel {channel}`.")
    say_held(store)


def _show(planned: list[Planned]) -> None:
    for one in planned:
        if isinstance(one.text, Letter):
            heading(f"{one.to}: {one.text.digest.title}")
            say(body_of(one.text))
        else:
            heading(f"{one.to}: {one.text.title}")
            say("\n".join(as_text(one.text, lambda text, url: f"{text}\n  {url}")) + "\n")
    say(f"{len(planned)} would be sent; nothing was.")
