"""Boosters and a linear model in one margin, blended by how well each predicts held-out rows.

Why mixed: on some hundred rows neither wins. Log loss later in time, boosters alone, a logistic
regression alone, the mixture, on earlier periods of the training data (the last 50, 35 and 20 %):
a bank's applications after an hour .564, .588, .590 / .563, .585, .578 / .561, .585, .584; after a
day .612, .614, .601 / .620, .622, .608 / .612, .613, .600; after a week .601, .570, .617 / .601,
.579, .610 / .593, .568, .607; Olist .332, .329, .332 / .333, .335, .339 / .330, .326, .334. With
thousands of rows and interactions boosters are ahead, and the share falls by itself (X Education).

Why the share is pulled towards one half: a weight estimated from a hundred outcomes costs more than
it gains ("forecast combination puzzle"): left free it went to 1 on Olist and lost .004.

Why cross-fitted by the same folds: the held-out margins of the mixture are what the calibrator
needs, and the served line is the mean of the folds' lines, as the served boosters are.

Rejected: boosters whose leaves are shrunk four times as much (``lambda_l2`` of 40) lost .005 to
.010 on the bank after a week and .005 on X Education, and gained .0005 at most on Olist.

References
----------
Smith & Wallis (2009), A simple explanation of the forecast combination puzzle.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from features.core.arrays import BoolArray, FloatArray
from training.learners.boosting.cross_fit import (
    Progress,
    check_enough,
    fit_ensemble,
    folds_of,
    held_out_margins,
)
from training.learners.boosting.ensemble import Ensemble, mixed
from training.learners.boosting.folds import Folds
from training.learners.boosting.training_matrix import TrainingMatrix
from training.learners.hyperparameters import Hyperparameters
from training.learners.linear.additive_logistic import AdditiveLogistic
from training.learners.linear.fit_logistic import (
    Design,
    Term,
    all_terms,
    drawn_rows,
    fit_coefficients,
)
from training.learners.linear.scorecard import scorecard_terms
from training.metrics.logistic import fit_logistic_line

HALF = 0.5
SHARE_SPREAD = 0.1
"""Standard deviation with which the share is believed to lie about one half."""

LEAST_SHARE = 0.02
"""A smaller part changes no decision and is left out."""

MOST_LINE_SNAPSHOTS = 20_000
"""Drawn from more for the line and its share, whose numbers are no better known from all."""

SHARES = np.linspace(0.0, 1.0, 21)


def fit_blend(
    rows: TrainingMatrix, *, recipe: Hyperparameters, progress: Progress | None = None
) -> Ensemble:
    """Fit what the recipe says: boosters with a linear model, boosters alone, or a scorecard.

    Return value and errors are those of :func:`training.learners.boosting.cross_fit.fit_ensemble`.

    Parameters
    ----------
    rows : TrainingMatrix
    recipe : Hyperparameters
    progress : callable, optional
        Called with the share that is done after each booster.
    """
    matrix, categorical = rows.matrix, rows.categorical
    if recipe.scorecard is not None:
        check_enough(rows, recipe)
        terms = scorecard_terms(
            recipe.scorecard, matrix[:], categorical=categorical, monotone=recipe.monotone
        )
        margins, line = _cross_fit(terms, rows, recipe)
        return Ensemble(boosters=(), oof_margins=margins, recipe=recipe, line=line)
    trees = fit_ensemble(rows, recipe=recipe, progress=progress)
    if not recipe.with_line:
        return trees
    drawn = drawn_rows(len(matrix), MOST_LINE_SNAPSHOTS)
    terms = all_terms(matrix[drawn], categorical, recipe.monotone)
    margins, line = _cross_fit(terms, rows, recipe)
    share = choose_share(
        trees.oof_margin[drawn],
        margins.mean(axis=0)[drawn],
        rows.converted[drawn],
        weight=None if rows.weight is None else rows.weight[drawn],
    )
    if share < LEAST_SHARE:
        return trees
    return replace(
        trees,
        oof_margins=mixed(trees.oof_margins, margins, share),
        line=replace(line, share=share),
    )


def choose_share(
    trees: FloatArray,
    line: FloatArray,
    converted: BoolArray | FloatArray,
    *,
    weight: FloatArray | None = None,
) -> float:
    """The line's share of the margin that does best on rows neither part has seen.

    Parameters
    ----------
    trees, line : ndarray of shape (n,)
        Held-out margins.
    converted : ndarray of shape (n,)
    weight : ndarray of shape (n,), optional
        For how many rows each stands.
    """
    costs = []
    fitted = (1.0, 0.0)
    for share in SHARES.tolist():
        margin = mixed(trees, line, share)
        fitted = fit_logistic_line(margin, converted, weight, start=fitted)
        log_odds = fitted[0] * margin + fitted[1]
        losses = np.logaddexp(0.0, log_odds) - converted * log_odds
        total = float(losses.sum() if weight is None else losses @ weight)
        costs.append(total + 0.5 * ((share - HALF) / SHARE_SPREAD) ** 2)
    return float(SHARES[int(np.argmin(costs))])


def _cross_fit(
    terms: Sequence[Term], rows: TrainingMatrix, recipe: Hyperparameters
) -> tuple[FloatArray, AdditiveLogistic]:
    """Held-out margins of shape (n_repeats, n), and the mean of the folds' lines."""
    matrix = rows.matrix
    drawn = drawn_rows(len(matrix), MOST_LINE_SNAPSHOTS)
    design = Design.of(terms, matrix[drawn])
    outcome = rows.converted[drawn]
    weight = None if rows.weight is None else rows.weight[drawn]
    everywhere = fit_coefficients(design, outcome, weight=weight)

    def without(folds: Folds, fold: int) -> FloatArray:
        learned = folds[drawn] != fold
        part = replace(design, columns=design.columns[learned])
        counted = None if weight is None else weight[learned]
        return fit_coefficients(part, outcome[learned], weight=counted, start=everywhere)

    found: list[FloatArray] = []
    # From many rows a second draw of the folds gives the same line once more.
    n_draws = recipe.n_repeats if len(drawn) == len(matrix) else 1
    n_threads = recipe.n_threads or os.cpu_count() or 1
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(n_threads) as threads:
        for repeat in range(n_draws):
            folds = folds_of(rows, recipe, repeat)
            found += threads.map(partial(without, folds), range(recipe.n_folds))
    lines = [design.as_line(coefficients).margin for coefficients in found]
    margins = np.empty((recipe.n_repeats, len(matrix)))
    margins[:] = held_out_margins(rows, lines, recipe)
    return margins, design.as_line(np.mean(found, axis=0))
