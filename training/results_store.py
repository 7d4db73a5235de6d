"""What the review reads of training: the newest retrain, its disagreements, the backtest.

Written when they are found, in the ledger, so that a page never trains nor replays.
"""

from typing import TypeVar

from features.store import Store
from features.store.results import newest_subject, read_finding, write_finding
from training.promotion.apply_agreement import learned_with
from training.reports.retrain_records import RetrainReport
from training.results.backtest_records import Backtest
from training.results.disagreement_records import Disagreements
from training.results.proposal_records import Proposals
from training.results.records import from_json, to_json
from training.trial.records import TrialReport

RETRAIN = "retrain"
"""Kind of a finding; its subject is the release."""

DISAGREEMENTS = "disagreements"
"""Kind of a finding; its subject is the release."""

PROPOSALS = "proposals"
"""Kind of a finding; its subject is the release."""

BACKTEST = "backtest"
"""Kind of a finding; there is one, the newest."""

TRIAL = "trial"
TRIAL_ENDED = "trial_ended"
"""Kind of a finding; its subject is the trial's name."""

NEWEST = "newest"

Record = TypeVar("Record")


def keep_retrain(store: Store, report: RetrainReport, disagreements: Disagreements) -> None:
    """Store what a retrain found.

    Parameters
    ----------
    store : Store
    report : RetrainReport
    disagreements : Disagreements
        Of the test period.
    """
    subject = report.release_id
    write_finding(store, RETRAIN, subject, record=to_json(report))
    write_finding(store, DISAGREEMENTS, subject, record=to_json(disagreements))


def keep_proposals(store: Store, release_id: str, proposals: Proposals) -> None:
    """Store what a retrain proposes to agree on next.

    Parameters
    ----------
    store : Store
    release_id : str
        Of the retrain's release.
    proposals : Proposals
    """
    write_finding(store, PROPOSALS, release_id, record=to_json(proposals))


def read_proposals(store: Store, release_id: str) -> Proposals | None:
    """What the retrain that learned a release's boosters proposes."""
    return _read(store, PROPOSALS, release_id, Proposals)


def keep_backtest(store: Store, found: Backtest) -> None:
    """Write down what a backtest found."""
    write_finding(store, BACKTEST, NEWEST, record=to_json(found))


def keep_trial(store: Store, report: TrialReport) -> None:
    """Write down what a trial showed at its newest look."""
    write_finding(store, TRIAL, report.name, record=to_json(report))


def read_trial(store: Store, name: str) -> TrialReport | None:
    """What a trial showed at its newest look; None before anybody looked."""
    return _read(store, TRIAL, name, TrialReport)


def keep_trial_end(store: Store, report: TrialReport) -> None:
    """Write down that somebody ends a trial, and what it showed then."""
    write_finding(store, TRIAL_ENDED, report.name, record=to_json(report))


def is_trial_ended(store: Store, name: str) -> bool:
    """Whether somebody has ended a trial."""
    return read_finding(store, TRIAL_ENDED, name) is not None


def read_ended_trial(store: Store) -> TrialReport | None:
    """What the trial that was ended last had shown; None before any."""
    newest = newest_subject(store, TRIAL_ENDED)
    return None if newest is None else _read(store, TRIAL_ENDED, newest, TrialReport)


def read_retrain(store: Store, release_id: str) -> RetrainReport | None:
    """What the retrain that made a release found; None of releases made before it was kept."""
    return _read(store, RETRAIN, release_id, RetrainReport)


def read_disagreements(store: Store, release_id: str) -> Disagreements:
    """The disagreements of a release's test; empty where none were recorded."""
    found = _read(store, DISAGREEMENTS, release_id, Disagreements)
    return Disagreements(found=()) if found is None else found


def read_backtest(store: Store) -> Backtest | None:
    """The newest backtest."""
    return _read(store, BACKTEST, NEWEST, Backtest)


def _read(store: Store, kind: str, subject: str, record: type[Record]) -> Record | None:
    finding = read_finding(store, kind, subject)
    if finding is None and subject != NEWEST:
        # A changed agreement gave the boosters another release since.
        finding = read_finding(store, kind, learned_with(store, subject))
    return None if finding is None else from_json(record, finding.record, f"finding {kind}")
