"""How far probabilities are off, beside how far chance would put them, and what they are worth.

Expected calibration error depends on the bands and is never zero, not even for true probabilities:
it is shown with what sampling noise alone would give. The decomposition needs no bands. It compares
the log loss with that of the best rising recalibration (isotonic, pool adjacent violators):

    log loss = miscalibration - discrimination + uncertainty

References
----------
Dimitriadis, Gneiting & Jordan (2021), Stable reliability diagrams for probabilistic classifiers.
Bröcker & Smith (2007), Increasing the reliability of reliability diagrams (consistency bands).
"""

from collections.abc import Iterator

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from training.metrics.metrics import log_loss
from training.metrics.sample_weights import mean
from training.metrics.with_intervals import measure_calibration
from training.results.calibration_records import (
    CalibrationError,
    CalibrationReport,
    CurvePointWithBand,
    Decomposition,
)
from training.results.scored import ScoredSnapshots

N_BANDS = 10
DRAWS = 500
BAND_SHARE = 0.95


def calibration_report(
    scored: ScoredSnapshots, *, curve: bool = False, seed: int = 0
) -> CalibrationReport | None:
    """Report whether probabilities mean what they say; None where nothing matured.

    Parameters
    ----------
    scored : ScoredSnapshots
        Of which the matured ones count.
    curve : bool
        Whether the reliability curve is wanted, too.
    seed : int
        Of the bootstrap.
    """
    settled = scored.settled
    if not len(settled):
        return None
    slope, intercept = measure_calibration(settled, seed=seed)
    return CalibrationReport(
        n_snapshots=len(settled),
        n_converted=int(settled.converted.sum()),
        slope=slope,
        intercept=intercept,
        calibration_error=calibration_error(settled, seed=seed),
        decomposition=decompose(settled.probability, settled.converted, settled.weight),
        curve=reliability_curve(settled, seed=seed) if curve else (),
    )


def calibration_error(scored: ScoredSnapshots, *, seed: int = 0) -> CalibrationError:
    """Expected calibration error of matured snapshots, beside its noise level.

    The noise draws one outcome per lead from its true probability, were the predicted ones true:
    snapshots of a lead share their outcome.
    """
    settled = scored.settled
    band = _bands(settled.probability)
    drawn = np.array([_error(settled, fate, band) for fate in _fates(settled, DRAWS, seed)])
    return CalibrationError(
        value=_error(settled, settled.converted, band),
        by_chance=float(drawn.mean()),
        by_chance_high=float(np.quantile(drawn, BAND_SHARE)),
    )


def decompose(
    probability: FloatArray, converted: BoolArray, weight: FloatArray | None = None
) -> Decomposition:
    """Miscalibration, discrimination and uncertainty of the log loss.

    Parameters
    ----------
    probability, converted : ndarray of shape (n,)
    weight : ndarray of shape (n,), optional
        For how many snapshots each stands.
    """
    best = _rising(probability, converted, weight)
    base = np.full(len(converted), mean(converted, weight))
    recalibrated = log_loss(best, converted, weight)
    uncertainty = log_loss(base, converted, weight)
    return Decomposition(
        miscalibration=log_loss(probability, converted, weight) - recalibrated,
        discrimination=uncertainty - recalibrated,
        uncertainty=uncertainty,
    )


def reliability_curve(
    scored: ScoredSnapshots, *, n_points: int = 50, seed: int = 0
) -> tuple[CurvePointWithBand, ...]:
    """Fit the rising curve of observed against predicted shares, with its consistency band.

    Where the curve leaves the band the probabilities are off by more than chance.

    Parameters
    ----------
    scored : ScoredSnapshots
        Of which the matured ones count.
    n_points : int
        Most points of the curve, at quantiles of the probabilities.
    seed : int
        Of the draws that make the band.
    """
    # In order, which each of a hundred fits would otherwise have to find anew.
    settled = scored.settled.take(np.argsort(scored.settled.probability, kind="stable"))
    grid = np.unique(np.quantile(settled.probability, np.linspace(0, 1, n_points)))

    def curve(converted: BoolArray) -> FloatArray:
        fitted = _rising(settled.probability, converted, settled.weight)
        return np.interp(grid, settled.probability, fitted)

    draws = np.array([curve(fate) for fate in _fates(settled, DRAWS // 5, seed)])
    outside = (1 - BAND_SHARE) / 2
    low, high = np.quantile(draws, (outside, 1 - outside), axis=0)
    return tuple(
        CurvePointWithBand(
            probability=float(p), converted_share=float(s), low=float(a), high=float(b)
        )
        for p, s, a, b in zip(grid, curve(settled.converted), low, high, strict=True)
    )


def _rising(probability: FloatArray, converted: BoolArray, weight: FloatArray | None) -> FloatArray:
    # Late, because scikit-learn doubles the time `awase --help` takes.
    from sklearn.isotonic import IsotonicRegression

    curve = IsotonicRegression()
    fitted: FloatArray = curve.fit_transform(
        probability, converted.astype(float), sample_weight=weight
    )
    return fitted


def _bands(probability: FloatArray) -> IntArray:
    edges = np.unique(np.quantile(probability, np.arange(1, N_BANDS) / N_BANDS))
    return np.searchsorted(edges, probability, side="right")


def _error(settled: ScoredSnapshots, converted: BoolArray, band: IntArray) -> float:
    weight = np.ones(len(settled)) if settled.weight is None else settled.weight
    off = np.bincount(band, weights=weight * (settled.probability - converted))
    return float(np.abs(off).sum() / weight.sum())


def _fates(scored: ScoredSnapshots, repeats: int, seed: int) -> Iterator[BoolArray]:
    """Outcomes as they could have come, were the probabilities true; one luck per lead."""
    _, place = np.unique(scored.lead, return_inverse=True)
    n_leads = int(place.max(initial=-1)) + 1
    generator = np.random.default_rng(seed)
    for _ in range(repeats):
        yield generator.random(n_leads)[place] < scored.probability
