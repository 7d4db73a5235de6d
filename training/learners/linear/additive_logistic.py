"""The linear model of a margin: a sum of one small function per feature, in plain numbers.

A number adds ``plain * z + logarithm * z_log + known``, where ``z`` is how far it lies from the
training mean in standard deviations, and the weights of the steps it stands on; a category adds
the weight of its level. The unknown adds nothing. Because every feature stands alone, what it adds
less what it adds on average *is* its Shapley value: contributions of this part are exact.

Why a line beside trees: shallow trees on some hundred rows cut a steady trend into two or three
steps, and a line extrapolates it. Mixed half and half the two were better later in time than either
alone on nearly every period tried; the figures stand in :mod:`training.learners.boosting.blend`.

Why compiled: one lead in a request and a million in a batch run the same additions in the same
order, so that a probability is the same to the last bit wherever it was made.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from features.core.arrays import FloatArray, IntArray
from features.core.compiled import Compiled
from training.metrics.special import expit

FARTHEST = 4.0
"""Standard deviations beyond which a value counts as this far out: no single typing error may
decide a probability, and what lies outside the range seen does not run away with it."""

ROWS_AT_ONCE = 1 << 14


@dataclass(frozen=True, kw_only=True)
class Ramp:
    """A weight per standard deviation from a centre."""

    centre: float
    scale: float
    weight: float


@dataclass(frozen=True, kw_only=True)
class WeightStep:
    """A weight for values from ``low`` to ``high``, both included; None is no bound."""

    low: float | None
    high: float | None
    weight: float


@dataclass(frozen=True, kw_only=True)
class FeatureLine:
    """What one feature adds to the margin, in natural log-odds.

    Attributes
    ----------
    plain, logarithm : Ramp or None
        Of the value, and of its signed logarithm.
    known : float
        Whatever the value is.
    steps : tuple of WeightStep
    levels : tuple of float
        Of a category, by code; codes beyond add nothing.
    mean : float
        What the feature added on average over the training rows.
    """

    plain: Ramp | None = None
    logarithm: Ramp | None = None
    known: float = 0.0
    steps: tuple[WeightStep, ...] = ()
    levels: tuple[float, ...] | None = None
    mean: float = 0.0


@dataclass(frozen=True, kw_only=True)
class AdditiveLogistic:
    """A logistic regression whose every feature can be told apart.

    Attributes
    ----------
    features : tuple of FeatureLine
        In the order of the matrix.
    intercept : float
    share : float
        Of the margin that is served: this part has so much of it, boosters have the rest.
    """

    features: tuple[FeatureLine, ...]
    intercept: float
    share: float = 1.0

    @property
    def base(self) -> float:
        """Mean margin over the training rows."""
        return self.intercept + sum(feature.mean for feature in self.features)

    @cached_property
    def means(self) -> FloatArray:
        """What each feature added on average over the training rows."""
        return np.array([feature.mean for feature in self.features])

    @cached_property
    def _flat(self) -> "FlatLine":
        return _flatten(self.features)

    def additions(self, matrix: FloatArray, *, compiled: bool = True) -> FloatArray:
        """What each feature adds, in natural log-odds.

        Parameters
        ----------
        matrix : ndarray of shape (n, n_features)
        compiled : bool
            Whether to load a compiler, which a few rows do not repay; the same to the last bit.

        Returns
        -------
        ndarray of shape (n, n_features)
        """
        values = np.empty(matrix.shape)
        run = add_up if compiled else add_up.plain
        run(self._flat, np.ascontiguousarray(matrix, dtype=np.float64), values)
        return values

    def margin(self, matrix: FloatArray, *, compiled: bool = True) -> FloatArray:
        """Natural log-odds of rows, shape (n,); arguments as of :meth:`additions`."""
        # What features add takes as much as the matrix: some rows at a time.
        starts = range(0, max(len(matrix), 1), ROWS_AT_ONCE)
        some = (matrix[start : start + ROWS_AT_ONCE] for start in starts)
        return np.concatenate(
            [
                self.summed(self.additions(rows, compiled=compiled), compiled=compiled)
                for rows in some
            ]
        )

    def summed(self, additions: FloatArray, *, compiled: bool = True) -> FloatArray:
        """The margin of additions, feature by feature: the same bits for one row and a million."""
        total = np.full(len(additions), self.intercept)
        run = sum_up if compiled else sum_up.plain
        run(additions, total)
        return total

    def probability(self, matrix: FloatArray) -> FloatArray:
        """Probability of the outcome within the horizon, shape (n,), without a calibrator."""
        return expit(self.margin(matrix))


class FlatLine(NamedTuple):
    """A line as flat arrays (a named tuple, because compiled code can take one).

    ``ramps`` has a row per feature: centre, scale and weight of the plain value, then the same of
    its logarithm. Steps and levels of feature ``f`` lie from ``start[f]`` to ``start[f + 1]``.
    """

    ramps: FloatArray
    known: FloatArray
    step: FloatArray
    step_start: IntArray
    level: FloatArray
    level_start: IntArray


def _flatten(features: tuple[FeatureLine, ...]) -> FlatLine:
    flat_ramps = [(*_ramp(f.plain), *_ramp(f.logarithm)) for f in features]
    steps = [
        (
            -np.inf if step.low is None else step.low,
            np.inf if step.high is None else step.high,
            step.weight,
        )
        for f in features
        for step in f.steps
    ]
    levels = [level for f in features for level in f.levels or ()]
    return FlatLine(
        ramps=np.array(flat_ramps, dtype=np.float64).reshape(-1, 6),
        known=np.array([f.known for f in features], dtype=np.float64),
        step=np.array(steps, dtype=np.float64).reshape(-1, 3),
        step_start=np.cumsum([0, *(len(f.steps) for f in features)]),
        level=np.array(levels, dtype=np.float64),
        level_start=np.cumsum([0, *(len(f.levels or ()) for f in features)]),
    )


def _ramp(ramp: Ramp | None) -> tuple[float, float, float]:
    return (0.0, 1.0, 0.0) if ramp is None else (ramp.centre, ramp.scale, ramp.weight)


@Compiled
def sum_up(additions: FloatArray, total: FloatArray) -> None:
    """Add to each row's total what its features add, one after another.

    Parameters
    ----------
    additions : ndarray of shape (n, n_features)
    total : ndarray of shape (n,)
    """
    for row in range(len(total)):
        for column in range(additions.shape[1]):
            total[row] += additions[row, column]


@Compiled
def add_up(flat: FlatLine, matrix: FloatArray, values: FloatArray) -> None:
    """Fill in what each feature of each row adds.

    A value that is that of the row before is not computed again: a lead's moments follow each
    other, and logarithms are most of the work.

    Parameters
    ----------
    flat : FlatLine
    matrix, values : ndarray of shape (n, n_features)
    """
    ramps, known = flat.ramps, flat.known
    step, step_start, level, level_start = flat.step, flat.step_start, flat.level, flat.level_start
    for i in range(matrix.shape[0]):
        for f in range(matrix.shape[1]):
            value = matrix[i, f]
            if not np.isfinite(value):
                values[i, f] = 0.0
                continue
            if i > 0 and matrix[i - 1, f] == value:
                values[i, f] = values[i - 1, f]
                continue
            total = known[f]
            if ramps[f, 2] != 0.0:
                total += ramps[f, 2] * _deviation(value, ramps[f, 0], ramps[f, 1])
            if ramps[f, 5] != 0.0:
                total += ramps[f, 5] * _deviation(_signed_log(value), ramps[f, 3], ramps[f, 4])
            for s in range(step_start[f], step_start[f + 1]):
                if step[s, 0] <= value <= step[s, 1]:
                    total += step[s, 2]
            code = level_start[f] + int(value)
            if value >= 0.0 and code < level_start[f + 1]:
                total += level[code]
            values[i, f] = total


@Compiled
def _deviation(value: float, centre: float, scale: float) -> float:
    return min(max((value - centre) / scale, -FARTHEST), FARTHEST)


@Compiled
def _signed_log(value: float) -> float:
    # Not numpy's, which has its own logarithm where the processor has wide vectors.
    return math.log1p(value) if value >= 0.0 else -math.log1p(-value)
