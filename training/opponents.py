"""What every release is shown beside: a regularised logistic regression and the base rate.

Why always: the logistic regression came close to the ensemble everywhere and won under heavy drift.
A team that sees it lose every month may trust the boosters; one that sees it win should use it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from features.text import Text
from training.bootstrap import measured, resampled_sums, sums_by_group
from training.calibrator import probability_of
from training.judged import FloatArray, Judged
from training.metrics import log_loss, row_losses
from training.proof import prove
from training.records import OpponentResult

RIDGE = 0.1
"""scikit-learn's C, on standardised columns."""

MOST_SNAPSHOTS = 50_000
"""Drawn from more: a few hundred coefficients are no better known from all of them."""

MIN_LEVEL_SNAPSHOTS = 20
"""A rarer category shares the intercept: its own coefficient would be noise."""


@dataclass(frozen=True, kw_only=True)
class Standard:
    """Centre and scale of columns: what lies four deviations out counts as four."""

    centre: FloatArray
    scale: FloatArray

    @classmethod
    def learn(cls, columns: FloatArray) -> "Standard":
        """Mean and standard deviation of what is known; 0 and 1 where nothing is."""
        known = np.isfinite(columns)
        count = np.maximum(known.sum(axis=0), 1)
        centre = np.where(known, columns, 0.0).sum(axis=0) / count
        spread = np.sqrt((np.where(known, columns - centre, 0.0) ** 2).sum(axis=0) / count)
        return cls(centre=centre, scale=np.where(spread > 0, spread, 1.0))

    def apply(self, columns: FloatArray) -> FloatArray:
        """Standardised columns; the unknown counts as the mean."""
        deviations = np.clip((columns - self.centre) / self.scale, -_FARTHEST, _FARTHEST)
        return np.nan_to_num(deviations)


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """How raw columns become numbers a linear model can add: learned on training rows only.

    A number enters twice, as it is and as its signed logarithm, since counts and amounts matter by
    their tenfold and durations by their length: on X Education the logarithm alone gave .456, the
    plain number .425, both .423. Whether it is known is a column of its own.

    Attributes
    ----------
    categorical, numeric : tuple of int
    levels : tuple of ndarray
        For each categorical column, the codes that get a column of their own.
    plain, logarithm : Standard
    """

    categorical: tuple[int, ...]
    numeric: tuple[int, ...]
    levels: tuple[FloatArray, ...]
    plain: Standard
    logarithm: Standard

    @classmethod
    def learn(cls, matrix: FloatArray, categorical: Sequence[int]) -> "Preparation":
        """Levels, centres and scales of a training matrix."""
        numeric = tuple(c for c in range(matrix.shape[1]) if c not in set(categorical))
        levels = []
        for column in categorical:
            known = matrix[np.isfinite(matrix[:, column]), column]
            values, counts = np.unique(known, return_counts=True)
            levels.append(values[counts >= MIN_LEVEL_SNAPSHOTS])
        return cls(
            categorical=tuple(categorical),
            numeric=numeric,
            levels=tuple(levels),
            plain=Standard.learn(matrix[:, numeric]),
            logarithm=Standard.learn(_signed_log(matrix[:, numeric])),
        )

    def apply(self, matrix: FloatArray) -> FloatArray:
        """The columns of the linear model; shape (n, n_columns)."""
        numbers = matrix[:, self.numeric]
        one_hot = [
            matrix[:, column, None] == levels[None, :]
            for column, levels in zip(self.categorical, self.levels, strict=True)
        ]
        parts = [
            self.plain.apply(numbers),
            self.logarithm.apply(_signed_log(numbers)),
            np.isfinite(numbers),
            np.isfinite(matrix[:, self.categorical]),
            *one_hot,
        ]
        return np.hstack(parts).astype(np.float64)


@dataclass(frozen=True, kw_only=True)
class Logistic:
    """A regularised logistic regression on prepared columns."""

    preparation: Preparation
    coefficients: FloatArray
    intercept: float

    def margin(self, matrix: FloatArray) -> FloatArray:
        """Natural log-odds of rows; shape (n,)."""
        return self.preparation.apply(matrix) @ self.coefficients + self.intercept

    def probability(self, matrix: FloatArray) -> FloatArray:
        """Probability of the outcome within the horizon; shape (n,)."""
        return probability_of(self.margin(matrix))


def fit_logistic(
    matrix: FloatArray, converted: npt.NDArray[np.bool_], *, categorical: Sequence[int] = ()
) -> Logistic:
    """Fit the opponent on the rows the ensemble was fitted on; arguments as there."""
    # Late, because scikit-learn doubles the time `awase --help` takes.
    from sklearn.linear_model import LogisticRegression

    if len(matrix) > MOST_SNAPSHOTS:
        drawn = np.sort(np.random.default_rng(0).permutation(len(matrix))[:MOST_SNAPSHOTS])
        matrix, converted = matrix[drawn], converted[drawn]
    preparation = Preparation.learn(matrix, categorical)
    # Newton with Cholesky: hundreds of thousands of rows by a hundred columns in a second.
    regression = LogisticRegression(C=RIDGE, solver="newton-cholesky", max_iter=100)
    regression.fit(preparation.apply(matrix), converted)
    return Logistic(
        preparation=preparation,
        coefficients=regression.coef_[0],
        intercept=float(regression.intercept_[0]),
    )


def compare_opponents(
    judged: Judged, *, logistic: FloatArray, base_rate: float | FloatArray, seed: int = 0
) -> tuple[OpponentResult, ...]:
    """The model beside logistic regression and base rate on the same matured test rows.

    Parameters
    ----------
    judged : Judged
        With the model's probabilities.
    logistic : ndarray of shape (n,)
        The logistic regression's probabilities of the same snapshots.
    base_rate : float or ndarray of shape (n,)
        Share that converted in the training data.
    """
    settled = judged.settled
    opponents = (
        ("logistic", _LOGISTIC_LABEL, logistic[judged.matured]),
        ("base_rate", _BASE_RATE_LABEL, np.full(len(judged), base_rate)[judged.matured]),
    )
    own = row_losses(settled.probability, settled.converted)
    results = []
    for name, label, probability in opponents:
        ahead = own - row_losses(probability, settled.converted)
        sums = sums_by_group(settled.group, np.column_stack((ahead, np.ones(len(ahead)))))
        difference = measured(_mean_of_sums, sums.sum(axis=0), resampled_sums(sums, seed))
        results.append(
            OpponentResult(
                name=name,
                label=label,
                log_loss=log_loss(probability, settled.converted),
                difference=difference,
                proof=prove(replace(settled, probability=probability), curve=True, seed=seed),
            )
        )
    return tuple(results)


def _mean_of_sums(sums: FloatArray) -> FloatArray:
    return sums[:, 0] / sums[:, 1]


def _signed_log(values: FloatArray) -> FloatArray:
    return np.sign(values) * np.log1p(np.abs(values))


_LOGISTIC_LABEL = Text(ja="ロジスティック回帰", en="Logistic regression")
_BASE_RATE_LABEL = Text(ja="基準率", en="Base rate")
_FARTHEST = 4.0
