"""``awase drift``: what moved since the champion learned, the most consequential first."""

import typer

from features.core.errors import LeadDataError
from serving.cli.agreement import open_workspace
from serving.cli.options import DataCutoffOption, JsonOption, WorkspaceOption, parse_cutoff
from serving.cli.output.console import as_json, heading, say
from serving.decisions.in_force.apply import load_champion
from training.base_rate.intercept_test import level_since
from training.dataset.dataset import load_dataset
from training.drift.drift import find_drift
from training.reports.base_rate_text import level_words
from training.results.records import InterceptTest

app = typer.Typer(add_completion=False)


@app.command()
def drift(
    data_cutoff: DataCutoffOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Say what moved between what the champion learned from and the newest data."""

    place = open_workspace(workspace)
    store, definition = place.store(), place.definition()
    champion = load_champion(store, place)
    if champion is None:
        msg = "drift is measured from a champion; got none. Make one with `awase retrain`."
        raise LeadDataError(msg)
    cutoff = parse_cutoff(data_cutoff, definition.zone)
    dataset = load_dataset(store, definition, data_cutoff=cutoff, seed=place.seed)
    findings = find_drift(dataset, champion.fit, unseen_from=champion.card.trained_until + 1)
    level = level_since(champion, dataset)
    if json:
        as_json({"findings": findings, "level": level})
        return
    heading(f"Since release {champion.release_id} learned")
    for finding in findings:
        say(f"  {finding.sentence.en}")
    if not findings:
        say("  Nothing moved more than it usually does from month to month.")
    show_level(level)


def show_level(level: "InterceptTest") -> None:
    """Print whether probabilities fit the base rate observed since."""
    say(f"  {level_words(level).en}")
    if level.moved:
        say("  Retrain, or awase recalibrate.")
