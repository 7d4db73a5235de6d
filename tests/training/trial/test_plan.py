"""How many months a trial takes, by hand and within what sales can work."""

import numpy as np
import pytest
from scipy import stats

from training.trial.plan import PastEntries, plan_trial


def past(n_accounts=6000, rate=0.05, n_months=12.0, there=0):
    draws = np.random.default_rng(0)
    ones = np.ones(n_accounts)
    return PastEntries(
        account=np.arange(n_accounts),
        was_there=np.arange(n_accounts) < there,
        numerator=(draws.random(n_accounts) < rate).astype(float),
        denominator=ones,
        n_months=n_months,
    )


def test_independent_leads_need_what_the_textbook_says():
    entries = past()
    rate = entries.numerator.mean()

    plan = plan_trial(entries, shares=(0.5, 0.5), worthwhile=1.5, capacity=None, wait_days=60)

    year = plan.months[11]
    error = (rate * (1 - rate) * 4 / 6000) ** 0.5
    by_hand = [100 * (stats.norm.isf(0.02) + stats.norm.ppf(p)) * error for p in (0.8, 0.9)]
    assert year.detectable == pytest.approx(by_hand, rel=1e-6)
    assert plan.rate == pytest.approx(100 * rate)
    shortest = plan.months_for(0.8)
    assert shortest.detectable[0] <= 1.5 < plan.months[shortest.months - 2].detectable[0]
    assert plan.months_for(0.9).months > shortest.months


def test_leads_of_one_account_tell_less():
    alone = past()
    pairs = PastEntries(
        account=np.repeat(np.arange(6000), 2),
        was_there=np.zeros(12000, dtype=bool),
        numerator=np.repeat(alone.numerator, 2),
        denominator=np.ones(12000),
        n_months=12.0,
    )

    plans = [
        plan_trial(each, shares=(0.5, 0.5), worthwhile=1.0, capacity=None, wait_days=60)
        for each in (alone, pairs)
    ]

    assert plans[0].months[11].detectable == pytest.approx(plans[1].months[11].detectable)
    assert plans[1].months[11].n_leads == 2 * plans[0].months[11].n_leads


def test_a_difference_that_no_hand_over_could_make_is_never_found():
    plan = plan_trial(past(), shares=(0.5, 0.5), worthwhile=3.0, capacity=10, wait_days=60)

    # 500 leads a month of which sales work 10: 3 per 100 leads are 150 per 100 hand-overs.
    assert plan.months[0].per_100_hand_overs == pytest.approx(150)
    assert plan.months_for(0.8) is None
