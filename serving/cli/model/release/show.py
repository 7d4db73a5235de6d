"""``awase release show``: what one of the releases is."""

from datetime import UTC
from typing import Annotated

import typer
from rich.markdown import Markdown

from features.core.formats import count, local_minute
from serving.cli.options import JsonOption, ReleaseName, ShownLanguage, WorkspaceOption
from serving.cli.output.console import READABLE, as_json, heading, out, say
from serving.cli.output.show_document import show_section
from serving.workspace.workspace import Workspace
from training.model.release import ReleaseCard, load_release
from training.promotion.release_list import find_release
from training.reports.cutoff_sections import cut_offs_section
from training.reports.metric_sections import metrics_section, reliability_section
from training.reports.release_diff import release_dates
from training.results.records import from_json

app = typer.Typer(add_completion=False)


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
    card = from_json(ReleaseCard, line.record, f"release {line.release_id}")
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
        # Wrapped here, although lines of other output may run on: a cut sentence says nothing.
        out.print(Markdown(told), width=min(out.width, READABLE), soft_wrap=False)
