from dataclasses import replace

import numpy as np
import pytest

from features.core.clock import DAY
from serving.reasons.similar.past_points import PastPoints
from serving.reasons.similar.similar import LeadsAtLevel, leads_at_level, level_words, nearest_leads
from training.dataset.past_leads import PastLeads

START = 1_735_657_200


@pytest.fixture
def few() -> PastPoints:
    """Three leads: the first two with two snapshots each, the second of which differ in level."""
    past = PastLeads(
        release_id="r",
        lead=np.array([0, 0, 1, 1, 2]),
        as_of=START + DAY * np.array([1, 40, 2, 60, 3]),
        converted=np.array([False, True, False, False, True]),
        probability=np.array([0.15, 0.20, 0.05, 0.25, 0.12]),
        matrix=np.zeros((5, 1)),
        added=np.zeros((5, 2)),
    )
    reasons = np.array([[0.0, 0.0], [3.0, 4.0], [1.0, 0.0], [9.0, 9.0], [6.0, 8.0]])
    return PastPoints(past=past, reasons=reasons, concepts=("a", "b"))


def test_a_lead_counts_once_at_its_first_snapshot_in_the_band(few) -> None:
    level = leads_at_level(few, 0.2)

    # Few leads, so odds of 1/4 times or divided by 2: 1/9 to 1/3. Lead 0 is first there at 0.15,
    # lead 1 at 0.25, lead 2 at 0.12.
    assert level == LeadsAtLevel(n_leads=3, first_as_of=START + DAY, last_as_of=START + 60 * DAY)


def test_an_empty_band_says_nothing(few) -> None:
    assert leads_at_level(few, 0.9) is None


def test_a_level_is_as_narrow_as_enough_leads_allow(world) -> None:
    n = 400
    past = replace(
        world.past.past,
        lead=np.arange(n),
        as_of=np.full(n, START),
        converted=np.arange(n) % 2 == 0,
        probability=np.repeat([0.5, 0.58, 0.8], [150, 100, 150]),
        matrix=np.zeros((n, 1)),
    )
    points = PastPoints(past=past, reasons=np.zeros((n, 2)), concepts=("a", "b"))

    narrow = leads_at_level(points, 0.5)

    # Odds of 0.58 are 1.38 times those of 0.5: outside a factor of 2 ** 0.25, so left out.
    assert narrow is not None
    assert narrow.n_leads == 150


def test_the_nearest_leads_come_once_each_without_names(few) -> None:
    near = nearest_leads(few, np.array([0.0, 0.0]))

    assert [lead.distance for lead in near] == [0.0, 1.0, 10.0]
    assert [lead.converted for lead in near] == [False, False, True]
    assert not hasattr(near[0], "lead_id")


def test_a_level_is_told_in_counts(few, world) -> None:
    level = leads_at_level(few, 0.2)
    assert level is not None

    said = level_words(level, world.definition)

    assert said.en == "Past leads at this level: 3 (1 Jan 2025 to 1 Mar 2025)"
    assert said.ja == "同じ水準だった過去のリード: 3件(2025年1月1日〜2025年3月1日)"


def test_without_dates_no_dates_are_told(world) -> None:
    undated = world.definition.model_copy(
        update={"snapshots": world.definition.snapshots.model_copy(update={"at": "undated"})}
    )
    level = LeadsAtLevel(n_leads=1_234, first_as_of=1, last_as_of=1)

    said = level_words(level, undated)

    assert said.en == "Past leads at this level: 1,234"
    assert said.ja == "同じ水準だった過去のリード: 1,234件"


def test_distance_can_leave_concepts_out(few) -> None:
    squares = few.squares(np.array([0.0, 0.0]))

    np.testing.assert_array_equal(few.leave_out(squares, {"b"}), [0.0, 9.0, 1.0, 81.0, 36.0])


def test_a_large_past_gives_the_same_neighbours_as_sorting_everything(world) -> None:
    random = np.random.default_rng(0)
    n = 3_000
    past = replace(
        world.past.past,
        lead=np.arange(n),
        as_of=np.ones(n, dtype=np.int64),
        converted=np.zeros(n, dtype=bool),
        probability=np.zeros(n),
        matrix=np.zeros((n, 1)),
    )
    points = PastPoints(past=past, reasons=random.normal(size=(n, 2)), concepts=("a", "b"))
    distance = points.squares(np.zeros(2)).sum(axis=1)

    rows = points.nearest(distance, np.arange(n), how_many=20)

    np.testing.assert_array_equal(rows, np.argsort(distance)[:20])
