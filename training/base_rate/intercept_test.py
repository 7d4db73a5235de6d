"""Has the level of all probabilities moved, beyond what chance moves?

Asked of a fit that has just been learned, as its newest outcomes have not matured yet, and between
retrains of the champion. What counts as evidence: :mod:`training.base_rate.evidence`.

A new intercept is worth having only when a test says that the old one is off. Moving it a little
every month, by habit, made things worse: it chases noise.
"""

from dataclasses import replace

import numpy as np

from features.core.arrays import IntArray
from features.snapshot_rows import SnapshotRows, computed
from training.base_rate.evidence import BaseRateEvidence, can_be_followed, evidence_of
from training.dataset.dataset import Dataset
from training.metrics.bootstrap import sums_by_group
from training.metrics.logistic import fit_intercept_shift, probability_of
from training.model.release import Release
from training.results.records import InterceptTest
from training.results.scored import ScoredSnapshots
from training.train.train import look_back

FALSE_ALARMS = 0.01
"""How often a level that has not moved is called moved."""

SURELY = 2.576
"""Standard errors that a normal variable exceeds with that chance, either way."""

FEWEST_CONVERTED = 50
SMALLEST_SHIFT = 0.1
"""Log-odds; less than this changes no decision that rounding does not change as well."""

PACE = 0.05
"""Standard deviation, in log-odds, of how much faster or slower than usual outcomes come in some
month, for what has not matured: holidays delay them, and no number of leads averages that out. In
nine months of the simulated company, 18 companies together, they came between 6 % slower and 2 %
faster (standard deviation .026); a real calendar is given twice as much."""


def check_intercept(evidence: BaseRateEvidence) -> InterceptTest:
    """Test the level of probabilities on outcomes that were not known when they were given.

    Parameters
    ----------
    evidence : BaseRateEvidence
        Nothing the fit learned from.
    """
    probability = probability_of(evidence.log_odds)
    n_converted = int(evidence.converted.sum())
    found = InterceptTest(
        n_snapshots=len(evidence),
        n_young=int((evidence.shown < 1).sum()),
        n_converted=n_converted,
        promised=float((evidence.weight * evidence.shown) @ probability),
    )
    if min(n_converted, len(evidence) - n_converted) < FEWEST_CONVERTED:
        return found
    shift = level_of(evidence)
    level = probability_of(evidence.log_odds + shift)
    weighs = evidence.weight * evidence.shown
    # Errors of a group add up before they are squared: its snapshots share their outcome.
    off = evidence.weight * (evidence.converted - evidence.shown * level)
    left_over = sums_by_group(evidence.group, off[:, None])[:, 0]
    curvature = (weighs * (level * (1 - level))).sum()
    by_chance = float(np.sqrt((left_over**2).sum()) / curvature)
    is_young = evidence.shown < 1
    by_pace = PACE * float(weighs[is_young] @ probability[is_young]) / found.promised
    error = float(np.hypot(by_chance, by_pace))
    low, high = shift - SURELY * error, shift + SURELY * error
    surely = low > 0 or high < 0
    return replace(
        found, shift=shift, low=low, high=high, moved=surely and abs(shift) >= SMALLEST_SHIFT
    )


def level_of(evidence: BaseRateEvidence) -> float:
    """Compute the shift at which expected equals observed outcomes; natural log-odds."""
    return fit_intercept_shift(
        evidence.log_odds, evidence.converted, evidence.weight, shown=evidence.shown
    )


def level_since(release: Release, dataset: Dataset) -> InterceptTest:
    """Test a release's intercept on outcomes observed since the last snapshot it learned from.

    Parameters
    ----------
    dataset : Dataset
        By the newest data.
    """
    return check_intercept(evidence_since(release, dataset))


def evidence_since(release: Release, dataset: Dataset) -> BaseRateEvidence:
    """Collect outcomes of snapshots after the last a release learned from, matured or not."""
    until = release.card.trained_until
    if not can_be_followed(dataset.definition):
        return BaseRateEvidence.of_matured(scored_since(release, dataset)[0])
    outcomes = dataset.outcomes
    # Those that converted before tell how soon outcomes come.
    tells = outcomes.matured & outcomes.converted
    rows = np.flatnonzero(tells | (dataset.moments.as_of > until))
    scored, _ = _scored(release, dataset, rows)
    return evidence_of(scored, dataset, known_at=dataset.data_cutoff, learned_until=until)


def scored_since(release: Release, dataset: Dataset) -> tuple[ScoredSnapshots, SnapshotRows]:
    """What matured after the last snapshot a release learned from, with its probabilities."""
    later = dataset.moments.as_of > release.card.trained_until
    return _scored(release, dataset, np.flatnonzero(dataset.outcomes.matured & later))


def _scored(
    release: Release, dataset: Dataset, rows: IntArray
) -> tuple[ScoredSnapshots, SnapshotRows]:
    snapshot = look_back(release.fit, dataset, rows)
    outcomes = dataset.outcomes.take(rows)
    scored = ScoredSnapshots(
        probability=computed(snapshot, lambda some: release.probability(some.matrix)),
        converted=outcomes.converted,
        matured=outcomes.matured,
        lead=snapshot.moments.lead,
        group=dataset.groups_at(rows),
        as_of=snapshot.moments.as_of,
        weight=outcomes.weight,
    )
    return scored, snapshot
