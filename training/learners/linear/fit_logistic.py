"""Fitting the linear model: a ridge logistic regression on prepared columns, by feature.

A number enters twice, as it is and as its signed logarithm, since counts and amounts matter by
their tenfold and durations by their length: on X Education the logarithm alone gave .456, the plain
number .425, both .423. Whether it is known is a column of its own. Ten times the ridge was up to
.005 better on earlier periods of a bank's applications after a day and .001 to .019 worse on the
others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from threadpoolctl import threadpool_limits

from features.core.arrays import BoolArray, FloatArray, IntArray
from training.learners.linear.additive_logistic import (
    FARTHEST,
    AdditiveLogistic,
    FeatureLine,
    Ramp,
    WeightStep,
)
from training.metrics.special import expit

RIDGE = 10.0
"""Weight of half the squared coefficients, on standardised columns."""

MIN_LEVEL_SNAPSHOTS = 20
"""A rarer category shares the intercept: its own coefficient would be noise."""

Kind = Literal["plain", "logarithm", "known", "step", "level"]


@dataclass(frozen=True, kw_only=True)
class Term:
    """One column of the regression, made of one feature.

    Attributes
    ----------
    feature : int
        Column of the matrix.
    sign : int
        +1 where the coefficient may not be below zero, -1 where not above, else 0.
    centre, scale : float
        Of a ramp.
    low, high : float
        Of a step, both included; of a level its code.
    """

    feature: int
    kind: Kind
    sign: int = 0
    centre: float = 0.0
    scale: float = 1.0
    low: float | None = None
    high: float | None = None

    def column(self, values: FloatArray) -> FloatArray:
        """The term's column for values of its feature."""
        known = np.isfinite(values)
        if self.kind == "known":
            return known.astype(np.float64)
        if self.kind in ("step", "level"):
            low = -np.inf if self.low is None else self.low
            high = np.inf if self.high is None else self.high
            return ((values >= low) & (values <= high)).astype(np.float64)
        if self.kind == "logarithm":
            values = signed_log(values)
        deviation = np.clip((values - self.centre) / self.scale, -FARTHEST, FARTHEST)
        return np.where(known, deviation, 0.0)


@dataclass(frozen=True, kw_only=True)
class Design:
    """The columns of a regression: which terms, and their values; shape (n, n_terms)."""

    terms: tuple[Term, ...]
    columns: FloatArray
    n_features: int

    @classmethod
    def of(cls, terms: Sequence[Term], matrix: FloatArray) -> "Design":
        """The terms' columns for a training matrix, without those that never vary."""
        columns = [term.column(matrix[:, term.feature]) for term in terms]
        kept = [i for i, column in enumerate(columns) if column.min() < column.max()]
        shape = (len(matrix), len(kept))
        return cls(
            terms=tuple(terms[i] for i in kept),
            columns=np.column_stack([columns[i] for i in kept]) if kept else np.empty(shape),
            n_features=matrix.shape[1],
        )

    def as_line(self, coefficients: FloatArray) -> AdditiveLogistic:
        """Coefficients, the intercept last, as what each feature adds."""
        means = self.columns.mean(axis=0) if len(self.columns) else np.empty(0)
        features = [
            _feature_line(
                [(i, term) for i, term in enumerate(self.terms) if term.feature == f],
                coefficients,
                means,
            )
            for f in range(self.n_features)
        ]
        return AdditiveLogistic(features=tuple(features), intercept=float(coefficients[-1]))


def all_terms(
    matrix: FloatArray, categorical: Sequence[int] = (), monotone: Sequence[int] = ()
) -> tuple[Term, ...]:
    """Make terms of every feature, their centres and scales learned from a training matrix.

    Parameters
    ----------
    matrix : ndarray of shape (n, n_features)
        NaN where unknown.
    categorical : sequence of int
        Columns of category codes.
    monotone : sequence of int
        Per column +1, 0 or -1; empty where nothing is constrained.
    """
    signs = list(monotone) or [0] * matrix.shape[1]
    codes = set(categorical)
    terms: list[Term] = []
    for f in range(matrix.shape[1]):
        if f in codes:
            terms += level_terms(f, matrix[:, f])
        else:
            terms += number_terms(f, matrix[:, f], sign=signs[f])
    return tuple(terms)


def number_terms(feature: int, values: FloatArray, *, sign: int = 0) -> list[Term]:
    """Make the terms of a number: two ramps, and whether it is known.

    Parameters
    ----------
    feature : int
        Its column in the matrix.
    values : ndarray of shape (n,)
        From which centre and scale are learned; NaN where unknown.
    sign : int
        +1 where the coefficient may not be below zero, -1 where not above, else 0.
    """
    terms = [Term(feature=feature, kind="known")]
    known = values[np.isfinite(values)]
    kinds: tuple[tuple[Kind, FloatArray], ...] = (
        ("plain", known),
        ("logarithm", signed_log(known)),
    )
    for kind, numbers in kinds:
        spread = float(numbers.std()) if len(numbers) else 0.0
        if spread > 0:
            centre = float(numbers.mean())
            terms.append(Term(feature=feature, kind=kind, sign=sign, centre=centre, scale=spread))
    return terms


def level_terms(feature: int, values: FloatArray) -> list[Term]:
    """A term for each level that is not rare, and whether the category is known."""
    codes, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    return [Term(feature=feature, kind="known")] + [
        Term(feature=feature, kind="level", low=float(code), high=float(code))
        for code in codes[counts >= MIN_LEVEL_SNAPSHOTS]
    ]


