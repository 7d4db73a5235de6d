"""``awase release``: what is in use, what was before, and a person's word on which should be."""

import getpass
from datetime import UTC
from typing import Annotated

import typer

from features.core.formats import UNDEFINED, count, local_minute, number, points, share
from serving.cli.options import JsonOption, ShownLanguage, WorkspaceOption
from serving.cli.output.console import (
    as_json,
    heading,
    say,
    show_markdown,
    show_section,
    table,
)
from serving.decisions.in_force.apply import keep_past_leads, terms_in_force
from serving.workspace.workspace import Workspace
from training.dataset.dataset import load_dataset
from training.model.release import load_release
from training.promotion.promote import (
    Moved,
    Mover,
    diff_releases,
    find_release,
    list_releases,
    roll_back,
)
from training.promotion.promote import promote as make_champion
from training.promotion.requalified import requalify
from training.reports.metric_sections import (
    cut_offs_section,
    metrics_section,
    reliability_section,
)

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
def diff(before: ReleaseName, after: ReleaseName, workspace: WorkspaceOption = None) -> None:
    """Show what differs between two releases."""

    place = Workspace.at(workspace)
    store = place.store()
    old, new = (
        load_release(place.releases_dir / find_release(store, name).release_id)
        for name in (before, after)
    )
    rows = [
        (found.name, found.before or UNDEFINED, found.after or UNDEFINED)
        for found in diff_releases(old, new)
    ]
    table(("figure", old.release_id, new.release_id), rows)
    dataset = load_dataset(store, place.definition(), data_cutoff=None, seed=place.seed)
    moved = requalify(old, new, dataset)
    heading(f"What it changes for the {count(moved.n_leads).en} leads, as they stand now")
    for move in moved.moves:
        say(f"  {move.before.name} -> {move.after.name}: {count(move.n_leads).en} leads")
    for lead in moved.leads:
        why = ", ".join(f"{c.concept} {points(c.points).en}" for c in lead.concepts)
        say(
            f"  {lead.lead_id}: {share(lead.probability_before).en} -> "
            f"{share(lead.probability_after).en} ({why})"
        )


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


def _mover(place: "Workspace", why: str) -> "Mover":

    return Mover(
        releases_dir=place.releases_dir,
        tracking_uri=place.tracking_uri,
        by=getpass.getuser(),
        why=why,
    )
