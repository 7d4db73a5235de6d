import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from features.core.json_records import from_json, to_json
from training.learners.linear.additive_logistic import (
    FARTHEST,
    AdditiveLogistic,
    FeatureLine,
    Ramp,
    WeightStep,
)
from training.learners.linear.fit_logistic import Design, Term, all_terms, fit_coefficients

LINE = AdditiveLogistic(
    features=(
        FeatureLine(
            plain=Ramp(centre=2.0, scale=4.0, weight=1.0),
            logarithm=Ramp(centre=0.0, scale=1.0, weight=0.5),
            known=0.25,
            mean=0.1,
        ),
        FeatureLine(known=0.5, steps=(WeightStep(low=3.0, high=None, weight=2.0),)),
        FeatureLine(levels=(0.0, 1.5), mean=-0.2),
    ),
    intercept=-1.0,
)


def test_a_number_adds_its_two_ramps_and_that_it_is_known():
    # (6 - 2) / 4 is one deviation; the signed logarithm of 6 is log(7).
    expected = 0.25 + 1.0 + 0.5 * math.log(7)

    assert LINE.additions(np.array([[6.0, np.nan, np.nan]]))[0, 0] == pytest.approx(expected)


def test_below_zero_the_logarithm_keeps_the_sign():
    expected = 0.25 + (-6 - 2) / 4 + 0.5 * -math.log(7)

    assert LINE.additions(np.array([[-6.0, np.nan, np.nan]]))[0, 0] == pytest.approx(expected)


@pytest.mark.parametrize(("value", "added"), [(2.999, 0.5), (3.0, 2.5), (1e9, 2.5), (np.nan, 0.0)])
def test_a_step_counts_from_its_bound_on(value, added):
    assert LINE.additions(np.array([[np.nan, value, np.nan]]))[0, 1] == added


@pytest.mark.parametrize(
    ("code", "added"), [(0, 0.0), (1, 1.5), (2, 0.0), (-1, 0.0), (np.nan, 0.0)]
)
def test_a_level_nobody_had_adds_nothing(code, added):
    assert LINE.additions(np.array([[np.nan, np.nan, code]]))[0, 2] == added


def test_what_lies_far_out_counts_as_four_deviations():
    far = LINE.additions(np.array([[1e12, np.nan, np.nan]]))[0, 0]

    assert far == pytest.approx(0.25 + FARTHEST + 0.5 * FARTHEST)


def test_the_base_is_the_margin_of_the_average_lead():
    assert LINE.base == pytest.approx(-1.0 + 0.1 - 0.2)


def test_one_row_and_many_give_the_same_bits():
    matrix = np.random.default_rng(1).normal(size=(300, 3))

    alone = np.concatenate([LINE.margin(matrix[i : i + 1]) for i in range(300)])

    np.testing.assert_array_equal(alone, LINE.margin(matrix))


def test_it_survives_being_written_down():
    assert from_json(AdditiveLogistic, to_json(LINE).encode(), "line.json") == LINE


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(2)
    matrix = np.column_stack([random.poisson(2, 900), random.integers(0, 3, 900)]).astype(float)
    matrix[random.random(900) < 0.3, 0] = np.nan
    return matrix, random.random(900) < 0.2 + 0.2 * (np.nan_to_num(matrix[:, 0]) > 2)


def test_the_coefficients_are_scikit_learns(rows):
    matrix, converted = rows
    design = Design.of(all_terms(matrix, (1,)), matrix)

    found = fit_coefficients(design, converted, ridge=4.0)

    expected = LogisticRegression(C=1 / 4.0, tol=1e-10, max_iter=1000).fit(
        design.columns, converted
    )
    np.testing.assert_allclose(found[:-1], expected.coef_[0], atol=1e-3)
    assert found[-1] == pytest.approx(expected.intercept_[0], abs=1e-2)


def test_a_weight_of_two_is_a_row_twice(rows):
    matrix, converted = rows
    design = Design.of(all_terms(matrix, (1,)), matrix)
    twice = np.arange(900) < 300
    repeated = np.concatenate([np.arange(900), np.flatnonzero(twice)])
    longer = Design(terms=design.terms, columns=design.columns[repeated], n_features=2)

    weighted = fit_coefficients(design, converted, weight=1.0 + twice)

    np.testing.assert_allclose(weighted, fit_coefficients(longer, converted[repeated]), atol=1e-5)


def test_the_line_adds_up_to_what_the_coefficients_say(rows):
    matrix, converted = rows
    design = Design.of(all_terms(matrix, (1,)), matrix)
    coefficients = fit_coefficients(design, converted)
    line = design.as_line(coefficients)

    expected = design.columns @ coefficients[:-1] + coefficients[-1]

    np.testing.assert_allclose(line.margin(matrix), expected, atol=1e-12)
    np.testing.assert_allclose(line.additions(matrix).mean(axis=0), line.means, atol=1e-12)


def test_a_coefficient_on_the_wrong_side_is_left_out():
    random = np.random.default_rng(3)
    x = random.normal(size=(2000, 2))
    converted = random.random(2000) < 1 / (1 + np.exp(x[:, 0] - x[:, 1]))
    terms = [Term(feature=0, kind="plain", sign=1), Term(feature=1, kind="plain", sign=1)]

    first, second, _ = fit_coefficients(Design.of(terms, x), converted)

    assert first == 0
    assert second > 0.5


def test_terms_of_a_constrained_feature_bear_its_sign(rows):
    matrix, _ = rows

    terms = all_terms(matrix, (1,), (-1, 0))

    assert {term.sign for term in terms if term.kind in ("plain", "logarithm")} == {-1}
    assert {term.sign for term in terms if term.kind in ("known", "level")} == {0}


def test_margins_of_many_rows_are_made_some_at_a_time_to_the_same_bits(monkeypatch):
    matrix = np.random.default_rng(0).normal(size=(50, 3)).round(1)
    matrix[::5, 0] = np.nan
    together = LINE.summed(LINE.additions(matrix))
    asked = []
    kept = AdditiveLogistic.additions
    monkeypatch.setattr(
        AdditiveLogistic,
        "additions",
        lambda line, rows, **how: asked.append(len(rows)) or kept(line, rows, **how),
    )
    monkeypatch.setattr("training.learners.linear.additive_logistic.ROWS_AT_ONCE", 20)

    margin = LINE.margin(matrix)

    np.testing.assert_array_equal(margin, together)
    assert asked == [20, 20, 10]
    assert LINE.margin(matrix[:0]).shape == (0,)


def test_a_few_rows_need_no_compiler_for_the_same_bits():
    rng = np.random.default_rng(0)
    matrix = np.column_stack(
        [rng.normal(0, 9, 300), rng.integers(0, 6, 300), rng.integers(-1, 3, 300)]
    )
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    matrix[1::7] = matrix[::7][: len(matrix[1::7])]  # rows that repeat the one before

    plain = LINE.additions(matrix, compiled=False)

    np.testing.assert_array_equal(plain, LINE.additions(matrix))
    np.testing.assert_array_equal(LINE.margin(matrix, compiled=False), LINE.margin(matrix))
