"""Both arms compared: errors by account, by hand and by drawing again; what could spoil a trial."""

import numpy as np
import pytest

from features.core.clock import DAY, to_second
from training.trial.compare_arms import (
    ArmedLeads,
    adjusted_difference,
    compare_arms,
    sample_ratio_p,
)
from training.trial.count import count_trial, wait_seconds


def test_the_difference_and_its_error_by_hand():
    # Control: accounts 0 (1 of 2) and 1 (0 of 1); tested: 2 (2 of 2) and 3 (0 of 1).
    leads = ArmedLeads(
        is_tested=np.array([False, False, False, True, True, True]),
        account=np.array([0, 0, 1, 2, 2, 3]),
    )
    converted = np.array([1.0, 0, 0, 1, 1, 0])

    found = compare_arms(leads, converted, np.ones(6))

    assert found.control == pytest.approx(1 / 3)
    assert found.value == pytest.approx(1 / 3)
    # Residuals of accounts over leads of the arm: +-(1/3)/3 and +-(2/3)/3; four accounts.
    squares = 2 * (1 / 9) ** 2 + 2 * (2 / 9) ** 2
    assert found.standard_error == pytest.approx((squares * 4 / 3) ** 0.5)


def test_an_account_in_both_arms_counts_with_both_parts():
    is_tested = np.array([False, True, False, True])
    apart = ArmedLeads(is_tested=is_tested, account=np.array([0, 1, 2, 3]))
    merged = ArmedLeads(is_tested=is_tested, account=np.array([0, 0, 1, 1]))
    alike = np.array([1.0, 1, 0, 0])

    assert compare_arms(apart, alike, np.ones(4)).standard_error > 0.5
    assert compare_arms(merged, alike, np.ones(4)).standard_error == 0


def test_the_adjustment_takes_out_what_was_known_before():
    draws = np.random.default_rng(3)
    before = draws.normal(size=4000)
    leads = ArmedLeads(is_tested=draws.random(4000) < 0.5, account=np.arange(4000))
    outcome = before + 0.1 * leads.is_tested + 0.5 * draws.normal(size=4000)

    plain = compare_arms(leads, outcome, np.ones(4000))
    adjusted = adjusted_difference(leads, outcome, np.ones(4000), covariate=before)

    # The variance left is 0.25 of 1.25.
    ratio = adjusted.standard_error / plain.standard_error
    assert ratio == pytest.approx((0.25 / 1.25) ** 0.5, rel=0.03)
    assert abs(adjusted.value - 0.1) < 3 * adjusted.standard_error


def test_shares_that_are_not_those_agreed_are_noticed():
    assert sample_ratio_p([1000, 1000], [0.5, 0.5]) == pytest.approx(1)
    assert sample_ratio_p([1000, 1200], [0.5, 0.5]) < 0.001
    assert sample_ratio_p([800, 200], [0.8, 0.2]) > 0.9


def test_unripe_leads_wait_whatever_became_of_them(world):
    made = world(2400)
    definition, leads = made.definition, made.draw(5)
    begins = to_second(definition.trial.begins(definition.zone))
    at = begins + 180 * DAY

    report = count_trial(definition.trial, definition, leads, as_of=at)

    ripe = leads.entered <= at - wait_seconds(definition)
    assert sum(arm.n_ripe for arm in report.arms) == ripe.sum()
    assert sum(arm.n_unripe for arm in report.arms) == (~ripe).sum()
    assert sum(arm.n_converted for arm in report.arms) == (leads.converted & ripe).sum()
    assert not report.is_ripe
    assert report.srm_p > 0.001
    assert report.n_contaminated == 0
    assert not any(row.differs for row in report.comparisons[0].balance)


def test_figures_know_their_own_denominator(world):
    made = world(2400)
    leads, definition = made.draw(5), made.definition
    at = to_second(definition.trial.closes(definition.zone)) + wait_seconds(definition)

    report = count_trial(definition.trial, definition, leads, as_of=at)
    by_name = {figure.figure: figure for figure in report.comparisons[0].figures}

    control = ~leads.is_tested
    hours = 100 * 1.5 * leads.handed_over[control].mean()
    assert by_name["hours_per_100_leads"].control == pytest.approx(hours)
    rate = 100 * leads.converted[control].sum() / leads.handed_over[control].sum()
    assert by_name["outcomes_per_100_hand_overs"].control == pytest.approx(rate)
    assert report.is_ripe
    assert report.verdict_of(report.comparisons[0]) in {"open", "not_worthwhile"}