def fit_coefficients(
    design: Design,
    converted: BoolArray | FloatArray,
    *,
    weight: FloatArray | None = None,
    start: FloatArray | None = None,
    ridge: float = RIDGE,
) -> FloatArray:
    """Fit coefficients by penalised maximum likelihood, the intercept last and not penalised.

    Where a coefficient comes out on the wrong side of its term's sign it is zero and the others are
    fitted anew, until none does.

    Parameters
    ----------
    design : Design
        Columns of n rows.
    converted : ndarray of shape (n,)
        Outcome within the horizon, or the chance of it.
    weight : ndarray of shape (n,), optional
        For how many snapshots each stands.
    start : ndarray of shape (n_terms + 1,)
        Where to begin; the base rate unless given.
    ridge : float
        Weight of half the squared coefficients.

    Returns
    -------
    ndarray of shape (n_terms + 1,)
        Natural log-odds per unit of each column.
    """
    signs = np.array([*(term.sign for term in design.terms), 0])
    n_terms = len(design.terms)
    free = np.arange(n_terms + 1)
    weights = np.ones(len(converted)) if weight is None else weight
    beginning = np.zeros(n_terms + 1) if start is None else start
    while True:
        x = design.columns if len(free) > n_terms else design.columns[:, free[:-1]]
        found = np.zeros(n_terms + 1)
        # Threads that wait for each other on a busy machine took 20 s for what one does in 0.2.
        with threadpool_limits(limits=1, user_api="blas"):
            found[free] = _newton(x, converted, weights, beginning[free], ridge)
        wrong = found * signs < 0
        if not wrong.any():
            return found
        free = free[~wrong[free]]
        beginning = found


def _newton(
    x: FloatArray,
    converted: BoolArray | FloatArray,
    weights: FloatArray,
    start: FloatArray,
    ridge: float,
) -> FloatArray:
    # Imported here: who reads a release fits nothing, and scipy takes a tenth of a second.
    from scipy.linalg import cho_factor, cho_solve

    penalty = np.full(x.shape[1] + 1, ridge)
    # A trace on the intercept keeps it finite where only one outcome came.
    penalty[-1] = 1e-6 * float(weights.sum())
    beta = start.copy()
    value = _penalised_loss(x, converted, weights, beta, penalty)
    # Curvature only steers the steps; the slope, in full, says where they end. What rounding takes
    # from its smallest eigenvalue (.006 in 400,000 rows that repeat themselves) is far below the
    # ridge.
    single = x.astype(np.float32)
    for _ in range(_NEWTON_STEPS):
        probability = expit(x @ beta[:-1] + beta[-1])
        error = weights * (probability - converted)
        curved = weights * probability * (1 - probability)
        gradient = np.append(error @ x, error.sum()) + penalty * beta
        hessian = np.diag(penalty)
        along = curved @ x
        halves = single * np.sqrt(curved, dtype=np.float32)[:, None]
        hessian[:-1, :-1] += halves.T @ halves
        hessian[-1, :-1] += along
        hessian[:-1, -1] += along
        hessian[-1, -1] += curved.sum()
        step = cho_solve(cho_factor(hessian), gradient)
        if float(gradient @ step) < _TOLERANCE * max(value, 1.0):
            break
        # A full step can overshoot far from the optimum.
        for _halving in range(_MOST_HALVINGS):
            tried = _penalised_loss(x, converted, weights, beta - step, penalty)
            if tried <= value:
                break
            step /= 2
        beta, value = beta - step, tried
    return beta


def _penalised_loss(
    x: FloatArray,
    converted: BoolArray | FloatArray,
    weights: FloatArray,
    beta: FloatArray,
    penalty: FloatArray,
) -> float:
    margin = x @ beta[:-1] + beta[-1]
    losses = np.logaddexp(0.0, margin) - converted * margin
    return float(weights @ losses + 0.5 * (penalty * beta) @ beta)


def _feature_line(
    terms: list[tuple[int, Term]], coefficients: FloatArray, means: FloatArray
) -> FeatureLine:
    def ramp(kind: Kind) -> Ramp | None:
        for i, term in terms:
            if term.kind == kind:
                weight = float(coefficients[i])
                return Ramp(centre=term.centre, scale=term.scale, weight=weight)
        return None

    levels = {
        int(t.low): float(coefficients[i])
        for i, t in terms
        if t.kind == "level" and t.low is not None
    }
    by_code = [levels.get(code, 0.0) for code in range(max(levels, default=-1) + 1)]
    return FeatureLine(
        plain=ramp("plain"),
        logarithm=ramp("logarithm"),
        known=float(sum(coefficients[i] for i, term in terms if term.kind == "known")),
        steps=tuple(
            WeightStep(low=term.low, high=term.high, weight=float(coefficients[i]))
            for i, term in terms
            if term.kind == "step"
        ),
        levels=tuple(by_code) if levels else None,
        mean=float(sum(coefficients[i] * means[i] for i, _ in terms)),
    )


def signed_log(values: FloatArray) -> FloatArray:
    """Logarithm of one more than the size, with the value's sign."""
    return np.sign(values) * np.log1p(np.abs(values))


def drawn_rows(n: int, most: int) -> IntArray:
    """All rows, or that many drawn from more, ascending."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).permutation(n)[:most])


_NEWTON_STEPS = 50
_MOST_HALVINGS = 20
_TOLERANCE = 1e-9
