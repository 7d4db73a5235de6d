"""Dependence is a mean over changed rows; an interaction, what rows and columns leave over."""

import numpy as np
import pytest

from features.core.errors import LeadDataError
from serving.reasons.exploring.dependence import interaction, partial_dependence
from serving.reasons.exploring.importance import importance


@pytest.fixture(scope="module")
def matrix(world):
    return world.past.past.matrix[:60]


def _given(world, matrix, values: dict[str, float]):
    changed = matrix.copy()
    for name, value in values.items():
        changed[:, world.explainer.catalogue.index(name)] = value
    return world.release.fit.probability(changed)


def test_dependence_is_the_mean_probability_of_leads_given_that_value(world, matrix) -> None:
    found = partial_dependence(world.explainer, matrix, "inquiry_30d", values=[0, 2])

    expected = [_given(world, matrix, {"inquiry_30d": n}).mean() for n in (0, 2)]
    np.testing.assert_allclose(found.probability, expected, rtol=1e-12)
    assert [words.en for words in found.words] == ["0 times", "2 times"]
    assert [words.ja for words in found.words] == ["0回", "2回"]


def test_values_are_those_of_leads_to_two_digits_and_unknown_where_lacking(world, matrix) -> None:
    catalogue = world.explainer.catalogue
    gaps = [f for f in catalogue if np.isnan(matrix[:, catalogue.index(f.name)]).any()]
    feature = next(f for f in gaps if not np.isnan(matrix[:, catalogue.index(f.name)]).all())

    found = partial_dependence(world.explainer, matrix, feature.name)

    seen = matrix[:, catalogue.index(feature.name)]
    assert set(found.values[:-1]) <= {float(f"{value:.2g}") for value in seen[~np.isnan(seen)]}
    assert np.isnan(found.values[-1])
    assert found.words[-1].en in ("unknown", "never")


def test_an_interaction_has_no_rows_and_columns_of_its_own(world, matrix) -> None:
    found = interaction(
        world.explainer, matrix[:20], first="inquiry_30d", second="days_since_creation"
    )

    np.testing.assert_allclose(found.beyond.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(found.beyond.mean(axis=1), 0, atol=1e-9)
    corner = {"inquiry_30d": found.first.values[0], "days_since_creation": found.second.values[0]}
    expected = _given(world, matrix[:20], corner).mean()
    assert found.probability[0, 0] == pytest.approx(expected)


def test_no_value_at_all_is_refused(world, matrix) -> None:
    with pytest.raises(LeadDataError, match="needs values to try; got none of 'inquiry_30d'"):
        partial_dependence(world.explainer, matrix, "inquiry_30d", values=[])


def test_importance_is_the_mean_size_of_points_inside_its_interval(world, matrix) -> None:
    found = importance(world.explainer, matrix, group=np.arange(len(matrix)))

    size = np.abs(world.explainer.explain(matrix).points.reasons).mean(axis=0)
    expected = dict(zip((c.name for c in world.explainer.concepts), size, strict=True))
    for one in found:
        assert one.points.value == pytest.approx(expected[one.concept])
        assert one.points.low <= one.points.value <= one.points.high
    assert [one.points.value for one in found] == sorted(expected.values(), reverse=True)
