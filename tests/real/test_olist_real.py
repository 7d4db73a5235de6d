"""Olist's funnel: two inputs, a clear but small signal, and a base rate that must be honest."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.core.clock import DAY
from features.store.lead_tables import LeadTables
from training.evaluation.evaluate_leads import evaluate_leads
from training.metrics.with_intervals import measure
from training.reports.comparison_text import conclude, what_it_works_with

NAME = "olist_funnel"


@pytest.fixture(scope="module")
def april_and_may(real):
    leads = pd.read_csv(real(NAME).folder / "olist_marketing_qualified_leads_dataset.csv")
    return leads.loc[leads["first_contact_date"] >= "2018-04-01", "mql_id"]


def test_every_row_is_stored_or_rejected(real):
    by_file = {file.file: file for file in real(NAME).imported.files}

    assert by_file["olist_marketing_qualified_leads_dataset.csv"].rejected == 0
    # One win is dated before the first contact.
    assert by_file["olist_closed_deals_dataset.csv"].rejected == 1


def test_log_loss_where_a_win_on_the_very_first_day_counts(real, april_and_may):
    company = real(NAME)
    lead = company.tables.lead
    at_midnight = lead.set_column(
        lead.schema.get_field_index("day_only"),
        lead.schema.field("day_only"),
        pc.and_(lead.column("day_only"), pa.scalar(False)),
    )
    # Judged a second after midnight of the day of contact: 99 of 1000 win within 60 days of it.
    tables = LeadTables(**{**vars(company.tables), "lead": at_midnight})

    evaluation = evaluate_leads(
        tables,
        company.definition,
        pd.DataFrame({"lead_id": april_and_may}),
        data_cutoff=company.data_cutoff,
    )

    metrics = measure(evaluation.scored, base_rate=evaluation.base_rate, repeats=0)
    assert metrics.n_snapshots == 2655
    assert metrics.base_rate_log_loss == pytest.approx(0.323, abs=0.001)
    # LightGBM's defaults reach .339 on these rows.
    assert metrics.log_loss.value <= 0.303


def test_log_loss_from_the_end_of_the_first_day(real, april_and_may):
    evaluation = real(NAME).evaluate_leads(april_and_may)

    metrics = measure(evaluation.scored, base_rate=evaluation.base_rate, repeats=0)
    assert metrics.base_rate_log_loss == pytest.approx(0.308, abs=0.001)
    assert metrics.log_loss.value <= 0.2885


def test_it_learns_from_januarys_leads_only(real, april_and_may):
    evaluation = real(NAME).evaluate_leads(april_and_may)

    first_contact = pd.to_datetime(evaluation.trained_before - 60 * DAY, unit="s")
    assert first_contact.date().isoformat() == "2018-02-01"
    assert 1000 < evaluation.n_train < 1150


def test_a_retrain_is_promoted_and_beats_the_rulebook(retrained):
    report = retrained(NAME)

    assert report.promoted
    assert report.metrics.log_loss_gain.low > 0
    assert report.comparison.n_leads > 2500


def test_the_comparison_says_how_little_the_rulebook_has_to_work_with(retrained):
    comparison = retrained(NAME).comparison

    sentence = what_it_works_with(comparison)
    assert sentence is not None
    assert sentence.en == (
        "No behaviour is recorded: the rulebook has nothing to work with beyond channel and "
        "landing page."
    )
    assert sentence.ja.endswith("流入チャネル・入口のページだけです。")


def test_no_difference_is_invented_where_the_interval_holds_zero(retrained):
    comparison = retrained(NAME).comparison

    for pair in comparison.pairs:
        said = conclude(pair).en
        if pair.rate_difference is None:
            assert "nothing to compare" in said
        elif pair.rate_difference.low <= 0 <= pair.rate_difference.high:
            assert "No difference" in said
        else:
            assert "is higher" in said
