import numpy as np

from serving.reasons.points import probability_from


def test_points_add_up_to_the_probability_of_the_release(world) -> None:
    matrix = world.past.past.matrix

    explained = world.explainer.explain(matrix)

    np.testing.assert_array_equal(explained.probability, world.release.probability(matrix))
    np.testing.assert_allclose(
        probability_from(explained.points.total), explained.probability, rtol=0, atol=1e-9
    )


def test_a_probability_without_its_points_is_the_same_to_the_last_bit(world) -> None:
    matrix = world.past.past.matrix

    np.testing.assert_array_equal(
        world.explainer.probability(matrix), world.explainer.explain(matrix).probability
    )


def test_every_concept_has_one_reason_the_weightiest_first(world) -> None:
    row = world.past.past.matrix[7]
    explained = world.explainer.explain(row[None])

    feature_row = world.explainer.feature_row(row, int(world.past.past.as_of[7]))
    reasons = tuple(world.explainer.reasons(explained.points.reasons[0], feature_row))

    assert {r.concept for r in reasons} == {c.name for c in world.explainer.concepts}
    weights = [abs(reason.points) for reason in reasons]
    assert weights == sorted(weights, reverse=True)
    total = explained.points.base + sum(reason.points for reason in reasons)
    np.testing.assert_allclose(total, explained.points.total[0], rtol=0, atol=1e-9)


def test_one_lead_is_explained_as_it_is_among_many(world) -> None:
    matrix = world.past.past.matrix[:50]

    alone = [world.explainer.explain(row[None]) for row in matrix]

    together = world.explainer.explain(matrix)
    np.testing.assert_array_equal([a.probability[0] for a in alone], together.probability)
    np.testing.assert_allclose(
        [a.points.reasons[0] for a in alone], together.points.reasons, rtol=0, atol=1e-12
    )
