"""A look at the trial of the agreement in force: counted, kept for the pages, and logged."""

from dataclasses import replace

from features.core.errors import LeadDataError
from features.core.qualification import Qualification
from features.definition import LeadDefinition
from features.definition.trial import Trial
from features.store import Store
from features.store.releases import read_promotions
from serving.ledger.trial_leads import read_lot
from serving.workspace.workspace import Workspace
from training.dataset.dataset import load_dataset
from training.reports.document.formats import document_files
from training.reports.trial_document import trial_document
from training.results.comparison_records import Matching
from training.results_store import keep_trial, read_retrain
from training.tracking.mlflow_trial import log_trial
from training.trial.count import PER_LEADS, count_trial
from training.trial.follow import entered_leads
from training.trial.records import Difference, TrialReport


def look_at_trial(workspace: Workspace, store: Store, definition: LeadDefinition) -> TrialReport:
    """Count the trial of a definition; kept for the pages, and logged.

    Parameters
    ----------
    workspace : Workspace
        Whose MLflow gets the figures and the report.
    store : Store
    definition : LeadDefinition
        The one in force.

    Raises
    ------
    LeadDataError
        If no trial is agreed, or no lead has entered it.
    """
    trial = definition.trial
    if trial is None:
        msg = (
            "a look needs a trial in the agreement; got none. Plan one with `awase trial plan` and "
            "write it under `trial:`."
        )
        raise LeadDataError(msg)
    dataset = load_dataset(store, definition, data_cutoff=None, seed=workspace.seed)
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
    report = replace(report, observational=_said_before(store, trial, definition))
    keep_trial(store, report)
    files = document_files(f"trial_{trial.name}", trial_document(report, definition.zone))
    documents = {name: content.decode() for name, content in files.items()}
    log_trial(report, workspace.tracking_uri, documents=documents)
    return report


def _said_before(store: Store, trial: Trial, definition: LeadDefinition) -> Difference | None:
    """What the comparison without a lot said before the trial, model less rulebook, per 100.

    Later releases have learned from the trial itself and prove nothing about that comparison.
    """
    promotions = read_promotions(store)
    begins = trial.begins(definition.zone)
    before = [each for each in promotions if each.promoted_at <= begins] or promotions[-1:]
    found = read_retrain(store, before[0].release_id) if before else None
    for pair in () if found is None else found.comparison.pairs:
        said = pair.rate_difference
        if pair.matching is Matching.PAST and pair.qualification is Qualification.MQL and said:
            low, high = (None if x is None else PER_LEADS * x for x in (said.low, said.high))
            return Difference(value=PER_LEADS * said.value, low=low, high=high)
    return None
