"""``awase recalibrate``: between retrains, the champion at the level of the newest outcomes."""

import getpass
from typing import Annotated

import typer

from serving.cli.agreement import open_workspace
from serving.cli.instants import parse_cutoff
from serving.cli.model.drift import show_level
from serving.cli.options import DataCutoffOption, JsonOption, WorkspaceOption
from serving.cli.output.console import ShownSteps, as_json, heading, say, steps
from serving.cli.output.show_document import show_section
from serving.workspace.workspace import Workspace
from training.promotion.next_step import raise_refusal
from training.promotion.publish import RetrainSettings
from training.recalibrate import Recalibrated
from training.recalibrate import recalibrate as recalibrate_champion
from training.reports.cutoff_sections import cut_offs_section
from training.reports.retrain_report import decision_section, one_line

app = typer.Typer(add_completion=False)


@app.command()
def recalibrate(
    data_cutoff: DataCutoffOption = None,
    accept_volume_jump: Annotated[
        bool,
        typer.Option(
            "--accept-volume-jump", help="A person's word that a jump in volume is wanted."
        ),
    ] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Move the level of all probabilities, as a new release, if a test says that it is off."""

    place = open_workspace(workspace)
    with steps() as step:
        cutoff = parse_cutoff(data_cutoff, place.definition().zone)
        found = run_recalibrate(place, cutoff, step, accept_volume_jump=accept_volume_jump)
    report = found.report
    if json:
        as_json(found)
    elif report is None or report.recalibration is None:
        heading(f"Since release {found.champion} learned")
        _show_level(found)
    else:
        show_section(decision_section(report))
        show_section(cut_offs_section(report.cut_offs, place.definition().zone))
        say(f"\nRelease folder:  {report.release_dir}")
        say(one_line(report))
    if report is not None:
        raise_refusal(report)


def run_recalibrate(
    place: "Workspace",
    data_cutoff: int | None,
    step: ShownSteps,
    *,
    accept_volume_jump: bool = False,
) -> "Recalibrated":
    """Recalibrate a workspace's champion, if a test finds its base rate off.

    Parameters
    ----------
    place : Workspace
    data_cutoff : int or None
        Seconds since 1970 UTC up to which the tables are complete; None: from the data clock.
    step : ShownSteps
        Shows progress.
    accept_volume_jump : bool
        Whether a person accepts a jump in the number of qualified leads.
    """

    store = place.store()
    agreed = place.in_force(store=store)
    return recalibrate_champion(
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
        ),
        progress=step,
    )


def _show_level(found: "Recalibrated") -> None:

    show_level(found.level)
    if found.level.moved:
        say("  Too little has matured to measure another level: nothing was changed.")
    else:
        say("  Nothing was changed.")
