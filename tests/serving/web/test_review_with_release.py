"""What a review says with a release in use: contrasts, what to nurture, promised against came."""

import tracemalloc

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.core.clock import DAY
from features.core.estimate import Measured
from features.core.json_records import to_json
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.releases import read_champion
from features.store.results import write_finding
from serving.review.figures.nurture import nurture
from serving.review.make_review import make_review
from serving.review.month import Month
from serving.review.month_data import load_month_data
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


def test_what_others_answer_is_not_copied_for_each_thing_that_leads_lack(matured) -> None:
    matured.store.write(_copies(matured.store.read_tables(), 300))
    release_id = read_champion(matured.store).release_id
    release = load_release(matured.workspace.releases_dir / release_id)
    month_data = load_month_data(matured.store, matured.definition, DECEMBER, release=release)

    tracemalloc.start()
    found = nurture(month_data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    matrix_bytes = found.n_open * len(month_data.catalogue) * 8
    assert max(group.n_leads for group in found.groups) > 1_000
    assert peak < 3 * matrix_bytes


def _copies(tables: LeadTables, n: int) -> LeadTables:
    """The same leads under other ids, over and over."""

    def copy(rows: pa.Table, number: int) -> pa.Table:
        for name in ("lead_id", "event_id"):
            if name in rows.column_names:
                ids = pc.binary_join_element_wise(rows.column(name), f"copy{number}", "-")
                position = rows.column_names.index(name)
                rows = rows.set_column(position, rows.schema.field(name), ids)
        return rows

    return LeadTables(
        **{
            name: pa.concat_tables(copy(rows, number) for number in range(n))
            for name, rows in vars(tables).items()
        }
    )


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
