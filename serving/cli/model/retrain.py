"""``awase retrain``: from the tables to a release that is promoted or refused."""

import getpass
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from features.core.atomic_folder import write_whole_file
from serving.cli.agreement import open_workspace
from serving.cli.instants import parse_cutoff
from serving.cli.options import (
    AllOption,
    ClusterOption,
    DataCutoffOption,
    JsonOption,
    WorkspaceOption,
)
from serving.cli.output.console import KEPT_FITS, ShownSteps, as_json, in_shell, say, steps
from serving.cli.output.show_document import show_document
from serving.cli.output.write_document import write_document
from serving.workspace.workspace import Workspace
from training.learners.tuned_hyperparameters import TUNED
from training.promotion.next_step import raise_refusal
from training.reports.comparison_report import SUMMARY
from training.reports.retrain_records import RetrainReport
from training.reports.retrain_report import DECISION, one_line, retrain_document
from training.retrain import RetrainSettings
from training.retrain import retrain as retrain_release
from training.tracking.run_metrics import open_metrics

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
    accept_older_cutoff: Annotated[
        bool,
        typer.Option(
            "--accept-older-cutoff",
            help="A person's word that the champion may be replaced by one that knows older data.",
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
    whole: AllOption = False,
    json: JsonOption = False,
) -> None:
    """Train, calibrate, cut, compare with the rulebook; promote the release or refuse it."""

    place = open_workspace(workspace)
    zone = place.to_learn().definition.zone
    with steps(KEPT_FITS) as step:
        cutoff = parse_cutoff(data_cutoff, zone)
        report = run_retrain(
            place,
            cutoff,
            step,
            accepted=Accepted(volume_jump=accept_volume_jump, older_cutoff=accept_older_cutoff),
            search_trials=search,
            cluster=cluster,
        )
    written = keep_report(place, report, zone)
    if json:
        as_json(report)
    else:
        show_retrain(report, zone, whole=whole)
        say(f"\nWhole report:    --all, or {written}")
        say(f"Release folder:  {report.release_dir}")
        say(f"MLflow:          mlflow ui --backend-store-uri {in_shell(place.tracking_uri)}")
        say(one_line(report))
    raise_refusal(report)


def show_retrain(report: RetrainReport, zone: ZoneInfo, *, whole: bool = False) -> None:
    """Print what a retrain decided after the comparison, or the whole report.

    Parameters
    ----------
    report : RetrainReport
    zone : ZoneInfo
        In which days are told.
    whole : bool
        Whether to print every section, the decision last.
    """
    only = None if whole else (SUMMARY, DECISION)
    show_document(retrain_document(report, zone), last=DECISION, only=only)


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What a person lets through the gate: a jump in volume, a champion that knows older data."""

    volume_jump: bool = False
    older_cutoff: bool = False


NOTHING_ACCEPTED = Accepted()


def run_retrain(
    place: "Workspace",
    data_cutoff: int | None,
    step: ShownSteps,
    *,
    accepted: Accepted = NOTHING_ACCEPTED,
    search_trials: int = 0,
    cluster: str | None = None,
) -> "RetrainReport":
    """Retrain a workspace on the newest agreed definition.

    Parameters
    ----------
    place : Workspace
    data_cutoff : int or None
        Seconds since 1970 UTC up to which the tables are complete; None: from the data clock.
    step : ShownSteps
        Shows progress.
    accepted : Accepted
        What a person lets through the gate.
    search_trials : int
        Hyperparameters to try first; 0 keeps the present ones.
    cluster : str, optional
        Address of a Dask scheduler.
    """

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
            accept_volume_jump=accepted.volume_jump,
            accept_older_cutoff=accepted.older_cutoff,
            seed=place.seed,
            by=getpass.getuser(),
            search_trials=search_trials,
            cluster=cluster,
            tuned_file=place.folder / TUNED,
        ),
        progress=step,
    )


def keep_report(place: Workspace, report: RetrainReport, zone: ZoneInfo) -> Path:
    """Leave a run's report for people, whose page is named, and its figures for a monitoring agent.

    Parameters
    ----------
    place : Workspace
    report : RetrainReport
    zone : ZoneInfo
        In which days are told.
    """
    finished_at = int(time.time())
    text = open_metrics(report, finished_at=finished_at)
    # A monitoring agent may read at any moment.
    write_whole_file(place.report_path("retrain.prom"), text.encode())
    return write_document(place, "retrain", retrain_document(report, zone))
