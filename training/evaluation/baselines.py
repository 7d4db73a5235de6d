"""What every release is shown beside: a regularised logistic regression and the base rate.

Why always: the logistic regression came close to the ensemble everywhere and won under heavy drift.
A team that sees it lose every month may trust the boosters; one that sees it win should use it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from features.core.arrays import FloatArray
from features.core.text import Text
from training.learners.boosting.training_matrix import MatrixRows
from training.learners.linear.additive_logistic import AdditiveLogistic
from training.learners.linear.fit_logistic import Design, all_terms, drawn_rows, fit_coefficients
from training.metrics.bootstrap import measured, resampled_sums, sums_by_group
from training.metrics.calibration_error import calibration_report
from training.metrics.metrics import log_loss, row_losses
from training.results.records import BaselineResult
from training.results.scored import ScoredSnapshots

MOST_SNAPSHOTS = 50_000
"""Drawn from more: a few hundred coefficients are no better known from all of them."""


def fit_logistic(
    matrix: MatrixRows,
    converted: npt.NDArray[np.bool_],
    *,
    categorical: Sequence[int] = (),
    weight: FloatArray | None = None,
) -> AdditiveLogistic:
    """Fit the logistic regression on the rows the ensemble was fitted on.

    Parameters
    ----------
    matrix : MatrixRows of shape (n, n_features)
        Features of matured snapshots; NaN where unknown.
    converted : ndarray of shape (n,)
        Outcome within the horizon.
    categorical : sequence of int
        Columns of category codes.
    weight : ndarray of shape (n,), optional
        For how many snapshots each stands.
    """
    drawn = drawn_rows(len(matrix), MOST_SNAPSHOTS)
    some = matrix[drawn]
    design = Design.of(all_terms(some, categorical), some)
    counted = None if weight is None else weight[drawn]
    return design.as_line(fit_coefficients(design, converted[drawn], weight=counted))


def compare_baselines(
    scored: ScoredSnapshots,
    *,
    logistic: FloatArray,
    base_rate: float | FloatArray,
    platt: FloatArray | None = None,
    seed: int = 0,
) -> tuple[BaselineResult, ...]:
    """Compare the model with logistic regression and base rate on the same matured test rows.

    Parameters
    ----------
    scored : ScoredSnapshots
        With the model's probabilities.
    logistic : ndarray of shape (n,)
        The logistic regression's probabilities of the same snapshots.
    base_rate : float or ndarray of shape (n,)
        Share that converted in the training data, 0 to 1.
    platt : ndarray of shape (n,), optional
        The model's probabilities with Platt's calibrator, where it uses another.
    seed : int
        Of the bootstrap.
    """
    settled = scored.settled
    opponents = [
        ("logistic", _LOGISTIC_LABEL, logistic[scored.matured]),
        ("base_rate", _BASE_RATE_LABEL, np.full(len(scored), base_rate)[scored.matured]),
    ]
    if platt is not None:
        opponents.insert(0, ("platt", _PLATT_LABEL, platt[scored.matured]))
    weight = np.ones(len(settled)) if settled.weight is None else settled.weight
    own = row_losses(settled.probability, settled.converted)
    results = []
    for name, label, probability in opponents:
        ahead = own - row_losses(probability, settled.converted)
        sums = sums_by_group(settled.group, np.column_stack((ahead * weight, weight)))
        difference = measured(_mean_of_sums, sums.sum(axis=0), resampled_sums(sums, seed))
        results.append(
            BaselineResult(
                name=name,
                label=label,
                log_loss=log_loss(probability, settled.converted, settled.weight),
                difference=difference,
                proof=calibration_report(
                    replace(settled, probability=probability), curve=True, seed=seed
                ),
            )
        )
    return tuple(results)


def _mean_of_sums(sums: FloatArray) -> FloatArray:
    return sums[:, 0] / sums[:, 1]


_PLATT_LABEL = Text(ja="モデル(Plattの較正)", en="The model with Platt's calibrator")
_LOGISTIC_LABEL = Text(ja="ロジスティック回帰", en="Logistic regression")
_BASE_RATE_LABEL = Text(ja="基準率", en="Base rate")
