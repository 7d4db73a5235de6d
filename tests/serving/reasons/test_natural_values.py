"""Two groups in values people know, direction included."""

import numpy as np
import pytest

from serving.reasons.natural_values import NaturalContrast, natural_contrasts

N = 100


@pytest.fixture
def groups(world):
    """A hundred leads of each group, alike in everything; the tests make them differ."""
    matrix = np.tile(world.past.past.matrix[:1], (2 * N, 1))
    is_first = np.arange(2 * N) < N
    return matrix, is_first


def _ever(world, matrix, behaviour: str, first: list[float], second: list[float]) -> None:
    matrix[:, world.explainer.catalogue.index(f"{behaviour}_ever")] = [*first, *second]


def test_what_most_did_is_told_as_how_often(world, groups) -> None:
    matrix, is_first = groups
    _ever(world, matrix, "inquiry", [18.0] * N, [4.0] * 90 + [0.0] * 10)

    found = natural_contrasts(world.explainer, matrix, is_first)["inquiry"]

    # The median is that of leads who did it at all.
    assert found == NaturalContrast(measure="median", first=18.0, second=4.0, unit="times")


def test_what_few_did_is_told_as_whether(world, groups) -> None:
    matrix, is_first = groups
    _ever(world, matrix, "inquiry", [1.0] * 34 + [0.0] * 66, [1.0] * 8 + [0.0] * 92)

    found = natural_contrasts(world.explainer, matrix, is_first)["inquiry"]

    assert found == NaturalContrast(measure="has", first=0.34, second=0.08)


def test_what_the_first_did_less_often_is_told_as_not_done(world, groups) -> None:
    matrix, is_first = groups
    _ever(world, matrix, "inquiry", [1.0] * 4 + [0.0] * 96, [1.0] * 14 + [0.0] * 86)

    found = natural_contrasts(world.explainer, matrix, is_first)["inquiry"]

    assert (found.measure, found.first, found.second) == ("lacks", 0.96, 0.86)


def test_leads_that_are_alike_have_nothing_to_tell(world, groups) -> None:
    assert natural_contrasts(world.explainer, *groups) == {}


def test_an_answer_is_told_by_the_level_that_the_first_have_more_often(world, groups) -> None:
    matrix, is_first = groups
    catalogue = world.explainer.catalogue
    feature = next(f for f in catalogue if f.is_category and len(f.levels) >= 2)
    matrix[:, catalogue.index(feature.name)] = [0.0] * 70 + [1.0] * 30 + [0.0] * 40 + [1.0] * 60

    found = natural_contrasts(world.explainer, matrix, is_first)[feature.concept]

    assert (found.measure, found.first, found.second) == ("level", 0.7, 0.4)
    assert found.level is not None
    assert feature.levels[0] in (found.level.en, found.level.ja)
