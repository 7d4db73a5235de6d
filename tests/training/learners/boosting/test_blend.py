from dataclasses import replace

import numpy as np
import pytest

from features.core.errors import Refusal
from training.calibration.calibrator import calibrate
from training.learners.boosting.blend import choose_share, fit_blend
from training.learners.boosting.cross_fit import fit_ensemble
from training.learners.boosting.folds import deal_folds
from training.learners.boosting.training_matrix import TrainingMatrix
from training.learners.hyperparameters import Hyperparameters
from training.learners.linear.scorecard import RuleStep, Scorecard
from training.model.trained_model import TrainedModel

SMALL = Hyperparameters(n_folds=3, n_repeats=2, most_trees=15, n_threads=1, feature_share=1.0)
SCORECARD = Hyperparameters(
    n_folds=3,
    scorecard=Scorecard(steps=(RuleStep(feature=0, low=0.5, high=None),), attributes=(2,)),
)


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(1)
    matrix = np.column_stack([random.normal(size=(900, 2)), random.integers(0, 4, 900)])
    matrix[random.random(900) < 0.2, 1] = np.nan
    converted = random.random(900) < 1 / (1 + np.exp(1.5 - matrix[:, 0] - (matrix[:, 2] == 3)))
    return matrix, converted, np.repeat(np.arange(300), 3)


@pytest.fixture(scope="module", params=[SMALL, SCORECARD], ids=["mixture", "scorecard"])
def fitted(request, rows):
    matrix, converted, groups = rows
    return fit_blend(
        TrainingMatrix(matrix=matrix, converted=converted, groups=groups, categorical=(2,)),
        recipe=request.param,
    )


def _as_fit(ensemble, converted):
    return TrainedModel(
        booster_texts=tuple(b.model_to_string() for b in ensemble.boosters),
        line=ensemble.line,
        calibrator=calibrate(ensemble, converted),
        catalogue={},
    )


def test_contributions_add_up_to_the_margin_and_the_margin_is_the_fits(rows, fitted):
    matrix, converted, _ = rows
    fit = _as_fit(fitted, converted)

    explained = fit.tables.explain(matrix)

    np.testing.assert_array_equal(explained.margin, fit.margin(matrix))
    total = explained.base + explained.values.sum(axis=1)
    np.testing.assert_allclose(total, explained.margin, rtol=0, atol=1e-10)


def test_contributions_are_the_shares_of_lightgbms_and_of_a_straight_line(rows):
    matrix, converted, groups = rows
    fitted = fit_blend(
        TrainingMatrix(matrix=matrix, converted=converted, groups=groups, categorical=(2,)),
        recipe=SMALL,
    )
    share, some = fitted.line.share, matrix[:50]

    explained = _as_fit(fitted, converted).tables.explain(some)

    theirs = [b.predict(some, pred_contrib=True)[:, :-1] for b in fitted.boosters]
    everywhere = fitted.line.additions(matrix).mean(axis=0)
    straight = fitted.line.additions(some) - everywhere
    expected = (1 - share) * sum(theirs) / len(theirs) + share * straight
    np.testing.assert_allclose(explained.values, expected, rtol=0, atol=1e-9)
    assert 0 < share < 1


def test_a_fit_as_files_gives_the_same_bits(rows, fitted):
    matrix, converted, _ = rows
    fit = _as_fit(fitted, converted)

    again = TrainedModel.from_files(fit.to_files())

    np.testing.assert_array_equal(again.probability(matrix), fit.probability(matrix))
    assert again.to_files() == fit.to_files()
    assert again.is_scorecard == (not fitted.boosters)


