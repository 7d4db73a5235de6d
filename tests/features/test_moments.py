import pytest

from features.core.errors import LeadDataError
from features.moments import Moments


def test_moments_given_in_any_order_are_sorted_by_lead_then_time() -> None:
    moments = Moments.of([1, 0, 1], [5, 9, 3])

    assert moments.lead.tolist() == [0, 1, 1]
    assert moments.as_of.tolist() == [9, 3, 5]


def test_unsorted_moments_are_refused() -> None:
    moments = Moments.of([0, 1, 2], [5, 5, 5])

    with pytest.raises(LeadDataError, match="got 2 steps back"):
        Moments(lead=moments.lead[::-1], as_of=moments.as_of)


@pytest.mark.parametrize("instant", [-1, 1 << 32])
def test_instants_outside_the_range_of_the_index_are_refused(instant: int) -> None:
    with pytest.raises(LeadDataError, match="between 1970 and 2105; got 1 outside"):
        Moments.of([0, 0], [5, instant])


def test_lengths_must_agree() -> None:
    moments = Moments.of([0, 1], [5, 5])

    with pytest.raises(LeadDataError, match="one as_of per lead"):
        Moments(lead=moments.lead, as_of=moments.as_of[:1])


def test_blocks_cover_every_row_once() -> None:
    moments = Moments.of([0] * 7, range(7))

    assert [(s.start, s.stop) for s in moments.blocks(3)] == [(0, 3), (3, 6), (6, 7)]
