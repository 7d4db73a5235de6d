"""How good probabilities were: each measure once, with its direction.

To add a measure: write it over ``Rows`` and declare it in ``METRICS``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from features.core.arrays import FloatArray
from features.core.text import Text
from training.metrics import ranking
from training.metrics.logistic import SURE, fit_intercept_shift, fit_logistic_line, log_odds_of
from training.metrics.ranking import Ranking
from training.metrics.sample_weights import mean

POOLED = 0.005
"""Log-odds within so much of each other count as one, at their mean, where a line is drawn again
and again: on 32,000 snapshots a draw then costs a hundredth, and no slope moves by more than some
hundred-thousandths."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Matured snapshots prepared for measuring many times with different weights."""

    probability: FloatArray
    converted: npt.NDArray[np.bool_]
    base_rate: float | FloatArray
    # The weights asked about last with their sums: five measures of order share each draw.
    _latest: list[tuple[FloatArray, tuple[FloatArray, FloatArray]]] = field(
        default_factory=list, repr=False
    )

    def ranked_sums(self, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weight converted and total weight, from the most probable snapshot down."""
        if not self._latest or self._latest[0][0] is not weight:
            self._latest[:] = [(weight, self.ranking.converted_and_all(self.converted, weight))]
        return self._latest[0][1]

    @cached_property
    def log_odds(self) -> FloatArray:
        """Natural log-odds of the probabilities."""
        return log_odds_of(self.probability)

    @cached_property
    def pools(self) -> tuple[npt.NDArray[np.intp], FloatArray]:
        """Pool of each snapshot, and the mean log-odds of each pool."""
        cell = np.floor(self.log_odds / POOLED)
        _, pool = np.unique(cell, return_inverse=True)
        size = np.bincount(pool)
        return pool, np.bincount(pool, weights=self.log_odds) / size

    def pooled(self, weight: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Log-odds, converted share and weight of each pool that has any weight."""
        pool, log_odds = self.pools
        total = np.bincount(pool, weights=weight, minlength=len(log_odds)).astype(np.float64)
        converted = np.bincount(
            pool[self.converted], weights=weight[self.converted], minlength=len(log_odds)
        )
        counts = total > 0
        return log_odds[counts], converted[counts] / total[counts], total[counts]

    @cached_property
    def losses(self) -> FloatArray:
        """Log loss of each snapshot."""
        return row_losses(self.probability, self.converted)

    @cached_property
    def base_losses(self) -> FloatArray:
        """Log loss of each snapshot, had everybody been given the base rate."""
        return row_losses(np.full(len(self.converted), self.base_rate), self.converted)

    @cached_property
    def ranking(self) -> Ranking:
        """The snapshots from the most probable down."""
        return Ranking.of(self.probability)

    @cached_property
    def line(self) -> tuple[float, float]:
        """Slope and intercept over all snapshots, where every draw starts from."""
        return fit_logistic_line(self.log_odds, self.converted)


Compute = Callable[[Rows, FloatArray], float]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One measure. ``bigger_is_better`` is None where a value, ``ideal``, is best.

    ``needs_both`` measures mean nothing where everybody, or nobody, converted.
    """

    name: str
    label: Text
    bigger_is_better: bool | None
    compute: Compute
    ideal: float | None = None
    needs_both: bool = False

    def is_better(self, value: float, than: float) -> bool:
        """Whether one value of this measure is strictly better than another."""
        if self.bigger_is_better is None:
            ideal = 0.0 if self.ideal is None else self.ideal
            return abs(value - ideal) < abs(than - ideal)
        return value > than if self.bigger_is_better else value < than


def row_losses(probability: FloatArray, converted: npt.NDArray[np.bool_]) -> FloatArray:
    """Log loss of each row; in nats."""
    bounded = np.clip(probability, SURE, 1 - SURE)
    return -np.where(converted, np.log(bounded), np.log1p(-bounded))


def log_loss(
    probability: FloatArray,
    converted: npt.NDArray[np.bool_],
    weight: FloatArray | None = None,
) -> float:
    """Compute the mean log loss, in nats.

    Parameters
    ----------
    probability : ndarray of shape (n,)
        As predicted, 0 to 1.
    converted : ndarray of shape (n,)
        Outcome within the horizon.
    weight : ndarray of shape (n,), optional
        For how many snapshots each stands.
    """
    return mean(row_losses(probability, converted), weight)


def _mean(values: FloatArray, weight: FloatArray) -> float:
    return float(values @ weight / weight.sum())


def _log_loss(rows: Rows, weight: FloatArray) -> float:
    return _mean(rows.losses, weight)


def _log_loss_gain(rows: Rows, weight: FloatArray) -> float:
    return _mean(rows.base_losses - rows.losses, weight)


def _brier(rows: Rows, weight: FloatArray) -> float:
    return _mean((rows.probability - rows.converted) ** 2, weight)


def _auc(rows: Rows, weight: FloatArray) -> float:
    return ranking.auc(*rows.ranked_sums(weight))


def _average_precision(rows: Rows, weight: FloatArray) -> float:
    return ranking.average_precision(*rows.ranked_sums(weight))


def _slope(rows: Rows, weight: FloatArray) -> float:
    log_odds, share, pooled = rows.pooled(weight)
    return fit_logistic_line(log_odds, share, pooled, start=rows.line)[0]


def _intercept(rows: Rows, weight: FloatArray) -> float:
    # Calibration-in-the-large: the shift that all log-odds need, with the slope held at 1.
    return fit_intercept_shift(*rows.pooled(weight))


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            name="log_loss",
            label=Text(ja="対数損失", en="Log loss"),
            bigger_is_better=False,
            compute=_log_loss,
        ),
        Metric(
            name="log_loss_gain",
            label=Text(ja="基準率に対する対数損失の改善", en="Log loss gained over the base rate"),
            bigger_is_better=True,
            compute=_log_loss_gain,
        ),
        Metric(
            name="brier",
            label=Text(ja="ブライアスコア", en="Brier score"),
            bigger_is_better=False,
            compute=_brier,
        ),
        Metric(
            name="auc",
            label=Text(ja="AUC", en="AUC"),
            bigger_is_better=True,
            compute=_auc,
            needs_both=True,
        ),
        Metric(
            name="average_precision",
            label=Text(ja="平均適合率", en="Average precision"),
            bigger_is_better=True,
            compute=_average_precision,
            needs_both=True,
        ),
        Metric(
            name="calibration_slope",
            label=Text(ja="較正の傾き", en="Calibration slope"),
            bigger_is_better=None,
            ideal=1.0,
            compute=_slope,
            needs_both=True,
        ),
        Metric(
            name="calibration_intercept",
            label=Text(ja="較正の切片", en="Calibration intercept"),
            bigger_is_better=None,
            ideal=0.0,
            compute=_intercept,
            needs_both=True,
        ),
    )
}
