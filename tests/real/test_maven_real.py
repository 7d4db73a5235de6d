"""Maven's made-up pipeline holds no signal: the right answer is a refusal."""

import pytest

from features.core.clock import DAY
from features.core.errors import Refusal
from features.store.releases import read_champion, read_promotions
from training.promotion.next_step import raise_refusal

NAME = "maven_crm"

N_RETRAINS, DAYS_BETWEEN = 12, 5
"""Deals run up to 140 days and two months test: before November too few of the year's had ended."""


def test_a_model_that_is_no_better_than_the_base_rate_is_refused(retrained):
    report = retrained(NAME)

    assert not report.promoted
    assert report.champion_after is None
    with pytest.raises(Refusal, match="not shown to be better than the base rate"):
        raise_refusal(report)


def test_everybody_gets_the_base_rate_where_margins_say_nothing(retrained):
    metrics = retrained(NAME).metrics

    assert metrics.log_loss_gain.high <= 0.001
    assert metrics.auc.value == pytest.approx(0.5, abs=0.06)


def test_open_deals_are_unknown_and_not_lost(real, retrained):
    counts = retrained(NAME).counts

    # 8,300 deals have a date of engagement; 1,589 of them are still open.
    assert counts.n_snapshots == counts.n_matured + counts.n_censored
    assert counts.n_censored >= 1589


@pytest.mark.long
def test_twelve_retrains_end_in_twelve_refusals_and_no_promotion(real, retrained):
    company = real(NAME)
    cutoffs = [company.data_cutoff - DAYS_BETWEEN * DAY * n for n in range(N_RETRAINS)]

    reports = [retrained(NAME, cutoff) for cutoff in reversed(cutoffs)]

    assert len({report.release_id for report in reports}) == N_RETRAINS
    for report in reports:
        failed = [check.name for check in report.verdict.checks if check.passed is False]
        assert "beats_base_rate" in failed
        assert not report.promoted
    assert read_champion(company.store) is None
    assert read_promotions(company.store) == []
