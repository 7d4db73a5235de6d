"""``awase crm``: set up a CRM, map its fields, pull from it, push to it."""

import getpass
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from features.core.errors import LeadDataError, Refusal
from features.core.formats import count
from features.crms import CRMS
from features.definition import LeadDefinition
from features.importing.duplicates import MergeProposal
from features.importing.mapping.mapping import Mapping
from features.importing.mapping.mapping_file import read_mapping
from serving.cli.data.import_files import show_import
from serving.cli.options import YAML_FILES, JsonOption, WorkspaceOption, ends_in
from serving.cli.output.console import as_json, err, heading, say, steps, table
from serving.crm.account import CrmAccount, known_account
from serving.crm.connector import SetUpItem, Vendor
from serving.crm.inbound.explain_mapping import explain_mapping, unfilled
from serving.crm.pull_report import PullReport
from serving.crm.registry import find_vendor
from serving.crm.sync import (
    PushPlan,
    PushReport,
    clear_in,
    connected,
    mapping_of,
    plan_push,
    pull_from,
    push_to,
    write_proposal,
    writes_first,
)
from serving.ledger.leads.join import join_leads, propose_joins
from serving.workspace.workspace import Workspace

app = typer.Typer(
    add_completion=False,
    help="A CRM: leads in with honest times, qualification and reasons out.",
    no_args_is_help=True,
)

VendorArgument = Annotated[str, typer.Argument(help=f"{', '.join(CRMS)}.", metavar="CRM")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")
]

SHOWN_PROBLEMS = 20
SHOWN_VALUES = 40
SHOWN_PROPOSALS = 20
SHOWN_DEALS = 10


