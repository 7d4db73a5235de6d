"""A bank's applications: a true event log, cut while hundreds of cases are open."""

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from features.catalogue import build_catalogue
from features.core.clock import DAY
from features.history import History
from features.moments import Moments
from features.snapshot import take_snapshot
from training.dataset.outcomes import observe_outcomes
from training.dataset.snapshot_grid import grid_moments, known_end
from training.evaluation.baselines import fit_logistic
from training.learners.hyperparameters import hyperparameters_for
from training.model.fit import LearningMatrix, fit
from training.model.trained import TrainingRows

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


@pytest.mark.long
def test_a_retrain_knows_something_and_tells_how_many_are_unknown(retrained):
    report = retrained(NAME)

    # One month of test lies at the edge of the gate's tolerance: three draws of the folds gave a
    # shift of -.34 with intervals ending at -.229, -.174 and -.213, and the tolerance is .223.
    assert {c.name for c in report.verdict.checks if c.passed is False} <= {"calibrated"}
    assert report.counts.n_censored > 2000
    assert report.metrics.log_loss_gain.low > 0.05


def _second(day):
    return int(pd.Timestamp(day, tz="Europe/Amsterdam").timestamp())


def _at_age(real, age, *, start, end, data_cutoff):
    """Snapshots of cases still open at an age, and whether they were approved in 30 days."""
    company = real(NAME)
    outcome = company.definition.outcome.model_copy(update={"only_decided": False})
    definition = company.definition.model_copy(update={"outcome": outcome})
    history = History.from_tables(company.tables, definition)
    as_of = history.created_at + age
    wanted = (known_end(company.tables, history, definition) >= as_of) & (as_of >= start)
    lead = np.flatnonzero(wanted & (as_of < end))
    moments = Moments.of(lead, as_of[lead])
    outcomes = observe_outcomes(
        company.tables, history, moments, definition=definition, data_cutoff=data_cutoff
    )
    moments = moments.take(outcomes.matured)
    snapshot = take_snapshot(history, build_catalogue(definition, {}), moments)
    return snapshot, outcomes.converted[outcomes.matured]


@pytest.mark.long
@pytest.mark.parametrize("age", [3600, DAY, 7 * DAY], ids=["an hour", "a day", "a week"])
def test_better_later_in_time_than_lightgbms_defaults_calibrated_or_not_and_logistic(real, age):
    december = _second("2011-12-01")
    train, approved = _at_age(real, age, start=0, end=_second("2011-11-01"), data_cutoff=december)
    test, outcome = _at_age(
        real, age, start=december, end=_second("2011-12-16"), data_cutoff=_second("2012-01-15")
    )
    defaults = lgb.LGBMClassifier(verbosity=-1, n_jobs=1)
    opponents = [
        defaults,
        CalibratedClassifierCV(defaults, method="sigmoid"),
        CalibratedClassifierCV(defaults, method="isotonic"),
    ]

    rows = TrainingRows(
        snapshot=train,
        converted=approved,
        group=train.moments.lead,
        recipe=hyperparameters_for(len(approved)),
    )
    model = fit(rows).model

    ours = log_loss(outcome, model.probability(test.matrix))
    theirs = [
        log_loss(outcome, opponent.fit(train.matrix, approved).predict_proba(test.matrix))
        for opponent in opponents
    ]
    # scikit-learn's default strength; ten to thirty times the ridge gets .587 after a week, where
    # ours is at .589, and is .01 to .02 behind on every earlier period.
    scaled = make_pipeline(
        SimpleImputer(add_indicator=True), StandardScaler(), LogisticRegression(max_iter=3000)
    )
    ours_alone = fit_logistic(LearningMatrix(train), approved)
    theirs.append(log_loss(outcome, scaled.fit(train.matrix, approved).predict_proba(test.matrix)))
    theirs.append(log_loss(outcome, ours_alone.probability(test.matrix)))
    assert ours < min(theirs)
