"""``awase trial``: judges side by side, by lot: plan it, look at it, end it."""

import getpass
from typing import Annotated, Literal

import typer

from features.core.clock import DAY
from features.core.errors import LeadDataError
from features.core.progress import PARTS
from features.definition.trial import FEWEST_SHARE, Trial
from serving.cli.agreement import open_workspace
from serving.cli.data.definition.adopt import tell_adopted
from serving.cli.options import JsonOption, WorkspaceOption
from serving.cli.output.console import ONLY_READS, as_json, say, steps
from serving.cli.output.show_document import show_document
from serving.cli.output.write_document import write_document
from serving.decisions.in_force.end_trial import end_trial
from serving.decisions.look_at_trial import look_at_trial
from serving.ledger.agreements import AgreementDecision
from training.dataset.dataset import load_dataset
from training.reports.trial_document import trial_document
from training.reports.trial_plan import plan_document
from training.trial.count import wait_seconds
from training.trial.follow import past_entries
from training.trial.plan import plan_trial

app = typer.Typer(
    help="Judges side by side, by lot: plan, status, end.",
    no_args_is_help=True,
    add_completion=False,
)


Counted = Literal[
    "outcomes_per_100_leads",
    "outcomes_per_100_hand_overs",
    "won_per_100_leads",
    "hours_per_100_leads",
]
"""What a definition may name, which the help would wait for; a test holds one against the other."""

PLAN = "plan by past leads"
"""The step that is shown, in hundredths of the time it takes on the demo."""


@app.command("plan")
def plan(
    worthwhile: Annotated[
        float | None,
        typer.Option(help="Smallest difference worth having, per 100.", show_default="as agreed"),
    ] = None,
    share: Annotated[
        float | None,
        typer.Option(help="Share of the model.", min=0.05, max=0.95, show_default="as agreed"),
    ] = None,
    learned_share: Annotated[
        float | None,
        typer.Option(help="Share of the learned rulebook, a third arm.", min=0.05, max=0.9),
    ] = None,
    counted: Annotated[
        Counted | None, typer.Option(help="Figure that decides.", show_default="as agreed")
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Say how many months a trial takes at this volume, for power 80 and 90 %."""

    place = open_workspace(workspace)
    definition = place.definition()
    agreed = definition.trial
    if worthwhile is None:
        if agreed is None:
            msg = (
                "a plan needs the smallest difference worth having; got none, and no trial is "
                "agreed. Give it as `awase trial plan --worthwhile 1.5`."
            )
            raise LeadDataError(msg)
        worthwhile = agreed.worthwhile
    figure: Counted = "outcomes_per_100_leads" if agreed is None else agreed.counted
    figure = counted or figure
    with steps(ONLY_READS) as step:
        step(PLAN, 0, PARTS)
        dataset = load_dataset(place.store(), definition, data_cutoff=None, seed=place.seed)
        step(PLAN, 60, PARTS)
        entries = past_entries(dataset, figure)
        step(PLAN, 80, PARTS)
        found = plan_trial(
            entries,
            shares=_shares(agreed, of_model=share, of_learned=learned_share),
            worthwhile=worthwhile,
            capacity=definition.hand_overs_per_month,
            wait_days=wait_seconds(definition) // DAY,
        )
        step(PLAN, PARTS, PARTS)
    document = plan_document(found, figure, definition.zone)
    path = write_document(place, "trial_plan", document)
    if json:
        as_json(found)
        return
    show_document(document)
    say(f"\nReport:  {path} (and .ja, .md)")


def _shares(
    agreed: Trial | None, *, of_model: float | None, of_learned: float | None
) -> tuple[float, ...]:
    """Shares of the arms, the control first: those asked for, else as agreed, else halves."""
    if of_model is None and of_learned is None and agreed is not None:
        return tuple(arm.share for arm in agreed.arms)
    third = () if of_learned is None else (of_learned,)
    model = of_model or (1 - sum(third)) / 2
    control = 1 - model - sum(third)
    if control < FEWEST_SHARE:
        msg = (
            f"shares must leave the rulebook {FEWEST_SHARE:g} or more; got {control:.2f} left. "
            "Give smaller shares."
        )
        raise LeadDataError(msg)
    return control, model, *third


@app.command("status")
def status(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Count the trial as it stands, and say what would be decided today."""

    place = open_workspace(workspace)
    store, definition = place.store(), place.definition()
    report = look_at_trial(place, store, definition)
    document = trial_document(report, definition.zone)
    path = write_document(place, f"trial_{report.name}", document)
    if json:
        as_json(report)
        return
    show_document(document)
    say(f"\nReport:  {path} (and .ja, .md; also in MLflow)")


@app.command("end")
def end(
    why: Annotated[str, typer.Option("--why", help="Why; goes into the history.")],
    present: Annotated[str, typer.Option("--present", help="Who was present, by commas.")] = "",
    without_answer: Annotated[
        bool, typer.Option("--without-answer", help="Give it up before it can say anything.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """End the trial with its answer, as the next version of the agreement."""

    place = open_workspace(workspace)
    store, definition = place.store(), place.definition()
    report = look_at_trial(place, store, definition)
    adopted = end_trial(
        place,
        store,
        report,
        decision=AgreementDecision(by=getpass.getuser(), present=present, what="", why=why),
        without_answer=without_answer,
    )
    say(f"Version {adopted.after.number}: {adopted.after.decision.what}")
    tell_adopted(adopted)
