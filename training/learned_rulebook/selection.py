"""Which rules to have: added one by one, then exchanged while that helps.

Every step looks at all candidates by how much the likelihood would gain at first order, tries the
few best in earnest, and keeps the best of them. A rule must earn its line: a gain that chance would
give anyway is refused, where a lead with many snapshots counts as one lead.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.core.arrays import FloatArray, IntArray
from features.core.progress import Share, ignore_share
from training.learned_rulebook.patterns import Patterns, Sample, TimesArray, Weights, fit_weights

TRIED = 5
"""Candidates fitted in earnest at each step; the first-order gain rarely misplaces the best."""

EXCHANGES = 2
"""Rounds of exchanging; a third has not been seen to change anything."""

BLOCK = 1 << 14


@dataclass(frozen=True, kw_only=True)
class Pool:
    """All candidates over the snapshots to learn from.

    Attributes
    ----------
    times : ndarray of shape (n_candidates, n_snapshots)
    signs : ndarray of shape (n_candidates,)
    favour : ndarray of shape (n_candidates,)
        Gain in log-likelihood a candidate is given for free, for being today's rule.
    sample : Sample
    chance : float
        Log-likelihood that the best of so many useless candidates gains by chance.
    """

    times: TimesArray
    signs: IntArray
    favour: FloatArray
    sample: Sample
    chance: float


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Chosen candidates with their fitted weights."""

    positions: tuple[int, ...]
    patterns: Patterns
    weights: Weights
    favour: float

    @property
    def worth(self) -> float:
        """Log-likelihood, with what today's rules are given for free."""
        return self.weights.log_likelihood + self.favour


def select_rules(pool: Pool, most_rules: int, told: Share = ignore_share) -> Chosen:
    """Choose the candidates that say most together.

    Parameters
    ----------
    pool : Pool
    most_rules : int
        Candidates that are chosen at most.
    told : callable
        Told what share of the steps is done.
    """
    chosen, steps = nothing_chosen(pool), most_rules * (1 + EXCHANGES)
    while len(chosen.positions) < most_rules:
        longer = _best_addition(pool, chosen)
        if longer is None or longer.worth - chosen.worth < pool.chance:
            break
        chosen = longer
        told(len(chosen.positions) / steps)
    for exchange in range(EXCHANGES):
        before = chosen.worth
        for number, position in enumerate(chosen.positions):
            told(((1 + exchange) * most_rules + number) / steps)
            shorter = _fitted(pool, tuple(p for p in chosen.positions if p != position))
            other = _best_addition(pool, shorter)
            if other is not None and other.worth > chosen.worth + 1e-6:
                chosen = other
        if chosen.worth - before < 1e-6:
            break
    return chosen


def nothing_chosen(pool: Pool) -> Chosen:
    """The fit without any rule."""
    return _fitted(pool, ())


def _fitted(pool: Pool, positions: Sequence[int]) -> Chosen:
    rows = list(positions)
    patterns = Patterns.of(pool.times[rows], pool.sample)
    return Chosen(
        positions=tuple(positions),
        patterns=patterns,
        weights=fit_weights(patterns, pool.signs[rows]),
        favour=float(pool.favour[rows].sum()),
    )


def _best_addition(pool: Pool, chosen: Chosen) -> Chosen | None:
    gain = first_order_gains(pool, chosen) + pool.favour
    gain[list(chosen.positions)] = -np.inf
    best: Chosen | None = None
    for position in np.argsort(-gain)[:TRIED].tolist():
        if not np.isfinite(gain[position]):
            break
        rows = [*chosen.positions, position]
        patterns = chosen.patterns.split_by(pool.times[position], pool.sample)
        weights = fit_weights(patterns, pool.signs[rows], start=np.r_[chosen.weights.per_rule, 0.0])
        longer = Chosen(
            positions=tuple(rows),
            patterns=patterns,
            weights=weights,
            favour=float(pool.favour[rows].sum()),
        )
        if best is None or longer.worth > best.worth:
            best = longer
    return best


def first_order_gains(pool: Pool, chosen: Chosen) -> FloatArray:
    """Gain in log-likelihood that each candidate promises: half its score statistic.

    Returns
    -------
    ndarray of shape (n_candidates,)
        Minus infinity where the candidate's sign forbids the gain.
    """
    probability = chosen.weights.probability[chosen.patterns.code]
    weight = pool.sample.weight
    doubt = weight * probability * (1 - probability)
    unexplained = weight * (pool.sample.converted - probability)
    against = np.column_stack([unexplained, doubt]).astype(np.float32)
    sums = np.zeros((len(pool.times), 3))
    # By blocks: as float, all candidates at once would be gigabytes.
    for start in range(0, len(doubt), BLOCK):
        rows = slice(start, start + BLOCK)
        times = pool.times[:, rows].astype(np.float32)
        sums[:, :2] += times @ against[rows]
        np.square(times, out=times)
        sums[:, 2] += times @ against[rows, 1]
    slope, mean, square = sums.T
    spread = square - mean**2 / doubt.sum()
    gain = np.where(spread > 1e-9, slope**2 / np.maximum(spread, 1e-9) / 2, -np.inf)
    forbidden = ((pool.signs > 0) & (slope <= 0)) | ((pool.signs < 0) & (slope >= 0))
    return np.where(forbidden, -np.inf, gain)
