"""A bank's applications: a true event log, cut while hundreds of cases are open."""

import numpy as np
import pandas as pd
import pytest

from features.history import History
from training.grid import grid_moments
from training.outcomes import observe_outcomes

NAME = "bpic2012_asof"
ENDS = ["A_APPROVED", "A_DECLINED", "A_CANCELLED"]


@pytest.fixture(scope="module")
def observed(real):
    company = real(NAME)
    history = History.from_tables(company.tables, company.definition)
    moments = grid_moments(company.tables, history, company.definition, until=company.data_cutoff)
    outcomes = observe_outcomes(
        company.tables,
        history,
        moments,
        definition=company.definition,
        data_cutoff=company.data_cutoff,
    )
    return history, moments, outcomes


def test_open_cases_are_censored_and_never_lost(real, observed):
    history, moments, outcomes = observed
    events = pd.read_csv(real(NAME).folder / "events.csv.gz", dtype=str)
    ended = set(events.loc[events["activity"].isin(ENDS), "case_id"])

    is_open = ~np.isin(history.lead_ids.astype(str), list(ended))

    assert is_open.sum() == 840
    assert not outcomes.matured[is_open[moments.lead]].any()


def test_cases_decided_at_once_need_no_judging(observed):
    history, moments, _ = observed

    # Most refusals come within minutes, before the end of the first day.
    assert len(np.unique(moments.lead)) < 0.8 * history.n_leads


def test_a_retrain_is_promoted_and_tells_how_many_are_unknown(retrained):
    report = retrained(NAME)

    assert report.promoted
    assert report.counts.n_censored > 2000
    assert report.metrics.log_loss_gain.low > 0.05
