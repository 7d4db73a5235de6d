"""``awase check``: what the data can and cannot support, before anything is trained."""

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from features.core.formats import UNDEFINED, count, local_date, share
from features.definition import LeadDefinition
from serving.cli.agreement import open_workspace
from serving.cli.instants import parse_cutoff
from serving.cli.options import DataCutoffOption, JsonOption, WorkspaceOption
from serving.cli.output.audit_report import show_audit
from serving.cli.output.console import ONLY_READS, as_json, heading, say, steps, table
from serving.cli.output.data_clock import show_future
from serving.decisions.inspect.check_workspace import WorkspaceCheck, check_workspace
from serving.workspace.workspace import Workspace
from training.dataset.data_quality import DataCheck
from training.dataset.selection_weights import note_of

MOST_DUPLICATES = 5
"""Groups of probable duplicates shown; --json lists all."""


app = typer.Typer(add_completion=False)


@app.command()
def check(
    data_cutoff: DataCutoffOption = None,
    audit: Annotated[
        bool, typer.Option("--audit", help="Check the chain of the audit instead of the data.")
    ] = False,
    anchor: Annotated[
        str | None,
        typer.Option(help="With --audit: what an earlier check printed, NUMBER:HASH."),
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Say what the data can and cannot support."""

    if audit or anchor is not None:
        show_audit(Workspace.at(workspace).store(), anchor, json=json)
        return
    place = open_workspace(workspace)
    definition = place.written_definition()
    cutoff = parse_cutoff(data_cutoff, definition.zone)
    with steps(ONLY_READS) as step:
        found = check_workspace(place.store(), definition, cutoff, progress=step)
    if json:
        as_json(found)
        return
    _show_tables(found.data, definition.zone)
    _show_attributes(found.data, definition)
    _show_behaviours(found.data, definition)
    _show_findings(found.data)
    if found.future:
        heading(
            f"Rows beyond the data, which reach {local_date(found.reach - 1, definition.zone).en}"
        )
        show_future(found.future, definition.zone)
    _show_duplicates(found)
    _show_months(found, definition)
    _show_handed_over(found)
    _show_idle(found)
    _show_contradictions(found)
    _show_enough(found, definition)


def _show_tables(data: "DataCheck", zone: "ZoneInfo") -> None:
    heading("Tables")
    rows = [
        (
            found.table,
            count(found.rows).en,
            UNDEFINED if found.first_at is None else local_date(found.first_at, zone).en,
            UNDEFINED if found.last_at is None else local_date(found.last_at, zone).en,
        )
        for found in data.tables
    ]
    table(("table", "rows", "first", "last"), rows)
    accounts = data.accounts
    if accounts is not None:
        say(
            f"  {count(accounts.leads_with_account).en} leads at "
            f"{count(accounts.accounts).en} accounts: "
            f"{accounts.median_leads:g} at the middle one, {count(accounts.most_leads).en} at the "
            f"largest; {count(accounts.leads_that_moved).en} leads changed account"
        )


def _show_attributes(data: "DataCheck", definition: "LeadDefinition") -> None:
    heading("Information: how much is known, and of how much the time was recorded")
    rows = [
        (
            definition.attribute(found.attribute).label.en,
            share(found.known_share).en,
            count(found.distinct_values).en,
            share(found.honest_share).en if found.facts else UNDEFINED,
        )
        for found in data.attributes
    ]
    table(("attribute", "leads that have it", "distinct values", "honest known_at"), rows)


def _show_behaviours(data: "DataCheck", definition: "LeadDefinition") -> None:
    if not data.behaviours:
        return
    heading("Behaviours")
    rows = [
        (
            definition.behaviour(found.behaviour).label.en,
            count(found.events).en,
            count(found.leads).en,
        )
        for found in data.behaviours
    ]
    table(("behaviour", "events", "leads"), rows)


def _show_findings(data: "DataCheck") -> None:
    findings = [found for found in data.findings if found.count]
    if not findings:
        return
    heading("Rows that need a rule")
    for found in findings:
        say(f"  {count(found.count).en} of {count(found.rows).en}: {found.rule.en}")


def _show_duplicates(found: "WorkspaceCheck") -> None:
    if not found.duplicates:
        return
    heading("Leads that are probably one person (nothing is merged unasked)")
    for proposal in found.duplicates[:MOST_DUPLICATES]:
        say(f"  {', '.join(proposal.lead_ids)}: same {', '.join(proposal.alike_in)}")
    if len(found.duplicates) > MOST_DUPLICATES:
        say(
            f"  and {count(len(found.duplicates) - MOST_DUPLICATES).en} more groups "
            "(--json lists all)"
        )


def _show_months(found: "WorkspaceCheck", definition: "LeadDefinition") -> None:
    outcome = definition.outcome
    heading(
        f"Snapshots by month: {outcome.stage} within {outcome.horizon_days} days, as known by "
        f"{local_date(found.data_cutoff, definition.zone).en}"
        if definition.dated
        else "Snapshots (these data have no dates)"
    )
    rows = [
        (
            month.month or "all",
            count(month.matured).en,
            share(month.converted / month.matured).en if month.matured else UNDEFINED,
            count(month.censored).en,
        )
        for month in found.months
    ]
    table(("month", "matured", "converted", "censored (not yet known)"), rows)


def _show_handed_over(found: "WorkspaceCheck") -> None:
    if found.handed_over is None:
        return

    heading("Hand-overs to learn from, by propensity")
    say(f"  {note_of(found.handed_over).en}")


def _show_idle(found: "WorkspaceCheck") -> None:
    if not found.idle:
        return
    heading("Parts of the rulebook that tell no lead from another")
    for part in found.idle:
        say(f"  {part.where}: {part.name} {'always' if part.always else 'never'} applies")


def _show_contradictions(found: "WorkspaceCheck") -> None:
    if not found.contradictions:
        return
    heading("Parts of the agreement that cannot both be kept")
    for sentence in found.contradictions:
        say(f"  {sentence.en}")


def _show_enough(found: "WorkspaceCheck", definition: "LeadDefinition") -> None:
    heading("Is there enough to train?")
    for note in found.notes:
        say(f"  {note.en}")
    for sentence in found.missing:
        say(f"  No. {sentence}")
    if found.workable is not None:
        say(f"  It would do otherwise: {found.workable.sentence(definition).en}")
    if not found.missing:
        say(
            f"  Yes: {count(found.converted_leads).en} leads reached {definition.outcome.stage} "
            f"within the horizon; {count(found.needed).en} are needed. Next: awase retrain"
        )
