"""What a review says with a release in use: contrasts, what to nurture, promised against came."""

import numpy as np
import pyarrow as pa
import pytest

from features.core.clock import DAY
from features.core.estimate import Measured
from features.core.json_records import to_json
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.releases import read_champion
from features.store.results import write_finding
from serving.review.make_review import make_review
from serving.review.month import Month
from serving.review.records import Review
from tests.serving.web.conftest import FIRST, N_LEADS
from training.metrics.calibration_error import CalibrationError, Decomposition
from training.metrics.reliability_bands import by_band
from training.model.release import load_release
from training.results.backtest_records import Backtest, BacktestMonth
from training.results.records import Metrics
from training.results_store import BACKTEST, NEWEST

DECEMBER = Month(year=2023, number=12)
CONVERTED = ("L001", "L004", "L007", "L010")


@pytest.fixture
def matured(site):
    """Four opportunities a week after the first decisions, and tables that reach to April."""
    opportunities = [
        {
            "lead_id": lead_id,
            "stage": "opportunity",
            "occurred_at": FIRST + 7 * DAY,
            "known_at": FIRST + 7 * DAY,
        }
        for lead_id in CONVERTED
    ]
    visits = [
        {
            "event_id": f"week{day}",
            "lead_id": "L119",
            "behaviour": "page_visit",
            "occurred_at": FIRST + day * DAY,
            "known_at": FIRST + day * DAY,
            "actor": "lead",
        }
        for day in range(4, 131, 7)
    ]
    site.store.write(
        LeadTables(
            lead=LEAD.empty_table(),
            fact=FACT.empty_table(),
            event=pa.Table.from_pylist(visits, EVENT),
            outcome=pa.Table.from_pylist(opportunities, OUTCOME),
            hand_over=HAND_OVER.empty_table(),
        )
    )
    return site


@pytest.fixture
def review(matured) -> Review:
    return _review(matured)


def _review(site) -> Review:
    release_id = read_champion(site.store).release_id
    release = load_release(site.workspace.releases_dir / release_id)
    return make_review(site.store, site.definition, DECEMBER, release=release)


def test_each_lead_counts_once_at_its_first_decision_of_the_month(review: Review) -> None:
    (december,) = review.bands

    # Two decisions about each of 120 leads lie in December.
    assert (december.month, december.by) == (DECEMBER, "ledger")
    assert sum(band.n_leads for band in december.bands) == N_LEADS
    assert sum(band.n_converted for band in december.bands) == len(CONVERTED)


def test_a_backtest_stands_in_for_months_nobody_decided_in(matured) -> None:
    bands = by_band(np.array([0.3, 0.3]), np.array([True, False]))
    start = Month(year=2023, number=11).start(matured.definition.zone)
    write_finding(matured.store, BACKTEST, NEWEST, record=to_json(_backtest(start, bands)))

    november, december = _review(matured).bands

    assert (november.month.name, november.by, november.bands) == ("2023-11", "backtest", bands)
    assert december.by == "ledger"


def test_the_converted_are_held_against_the_open_leads_of_the_month(review: Review) -> None:
    found = review.converted

    assert found is not None
    assert (found.n_first, found.n_second) == (len(CONVERTED), N_LEADS - len(CONVERTED))
    # Four converted leads prove nothing, and the words say so.
    assert found.is_small


def test_leads_to_nurture_stand_just_below_the_cut_off(review: Review) -> None:
    found = review.nurture

    assert found is not None
    # Half the odds of .2, which are .25: .125 of odds is a ninth.
    assert (found.from_probability, found.cut_off) == (pytest.approx(1 / 9), 0.2)
    assert found.n_open == N_LEADS - len(CONVERTED)
    for group in found.groups:
        assert 10 <= group.n_leads <= found.n_near
        assert 0 <= group.crossing.low <= group.crossing.expected <= group.crossing.high
        assert group.crossing.high <= group.n_leads
        assert group.converting.expected <= group.crossing.expected
    sizes = [group.n_leads for group in found.groups]
    assert sizes == sorted(sizes, reverse=True)


def _backtest(start: int, bands) -> Backtest:
    figure = Measured(value=0.3)
    month = BacktestMonth(
        start=start,
        n_train=100,
        n_snapshots=2,
        n_converted=1,
        mean_probability=0.3,
        log_loss=0.6,
        logistic_log_loss=0.6,
        base_rate_log_loss=0.6,
        bands=bands,
    )
    return Backtest(
        months=(month,),
        metrics=Metrics(
            n_snapshots=2,
            n_leads=2,
            n_converted=1,
            base_rate=0.3,
            log_loss=figure,
            base_rate_log_loss=0.6,
            log_loss_gain=figure,
            brier=figure,
        ),
        opponents=(),
        crossings=(),
        segments=(),
        calibration_error=CalibrationError(value=0.0, by_chance=0.0, by_chance_high=0.0),
        decomposition=Decomposition(miscalibration=0.0, discrimination=0.0, uncertainty=0.6),
        curve=(),
    )
