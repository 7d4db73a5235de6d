"""Four hundred simulated trials: what a trial promises about its errors, widths and power."""

import logging

import numpy as np
import pytest

from features.core.clock import to_second
from training.trial.count import count_trial, wait_seconds
from training.trial.plan import PastEntries, plan_trial

N_TRIALS = 400
N_ACCOUNTS = 2400
N_LOOKS = 13
"""Ends of months after the first leads ripened, and the agreed end."""

pytestmark = pytest.mark.long


def told(words):
    """Figures for the documents: shown with ``-rP``."""
    logging.getLogger(__name__).warning(words)


def run(world, first_seed=0):
    definition = world.definition
    at = to_second(definition.trial.closes(definition.zone)) + wait_seconds(definition)
    return [
        count_trial(definition.trial, definition, world.draw(seed), as_of=at)
        for seed in range(first_seed, first_seed + N_TRIALS)
    ]


def ever_crosses(report):
    return any(look.difference.crosses for one in report.comparisons for look in one.looks)


def test_without_a_difference_few_ever_cross(world):
    reports = run(world(N_ACCOUNTS))

    assert {len(one.looks) for report in reports for one in report.comparisons} == {N_LOOKS}
    crossed = np.mean([ever_crosses(report) for report in reports])
    told(f"crossed without a difference: {crossed:.4f}")
    assert crossed <= 0.05


def test_of_three_arms_without_a_difference_few_ever_cross_in_either_comparison(world):
    reports = run(world(N_ACCOUNTS, arms=3), first_seed=5000)

    crossed = np.mean([ever_crosses(report) for report in reports])
    told(f"crossed without a difference, three arms: {crossed:.4f}")
    assert {len(report.comparisons) for report in reports} == {2}
    assert crossed <= 0.05


def test_the_last_interval_covers_the_truth_and_is_hardly_wider_than_one_of_a_fixed_time(world):
    difference = 0.02
    reports = run(world(N_ACCOUNTS, difference=difference), first_seed=1000)

    ends = [report.deciding(report.comparisons[0]).plain for report in reports]
    covered = np.mean([end.low <= 100 * difference <= end.high for end in ends])
    width = np.mean([end.high - end.low for end in ends])
    fixed = 2 * 1.96 * np.std([end.value for end in ends])
    adjusted = [report.deciding(report.comparisons[0]).adjusted for report in reports]
    narrower = np.mean([end.high - end.low for end in adjusted]) / width
    covered_adjusted = np.mean([end.low <= 100 * difference <= end.high for end in adjusted])
    told(f"{covered=:.4f} {covered_adjusted=:.4f} {width / fixed=:.3f} {narrower=:.3f}")
    assert 0.93 <= covered <= 0.97
    assert covered_adjusted >= 0.93
    assert 0.85 <= width / fixed <= 1.15
    assert narrower < 1


def test_the_planned_power_holds(world):
    past = world(6 * N_ACCOUNTS).draw(7)
    ones = np.ones(len(past.unit))
    entries = PastEntries(
        account=past.account,
        was_there=np.zeros(len(ones), dtype=bool),
        numerator=past.converted.astype(float),
        denominator=ones,
        # So many months ago began what brought six times the accounts of one year.
        n_months=6 * 12,
    )
    difference = 0.0
    plan = plan_trial(entries, shares=(0.5, 0.5), worthwhile=1.0, capacity=None, wait_days=60)
    at_year = plan.months[11]
    for planned, detectable in zip((0.8, 0.9), at_year.detectable, strict=True):
        difference = detectable / 100
        reports = run(world(N_ACCOUNTS, difference=difference, rate=0.06 - difference / 2), 2000)
        found = np.mean([ever_crosses(report) for report in reports])
        told(f"{planned=} {difference=:.4f} {found=:.4f}")
        assert abs(found - planned) <= 0.05
