import math

import numpy as np
import pytest

from features.core import pace
from features.core.arrays import SecondArray
from features.core.clock import DAY
from features.core.pace import LONGEST_PAUSE_DAYS, ArrivalPace

NOON = DAY // 2


def _daily(days: range, per_day: int) -> SecondArray:
    """So many arrivals within each day's noon."""
    return np.array([day * DAY + NOON + i for day in days for i in range(per_day)], dtype=np.int64)


def _pace(instants: SecondArray) -> ArrivalPace:
    found = ArrivalPace.of(instants)
    assert found is not None
    return found


def test_nothing_has_no_pace() -> None:
    assert ArrivalPace.of(np.empty(0, dtype=np.int64)) is None


def test_one_arrival_tells_no_pace_so_no_silence_is_too_long() -> None:
    assert _pace(np.array([NOON])).pause > 1_000 * 365 * DAY


def test_a_week_without_any_is_a_holiday_however_fast_they_come() -> None:
    assert _pace(_daily(range(200), 50)).pause == 7 * DAY


def test_a_slow_pace_waits_until_chance_brings_none_once_in_a_thousand_times() -> None:
    # 90 in 180 days, one every second day.
    pace = _pace(np.arange(90, dtype=np.int64) * 2 * DAY)

    days = pace.pause / DAY

    assert (1 + days / pace.days) ** -(pace.n - 1) == pytest.approx(math.exp(-7), rel=0.01)
    assert 14 < days < 16


def test_an_earlier_pause_excuses_as_long_a_one() -> None:
    before, after = range(60), range(70, 200)

    pace = _pace(np.concatenate((_daily(before, 9), _daily(after, 9))))

    assert pace.pause == 11 * DAY


def test_a_connection_once_broken_for_months_does_not_hide_the_next_time() -> None:
    before, after = range(200), range(290, 400)

    pace = _pace(np.concatenate((_daily(before, 9), _daily(after, 9))))

    assert pace.pause == LONGEST_PAUSE_DAYS * DAY


def test_what_was_expected_in_a_silence_is_the_pace_times_its_days() -> None:
    assert _pace(_daily(range(300), 5)).expected(10 * DAY) == pytest.approx(50)


@pytest.mark.parametrize("ahead", [42, 400, 13_000])
@pytest.mark.parametrize("booked", [1, 3])
def test_a_few_arrivals_far_ahead_of_the_others_are_not_the_newest(ahead: int, booked: int) -> None:
    usual = _daily(range(300), 20)
    lone = np.array([(299 + ahead + i) * DAY for i in range(booked)], dtype=np.int64)

    assert _pace(np.concatenate((usual, lone))).newest_at == usual.max()


def test_bookings_on_several_days_ahead_are_not_the_newest() -> None:
    usual = _daily(range(300), 40)
    weekly = np.array([(310 + 7 * i) * DAY for i in range(6)], dtype=np.int64)

    assert _pace(np.concatenate((usual, weekly))).newest_at == usual.max()


def test_the_first_day_after_an_outage_is_the_newest() -> None:
    before, first_day = _daily(range(300), 20), _daily(range(312, 313), 20)

    assert _pace(np.concatenate((before, first_day))).newest_at == first_day.max()


def test_a_small_firm_that_heard_of_nobody_for_two_weeks_has_news_when_one_calls() -> None:
    usual = np.arange(150, dtype=np.int64) * 2 * DAY
    call = np.array([usual.max() + 16 * DAY])

    assert _pace(np.concatenate((usual, call))).newest_at == call.max()


def test_business_that_shrank_after_a_pause_goes_on() -> None:
    before, after = _daily(range(300), 50), _daily(range(330, 900), 1)

    assert _pace(np.concatenate((before, after))).newest_at == after.max()


def test_arrivals_in_bursts_keep_their_newest() -> None:
    # A webinar every third week brings two hundred; nothing is recorded in between.
    bursts = np.concatenate([_daily(range(day, day + 1), 200) for day in range(0, 400, 21)])

    assert _pace(bursts).newest_at == bursts.max()


def test_days_are_counted_the_same_however_many_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    arrivals = np.random.default_rng(0).permutation(_daily(range(400), 7))
    at_once = _pace(arrivals)

    monkeypatch.setattr(pace, "COUNTED_AT_ONCE", 100)

    assert _pace(arrivals) == at_once
