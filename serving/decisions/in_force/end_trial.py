"""Ending a trial: with its answer, or given up, as the next version of the agreement."""

from dataclasses import replace

from features.core.clock import from_second
from features.core.errors import Refusal
from features.core.formats import local_date
from features.definition.yaml.write import unmarked, with_key_of
from features.store import Store
from serving.decisions.in_force.change import AdoptedVersion, adopt_text
from serving.ledger.agreements import AgreementDecision
from serving.workspace.workspace import Workspace, agreed_text
from training.reports.trial_document import verdict_words
from training.results_store import keep_trial_end
from training.trial.records import TrialReport


def end_trial(
    workspace: Workspace,
    store: Store,
    report: TrialReport,
    *,
    decision: AgreementDecision,
    without_answer: bool = False,
) -> AdoptedVersion:
    """Take the trial out of the agreement, with what it showed as what was agreed.

    Parameters
    ----------
    workspace : Workspace
    store : Store
    report : TrialReport
        As the trial stood when somebody last looked.
    decision : AgreementDecision
        Who ends it, who was present, and why; what was agreed is what the trial showed.
    without_answer : bool
        Whether it may end before anything can be said.

    Raises
    ------
    Refusal
        If nothing would be decided yet, and it is not given up.
    """
    newest = workspace.agreed_versions(store).versions[0]
    zone = agreed_text(newest).definition.zone
    if not without_answer and not report.is_ripe and not report.is_decided:
        ripe = local_date(from_second(report.ripe_at), zone).en
        msg = (
            "a trial must end with its answer, or at the agreed end; got a trial of which nothing "
            f"can be said yet. Its last lead has ripened on {ripe}; to give it up without an "
            "answer: `awase trial end --without-answer`."
        )
        raise Refusal(msg)
    what = f"trial {report.name} ends: {verdict_words(report, zone).en}"
    keep_trial_end(store, report)
    return adopt_text(
        workspace,
        store,
        with_key_of(unmarked(newest.definition), "trial", "{}"),
        decision=replace(decision, what=what),
        replaces=newest.number,
    )
