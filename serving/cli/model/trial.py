"""``awase trial``: model and rulebook side by side, by lot: plan it, look at it, end it."""

import getpass
from dataclasses import replace
from typing import Annotated

import typer

from features.core.clock import DAY
from features.core.errors import LeadDataError
from features.core.qualification import Qualification
from features.definition import LeadDefinition
from features.definition.trial import Counted, Trial
from features.store import Store
from features.store.releases import read_champion
from serving.cli.agreement import open_workspace, tell_adopted
from serving.cli.options import JsonOption, WorkspaceOption
from serving.cli.output.console import as_json, say
from serving.cli.output.show_document import show_document, write_document
from serving.decisions.in_force.end_trial import end_trial
from serving.ledger.agreements import AgreementDecision
from serving.ledger.trial_leads import read_lot
from serving.workspace.workspace import Workspace
from training.dataset.dataset import load_dataset
from training.reports.document.formats import document_files
from training.reports.trial_document import plan_document, trial_document
from training.results.comparison_records import Matching
from training.results_store import keep_trial, read_retrain
from training.tracking.mlflow_trial import log_trial
from training.trial.count import count_trial, wait_seconds
from training.trial.follow import entered_leads, past_entries
from training.trial.plan import plan_trial
from training.trial.records import Difference, TrialReport

app = typer.Typer(
    help="Model and rulebook side by side, by lot: plan, status, end.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command("plan")
def plan(
    worthwhile: Annotated[
        float | None,
        typer.Option(help="Smallest difference worth having, per 100.", show_default="as agreed"),
    ] = None,
    share: Annotated[
        float | None, typer.Option(help="Share of the tested arm.", min=0.05, max=0.95)
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
    dataset = load_dataset(place.store(), definition, data_cutoff=None, seed=place.seed)
    found = plan_trial(
        past_entries(dataset, figure),
        share=share or (0.5 if agreed is None else agreed.tested.share),
        worthwhile=worthwhile,
        capacity=definition.hand_overs_per_month,
        wait_days=wait_seconds(definition) // DAY,
    )
    document = plan_document(found, figure, definition.zone)
    path = write_document(place, "trial_plan", document)
    if json:
        as_json(found)
        return
    show_document(document)
    say(f"\nReport:  {path} (and .ja, .md)")


@app.command("status")
def status(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Count the trial as it stands, and say what would be decided today."""

    place = open_workspace(workspace)
    store, definition = place.store(), place.definition()
    report = _count(place, store, definition)
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
    report = _count(place, store, definition)
    adopted = end_trial(
        place,
        store,
        report,
        decision=AgreementDecision(by=getpass.getuser(), present=present, what="", why=why),
        without_answer=without_answer,
    )
    say(f"Version {adopted.after.number}: {adopted.after.decision.what}")
    tell_adopted(adopted)


def _count(place: Workspace, store: Store, definition: LeadDefinition) -> TrialReport:
    """Count the trial of the agreement in force; kept for the page, and logged."""
    trial = definition.trial
    if trial is None:
        msg = (
            "a look needs a trial in the agreement; got none. Plan one with `awase trial plan` and "
            "write it under `trial:`."
        )
        raise LeadDataError(msg)
    dataset = load_dataset(store, definition, data_cutoff=None, seed=place.seed)
    with store.engine.connect() as connection:
        lot = read_lot(connection, trial)
    if not len(lot.lead_id):
        msg = (
            f"a look needs leads that entered; got none of trial {trial.name}, which begins on "
            f"{trial.starts_on}. Leads enter with the first `awase score` from then on."
        )
        raise LeadDataError(msg)
    entered = entered_leads(dataset, lot, trial)
    report = count_trial(trial, definition, entered, as_of=dataset.data_cutoff)
    report = replace(report, observational=_observational(store, trial))
    keep_trial(store, report)
    files = document_files(f"trial_{trial.name}", trial_document(report, definition.zone))
    documents = {name: content.decode() for name, content in files.items()}
    log_trial(report, place.tracking_uri, documents=documents)
    return report


def _observational(store: Store, trial: Trial) -> Difference | None:
    """What the champion's comparison without a lot said, tested less control, per 100."""
    champion = read_champion(store)
    found = None if champion is None else read_retrain(store, champion.release_id)
    for pair in () if found is None else found.comparison.pairs:
        said = pair.rate_difference
        if pair.matching is Matching.PAST and pair.qualification is Qualification.MQL and said:
            sign = 100 if trial.tested.name == "model" else -100
            ends = sorted(sign * x for x in (said.low, said.high) if x is not None)
            return Difference(
                value=sign * said.value,
                low=ends[0] if ends else None,
                high=ends[-1] if ends else None,
            )
    return None
