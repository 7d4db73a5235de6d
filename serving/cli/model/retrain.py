"""``awase retrain``: from the tables to a release that is promoted or refused."""

import getpass
import time
from typing import Annotated

import typer

from features.core.atomic_folder import write_whole_file
from serving.cli.agreement import open_workspace
from serving.cli.options import (
    ClusterOption,
    DataCutoffOption,
    JsonOption,
    WorkspaceOption,
    parse_cutoff,
)
from serving.cli.output.console import ShownSteps, as_json, say, steps
from serving.cli.output.retrain_report import show_retrain
from serving.workspace.workspace import Workspace
from training.learners.tuned_hyperparameters import TUNED
from training.reports.retrain_records import RetrainReport
from training.reports.retrain_report import one_line
from training.retrain import RetrainSettings, raise_refusal
from training.retrain import retrain as retrain_release
from training.tracking.mlflow import open_metrics

app = typer.Typer(add_completion=False)


@app.command()
def retrain(
    data_cutoff: DataCutoffOption = None,
    accept_volume_jump: Annotated[
        bool,
        typer.Option(
            "--accept-volume-jump", help="A person's word that a jump in volume is wanted."
        ),
    ] = False,
    search: Annotated[
        int,
        typer.Option(
            "--search",
            help="Recipes to try first; what is surely better is kept in recipe.json.",
            min=0,
        ),
    ] = 0,
    cluster: ClusterOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Train, calibrate, cut, compare with the rulebook; promote the release or refuse it."""

    place = open_workspace(workspace, adopt=True)
    zone = place.to_learn().definition.zone
    with steps() as step:
        cutoff = parse_cutoff(data_cutoff, zone)
        report = run_retrain(
            place,
            cutoff,
            step,
            accept_volume_jump=accept_volume_jump,
            search_trials=search,
            cluster=cluster,
        )
    _keep_for_alerting(place, report)
    if json:
        as_json(report)
    else:
        show_retrain(report, zone)
        say(f"\nRelease folder:  {report.release_dir}")
        say(f"MLflow:          mlflow ui --backend-store-uri {place.tracking_uri}")
        say(one_line(report))
    raise_refusal(report)


def run_retrain(
    place: "Workspace",
    data_cutoff: int | None,
    step: ShownSteps,
    *,
    accept_volume_jump: bool = False,
    search_trials: int = 0,
    cluster: str | None = None,
) -> "RetrainReport":
    """Retrain a workspace; the data cut-off is the newest thing in the tables unless given."""

    store = place.store()
    agreed = place.to_learn(store)
    return retrain_release(
        store,
        agreed.definition,
        settings=RetrainSettings(
            data_cutoff=data_cutoff,
            releases_dir=place.releases_dir,
            tracking_uri=place.tracking_uri,
            definition_text=agreed.version.definition,
            accept_volume_jump=accept_volume_jump,
            seed=place.seed,
            by=getpass.getuser(),
            search_trials=search_trials,
            cluster=cluster,
            tuned_file=place.folder / TUNED,
        ),
        progress=step,
    )


def _keep_for_alerting(place: "Workspace", report: "RetrainReport") -> None:
    """Leave the run's figures where a monitoring agent reads them."""

    finished_at = int(time.time())
    text = open_metrics(report, finished_at=finished_at)
    # A monitoring agent may read at any moment.
    write_whole_file(place.report_path("retrain.prom"), text.encode())
