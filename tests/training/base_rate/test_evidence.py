"""Outcomes count for the level before they mature, for as much as they could have shown."""

import numpy as np
import pytest

from training.base_rate.evidence import BaseRateEvidence, share_shown
from training.base_rate.intercept_test import check_intercept
from training.dataset.outcomes import NEVER, FollowUp

DAY = 86_400
HORIZON = 60 * DAY
N = 20_000


def world(*, shift=0.0, seed=0, n=N):
    """Half of the moments matured; sure ones convert sooner than unlikely ones."""
    random = np.random.default_rng(seed)
    log_odds = random.normal(-3, 1.2, n)
    young = np.arange(n) >= n // 2
    chance = 1 / (1 + np.exp(-(log_odds + shift * young)))
    converts = random.random(n) < chance
    # At an even hazard, as likely to have come by the horizon as the chance says.
    hazard = -np.log1p(-chance)
    drawn = -np.log1p(-random.random(n) * chance) / hazard
    came_after = np.where(converts, (drawn * HORIZON).astype(np.int64), NEVER)
    followed = np.where(young, random.integers(0, 60, n) * DAY, HORIZON)
    follow_up = FollowUp(followed=followed, came_after=came_after, horizon=HORIZON)
    return log_odds, follow_up, young


def evidence(log_odds, follow_up, young):
    weight = np.ones(len(log_odds))
    return BaseRateEvidence(
        log_odds=log_odds,
        converted=follow_up.converted,
        shown=share_shown(log_odds, follow_up, weight),
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


def test_the_share_shown_grows_with_time_and_comes_sooner_to_the_surer():
    log_odds, follow_up, _ = world()
    shown = share_shown(log_odds, follow_up, np.ones(N))

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

    shown = share_shown(np.zeros(201), follow_up, weight)

    assert shown[-1] == pytest.approx(0.25)


def test_too_few_matured_conversions_say_nothing_of_the_young():
    log_odds, follow_up, young = world(n=400)

    shown = share_shown(log_odds, follow_up, np.ones(400))

    assert (shown[young] == 0).all()
    assert (shown[~young] == 1).all()
