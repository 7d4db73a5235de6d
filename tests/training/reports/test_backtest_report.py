"""The backtest's report and its run in MLflow hold the proof by month, segment and opponent."""

import numpy as np
import pytest
from mlflow import MlflowClient

from features.core.estimate import Measured
from features.core.text import LANGUAGES
from training.evaluation.baselines import compare_baselines
from training.metrics.calibration_error import (
    calibration_error,
    calibration_report,
    decompose,
    reliability_curve,
)
from training.metrics.with_intervals import measure
from training.reports.backtest_report import backtest_document, calibration_reports_of
from training.reports.document.charts import drawings
from training.reports.document.html import as_html
from training.reports.document.markdown import as_markdown
from training.results.backtest_records import Backtest, BacktestMonth, SegmentCalibration
from training.results.scored import ScoredSnapshots
from training.tracking.mlflow_backtest import log_backtest

DAY = 86_400
START = 1_767_193_200  # 2026-01-01 in Tokyo


@pytest.fixture(scope="module")
def scored():
    random = np.random.default_rng(0)
    log_odds = random.normal(-1.5, 1, 3000)
    truth = 1 / (1 + np.exp(-log_odds))
    return ScoredSnapshots(
        probability=truth,
        converted=random.random(3000) < truth,
        matured=np.ones(3000, dtype=bool),
        lead=np.arange(3000),
        group=np.arange(3000),
        as_of=START + DAY * (np.arange(3000) % 30),
    )


@pytest.fixture(scope="module")
def found(scored):
    proof = calibration_report(scored)
    month = BacktestMonth(
        start=START,
        n_train=500,
        n_snapshots=3000,
        n_converted=int(scored.converted.sum()),
        mean_probability=0.2,
        log_loss=0.4,
        logistic_log_loss=0.41,
        base_rate_log_loss=0.5,
        proof=proof,
        logistic_proof=proof,
    )
    figure = Measured(value=0.2, low=0.1, high=0.3)
    segment = SegmentCalibration(
        attribute="channel",
        value="fair",
        n_snapshots=3000,
        n_converted=600,
        mean_probability=0.2,
        converted_share=figure,
        difference=figure,
        is_off=True,
        proof=proof,
    )
    flat = np.full(3000, 0.2)
    return Backtest(
        months=(month,),
        metrics=measure(scored, base_rate=0.2, repeats=20),
        opponents=compare_baselines(scored, logistic=flat, base_rate=0.2),
        crossings=(),
        segments=(segment,),
        calibration_error=calibration_error(scored),
        decomposition=decompose(scored.probability, scored.converted),
        curve=reliability_curve(scored),
        proof=calibration_report(scored, curve=True),
    )


def test_true_probabilities_are_proved_within_chance(found):
    proof = found.proof

    assert proof.slope.low < 1 < proof.slope.high
    assert proof.intercept.low < 0 < proof.intercept.high
    assert proof.calibration_error.value < proof.calibration_error.by_chance_high
    inside = [point.low <= point.converted_share <= point.high for point in proof.curve]
    assert np.mean(inside) > 0.8


def test_an_opponent_that_says_the_same_of_everybody_has_no_slope(found):
    logistic = next(o for o in found.opponents if o.name == "logistic")

    assert logistic.proof.slope is None
    assert logistic.proof.decomposition.discrimination == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_shows_months_segments_and_opponents(found, small_definition, language):
    text = as_markdown(backtest_document(found, small_definition), language)

    named = {"ja": ("モデル", "ロジスティック回帰"), "en": ("Model", "Logistic regression")}[
        language
    ]
    month = {"ja": "2026年1月", "en": "January 2026"}[language]
    assert all(f"| {month} {name} |" in text for name in named)
    channel = small_definition.attribute("channel").label.read(language)
    assert f"| {channel}: fair" in text
    assert all(f"| {name} | 3,000 |" in text for name in named)


def test_the_page_holds_its_drawings(found, small_definition):
    page = as_html(backtest_document(found, small_definition), "en", languages=("en",))

    curves = [named for named in calibration_reports_of(found).values() if len(named.curve) > 1]
    assert page.count("<svg") == 1 + len(curves)
    assert "Logistic regression" in page


def test_every_point_of_a_curve_is_a_row(found, small_definition):
    _, curve, *_ = backtest_document(found, small_definition).section("calibration").tables

    predicted = [row.cells[0].number for row in curve.rows]
    assert predicted == [point.probability for point in found.proof.curve]
    assert curve.charts[0].title.en.startswith("Model: ")


def test_mlflow_gets_the_numbers_by_month_and_the_plots_as_svg(
    found, small_definition, tracking_uri
):
    documents = {"backtest.en.md": "# Backtest"}

    run_id = log_backtest(found, tracking_uri, documents=documents, definition=small_definition)

    client = MlflowClient(tracking_uri, tracking_uri)
    metrics = client.get_run(run_id).data.metrics
    assert metrics["expected_calibration_error"] == found.proof.calibration_error.value
    assert metrics["calibration/discrimination"] > metrics["calibration/logistic_discrimination"]
    history = client.get_metric_history(run_id, "month/calibration_slope")
    assert [point.step for point in history] == [2026 * 12 + 1]
    plots = {file.path for file in client.list_artifacts(run_id, "plots")}
    drawn = drawings(backtest_document(found, small_definition), "en")
    assert plots == {f"plots/{name}.svg" for name in drawn}