def test_a_held_out_margin_never_saw_its_own_outcome(rows):
    matrix, converted, groups = rows
    folds = deal_folds(converted, groups, n_folds=3, seed=0)
    held_out = folds == 0
    # Outcomes of one fold change places within their leads, so that the folds are dealt as before.
    moved = converted.copy()
    moved[held_out] = np.roll(converted.reshape(-1, 3), 1, axis=1).ravel()[held_out]

    before = fit_blend(
        TrainingMatrix(matrix=matrix, converted=converted, groups=groups, categorical=(2,)),
        recipe=SCORECARD,
    )
    after = fit_blend(
        TrainingMatrix(matrix=matrix, converted=moved, groups=groups, categorical=(2,)),
        recipe=SCORECARD,
    )

    np.testing.assert_array_equal(deal_folds(moved, groups, n_folds=3, seed=0), folds)
    difference = np.abs(after.oof_margins[0] - before.oof_margins[0])
    assert difference[held_out].max() < 1e-4
    assert difference[~held_out].max() > 1e-2


def test_where_the_line_knows_nothing_its_share_falls_and_where_it_knows_all_it_rises():
    random = np.random.default_rng(5)
    truth = random.normal(size=20_000)
    noise = random.normal(size=20_000)
    converted = random.random(20_000) < 1 / (1 + np.exp(-2 * truth))

    assert choose_share(2 * truth, noise, converted) < 0.1
    assert choose_share(noise, 2 * truth, converted) > 0.9


def test_few_outcomes_do_not_move_the_share_far_from_one_half():
    random = np.random.default_rng(6)
    truth = random.normal(size=80)
    converted = random.random(80) < 1 / (1 + np.exp(-truth))

    assert 0.4 <= choose_share(truth, truth + random.normal(size=80), converted) <= 0.6


def test_without_a_line_the_boosters_are_all(rows):
    matrix, converted, groups = rows
    alone = Hyperparameters(**{**vars(SMALL), "with_line": False})

    fitted = fit_blend(
        TrainingMatrix(matrix=matrix, converted=converted, groups=groups, categorical=(2,)),
        recipe=alone,
    )

    expected = fit_ensemble(
        TrainingMatrix(matrix=matrix, converted=converted, groups=groups, categorical=(2,)),
        recipe=alone,
    )
    assert fitted.line is None
    np.testing.assert_array_equal(fitted.margin(matrix), expected.margin(matrix))


def test_a_scorecard_reads_only_its_rules_and_attributes(rows):
    matrix, converted, groups = rows
    fitted = fit_blend(
        TrainingMatrix(matrix=matrix, converted=converted, groups=groups, categorical=(2,)),
        recipe=SCORECARD,
    )
    moved = matrix.copy()
    moved[:, 1] += 5
    moved[:, 0] = np.where(matrix[:, 0] >= 0.5, 40.0, -40.0)

    np.testing.assert_array_equal(fitted.margin(moved), fitted.margin(matrix))
    assert fitted.boosters == ()


def test_too_few_outcomes_are_refused_for_a_scorecard_as_well(rows):
    matrix, _, groups = rows

    with pytest.raises(Refusal, match=r"at least 10 .* got 900 snapshots, 9 and 891"):
        fit_blend(
            TrainingMatrix(matrix=matrix, converted=np.arange(900) < 9, groups=groups),
            recipe=SCORECARD,
        )


def test_a_chance_teaches_what_a_row_won_and_a_row_lost_teach_that_weigh_as_much(rows):
    matrix, _, groups = rows
    matrix = np.round(matrix[:, :2], 1)
    random = np.random.default_rng(3)
    chance = np.where(random.random(len(matrix)) < 0.3, random.random(len(matrix)), 0)
    chance[chance > 0.8] = 1
    everything = replace(SMALL, row_share=1.0, min_snapshots_per_leaf=1)
    by_chance = TrainingMatrix(matrix=matrix, converted=chance, groups=groups)
    by_two_rows = TrainingMatrix(
        matrix=np.concatenate([matrix, matrix]),
        converted=np.arange(2 * len(matrix)) < len(matrix),
        groups=np.concatenate([groups, groups]),
        weight=np.concatenate([chance, 1 - chance]),
    )

    one, two = (fit_blend(learned, recipe=everything) for learned in (by_chance, by_two_rows))

    assert one.n_trees == two.n_trees
    np.testing.assert_allclose(one.margin(matrix), two.margin(matrix), atol=1e-5)
