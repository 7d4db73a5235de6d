import numpy as np
import pytest

from features.core.clock import DAY
from serving.review.figures.maturing import Pace


@pytest.fixture
def pace() -> Pace:
    """A hundred matured hand-overs: twenty converted on day 10, eighty never did."""
    at = np.zeros(100, dtype=np.int64)
    converted_at = np.where(np.arange(100) < 20, 10 * DAY, np.iinfo(np.int64).max)
    return Pace.of(at, converted_at, 60)


def test_what_is_open_still_converts_as_often_as_past_hand_overs_did(pace: Pace) -> None:
    young = pace.expect(3, np.full(10, 5))
    old = pace.expect(3, np.full(10, 20))

    # A fifth of ten beside the three there are; after day 10 nobody converted any more.
    assert young is not None
    assert young.expected == pytest.approx(5.0)
    assert young.low < 5 < young.high
    assert old is not None
    assert (old.expected, old.low, old.high) == (3.0, 3.0, 3.0)


def test_a_conversion_after_the_horizon_counts_as_never() -> None:
    pace = Pace.of(np.zeros(40, dtype=np.int64), np.full(40, 61 * DAY), 60)

    found = pace.expect(0, np.zeros(5, dtype=np.int64))

    assert found is not None
    assert found.expected == 0.0


def test_too_few_past_hand_overs_promise_nothing() -> None:
    pace = Pace.of(np.zeros(29, dtype=np.int64), np.zeros(29, dtype=np.int64), 60)

    assert pace.expect(0, np.zeros(5, dtype=np.int64)) is None


def test_the_range_holds_about_nine_times_in_ten(pace: Pace) -> None:
    random = np.random.default_rng(1)
    held = 0
    for seed in range(200):
        past = random.random(100) < 0.2
        converted_at = np.where(past, 10 * DAY, np.iinfo(np.int64).max)
        expected = Pace.of(np.zeros(100, dtype=np.int64), converted_at, 60).expect(
            0, np.full(200, 5), seed=seed
        )
        assert expected is not None
        held += expected.holds(random.binomial(200, 0.2))

    # 180 of 200 promised; three standard errors are 13.
    assert 167 <= held <= 193
