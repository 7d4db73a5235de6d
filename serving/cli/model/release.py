"""``awase release``: what is in use, what was before, and a person's word on which should be."""

import getpass
from datetime import UTC
from typing import Annotated

import typer

from features.core.clock import to_second
from features.core.errors import LeadDataError
from features.core.formats import count, local_minute, number
from features.data_clock import clock_of
from features.history import History
from features.store import Store
from features.store.arrivals import known_until
from serving.cli.options import JsonOption, ShownLanguage, WorkspaceOption
from serving.cli.output.console import as_json, heading, say, show_markdown, table
from serving.cli.output.show_document import show_document, show_section
from serving.decisions.in_force.apply import keep_past_leads, terms_in_force
from serving.decisions.score_leads import open_leads
from serving.ledger.leads.lead_state import newest_as_of
from serving.review.labels import Labels
from serving.workspace.workspace import Workspace
from training.dataset.snapshot_grid import UNDATED_AS_OF
from training.model.release import Release, load_release
from training.promotion.promote import (
    Moved,
    Mover,
    find_release,
    list_releases,
    roll_back,
)
from training.promotion.promote import promote as make_champion
from training.promotion.requalified import requalify
from training.reports.cutoff_sections import cut_offs_section
from training.reports.metric_sections import (
    metrics_section,
    reliability_section,
)
from training.reports.release_diff import release_dates, release_diff
from training.results.requalified_records import Requalification

app = typer.Typer(
    help="List, show, compare, promote, roll back.", no_args_is_help=True, add_completion=False
)

ReleaseName = Annotated[
    str, typer.Argument(help="Id of a release, the beginning of one, or champion.")
]
WhyOption = Annotated[str, typer.Option("--why", help="Why; goes into the ledger.")]


@app.command("list")
def list_(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """List all releases, newest first."""

    lines = list_releases(Workspace.at(workspace).store())
    if json:
        as_json(
            [
                {
                    "release_id": line.release_id,
                    "made_at": line.made_at,
                    "data_cutoff": line.data_cutoff,
                    "passed_gate": line.passed_gate,
                    "is_champion": line.is_champion,
                }
                for line in lines
            ]
        )
        return
    if not lines:
        say("There is no release yet. Make one with `awase retrain`.")
        return
    rows = [
        (
            line.release_id,
            local_minute(line.made_at, UTC).en,
            "passed" if line.passed_gate else "refused",
            number(line.card.metrics.log_loss).en,
            "champion" if line.is_champion else "",
        )
        for line in lines
    ]
    table(("release", "made (UTC)", "gate", "log loss (95% interval)", ""), rows)


@app.command("show")
def show(
    name: ReleaseName = "champion",
    lang: Annotated[
        ShownLanguage, typer.Option(help="Language of the model card.")
    ] = ShownLanguage.EN,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Show one release: what it was made from, how it did, when it was in use, its model card."""

    place = Workspace.at(workspace)
    line = find_release(place.store(), name)
    card = line.card
    if json:
        as_json(card)
        return
    heading(f"Release {line.release_id}{', the champion' if line.is_champion else ''}")
    say(f"  definition {card.definition_name}, version {line.definition_version}")
    say(f"  {count(card.n_snapshots).en} snapshots, {count(card.n_converted).en} converted")
    for label, day in release_dates(card, place.definition().zone):
        say(f"  {label.en}: {day.en}")
    for promotion in line.promotions:
        at = local_minute(promotion.promoted_at, UTC).en
        say(f"  {at} promoted by {promotion.by}: {promotion.why}")
    sections = (
        metrics_section(card.metrics),
        *reliability_section(card.metrics.reliability),
        cut_offs_section(card.cut_offs, place.definition().zone),
    )
    for section in sections:
        show_section(section)
    told = load_release(place.releases_dir / line.release_id).model_card(lang.value)
    if told is not None:
        say("")
        show_markdown(told)


@app.command("diff")
def diff(
    before: ReleaseName,
    after: ReleaseName,
    lang: Annotated[ShownLanguage, typer.Option(help="Language of the words.")] = ShownLanguage.EN,
    workspace: WorkspaceOption = None,
) -> None:
    """Show what differs between two releases, and what that means for the open leads."""

    place = Workspace.at(workspace)
    store, definition = place.store(), place.definition()
    old, new = (
        load_release(place.releases_dir / find_release(store, name).release_id)
        for name in (before, after)
    )
    report = release_diff(
        old,
        new,
        zone=definition.zone,
        words=Labels(definition).named,
        moved=_requalified(place, store, old, new),
    )
    show_document(report, lang.value)


def _requalified(
    place: Workspace, store: Store, old: Release, new: Release
) -> Requalification | None:
    """What both say of the leads that the newest decisions are about; None where they cannot."""
    definition, tables = place.definition(), store.read_tables()
    with store.engine.connect() as connection:
        newest = newest_as_of(connection)
    clock = clock_of(tables, definition, known_until=known_until(store))
    as_of = clock.reach if newest is None else to_second(newest)
    history = History.from_tables(tables, definition)
    moments = open_leads(
        tables, history, definition, as_of=as_of if definition.dated else UNDATED_AS_OF
    )
    try:
        return requalify(old, new, history=history, definition=definition, moments=moments)
    except LeadDataError:  # one of them reads inputs that the definition in force does not give
        return None


@app.command("promote")
def promote(
    name: ReleaseName,
    why: WhyOption,
    despite_gate: Annotated[
        bool, typer.Option("--despite-gate", help="Promote although the gate refused it.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Make a release the champion by a person's word."""

    place = Workspace.at(workspace)
    store = place.store()
    moved = make_champion(
        store,
        find_release(store, name).release_id,
        mover=_mover(place, why),
        despite_gate=despite_gate,
        agreement=terms_in_force(place, store),
    )
    _show_moved(place, moved)


@app.command("rollback")
def rollback(why: WhyOption, workspace: WorkspaceOption = None) -> None:
    """Put the champion before this one back to work."""

    place = Workspace.at(workspace)
    store = place.store()
    agreement = terms_in_force(place, store)
    _show_moved(place, roll_back(store, mover=_mover(place, why), agreement=agreement))


def _show_moved(place: Workspace, moved: Moved) -> None:
    """Say which release is the champion now, and whose cut-offs it has."""
    if moved.release_id != moved.chosen:
        number = place.in_force().version.number
        keep_past_leads(place, moved.chosen, moved.release_id)
        say(
            f"Version {number} of the agreement stays in force: with its cut-offs {moved.chosen} "
            f"is release {moved.release_id}. To go back in the agreement: awase definition revert."
        )
    if moved.changed:
        say(f"Release {moved.release_id} is the champion.")
    else:
        say(f"Release {moved.release_id} is the champion already: nothing was changed.")
    if not moved.mirrored:
        say(
            "MLflow did not answer: its alias still names the release before. The next retrain, or "
            "the same command again, mends that."
        )


def _mover(place: "Workspace", why: str) -> "Mover":

    return Mover(
        releases_dir=place.releases_dir,
        tracking_uri=place.tracking_uri,
        by=getpass.getuser(),
        why=why,
    )
