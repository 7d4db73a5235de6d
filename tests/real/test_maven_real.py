"""Maven's made-up pipeline holds no signal: the right answer is a refusal."""

import pytest

from features.errors import Refusal
from training.retrain import raise_refusal

NAME = "maven_crm"


def test_a_model_that_is_no_better_than_the_base_rate_is_refused(retrained):
    report = retrained(NAME)

    assert not report.promoted
    assert report.champion_after is None
    with pytest.raises(Refusal, match="no better than the base rate"):
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
