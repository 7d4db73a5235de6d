"""``awase start hubspot|salesforce``: both files from what the CRM says of its fields."""

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer

from features.core.errors import LeadDataError
from features.definition import TEMPLATE, parse_definition, read_definition
from features.importing.mapping.mapping_file import parse_mapping
from features.importing.proposal.lead_times import LeadTimes
from features.importing.proposal.writing.fit_template import fit_template
from features.importing.proposal.writing.propose import zone_of
from features.store import Store
from serving.cli.operate.crm import show_mapping, show_pull
from serving.cli.output.console import heading, say, steps
from serving.crm.connector import Vendor
from serving.crm.sync import connected, pull_by, pull_from
from serving.workspace.workspace import Workspace

SAID = 10_000
"""Values that tell the language of the company."""


@dataclass(frozen=True, kw_only=True)
class CrmProposal:
    """Both files as text."""

    definition_text: str
    mapping_text: str


def propose_from_crm(folder: Path, vendor: Vendor, *, asks: bool) -> CrmProposal:
    """Pull what the CRM has, and propose both files for what came.

    The pull comes first, for a list of fields does not tell which of them anybody fills in.

    Parameters
    ----------
    folder : path
        Of the workspace to be; its secrets may hold the token.
    vendor : Vendor
    asks : bool
        Whether anybody can answer; otherwise proposed answers are taken.

    Raises
    ------
    LeadDataError
        If there is no lead.
    """
    place, template = Workspace.planned(folder), read_definition(TEMPLATE)
    place.folder.mkdir(parents=True, exist_ok=True)
    with connected(place, vendor, template) as connection:
        heading(f"Understood: {connection.account()}")
        mapping = parse_mapping(connection.propose(), vendor.mapping_file, template)
        show_mapping(template, mapping)
        heading("Pull")
        with steps() as step:
            report = pull_by(
                place, vendor, connection, mapping=mapping, definition=template, on_step=step
            )
        show_pull(report, template.zone)
    with closing(place.store()) as store:
        if store.read_table("lead").num_rows == 0:
            msg = (
                f"a start needs leads; got none from {vendor.title}. Look whether the token may "
                "read contacts and leads, then run `awase start` again."
            )
            raise LeadDataError(msg)
        definition_text = fit_to_store(store, template.outcome.stage, asks=asks)
    proposed = parse_definition(definition_text, "proposed lead definition")
    with connected(place, vendor, proposed) as connection:
        return CrmProposal(definition_text=definition_text, mapping_text=connection.propose())


def fit_to_store(store: Store, stage: str, *, asks: bool) -> str:
    """Write a lead definition for what a store holds, as text.

    Parameters
    ----------
    store : Store
        Filled by the shipped lead definition.
    stage : str
        Of the outcome.
    asks : bool
        Whether anybody can answer; otherwise proposed answers are taken.
    """
    zone = zone_of(str(store.read_table("fact").column("value")[:SAID].to_pylist()))
    per_month = None
    if asks:
        zone, per_month = _asked(zone)
    else:
        say(f"  nothing was asked: the time zone is {zone}, and as many leads are handed over as")
        say("  the rulebook would")
    return fit_template(_came(store), _times(store, stage), time_zone=zone, per_month=per_month)


def _asked(zone: str) -> tuple[str, int | None]:
    text = "(1/2) In which time zone do days and months begin?"
    zone = str(typer.prompt(text, default=zone))
    text = "(2/2) How many leads can sales work in a month? (0: as many as the rulebook says)"
    return zone, int(typer.prompt(text, default=0, type=int)) or None


def _came(store: Store) -> set[str]:
    """Behaviours and attributes of which there is a row."""
    facts, events = store.read_table("fact"), store.read_table("event")
    return {
        *facts.column("attribute").unique().to_pylist(),
        *events.column("behaviour").unique().to_pylist(),
    }


def _times(store: Store, stage: str) -> LeadTimes:
    lead, outcome = (store.read_table(name).to_pandas() for name in ("lead", "outcome"))
    created = lead.set_index("lead_id")["created_at"].astype(float)
    of_stage = outcome[outcome["stage"] == stage]
    reached = of_stage.groupby("lead_id")["occurred_at"].min().astype(float)
    now = datetime.now(UTC).timestamp()
    known = [*created, *store.read_table("event").column("occurred_at").to_pylist()]
    until = max((at for at in known if at <= now), default=now)
    return LeadTimes(created=created, reached=reached.reindex(created.index), until=until)


def pull_again(place: Workspace, vendor: Vendor) -> None:
    """Bring a workspace that was started earlier up to date."""
    heading("Pull")
    with steps() as step:
        report = pull_from(place, vendor, on_step=step)
    show_pull(report, place.to_learn().definition.zone)
