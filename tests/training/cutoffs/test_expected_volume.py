import numpy as np
import pytest

from features.core.clock import DAY
from training.cutoffs.expected_volume import forecast_month, monthly_crossings
from training.results.backtest_records import Range
from training.results.scored import ScoredSnapshots

MONTH = round(365.25 / 12 * DAY)


def crossings(day, converted=None, probability=None):
    """One snapshot per lead, on the given days."""
    n = len(day)
    return ScoredSnapshots(
        probability=np.full(n, 0.5) if probability is None else probability,
        converted=np.zeros(n, dtype=bool) if converted is None else converted,
        matured=np.ones(n, dtype=bool),
        lead=np.arange(n),
        group=np.arange(n),
        as_of=np.asarray(day) * DAY,
    )


def test_months_are_counted_back_from_the_newest_snapshot():
    day = [0, 10, 40, 41, 65, 66, 67, 91]

    # Months end on days 91, 60.6, 30.1; the oldest one is left out.
    assert monthly_crossings(crossings(day), 0.5).tolist() == [4, 2]


def test_only_first_crossings_count():
    twice = ScoredSnapshots(
        probability=np.array([0.6, 0.7, 0.2, 0.9]),
        converted=np.zeros(4, dtype=bool),
        matured=np.ones(4, dtype=bool),
        lead=np.array([0, 0, 1, 1]),
        group=np.array([0, 0, 1, 1]),
        as_of=np.array([40, 80, 50, 85]) * DAY,
    )

    # The first lead crossed on day 40, before the newest month; that it is above again is no news.
    assert monthly_crossings(twice, 0.5).tolist() == [1]


def test_the_range_holds_as_often_as_it_says():
    random = np.random.default_rng(0)
    held = []
    for _ in range(100):
        day = np.sort(random.integers(0, 30 * 7, random.poisson(40 * 7)))
        past = crossings(day, converted=random.random(len(day)) < 0.2)
        came = random.poisson(40 * 365.25 / 12 / 30)
        forecast = forecast_month(past, 0.5)
        held.append(
            forecast.hand_overs.holds(came)
            and forecast.opportunities.low <= forecast.opportunities.expected
        )

    assert 0.85 <= np.mean(held) <= 0.97


def test_opportunities_are_the_share_of_hand_overs_that_used_to_convert():
    random = np.random.default_rng(1)
    day = np.sort(random.integers(0, 240, 2400))
    past = crossings(day, converted=np.arange(2400) % 4 == 0)

    forecast = forecast_month(past, 0.5)

    assert forecast.opportunities.expected == pytest.approx(
        forecast.hand_overs.expected / 4, rel=0.03
    )


def test_what_has_not_matured_counts_for_volume_and_not_for_the_share():
    day = np.arange(240)
    past = crossings(day, converted=day < 120)
    young = ScoredSnapshots(**{**vars(past), "matured": day < 120})

    forecast = forecast_month(young, 0.5)

    assert forecast.hand_overs.expected == pytest.approx(30.4, rel=0.1)
    assert forecast.opportunities.expected == pytest.approx(30.4, rel=0.12)


def test_months_that_scatter_more_than_chance_widen_the_range():
    steady = np.repeat(np.arange(240), 4)
    bursts = np.concatenate([np.full(240, m * 30 + 15) if m % 2 else [m * 30] for m in range(8)])

    def width(day):
        volume = forecast_month(crossings(np.sort(day)), 0.5).hand_overs
        return volume.high - volume.low

    assert width(bursts) > 2 * width(steady)


def test_nothing_is_foretold_from_nothing():
    assert forecast_month(crossings([]), 0.5) is None


def test_a_range_holds_at_its_bounds():
    bounds = Range(expected=5, low=3, high=7)

    assert bounds.holds(3)
    assert bounds.holds(7)
    assert not bounds.holds(8)
