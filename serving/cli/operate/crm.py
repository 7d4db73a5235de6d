"""``awase crm``: set up a CRM, map its fields, pull from it, push to it."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from features.core.errors import Refusal
from features.core.formats import count
from features.importing import Mapping, read_mapping
from serving.cli.data.import_files import show_import
from serving.cli.options import YAML_FILES, JsonOption, WorkspaceOption, ends_in
from serving.cli.output.console import as_json, err, heading, say, steps, table
from serving.crm.connector import SetUpItem, Vendor
from serving.crm.inbound.explain_mapping import explain_mapping, unfilled
from serving.crm.pull import PullReport
from serving.crm.registry import find_vendor
from serving.crm.sync import (
    PushReport,
    connected,
    count_differences,
    mapping_of,
    pull_from,
    push_to,
    write_proposal,
)
from serving.workspace.workspace import Workspace

app = typer.Typer(
    add_completion=False,
    help="HubSpot or Salesforce: leads in with honest times, qualification and reasons out.",
    no_args_is_help=True,
)

VendorArgument = Annotated[str, typer.Argument(help="hubspot or salesforce.", metavar="CRM")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")
]

SHOWN_PROBLEMS = 20


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
        lacking = connection.lacking()
        if not json:
            _show_lacking(vendor, lacking)
        create = bool(lacking) and (yes or (not json and typer.confirm("Create it?")))
        if create:
            connection.set_up()
    if json:
        as_json({"lacking": lacking, "created": create})
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
    _show_mapping(place, read_mapping(path, place.definition()))
    say(f"\nWritten to {path}. Read it, above all which form is which behaviour.")


@app.command()
def pull(
    crm: VendorArgument,
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Bring leads, histories, events and outcomes up to date with the CRM."""

    vendor, place = _find(crm, workspace)
    if dry_run:
        with connected(place, vendor) as connection:
            mapping = mapping_of(place, vendor, connection, keep=False)
        _show_mapping(place, mapping)
        return
    with steps() as step:
        report = pull_from(place, vendor, on_step=step)
    if json:
        as_json(report)
    else:
        _show_pull(report, place.definition().zone)


@app.command()
def push(
    crm: VendorArgument,
    dry_run: DryRunOption = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Send again what the CRM refused before.")
    ] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Write qualification, probability, points, reasons and new hand-overs into the CRM."""

    vendor, place = _find(crm, workspace)
    if dry_run:
        changed, arrived = count_differences(place, vendor)
        say(f"{count(changed).en} leads would be updated, {count(arrived).en} hand-overs logged.")
        return
    report = push_to(place, vendor, retry=retry)
    if json:
        as_json(report)
    else:
        _show_push(report)
    if report.problems:
        raise typer.Exit(Refusal.exit_code)


def _find(crm: str, workspace: Path | None) -> tuple["Vendor", "Workspace"]:

    return find_vendor(crm), Workspace.at(workspace)


def _show_lacking(vendor: "Vendor", lacking: list["SetUpItem"]) -> None:
    if not lacking:
        say(f"{vendor.title} has everything Awase needs.")
        return
    heading(f"{vendor.title} lacks, and Awase would create:")
    table(("name", "label", "what"), [(item.name, item.label, item.kind) for item in lacking])


def _show_mapping(place: "Workspace", mapping: "Mapping") -> None:

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
    lacking = unfilled(mapping, place.definition())
    if lacking:
        err.print(f"  no field for: {', '.join(lacking)}", markup=False)


def _show_pull(report: PullReport, zone: ZoneInfo) -> None:
    if report.files:
        show_import(report.tables, zone)
    read = ", ".join(f"{count(n).en} {stream}" for stream, n in report.read.items() if n)
    say(f"  read: {read or 'nothing new'}")
    if report.merged or report.deleted:
        say(f"  leads merged: {count(report.merged).en}, deleted: {count(report.deleted).en}")
    if report.verdicts or report.verdicts_without_reason:
        say(
            f"  answers of sales: {count(report.verdicts).en} recorded, "
            f"{count(report.verdicts_without_reason).en} wait for a reason"
        )


def _show_push(report: "PushReport") -> None:
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
