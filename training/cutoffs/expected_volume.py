"""How many hand-overs and opportunities to expect next month at a cut-off, with a range.

The volume of a month is taken as it was in the last quarter. How far months stray from the quarter
before them is read from all past months: that is the error this very forecast would have made, be
it from chance, from a level that moves or from months that differ. With few past months that
reading is unsure itself, so it is drawn towards what companies usually show, and its own spread is
part of the range.

Of those handed over, the share that past crossings had is expected to convert. Where the test was
replayed day by day, both are of its crossings: on snapshots fewer leads are seen to cross.

Why these two numbers: over simulated series that stand still, scatter, wander, grow or have seasons
(``python -m tests.benchmarks forecast``), ranges meant to hold in 90 of 100 months held in 86 to 95
after twelve months, in 81 to 98 after three. Without a spread of the scatter they held in 75 and 83
of 100 of the demo company's months.
"""

from dataclasses import dataclass

import numpy as np

from features.core.arrays import FloatArray, IntArray
from features.core.clock import DAY
from training.cutoffs.choose import DAYS_PER_MONTH, MIN_CROSSINGS, first_crossings
from training.metrics.sample_weights import effective_rows, mean
from training.results.backtest_records import Range
from training.results.records import CrossingCalibration
from training.results.scored import ScoredSnapshots

RANGE_SHARE = 0.9
"""Share of months in which the range is meant to hold."""

RECENT_MONTHS = 3
MOST_MONTHS = 12
DRAWS = 20_000

USUAL_SCATTER = 1.2
"""Variance of a month about the quarter before, as a multiple of what chance alone gives."""

USUAL_WEIGHT = 4.0
"""How many observed months the usual scatter counts for."""


@dataclass(frozen=True, kw_only=True)
class MonthForecast:
    """Leads expected to cross a cut-off next month, and those of them expected to convert."""

    hand_overs: Range
    opportunities: Range


def forecast_month(
    past: ScoredSnapshots,
    probability: float,
    *,
    crossings: CrossingCalibration | None = None,
    seed: int = 0,
) -> MonthForecast | None:
    """Forecast the month after the past at a cut-off; None before a month has passed.

    Parameters
    ----------
    past : ScoredSnapshots
        All snapshots so far, the young ones included.
    probability : float
        The cut-off, 0 to 1.
    crossings : CrossingCalibration, optional
        What became of those who crossed such a cut-off in the test, looked at every day.
    seed : int
        Of the draws.
    """
    if not len(past):
        return None
    months = monthly_crossings(past, probability)
    if not len(months):
        return None
    n_settled, n_converted = _settled_crossings(past, probability)
    generator = np.random.default_rng(seed)
    hand_overs = draw_volumes(months, generator)
    if crossings is not None:
        n_settled, n_converted = crossings.n_crossed, crossings.n_converted
        more = _seen_every_day(past, probability, crossings)
        hand_overs = np.rint(hand_overs * more).astype(np.int64)
    # Jeffreys' prior: a share of 0 among few is not taken for never.
    share = generator.beta(n_converted + 0.5, n_settled - n_converted + 0.5, DRAWS)
    opportunities = generator.binomial(hand_overs, share)
    return MonthForecast(hand_overs=_range(hand_overs), opportunities=_range(opportunities))


def _seen_every_day(
    past: ScoredSnapshots, probability: float, crossings: CrossingCalibration
) -> float:
    """How many cross, looked at every day, for each one that snapshots show; 1 where too few do."""
    if crossings.since is None or crossings.until is None:
        return 1.0
    crossed = past.as_of[first_crossings(past, probability)]
    n_shown = int(((crossed > crossings.since) & (crossed <= crossings.until)).sum())
    return crossings.n_crossed / n_shown if n_shown >= MIN_CROSSINGS else 1.0


def _settled_crossings(past: ScoredSnapshots, probability: float) -> tuple[float, float]:
    """How many crossings have matured, and how many of them converted."""
    if past.weight is None:
        crossed = past.take(first_crossings(past, probability)).settled
        return len(crossed), int(crossed.converted.sum())
    # The first of them is hardly ever the hand-over itself, which alone has an outcome.
    settled = past.settled
    crossed = settled.take(first_crossings(settled, probability))
    if not len(crossed):
        return 0.0, 0.0
    n = effective_rows(crossed.weight if crossed.weight is not None else np.ones(len(crossed)))
    return n, n * mean(crossed.converted, crossed.weight)


def monthly_crossings(past: ScoredSnapshots, probability: float) -> IntArray:
    """First crossings in each whole month before the newest snapshot, the newest month first.

    The first month of the data is left out where there are others: leads that had long been above
    the cut-off all cross it then.
    """
    end = int(past.as_of.max())
    month = round(DAYS_PER_MONTH * DAY)
    n_months = (end - int(past.as_of.min()) + DAY) // month
    n_counted = min(n_months - 1 if n_months > 1 else n_months, MOST_MONTHS)
    crossed = past.as_of[first_crossings(past, probability)]
    counts = np.bincount((end - crossed) // month, minlength=n_counted)
    return counts[:n_counted]


def draw_volumes(
    counts: IntArray, generator: np.random.Generator, *, n_draws: int = DRAWS
) -> IntArray:
    """Draw the next month's count many times.

    Parameters
    ----------
    counts : ndarray of shape (n_months,)
        Past months, the newest first; at least one.
    generator : numpy.random.Generator
    n_draws : int

    Returns
    -------
    ndarray of shape (n_draws,)
    """
    recent = counts[:RECENT_MONTHS]
    mean = max(float(recent.mean()), 0.5)
    squares = _squared_errors(counts)
    weight = USUAL_WEIGHT + len(squares)
    scatter = max((USUAL_WEIGHT * USUAL_SCATTER + float(squares.sum())) / weight, 1.0)
    # How sure the scatter itself is: with few months Student's tails instead of the normal ones.
    drawn = scatter * weight / generator.chisquare(weight, n_draws)
    variance = drawn * mean * (1 + 1 / len(recent))
    # A negative binomial: a mean of its own for each draw, then a month of chance about it.
    beyond_chance = np.maximum(variance - mean, 1e-9 * mean)
    means = generator.gamma(mean * mean / beyond_chance, beyond_chance / mean)
    return generator.poisson(means)


def _squared_errors(counts: IntArray) -> FloatArray:
    """Of each past month about the quarter before it, in units of what chance alone would give."""
    n_judged = max(len(counts) - RECENT_MONTHS, 0)
    before = np.array([counts[k + 1 : k + 1 + RECENT_MONTHS].mean() for k in range(n_judged)])
    before = np.maximum(before, 0.5)
    chance = before * (1 + 1 / RECENT_MONTHS)
    return (counts[:n_judged] - before) ** 2 / chance


def _range(draws: FloatArray | IntArray) -> Range:
    outside = (1 - RANGE_SHARE) / 2
    low, high = np.quantile(draws, (outside, 1 - outside))
    return Range(expected=float(draws.mean()), low=float(low), high=float(high))
