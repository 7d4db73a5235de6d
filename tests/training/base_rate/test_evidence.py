"""Outcomes count for the level before they mature, for as much as they could have shown."""

import numpy as np
import pytest

from training.base_rate.evidence import BaseRateEvidence
from training.base_rate.intercept_test import check_intercept
from training.dataset.outcomes import NEVER, FollowUp
from training.train.shares_by_time import shares_by_time

DAY = 86_400
HORIZON = 60 * DAY
N = 20_000


def world(*, shift=0.0, hastened=0.0, seed=0, n=N):
    """Half of the moments matured; sure ones convert sooner than unlikely ones.

    Of the other half as many as the shifted chance says convert by the horizon, whatever is added
    to the rate at which those who do come to it.
    """
    random = np.random.default_rng(seed)
    log_odds = random.normal(-3, 1.2, n)
    young = np.arange(n) >= n // 2
    chance = 1 / (1 + np.exp(-(log_odds + shift * young)))
    converts = random.random(n) < chance
    # At an even hazard, as likely to have come by the horizon as the chance says.
    hazard = -np.log1p(-chance) + hastened * young
    drawn = -np.log1p(random.random(n) * np.expm1(-hazard)) / hazard
    came_after = np.where(converts, (drawn * HORIZON).astype(np.int64), NEVER)
    followed = np.where(young, random.integers(0, 60, n) * DAY, HORIZON)
    follow_up = FollowUp(followed=followed, came_after=came_after, horizon=HORIZON)
    return log_odds, follow_up, young


def evidence(log_odds, follow_up, young):
    weight = np.ones(len(log_odds))
    shown, came_at = shares_by_time(log_odds, follow_up, weight)
    return BaseRateEvidence(
        log_odds=log_odds,
        converted=follow_up.converted,
        shown=shown,
        came_at=came_at,
        weight=weight,
        group=np.arange(len(log_odds)),
    ).take(young)


@pytest.mark.parametrize("shift", [-0.7, 0.7])
def test_the_young_alone_tell_a_level_that_moved(shift):
    found = check_intercept(evidence(*world(shift=shift)))

    assert found.moved
    assert found.low < shift < found.high
    assert found.n_young == found.n_snapshots
    assert (found.n_converted > found.promised) == (shift > 0)


def test_where_nothing_moved_false_alarms_are_rare():
    found = [check_intercept(evidence(*world(seed=seed, n=8000))) for seed in range(40)]

    assert sum(test.moved for test in found) <= 2
    # Nor is there a lean to one side: the share shown is neither too large nor too small.
    mean = np.mean([test.shift for test in found])
    error = np.std([test.shift for test in found]) / np.sqrt(len(found))
    assert abs(mean) < 3 * error


@pytest.mark.parametrize("hastened", [-3.0, 3.0], ids=["later", "sooner"])
def test_outcomes_that_only_come_sooner_or_later_move_nothing(hastened):
    found = [check_intercept(evidence(*world(hastened=hastened, seed=seed))) for seed in range(10)]

    assert not any(test.moved for test in found)


@pytest.mark.parametrize("hastened", [-1.0, 1.0], ids=["later", "sooner"])
@pytest.mark.parametrize("shift", [np.log(2 / 3), np.log(3 / 2)], ids=["a third fewer", "more"])
def test_a_level_that_moved_is_told_though_outcomes_come_at_another_pace(shift, hastened):
    found = check_intercept(evidence(*world(shift=shift, hastened=hastened, n=4 * N)))

    assert found.moved
    assert found.low < shift < found.high
    assert (found.n_converted > found.promised) == (shift > 0)


def test_an_outcome_is_placed_among_those_that_matured():
    """A quarter of those that matured came on each of four days; of one's own day half count."""
    matured = np.repeat([10, 20, 30, 40], 25)
    came_after = np.concatenate((matured, [20, 5])) * DAY
    followed = np.concatenate((np.full(100, 60), [30, 15])) * DAY
    follow_up = FollowUp(followed=followed, came_after=came_after, horizon=HORIZON)

    shown, came_at = shares_by_time(np.zeros(102), follow_up, np.ones(102))

    np.testing.assert_allclose(came_at[[0, 25, 50, 75]], [0.125, 0.375, 0.625, 0.875])
    np.testing.assert_allclose(came_at[100:], [0.375, 0.0])
    np.testing.assert_allclose(shown[100:], [0.5, 0.25])


def test_the_share_shown_grows_with_time_and_comes_sooner_to_the_surer():
    log_odds, follow_up, _ = world()
    shown, _ = shares_by_time(log_odds, follow_up, np.ones(N))

    days = follow_up.followed // DAY
    unsure, sure = log_odds < np.quantile(log_odds, 0.3), log_odds > np.quantile(log_odds, 0.98)
    assert (shown[days == 60] == 1).all()
    assert (shown[days == 0] == 0).all()
    assert shown[sure & (days == 20)].mean() > shown[unsure & (days == 20)].mean()
    for part in (unsure, sure):
        by_day = [shown[part & (days == day)] for day in range(0, 60, 6)]
        assert (np.diff([b.mean() for b in by_day if len(b)]) >= -0.02).all()


def test_weights_count_in_how_soon_outcomes_come():
    """The late half of the converted stands for three times as many."""
    came_after = np.repeat([10 * DAY, 40 * DAY, NEVER], [100, 100, 1])
    followed = np.repeat([HORIZON, 20 * DAY], [200, 1])
    weight = np.repeat([1.0, 3.0, 1.0], [100, 100, 1])
    follow_up = FollowUp(followed=followed, came_after=came_after, horizon=HORIZON)

    shown, _ = shares_by_time(np.zeros(201), follow_up, weight)

    assert shown[-1] == pytest.approx(0.25)


def test_too_few_matured_conversions_say_nothing_of_the_young():
    log_odds, follow_up, young = world(n=400)

    shown, _ = shares_by_time(log_odds, follow_up, np.ones(400))

    assert (shown[young] == 0).all()
    assert (shown[~young] == 1).all()
