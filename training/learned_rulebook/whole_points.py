"""Fitted log-odds as small whole points.

A scale turns log-odds into points; a finer scale keeps more of the fit, a coarser one is easier to
remember. Every scale that respects the limit is tried, rounded, and improved one point at a time.
"""

from dataclasses import dataclass

import numpy as np

from features.core.arrays import FloatArray, IntArray
from training.learned_rulebook.patterns import SHRINKAGE, Patterns
from training.metrics.logistic import fit_logistic_line

SCALES = (3, 4, 5, 6, 8, 10, 12, 15, 18, 22)
"""Points per natural log-odd; ten points doubling the odds would be 14."""

ROUNDS = 3
"""Rounds of one-point improvements; later ones change nothing worth a tenth of a log-likelihood."""


@dataclass(frozen=True, kw_only=True)
class WholePoints:
    """Points per rule, none of them 0, and how well their sum fits."""

    per_rule: IntArray
    log_likelihood: float


def round_points(
    patterns: Patterns, per_rule: FloatArray, *, most_points: int
) -> tuple[WholePoints, ...]:
    """Round log-odds to whole points at every scale within the limit, the best fit first.

    Parameters
    ----------
    patterns : Patterns
        Kinds of snapshots by the same rules, on which the fit is measured.
    per_rule : ndarray of shape (n_rules,)
        Log-odds, none of them 0.
    most_points : int
        A rule gives or takes between 1 and so many.
    """
    largest = np.abs(per_rule).max(initial=0.0)
    scales = [scale for scale in SCALES if round(scale * largest) <= most_points]
    if not scales and largest > 0:
        scales = [most_points / largest]
    found = [_improved(patterns, _rounded(per_rule * scale), most_points) for scale in scales]
    return tuple(sorted(found, key=lambda points: -points.log_likelihood))


def _rounded(points: FloatArray) -> IntArray:
    whole = np.rint(points)
    # A rule worth less than half a point at this scale still has its sign.
    return np.where(whole == 0, np.sign(points), whole).astype(np.int64)


def _improved(patterns: Patterns, points: IntArray, most_points: int) -> WholePoints:
    best = WholePoints(per_rule=points, log_likelihood=_fit(patterns, points))
    for _ in range(ROUNDS):
        before = best.log_likelihood
        for rule in range(len(points)):
            for step in (-1, 1):
                moved = best.per_rule.copy()
                moved[rule] += step
                if 0 < moved[rule] * np.sign(points[rule]) <= most_points:
                    fit = _fit(patterns, moved)
                    if fit > best.log_likelihood:
                        best = WholePoints(per_rule=moved, log_likelihood=fit)
        if best.log_likelihood - before < 0.1:
            break
    return best


def _fit(patterns: Patterns, points: IntArray) -> float:
    """Log-likelihood of the total alone, its slope and intercept fitted and shrunk."""
    # Newton's steps on two numbers: hundreds of totals are tried, and a general optimiser took
    # most of a retrain's proposals.
    merged = patterns.merged_by(patterns.times @ points / 10)
    total, n_snapshots, n_converted = merged.times[:, 0], merged.n_snapshots, merged.n_converted
    slope, intercept = fit_logistic_line(total, n_converted / n_snapshots, n_snapshots)
    margin = slope * total + intercept
    likelihood = n_converted @ margin - n_snapshots @ np.logaddexp(0, margin)
    return float(likelihood - SHRINKAGE * slope * slope / 2)
