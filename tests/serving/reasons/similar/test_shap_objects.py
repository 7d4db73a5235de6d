"""Our explanations as shap's objects agree with what shap computes itself."""

import warnings

import numpy as np
import pytest

from serving.reasons.points import POINTS_PER_LOG_ODDS
from serving.reasons.similar.shap_objects import shap_by_concept, shap_by_feature

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import shap


def test_values_are_shaps_up_to_slope_and_unit(world) -> None:
    matrix = world.past.past.matrix[:40]
    boosters, line = world.release.fit.boosters, world.release.fit.line
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="LightGBM binary classifier")
        theirs = [shap.TreeExplainer(booster)(matrix) for booster in boosters]

    ours = shap_by_feature(world.explainer, matrix, "en")

    unit = world.explainer.calibrator.slope * POINTS_PER_LOG_ODDS
    trees = sum(explanation.values for explanation in theirs) / len(theirs)
    # A sum of one function per feature is its own Shapley value, less its mean.
    straight = line.additions(matrix) - line.means
    mean = (1 - line.share) * trees + line.share * straight
    np.testing.assert_allclose(ours.values, mean * unit, rtol=0, atol=1e-9)
    base = sum(explanation.base_values for explanation in theirs) / len(theirs)
    base = (1 - line.share) * base + line.share * line.base
    shifted = base * unit + world.explainer.calibrator.intercept * POINTS_PER_LOG_ODDS
    np.testing.assert_allclose(ours.base_values, shifted, rtol=0, atol=1e-9)
    assert ours.feature_names[0] == "Site visit, last 7 days"


def test_concepts_come_with_their_values_in_words(world) -> None:
    past = world.past.past

    explanation = shap_by_concept(world.explainer, past.matrix[:3], past.as_of[:3], language="ja")

    expected = world.explainer.explain(past.matrix[:3]).points
    total = explanation.base_values + explanation.values.sum(axis=1)
    np.testing.assert_allclose(total, expected.total, atol=1e-9)
    assert explanation.feature_names[:2] == ["サイト訪問", "セミナー"]
    assert "最後は" in explanation.data[0, 0]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_beeswarm_draws_them(world, language) -> None:
    import matplotlib.pyplot as plt

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fonts and shap's own deprecations are not ours
        shap.plots.beeswarm(shap_by_feature(world.explainer, world.past.past.matrix[:50], language),
                            show=False)  # fmt: skip
    plt.close("all")
