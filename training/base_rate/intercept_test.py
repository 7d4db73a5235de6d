"""Has the level of all probabilities moved, beyond what chance moves?

Asked of a fit that has just been learned, as its newest outcomes have not matured yet, and between
retrains of the champion. What counts as evidence: :mod:`training.base_rate.evidence`.

Outcomes that come sooner than they used to look like more of them while most are young. So the pace
is estimated beside the level, from when outcomes came and not from how many, and the level is asked
for at that pace. That costs little: in a world that keeps its pace the standard error grows by
about a sixth.

A new intercept is worth having only when a test says that the old one is off. Moving it a little
every month, by habit, made things worse: it chases noise.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import xlogy

from features.core.arrays import FloatArray, IntArray
from features.snapshot_rows import SnapshotRows, computed
from training.base_rate.evidence import BaseRateEvidence, can_be_followed, evidence_of
from training.dataset.dataset import Dataset
from training.metrics.bootstrap import sums_by_group
from training.metrics.logistic import fit_intercept_shift, log_odds_of, probability_of
from training.model.release import Release
from training.model.trained_model import TrainedModel
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

MISFIT = 0.5
"""Standard error, as a share of what allowing for another pace takes off the shift or adds to it:
how outcomes come sooner or later is told by one number here, and the world may do it otherwise.
Chosen on generated worlds in which all outcomes come up to three times as fast."""

SLOWEST = 9.0
"""Power of the pace beyond which nothing is estimated."""


@dataclass(frozen=True, kw_only=True)
class _Pace:
    """How soon outcomes come, compared with those that matured: ``shown ** power`` by now.

    The power is read off the places of the outcomes that came, each within what its moment could
    show. Half of that is their mean at the pace that was, whatever the level is.

    Attributes
    ----------
    power : float
        1 at the pace that was, smaller where outcomes come sooner.
    by_moment : ndarray of shape (n,)
        What each moment adds to the logarithm of the power beyond its estimate.
    """

    power: float
    by_moment: FloatArray

    @classmethod
    def of(cls, evidence: BaseRateEvidence) -> "_Pace":
        came = evidence.weight * (evidence.converted & (evidence.shown > 0))
        place = np.divide(
            evidence.came_at, evidence.shown, out=np.zeros(len(evidence)), where=came > 0
        )
        # Places of an even pace are uniform; those of ``shown ** power`` have this mean.
        found = (came @ place) / came.sum() if came.any() else 0.5
        mean = float(np.clip(found, 1 / (1 + SLOWEST), SLOWEST / (1 + SLOWEST)))
        by_moment = came * (place - mean) / (max(came.sum(), 1.0) * mean * (1 - mean))
        return cls(power=mean / (1 - mean), by_moment=by_moment)


def check_intercept(evidence: BaseRateEvidence) -> InterceptTest:
    """Test the level of probabilities on outcomes that were not known when they were given.

    Parameters
    ----------
    evidence : BaseRateEvidence
        Nothing the fit learned from.
    """
    n_converted = int(evidence.converted.sum())
    pace = _Pace.of(evidence)
    shown = evidence.shown**pace.power
    found = InterceptTest(
        n_snapshots=len(evidence),
        n_young=int((evidence.shown < 1).sum()),
        n_converted=n_converted,
        promised=float((evidence.weight * shown) @ probability_of(evidence.log_odds)),
    )
    if min(n_converted, len(evidence) - n_converted) < FEWEST_CONVERTED:
        return found
    shift = _shift_at(shown, evidence)
    error = float(
        np.hypot(
            _standard_error(shift, shown, pace, evidence),
            MISFIT * (shift - _shift_at(evidence.shown, evidence)),
        )
    )
    low, high = shift - SURELY * error, shift + SURELY * error
    surely = low > 0 or high < 0
    return replace(
        found, shift=shift, low=low, high=high, moved=surely and abs(shift) >= SMALLEST_SHIFT
    )


def _standard_error(
    shift: float, shown: FloatArray, pace: _Pace, evidence: BaseRateEvidence
) -> float:
    """Of the shift, by chance alone; the pace is estimated from the same outcomes."""
    level = probability_of(evidence.log_odds + shift)
    off = evidence.weight * (evidence.converted - shown * level)
    # What a slower pace would hide of what is expected by now.
    hidden = -float((evidence.weight * level) @ xlogy(shown, shown))
    # Errors of a group add up before they are squared: its snapshots share their outcome.
    left_over = sums_by_group(evidence.group, (off + hidden * pace.by_moment)[:, None])[:, 0]
    curvature = float((evidence.weight * shown) @ (level * (1 - level)))
    return float(np.sqrt((left_over**2).sum())) / curvature


def level_of(evidence: BaseRateEvidence) -> float:
    """Compute the shift at which expected equals observed outcomes; natural log-odds.

    What is expected by now goes by the pace at which the outcomes came.
    """
    return _shift_at(evidence.shown ** _Pace.of(evidence).power, evidence)


def _shift_at(shown: FloatArray, evidence: BaseRateEvidence) -> float:
    return fit_intercept_shift(evidence.log_odds, evidence.converted, evidence.weight, shown=shown)


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
    snapshot = look_back(release.fit, dataset, rows)
    probability = computed(snapshot, lambda some: release.probability(some.matrix))
    scored = _scored(dataset, rows, probability)
    return evidence_of(scored, dataset, known_at=dataset.data_cutoff, learned_until=until)


def scored_since(release: Release, dataset: Dataset) -> tuple[ScoredSnapshots, SnapshotRows]:
    """What matured since, with probabilities by what had not learned from it.

    The shipped boosters have learned from many of these while they were young, and would be too
    right about them: by .010 of a log loss of .188 on simulated companies of 4,000 leads, their
    level the same to 1 %. So the tested fit, which saw nothing of the time after its test began,
    stands for the shipped one, at the level of that.
    """
    later = dataset.moments.as_of > release.card.trained_until
    rows = np.flatnonzero(dataset.outcomes.matured & later)
    scored = _scored(dataset, rows, _told_unseen(release, dataset, rows))
    return scored, look_back(release.fit, dataset, rows)


def _told_unseen(release: Release, dataset: Dataset, rows: IntArray) -> FloatArray:
    """Probabilities by the tested fit at the level of the shipped one; shape (n_rows,)."""
    shipped, tested = (_log_odds(fit, dataset, rows) for fit in (release.fit, release.tested))
    return probability_of(tested + fit_intercept_shift(tested, probability_of(shipped)))


def _log_odds(fit: TrainedModel, dataset: Dataset, rows: IntArray) -> FloatArray:
    snapshot = look_back(fit, dataset, rows)
    return log_odds_of(computed(snapshot, lambda some: fit.probability(some.matrix)))


def _scored(dataset: Dataset, rows: IntArray, probability: FloatArray) -> ScoredSnapshots:
    moments, outcomes = dataset.at(rows), dataset.outcomes.take(rows)
    return ScoredSnapshots(
        probability=probability,
        converted=outcomes.converted,
        matured=outcomes.matured,
        lead=moments.lead,
        group=dataset.groups_at(rows),
        as_of=moments.as_of,
        weight=outcomes.weight,
    )
