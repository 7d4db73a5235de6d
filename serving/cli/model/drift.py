"""``awase drift``: what moved since the champion learned, the most consequential first."""

from dataclasses import dataclass

import typer

from features.core.errors import LeadDataError
from features.core.progress import PARTS
from features.store import Store
from features.store.releases import read_releases
from serving.cli.agreement import open_workspace
from serving.cli.instants import parse_cutoff
from serving.cli.options import DataCutoffOption, JsonOption, WorkspaceOption
from serving.cli.output.console import ONLY_READS, as_json, heading, say, steps
from serving.decisions.in_force.apply import load_champion
from serving.workspace.workspace import Workspace
from training.base_rate.intercept_test import level_since
from training.dataset.dataset import load_dataset
from training.drift.drift import find_drift
from training.model.release import Release, load_release
from training.model.trained_model import TrainedModel
from training.reports.base_rate_text import level_words
from training.results.records import InterceptTest

app = typer.Typer(add_completion=False)

COMPARE = "compare with what was learned"
"""The step that is shown, in hundredths of the time it takes on the demo."""


@app.command()
def drift(
    data_cutoff: DataCutoffOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Say what moved between what the champion learned from and the newest data."""

    place = open_workspace(workspace)
    store, definition = place.store(), place.definition()
    since = _measured_from(store, place)
    release = since.release
    cutoff = parse_cutoff(data_cutoff, definition.zone)
    with steps(ONLY_READS) as step:
        step(COMPARE, 0, PARTS)
        dataset = load_dataset(store, definition, data_cutoff=cutoff, seed=place.seed)
        step(COMPARE, 40, PARTS)
        findings = find_drift(dataset, since.fit, unseen_from=since.unseen_from)
        step(COMPARE, 70, PARTS)
        level = level_since(release, dataset)
        step(COMPARE, PARTS, PARTS)
    if json:
        as_json({"release_id": release.release_id, "findings": findings, "level": level})
        return
    heading(since.words)
    for finding in findings:
        say(f"  {finding.sentence.en}")
    if not findings:
        say("  Nothing moved more than it usually does from month to month.")
    show_level(level)


@dataclass(frozen=True, kw_only=True)
class _MeasuredFrom:
    """What drift is measured from: a fit, and from which second data are new to it."""

    release: Release
    fit: TrainedModel
    unseen_from: int
    words: str


def _measured_from(store: Store, place: Workspace) -> _MeasuredFrom:
    """The champion; while there is none, the newest release, as its retrain measured it."""
    champion = load_champion(store, place)
    if champion is not None:
        return _MeasuredFrom(
            release=champion,
            fit=champion.fit,
            unseen_from=champion.card.trained_until + 1,
            words=f"Since release {champion.release_id} learned",
        )
    made = read_releases(store)
    if not made:
        msg = "drift is measured from a release; got none. Make one with `awase retrain`."
        raise LeadDataError(msg)
    newest = load_release(place.releases_dir / made[0].release_id)
    return _MeasuredFrom(
        release=newest,
        fit=newest.tested,
        unseen_from=newest.card.tested_from,
        words=f"No champion. Since the test of release {newest.release_id}, which the gate "
        "refused, began",
    )


def show_level(level: "InterceptTest") -> None:
    """Print whether probabilities fit the base rate observed since."""
    say(f"  {level_words(level).en}")
    if level.moved:
        say("  Retrain, or awase recalibrate.")