@app.command()
def setup(
    crm: VendorArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Create it without asking.")] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Show which of Awase's fields the CRM lacks, and create them."""

    vendor, place = _find(crm, workspace)
    with connected(place, vendor) as connection:
        account, lacking = connection.account(), connection.lacking()
        if not json:
            say(f"{account}")
            _show_lacking(vendor, lacking)
        create = bool(lacking) and (yes or (not json and typer.confirm("Create it?")))
        if create:
            connection.set_up()
    if json:
        as_json({"account": account, "lacking": lacking, "created": create})
    elif create:
        say(f"Created. Next: awase crm push {vendor.name}")


@app.command(name="map")
def map_(
    crm: VendorArgument,
    output: Annotated[
        Path | None,
        typer.Option(
            help="File to write.",
            show_default="crm_<name>.yaml in the workspace",
            callback=ends_in(*YAML_FILES),
        ),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Propose which of the CRM's fields is which attribute, as a file to read and correct."""

    vendor, place = _find(crm, workspace)
    path = write_proposal(place, vendor, output)
    say(f"{known_account(place.store(), vendor.name)}")
    show_mapping(place.definition(), read_mapping(path, place.definition()))
    say(f"\nWritten to {path}. Read it, above all which form is which behaviour.")


@app.command()
def pull(
    crm: VendorArgument,
    dry_run: DryRunOption = False,
    reconcile: Annotated[
        bool,
        typer.Option("--reconcile", help="Compare all records' leads now, not once a week only."),
    ] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Bring leads, histories, events and outcomes up to date with the CRM."""

    vendor, place = _find(crm, workspace)
    if dry_run:
        with connected(place, vendor) as connection:
            mapping = mapping_of(place, vendor, connection, keep=False)
            say(f"{connection.account()}")
        show_mapping(place.definition(), mapping)
        return
    with steps() as step:
        report = pull_from(place, vendor, reconcile=reconcile, on_step=step)
    if json:
        as_json(report)
    else:
        show_pull(report, place.definition().zone)


@app.command()
def push(
    crm: VendorArgument,
    dry_run: DryRunOption = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Send again what the CRM refused before.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Write into a production account without asking.")
    ] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Write qualification, probability, points, reasons and new hand-overs into the CRM."""

    vendor, place = _find(crm, workspace)
    if dry_run:
        plan = plan_push(place, vendor)
        if json:
            as_json(plan)
        else:
            _show_plan(plan)
        return
    if not yes and (account := writes_first(place, vendor)) is not None:
        _ask_first(account, interactive=not json and sys.stdin.isatty())
    report = push_to(place, vendor, retry=retry)
    if json:
        as_json(report)
    else:
        _show_push(report)
    if report.problems:
        n = count(len(report.problems)).en
        err.print(f"{CRMS[vendor.name]} refused {n} messages: awase outbox list --state dead")
        raise typer.Exit(Refusal.exit_code)


@app.command()
def join(
    leads: Annotated[
        list[str] | None,
        typer.Argument(help="The lead that stays, then those that become part of it."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Join without asking.")] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """List leads that are probably one person; make one of those that are named."""

    store = Workspace.at(workspace).store()
    if not leads:
        proposals = propose_joins(store)
        if json:
            as_json(proposals)
        else:
            _show_proposals(proposals)
        return
    if not yes:
        said = f"Make {', '.join(leads[1:])} part of {leads[0]}? It cannot be undone."
        typer.confirm(said, abort=True)
    join_leads(store, leads[0], leads[1:], by=getpass.getuser())
    as_json({"lead_id": leads[0]}) if json else say(f"Joined. {leads[0]} stays.")


@app.command()
def clear(
    lead: Annotated[str, typer.Argument(help="The lead's id.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Empty them without asking.")] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Empty Awase's fields on a lead's records in your CRMs, before it is forgotten."""

    place = Workspace.at(workspace)
    if not yes:
        typer.confirm(f"Empty Awase's fields on the records of {lead}?", abort=True)
    vendors = [find_vendor(name) for name in CRMS if known_account(place.store(), name)]
    found = {v.name: clear_in(place, v, lead, by=getpass.getuser()) for v in vendors}
    cleared = {name: record for name, record in found.items() if record is not None}
    if not cleared:
        msg = f"a lead to clear has a record in a CRM; got {lead!r}, which has none. Check the id."
        raise LeadDataError(msg)
    if json:
        as_json({"lead_id": lead, "cleared": cleared})
        return
    for name, record in cleared.items():
        say(f"Emptied on record {record} of {CRMS[name]}.")
    say(f"Notes and tasks of hand-overs stay there. Next: awase forget {lead}")
    say("Unless it is forgotten, the next push fills the fields again.")


def _find(crm: str, workspace: Path | None) -> tuple["Vendor", "Workspace"]:

    return find_vendor(crm), Workspace.at(workspace)


def _show_lacking(vendor: "Vendor", lacking: list["SetUpItem"]) -> None:
    if not lacking:
        say(f"{vendor.title} has everything Awase needs.")
        return
    heading(f"{vendor.title} lacks, and Awase would create:")
    table(("name", "label", "what"), [(item.name, item.label, item.kind) for item in lacking])


def show_mapping(definition: LeadDefinition, mapping: Mapping) -> None:
    """Print what becomes of each field, and what only today's value is known of."""
    lines = explain_mapping(mapping)
    rows = [(line.object, line.field, line.becomes, line.known) for line in lines]
    table(("object", "field", "becomes", "known"), rows)
    current = sorted({line.field for line in lines if line.current_only})
    if current:
        err.print(
            f"\n  only today's value: {', '.join(current)}. The leakage audit treats what it "
            "fills as suspect.",
            markup=False,
        )
    lacking = unfilled(mapping, definition)
    if lacking:
        err.print(f"  no field for: {', '.join(lacking)}", markup=False)


def show_pull(report: PullReport, zone: ZoneInfo) -> None:
    """Print what a pull brought."""
    say(f"{report.account}")
    if report.files:
        show_import(report.tables, zone)
    read = ", ".join(f"{count(n).en} {stream}" for stream, n in report.read.items() if n)
    say(f"  read: {read or 'nothing new'}")
    if report.merged or report.deleted:
        say(f"  leads merged: {count(report.merged).en}, deleted: {count(report.deleted).en}")
    if report.mended:
        said = ", ".join(f"{count(n).en} {kind}" for kind, n in report.mended.items())
        say(f"  read again, for their leads were others than the CRM says: {said}")
    for kind, names in report.lacking.items():
        say(f"  not there any more, or hidden, and left out: {kind} {', '.join(names)}")
    if report.unlinked:
        n_more = len(report.unlinked) - SHOWN_DEALS
        more = f" and {count(n_more).en} more" if n_more > 0 else ""
        say(
            f"  deals without a contact: {count(len(report.unlinked)).en} "
            f"({', '.join(report.unlinked[:SHOWN_DEALS])}{more}). What became of them counts for "
            f"no lead: put their contact on them in {CRMS[report.vendor]}."
        )
    if report.proposals:
        say(
            f"  {count(report.proposals).en} groups of leads are probably one person each; "
            "nothing is joined unasked: awase crm join"
        )
    if report.verdicts or report.verdicts_without_reason:
        say(
            f"  answers of sales: {count(report.verdicts).en} recorded, "
            f"{count(report.verdicts_without_reason).en} wait for a reason"
        )


def _show_proposals(proposals: Sequence[MergeProposal]) -> None:
    if not proposals:
        say("No leads look like one person.")
        return
    heading("Leads that are probably one person")
    rows = [(", ".join(item.lead_ids), ", ".join(item.alike_in)) for item in proposals]
    table(("leads, the oldest first", "same"), rows[:SHOWN_PROPOSALS])
    if len(rows) > SHOWN_PROPOSALS:
        say(f"  and {count(len(rows) - SHOWN_PROPOSALS).en} more: --json lists all")
    say(f"Make one of them: awase crm join {' '.join(proposals[0].lead_ids)}")


def _ask_first(account: CrmAccount, *, interactive: bool) -> None:
    """Ask before anything is written into a production account for the first time."""
    if not interactive:
        msg = (
            "the first push to a production account is confirmed; got nobody to ask and "
            f"{account}. Look at --dry-run, then push with --yes."
        )
        raise Refusal(msg)
    typer.confirm(f"This is the first push to {account}. Write into it?", abort=True)


def _show_plan(plan: PushPlan) -> None:
    say(f"{plan.account or 'no account yet'}")
    say(
        f"{count(plan.changed).en} of {count(plan.known).en} leads would be updated, "
        f"{count(plan.arrived).en} hand-overs logged, by {count(plan.calls).en} calls; "
        f"100,000 such leads would take {count(plan.calls_for_100_000).en}."
    )
    rows = [
        (lead.lead_id, lead.record_id, value.name, _plain(value.before), _plain(value.now))
        for lead in plan.leads
        for value in lead.values
    ]
    rows += [(x.lead_id, x.record_id, "(hand-over logged)", "", "") for x in plan.leads if x.logged]
    if rows:
        table(("lead", "record", "field", "written last", "would be"), rows[:SHOWN_VALUES])
    if len(rows) > SHOWN_VALUES:
        say(f"  and {count(len(rows) - SHOWN_VALUES).en} more: --json lists all")


def _plain(value: str | float | None) -> str:
    first, *more = str("-" if value is None else value).splitlines() or [""]
    return f"{first} (and {len(more)} more)" if more else first


def _show_push(report: "PushReport") -> None:
    say(f"{report.account}")
    say(
        f"{count(report.changed).en} leads changed, {count(report.arrived).en} new hand-overs; "
        f"messages delivered: {count(report.delivered).en}, to be tried again: "
        f"{count(report.failed).en}, refused: {count(report.refused).en}"
    )
    if report.problems:
        heading(f"Refused by the CRM ({count(len(report.problems)).en})")
        table(("lead", "reason"), report.problems[:SHOWN_PROBLEMS])
        if len(report.problems) > SHOWN_PROBLEMS:
            say(f"  and {count(len(report.problems) - SHOWN_PROBLEMS).en} more: --json lists all")
        say(f"  Once the cause is mended: awase crm push {report.vendor} --retry")
    if report.gone:
        say(
            f"  {CRMS[report.vendor]} does not have the record of {', '.join(report.gone)} any "
            "more. A pull removes leads whose record lies in the bin; where it was deleted for "
            f"good, forget the person here too: awase forget {report.gone[0]}"
        )
