"""The demo's trial: judged, worked and counted like a real one, with the truth beside it."""

from datetime import date

import numpy as np
import pytest
from sqlalchemy import func, select

from features.core.clock import DAY
from features.store.schema import decision, hand_over, trial_lead
from serving.cli.data.demo import trial_settings
from serving.cli.data.demo_trial import run_demo_trial
from training.simulation.behaviour import codes
from training.simulation.going_company import GoingCompany, midnight
from training.simulation.settings import CompanySettings

SMALL = CompanySettings(leads=600, months=6, seed=5, first_month=date(2024, 10, 1))


def opportunities(tables):
    return sum(stage == "opportunity" for stage in tables.outcome.column("stage").to_pylist())


def test_a_company_that_is_paused_lives_as_one_that_is_not():
    whole, paused = GoingCompany.of(SMALL), GoingCompany.of(SMALL)
    end = midnight(SMALL.end_month)

    at_once = whole.live_until(end)
    in_parts = [paused.live_until(midnight(SMALL.month(n))) for n in range(1, 7)]

    for name in ("lead", "fact", "event", "outcome", "hand_over"):
        assert sum(getattr(part, name).num_rows for part in in_parts) == (
            getattr(at_once, name).num_rows
        )
    ids = [i for part in in_parts for i in part.event.column("event_id").to_pylist()]
    assert len(set(ids)) == len(ids) > 1000


def test_whoever_is_handed_over_becomes_an_opportunity_more_often():
    company = GoingCompany.of(SMALL)
    pause, end = midnight(SMALL.month(3)), midnight(SMALL.end_month)
    company.live_until(pause)
    free = company.states["stage"] == codes.OPEN
    free &= (company.states["phase"] == codes.FREE) & (company.leads["created_at"] < pause)
    leads = np.flatnonzero(free)
    company.expect_within_horizon(leads, np.full(len(leads), pause))
    left, worked = company.copy(), company.copy()

    left.live_until(end, {})
    worked.live_until(end, dict.fromkeys(leads.tolist(), "MQL"))

    assert worked.expected[leads].mean() > 1.05 * left.expected[leads].mean() > 0
    # Nobody else is asked for.
    assert worked.expected.sum() == pytest.approx(worked.expected[leads].sum())


def test_what_is_expected_agrees_with_what_comes():
    settings = CompanySettings(leads=4000, months=4, seed=9, first_month=date(2024, 10, 1))
    company = GoingCompany.of(settings)
    pause = midnight(settings.month(2))
    company.live_until(pause)
    is_open = (company.states["stage"] == codes.OPEN) & (company.leads["created_at"] < pause)
    leads = np.flatnonzero(is_open)
    company.expect_within_horizon(leads, np.full(len(leads), pause))

    came = company.live_until(pause + 60 * DAY, {})

    ids = {company.lead_ids[place] for place in leads.tolist()}
    rows = zip(came.outcome.column("lead_id").to_pylist(),
               came.outcome.column("stage").to_pylist(), strict=True)  # fmt: skip
    n_came = sum(lead in ids and stage == "opportunity" for lead, stage in rows)
    expected = company.expected[leads].sum()
    assert expected > 50
    assert abs(n_came - expected) < 4 * expected**0.5


@pytest.mark.long
def test_a_trial_is_run_counted_and_held_against_the_truth(tmp_path, capsys):
    settings = trial_settings(12, 3200, 20_260_401).ended_by(date.today())

    found = run_demo_trial(settings, tmp_path / "demo")

    report, truth = found.report, found.truth
    assert report.is_ripe
    assert report.srm_p > 0.001
    assert report.n_redrawn == 0
    assert min(arm.n_handed_over for arm in report.arms) > 50
    assert 0 < truth.high - truth.low < 2
    # Four standard errors of the trial: its own interval reaches two of them either way.
    plain = report.comparisons[0].figure("outcomes_per_100_leads").plain
    assert abs(plain.value - truth.value) < plain.high - plain.low
    told = capsys.readouterr().out
    assert "The truth, which only a simulation knows" in told
    with found.place.store().engine.connect() as connection:
        by = dict(connection.execute(
            select(hand_over.c.by, func.count()).where(hand_over.c.propensity.is_not(None))
            .group_by(hand_over.c.by)).all())  # fmt: skip
        n_entered = connection.scalar(select(func.count()).select_from(trial_lead))
        n_decided = connection.scalar(select(func.count()).select_from(decision))
    assert by["model"] > 50
    assert by["rulebook"] > 50
    assert n_decided > n_entered > 1000
