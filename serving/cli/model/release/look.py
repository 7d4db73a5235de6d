"""``awase release list`` and ``show``: which releases there are, and what one of them is."""

from datetime import UTC
from typing import Annotated

import typer

from features.core.formats import count, local_minute, number
from serving.cli.options import JsonOption, ReleaseName, ShownLanguage, WorkspaceOption
from serving.cli.output.console import as_json, heading, say, show_markdown, table
from serving.cli.output.show_document import show_section
from serving.workspace.workspace import Workspace
from training.model.release import load_release
from training.promotion.promote import find_release, list_releases
from training.reports.cutoff_sections import cut_offs_section
from training.reports.metric_sections import metrics_section, reliability_section
from training.reports.release_diff import release_dates

app = typer.Typer()


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
