"""Between retrains: has the level of all probabilities moved, beyond what chance moves?

A new intercept is worth having only when a test says that the old one is off. Moving it a little
every month, by habit, made things worse: it chases noise.
"""

from dataclasses import dataclass, replace

import numpy as np

from features.snapshot import Snapshot
from training.bootstrap import sums_by_group
from training.calibrator import NONE, PLATT, Calibrator, fit_level, probability_of
from training.gathered import Gathered
from training.judged import Judged
from training.learned import look_back
from training.metrics import Rows
from training.release import Release

FALSE_ALARMS = 0.01
"""How often a level that has not moved is called moved."""

SURELY = 2.576
"""Standard errors that a normal variable exceeds with that chance, either way."""

FEWEST_CONVERTED = 50
SMALLEST_SHIFT = 0.1
"""Log-odds; less than this changes no decision that rounding does not change as well."""


@dataclass(frozen=True, kw_only=True)
class InterceptTest:
    """By how much the newest matured outcomes say all log-odds are too low, and how surely.

    ``low`` and ``high`` bound the shift but for ``FALSE_ALARMS``; None where too little matured.
    """

    n_snapshots: int
    n_converted: int
    shift: float | None
    low: float | None
    high: float | None

    @property
    def moved(self) -> bool:
        """Whether the intercept should be moved."""
        if self.shift is None or self.low is None or self.high is None:
            return False
        return (self.low > 0 or self.high < 0) and abs(self.shift) >= SMALLEST_SHIFT


def check_intercept(judged: Judged) -> InterceptTest:
    """Test the level of probabilities on outcomes that matured after they were given.

    Parameters
    ----------
    judged : Judged
        Later in time than everything the release learned from, with its probabilities.
    """
    settled = judged.settled
    n_converted = int(settled.converted.sum())
    if min(n_converted, len(settled) - n_converted) < FEWEST_CONVERTED:
        return InterceptTest(
            n_snapshots=len(settled), n_converted=n_converted, shift=None, low=None, high=None
        )
    rows = Rows(
        probability=settled.probability,
        converted=settled.converted,
        base_rate=float(settled.converted.mean()),
    )
    weight = np.ones(len(settled)) if settled.weight is None else settled.weight
    shift = fit_level(rows.log_odds, settled.converted, weight)
    level = probability_of(rows.log_odds + shift)
    # Errors of a group add up before they are squared: its snapshots share their outcome.
    off = weight * (settled.converted - level)
    left_over = sums_by_group(settled.group, off[:, None])[:, 0]
    curvature = (weight * (level * (1 - level))).sum()
    error = float(np.sqrt((left_over**2).sum()) / curvature)
    return InterceptTest(
        n_snapshots=len(settled),
        n_converted=n_converted,
        shift=shift,
        low=shift - SURELY * error,
        high=shift + SURELY * error,
    )


def level_since(release: Release, gathered: Gathered) -> InterceptTest:
    """Test a release's level on what matured after the last snapshot it learned from.

    Parameters
    ----------
    gathered : Gathered
        By the newest data.
    """
    return check_intercept(judged_since(release, gathered)[0])


def judged_since(release: Release, gathered: Gathered) -> tuple[Judged, Snapshot]:
    """What matured after the last snapshot a release learned from, with its probabilities."""
    later = gathered.moments.as_of > release.card.trained_until
    rows = np.flatnonzero(gathered.outcomes.matured & later)
    snapshot = look_back(release.fit, gathered, rows)
    judged = Judged(
        probability=release.probability(snapshot.matrix),
        converted=gathered.outcomes.converted[rows],
        matured=np.ones(len(rows), dtype=np.bool_),
        lead=snapshot.moments.lead,
        group=gathered.groups_at(rows),
        as_of=snapshot.moments.as_of,
        weight=gathered.outcomes.take(rows).weight,
    )
    return judged, snapshot


def move_intercept(calibrator: Calibrator, shift: float) -> Calibrator:
    """The calibrator with all log-odds moved by as much; for a new release."""
    moved = replace(calibrator, intercept=calibrator.intercept + shift)
    if calibrator.coefficients:
        rising, falling, constant = calibrator.coefficients
        moved = replace(moved, coefficients=(rising, falling, constant + shift))
    if calibrator.levels:
        moved = replace(moved, levels=tuple(level + shift for level in calibrator.levels))
    if calibrator.ends is not None:
        low, high = (
            tuple(end + shift for end in ends)
            for ends in (calibrator.ends.low, calibrator.ends.high)
        )
        moved = replace(moved, ends=replace(calibrator.ends, low=low, high=high))
    # What had no calibrator has one now.
    return replace(moved, kind=PLATT) if calibrator.kind == NONE else moved
