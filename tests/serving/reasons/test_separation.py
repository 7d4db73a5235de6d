import numpy as np
import pytest

from serving.reasons.separation import what_separates


def test_the_difference_is_that_of_mean_points(world) -> None:
    past = world.past.past

    found = what_separates(world.explainer, past.matrix, converted=past.converted, group=past.lead)

    position = world.past.concepts.index("inquiry")
    points = world.past.reasons[:, position]
    inquiry = next(separation for separation in found if separation.concept == "inquiry")
    assert inquiry.difference.value == pytest.approx(
        points[past.converted].mean() - points[~past.converted].mean()
    )
    assert inquiry.difference.low < inquiry.difference.value < inquiry.difference.high
    ever = past.matrix[:, world.explainer.catalogue.index("inquiry_ever")]
    assert inquiry.present_converted.value == pytest.approx((ever[past.converted] > 0).mean())
    assert inquiry.present_others.value == pytest.approx((ever[~past.converted] > 0).mean())


def test_what_drives_the_outcome_separates_and_noise_does_not(world) -> None:
    past = world.past.past

    found = {
        separation.concept: separation.difference
        for separation in what_separates(
            world.explainer, past.matrix, converted=past.converted, group=past.lead
        )
    }

    assert found["inquiry"].low > 0
    assert abs(found["renewal"].value) < found["inquiry"].value / 3


def test_without_a_single_conversion_there_is_no_difference(world) -> None:
    matrix = world.past.past.matrix[:20]

    found = what_separates(
        world.explainer, matrix, converted=np.zeros(20, dtype=bool), group=np.arange(20)
    )

    assert {separation.difference for separation in found} == {None}
