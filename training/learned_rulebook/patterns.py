"""Snapshots that a few rules cannot tell apart, counted together.

Twelve rules tell a few thousand kinds of snapshots apart, however many there are: fitting points to
the kinds, with their counts, costs the same for ten thousand snapshots and for a million.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from features.core.arrays import FloatArray, IntArray

TimesArray = npt.NDArray[np.uint8]

SHRINKAGE = 1.0
"""Weight of the squared points, in log-odds: as much as one snapshot's worth of doubt."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Outcomes of the snapshots at hand.

    Attributes
    ----------
    converted : ndarray of shape (n_snapshots,)
        0 or 1.
    weight : ndarray of shape (n_snapshots,)
        How many snapshots each stands for.
    """

    converted: FloatArray
    weight: FloatArray

    def __len__(self) -> int:
        return len(self.converted)


@dataclass(frozen=True, kw_only=True)
class Patterns:
    """Kinds of snapshots.

    Attributes
    ----------
    code : ndarray of shape (n_snapshots,)
        Kind of each snapshot.
    times : ndarray of shape (n_kinds, n_rules)
        How many times each rule counts.
    n_snapshots, n_converted : ndarray of shape (n_kinds,)
        Weighted.
    """

    code: IntArray
    times: FloatArray
    n_snapshots: FloatArray
    n_converted: FloatArray

    @classmethod
    def of(cls, times: TimesArray, sample: Sample) -> "Patterns":
        """Kinds by some rules.

        Parameters
        ----------
        times : ndarray of shape (n_rules, n_snapshots)
            How many times each rule counts.
        sample : Sample
        """
        code = np.zeros(len(sample), dtype=np.int64)
        for row in times:
            code = code * (int(row.max(initial=0)) + 1) + row
        _, first, code = np.unique(code, return_index=True, return_inverse=True)
        return cls._counted(code, times[:, first].T.astype(np.float64), sample)

    def split_by(self, times: TimesArray, sample: Sample) -> "Patterns":
        """The same kinds, told apart by one rule more."""
        sizes = int(times.max(initial=0)) + 1
        code = self.code * sizes + times
        found = np.flatnonzero(np.bincount(code, minlength=len(self.times) * sizes))
        place = np.zeros(len(self.times) * sizes, dtype=np.int64)
        place[found] = np.arange(len(found))
        columns = np.column_stack([self.times[found // sizes], found % sizes])
        return self._counted(place[code], columns, sample)

    def merged_by(self, total: FloatArray) -> "Patterns":
        """Kinds with the same total counted as one, the total being their only column."""
        distinct, place = np.unique(total, return_inverse=True)
        return Patterns(
            code=place[self.code],
            times=distinct[:, None],
            n_snapshots=_sums(place, self.n_snapshots, len(distinct)),
            n_converted=_sums(place, self.n_converted, len(distinct)),
        )

    @classmethod
    def _counted(cls, code: IntArray, times: FloatArray, sample: Sample) -> "Patterns":
        return cls(
            code=code,
            times=times,
            n_snapshots=_sums(code, sample.weight, len(times)),
            n_converted=_sums(code, sample.weight * sample.converted, len(times)),
        )


def _sums(code: IntArray, values: FloatArray, size: int) -> FloatArray:
    return np.bincount(code, weights=values, minlength=size).astype(np.float64)


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Log-odds per rule, and how well they fit.

    Attributes
    ----------
    per_rule : ndarray of shape (n_rules,)
    intercept : float
    log_likelihood : float
        Natural, summed over snapshots, shrinkage taken off.
    probability : ndarray of shape (n_kinds,)
    """

    per_rule: FloatArray
    intercept: float
    log_likelihood: float
    probability: FloatArray


def fit_weights(patterns: Patterns, signs: IntArray, start: FloatArray | None = None) -> Weights:
    """Fit log-odds per rule by penalised maximum likelihood, none against its declared sign.

    Parameters
    ----------
    patterns : Patterns
        Kinds of snapshots with their counts.
    signs : ndarray of shape (n_rules,)
        1, -1, or 0 for either.
    start : ndarray of shape (n_rules,), optional
        Log-odds per rule to begin from; 0 unless given.
    """
    n_snapshots, n_converted = patterns.n_snapshots, patterns.n_converted
    columns = np.column_stack([np.ones(len(patterns.times)), patterns.times])

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        margin = columns @ weights
        value = np.sum(n_snapshots * np.logaddexp(0, margin) - n_converted * margin)
        slope = columns.T @ (n_snapshots / (1 + np.exp(-margin)) - n_converted)
        shrunk = SHRINKAGE * weights
        shrunk[0] = 0.0
        return float(value + shrunk @ weights / 2), slope + shrunk

    rate = (n_converted.sum() + 0.5) / (n_snapshots.sum() + 1)
    begin = np.zeros(len(signs)) if start is None else start
    bounds = [(None, None)] + [(0 if s > 0 else None, 0 if s < 0 else None) for s in signs]
    found = minimize(
        loss, np.r_[np.log(rate / (1 - rate)), begin], jac=True, method="L-BFGS-B", bounds=bounds
    )
    margin = columns @ found.x
    return Weights(
        per_rule=found.x[1:],
        intercept=float(found.x[0]),
        log_likelihood=-float(found.fun),
        probability=1 / (1 + np.exp(-margin)),
    )
