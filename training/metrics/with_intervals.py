"""Every measure of a test with its interval, and observed shares by band of probability.

Intervals resample groups (accounts, or leads where there are none), because snapshots of one lead
share their outcome: resampling snapshots would give intervals several times too narrow. Measures of
order need every row's weight in each draw, which is why
:mod:`training.metrics.bootstrap`, made for sums, does not serve here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from features.core.arrays import FloatArray, IntArray
from features.core.errors import Refusal
from features.core.estimate import INTERVAL_SHARE
from training.metrics import ranking
from training.metrics.bootstrap import MOST_UNDEFINED
from training.metrics.metrics import METRICS, Compute, Rows
from training.metrics.proportion_intervals import clustered_share
from training.metrics.sample_weights import mean
from training.results.records import LiftPoint, Measured, Metrics, ReliabilityBand
from training.results.scored import ScoredSnapshots

REPEATS = 200
"""Draws behind an interval: its ends then move by about a tenth of its width between seeds."""

LIFT_SHARES = (0.05, 0.1, 0.2)
MOST_BANDS = 10
FIELDS = frozenset(field.name for field in fields(Metrics))
_SAME_LOG_ODDS = 1e-9
CONVERSIONS_PER_BAND = 10


def measure(
    scored: ScoredSnapshots,
    *,
    base_rate: float | FloatArray,
    repeats: int = REPEATS,
    seed: int = 0,
    interval_share: float = INTERVAL_SHARE,
) -> Metrics:
    """Compute every measure with its interval, on the matured ones of the snapshots.

    Parameters
    ----------
    scored : ScoredSnapshots
        Later in time than everything the probabilities were fitted on.
    base_rate : float or ndarray of shape (n,)
        Share that converted in the training data, 0 to 1: what "always the base rate" predicts.
    repeats : int
        Draws of the bootstrap.
    seed : int
        Of the bootstrap.
    interval_share : float
        How often an interval is meant to hold; records say 95 %.

    Raises
    ------
    Refusal
        If nothing has matured.
    """
    settled = scored.settled
    if not len(settled):
        msg = (
            f"a test needs matured snapshots; got none among {len(scored)}. "
            "Wait until the horizon has passed, or shorten it."
        )
        raise Refusal(msg)
    rows = Rows(
        probability=settled.probability,
        converted=settled.converted,
        base_rate=np.full(len(scored), base_rate)[scored.matured],
    )
    both = bool(settled.converted.any()) and not bool(settled.converted.all())
    undefined = {m.name for m in METRICS.values() if m.needs_both and not both}
    if np.ptp(rows.log_odds) < _SAME_LOG_ODDS:
        # Everybody got the same probability: there is no line to draw a slope of.
        undefined.add("calibration_slope")
    named = [m for m in METRICS.values() if m.name not in undefined]
    weight = settled.weight
    edges = band_edges(rows)
    computes = [metric.compute for metric in named]
    computes += [_lift_at(share) for share in LIFT_SHARES if both]
    draws = _Draws(repeats=repeats, seed=seed, interval_share=interval_share)
    figures = iter(_with_intervals(rows, computes, settled, draws))
    by_name = {metric.name: next(figures) for metric in named}
    lifts = tuple(LiftPoint(share=q, lift=next(figures)) for q in LIFT_SHARES if both)
    return Metrics(
        n_snapshots=len(settled),
        n_leads=int(settled.first_of_lead.sum()),
        n_converted=int(settled.converted.sum()),
        base_rate=mean(settled.converted, weight),
        base_rate_log_loss=mean(rows.base_losses, weight),
        lift=lifts,
        reliability=tuple(_band(settled, edge, interval_share=interval_share) for edge in edges),
        more={name: by_name.pop(name) for name in by_name.keys() - FIELDS},
        **by_name,
    )


def measure_calibration(
    settled: ScoredSnapshots,
    *,
    repeats: int = REPEATS,
    seed: int = 0,
) -> tuple[Measured | None, Measured | None]:
    """Measure calibration slope and intercept with intervals; None where they are undefined.

    Parameters
    ----------
    settled : ScoredSnapshots
        Matured snapshots.
    repeats : int
        Draws of the bootstrap.
    seed : int
        Of the bootstrap.
    """
    rows = Rows(probability=settled.probability, converted=settled.converted, base_rate=0.5)
    if settled.converted.all() or not settled.converted.any():
        return None, None
    computes = [METRICS[name].compute for name in ("calibration_slope", "calibration_intercept")]
    draws = _Draws(repeats=repeats, seed=seed, interval_share=INTERVAL_SHARE)
    slope, intercept = _with_intervals(rows, computes, settled, draws)
    return (None if np.ptp(rows.log_odds) < _SAME_LOG_ODDS else slope), intercept


def bootstrap_weights(groups: IntArray, *, repeats: int, seed: int) -> Iterator[FloatArray]:
    """Yield how often each row counts in each draw of groups with replacement.

    Parameters
    ----------
    groups : ndarray of shape (n,)
        Any integers; rows with the same one are drawn together.
    repeats : int
        How many draws.
    seed : int
    """
    _, group = np.unique(groups, return_inverse=True)
    n_groups = int(group.max()) + 1
    generator = np.random.default_rng(seed)
    for _ in range(repeats):
        drawn = generator.integers(0, n_groups, n_groups)
        yield np.bincount(drawn, minlength=n_groups).astype(np.float64)[group]


def band_edges(rows: Rows) -> list[tuple[float, float]]:
    """Bands of about equally many snapshots, each expecting a few conversions; at most ten."""
    n_bands = int(np.clip(rows.converted.sum() // CONVERSIONS_PER_BAND, 1, MOST_BANDS))
    inner = np.quantile(rows.probability, np.arange(1, n_bands) / n_bands)
    # Ties may leave a band empty: an edge needs a snapshot between it and the one before.
    above_lowest = inner[inner > rows.probability.min()]
    edges = np.unique(np.concatenate(([0.0], above_lowest, [np.nextafter(1.0, 2.0)])))
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


@dataclass(frozen=True, kw_only=True)
class _Draws:
    """How intervals are drawn: how often, from which seed, and how wide."""

    repeats: int
    seed: int
    interval_share: float


def _with_intervals(
    rows: Rows, computes: list[Compute], settled: ScoredSnapshots, how: _Draws
) -> list[Measured]:
    everything = np.ones(len(settled)) if settled.weight is None else settled.weight
    draws = np.array(
        [
            [compute(rows, weight) for compute in computes]
            for weight in _drawn_weights(settled, everything, how)
        ]
    )
    return [
        interval(
            compute(rows, everything),
            draws[:, column] if how.repeats else np.empty(0),
            interval_share=how.interval_share,
        )
        for column, compute in enumerate(computes)
    ]


def interval(
    value: float, draws: FloatArray, *, interval_share: float = INTERVAL_SHARE
) -> Measured:
    """Give a figure the middle part of its bootstrap draws as its interval.

    Without bounds where too many draws are undefined.

    Parameters
    ----------
    value : float
        The figure as observed.
    draws : ndarray of shape (repeats,)
        The figure of each draw; NaN where it is undefined.
    interval_share : float
        Part of the draws within the interval, 0 to 1.
    """
    defined = draws[np.isfinite(draws)]
    if not len(draws) or len(defined) < (1 - MOST_UNDEFINED) * len(draws):
        return Measured(value=value)
    outside = (1 - interval_share) / 2
    low, high = np.quantile(defined, (outside, 1 - outside))
    return Measured(value=value, low=float(low), high=float(high))


def _drawn_weights(
    settled: ScoredSnapshots, weight: FloatArray, how: _Draws
) -> Iterator[FloatArray]:
    """What each row counts in each draw: how often it is drawn, times what it stands for."""
    for drawn in bootstrap_weights(settled.group, repeats=how.repeats, seed=how.seed):
        yield weight * drawn


def _lift_at(share: float) -> Compute:
    def compute(rows: Rows, weight: FloatArray) -> float:
        return ranking.lift(*rows.ranked_sums(weight), share)

    return compute


def _band(
    settled: ScoredSnapshots, edge: tuple[float, float], *, interval_share: float
) -> ReliabilityBand:
    inside = (settled.probability >= edge[0]) & (settled.probability < edge[1])
    rows = settled.take(inside)
    return ReliabilityBand(
        low=edge[0],
        high=min(edge[1], 1.0),
        n_snapshots=len(rows),
        mean_probability=mean(rows.probability, rows.weight),
        converted_share=clustered_share(
            rows.converted, rows.group, weight=rows.weight, interval_share=interval_share
        ),
    )
