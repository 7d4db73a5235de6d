"""``awase forget``: remove a person everywhere, keep the counts."""

import getpass
from typing import Annotated

import typer

from features.core.errors import LeadDataError
from features.core.formats import count
from serving.cli.options import JsonOption, WorkspaceOption
from serving.cli.output.console import as_json, say
from serving.decisions.inspect.erase_lead import ForgottenLead, Retained, keep_periods
from serving.decisions.inspect.erase_lead import forget as forget_in
from serving.workspace.settings import Settings
from serving.workspace.workspace import Workspace

app = typer.Typer(add_completion=False)


@app.command()
def forget(
    lead: Annotated[str | None, typer.Argument(help="The lead's id.")] = None,
    expired: Annotated[
        bool,
        typer.Option("--expired", help="Remove whatever is older than the settings allow."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Remove a person everywhere; anonymous counts stay. It cannot be undone."""

    if (lead is None) != expired:
        msg = "awase forget needs a lead or --expired; got both or neither. Give one of them."
        raise LeadDataError(msg)
    place = Workspace.at(workspace)
    if not yes:
        what = f"lead {lead}" if lead else "whatever the retention periods say"
        typer.confirm(f"Forget {what}? It cannot be undone.", abort=True)
    by = getpass.getuser()
    if lead is None:
        settings = Settings(_env_file=place.folder / ".env")
        retained = keep_periods(place, settings, by=by)
        as_json(retained) if json else _show_retained(retained)
        return
    gone = forget_in(place, lead, by=by)
    if json:
        as_json({"pseudonym": gone.forgotten.pseudonym, "rows": gone.forgotten.n_rows})
    else:
        _show(gone)


def _show(gone: "ForgottenLead") -> None:
    rows = sum(gone.forgotten.n_rows.values())
    say(f"Forgotten: {count(rows).en} rows; decisions stay as {gone.forgotten.pseudonym}.")
    for path in gone.changed:
        say(f"  cleaned    {path}")
    for path in gone.still_named_in:
        say(f"  still in   {path} (not ours to change; remove it if you can)")
    _show_what_is_left(gone.is_shredded)
    say("Erase the person in your CRM too: it is not told. A pull does not bring it back here.")


def _show_what_is_left(is_shredded: bool) -> None:
    if not is_shredded:
        say(
            "Freed pages of the database could not be written anew (no room, or another program "
            "writes). Run `awase forget --expired --yes` later; it does so."
        )
    say(
        "Backups made before now still hold what was forgotten, and so does what PostgreSQL "
        "archives of its log: let them run out, or delete them."
    )


def _show_retained(retained: "Retained") -> None:
    leads = (
        "leads are kept without a limit"
        if retained.leads is None
        else (f"{count(retained.leads).en} silent leads forgotten")
    )
    say(
        f"{leads}; {count(retained.messages).en} delivered messages and "
        f"{count(retained.sign_in_failures).en} failed sign-ins removed."
    )
    _show_what_is_left(retained.is_shredded)
