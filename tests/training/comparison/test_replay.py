"""First crossings, and volumes matched as nearly as ties allow."""

import numpy as np
import pytest

from features.core.errors import LeadDataError
from training.comparison.replay import NEVER, ReplayCohort, margin_for_volume


def _cohort(lead: list[int], as_of: list[int]) -> ReplayCohort:
    return ReplayCohort(
        lead=np.array(lead),
        as_of=np.array(as_of),
        converted=np.zeros(len(lead), dtype=np.bool_),
        group=np.array(lead),
    )


def test_a_lead_is_handed_over_once_when_first_reached() -> None:
    cohort = _cohort([2, 2, 2, 5, 5, 9], [10, 20, 30, 10, 20, 10])

    crossing = cohort.first_crossing(np.array([False, True, True, False, False, True]))

    assert crossing.tolist() == [1, NEVER, 5]


def test_highest_margin_is_taken_within_each_lead() -> None:
    cohort = _cohort([2, 2, 2, 5, 5, 9], [10, 20, 30, 10, 20, 10])

    assert cohort.highest(np.array([1.0, 3.0, 2.0, -5.0, -4.0, 0.0])).tolist() == [3.0, -4.0, 0.0]


def test_snapshots_out_of_order_are_refused() -> None:
    with pytest.raises(LeadDataError, match="got 2 of 4 out of order"):
        _cohort([2, 2, 1, 1], [10, 10, 10, 20])


@pytest.mark.parametrize(
    ("volume", "expected"), [(0, 0), (1, 1), (2, 1), (3, 4), (4, 4), (5, 5), (99, 5)]
)
def test_ties_miss_a_volume_by_as_little_as_they_can(volume: int, expected: int) -> None:
    highest = np.array([3.0, 2.0, 2.0, 2.0, 1.0])

    assert np.sum(highest >= margin_for_volume(highest, volume)) == expected


def test_an_empty_cohort_crosses_nothing() -> None:
    cohort = _cohort([], [])

    assert cohort.first_crossing(np.zeros(0, dtype=np.bool_)).tolist() == []
    assert cohort.ever_converted.tolist() == []
    assert not cohort.dated
