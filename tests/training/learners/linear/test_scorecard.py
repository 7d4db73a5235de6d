"""Few outcomes: a scorecard of the definition's own rules and attributes, that says so."""

from pathlib import Path

import numpy as np
import pytest

from features.catalogue import build_catalogue
from features.core.errors import Refusal
from features.definition import parse_definition
from features.definition.outcome import Learning
from features.store import Store
from serving.reasons.explainer import Explainer
from serving.reasons.points import probability_from
from training.dataset.dataset import load_dataset
from training.dataset.selection_uncertainty import inflate_interval, interval_inflation
from training.evaluation.holdout import try_again
from training.learners.linear.scorecard import RuleStep, Scorecard, scorecard_of, scorecard_terms
from training.model.release import load_release
from training.promotion.next_step import raise_refusal
from training.reports.retrain_report import retrain_document
from training.results.records import Measured
from training.retrain import RetrainSettings, retrain
from training.train.choose_hyperparameters import choose_hyperparameters
from training.train.train import look_back

RULES = """
format: 1
name: d
title: {ja: 定義, en: Definition}
time_zone: UTC
behaviours:
  - {name: visit, label: {ja: 訪問, en: Visit}}
  - {name: webinar, label: {ja: セミナー, en: Webinar}}
attributes:
  - {name: budget, kind: number, label: {ja: 予算, en: Budget}}
  - {name: title, kind: job_title, label: {ja: 役職, en: Title}}
  - {name: channel, kind: category, label: {ja: チャネル, en: Channel}}
windows: {days: [30, 90]}
outcome: {stage: won, horizon_days: 30}
cut_offs: {mql: {rule: precision, at_least: 0.1}, sql: {rule: precision, at_least: 0.2}}
rulebook:
  rules:
    - name: warm
      label: {ja: 関心あり, en: Warm}
      when:
        all_of:
          - {behaviour: webinar, at_least: 2, within_days: 90}
          - {attribute: budget, at_least: 5}
      points: 10
    - name: head
      label: {ja: 部長以上, en: Head}
      when: {attribute: title, seniority_at_least: department_head}
      points: 10
  mql: {points: 10}
  sql:
    checklist:
      label: {ja: 最近の訪問, en: Visited lately}
      when: {behaviour: visit, between: [1, 3], within_days: 30}
"""


def test_every_condition_of_rules_and_checklists_is_a_step_of_one_input():
    definition = parse_definition(RULES, "d.yaml")
    catalogue = build_catalogue(definition, {"channel": ("web", "(other)")})

    scorecard = scorecard_of(catalogue, definition)

    named = {catalogue.names[step.feature]: (step.low, step.high) for step in scorecard.steps}
    assert named["webinar_90d"] == (2, None)
    assert named["budget"] == (5, None)
    assert named["visit_30d"] == (1, 3)
    assert named["title_seniority"][1] is None
    assert len(named) == 4
    attributes = {catalogue.names[column] for column in scorecard.attributes}
    assert {"budget", "title_seniority", "channel"} <= attributes
    assert not any("visit" in name or "webinar" in name for name in attributes)


@pytest.mark.parametrize(("n_converted", "is_scorecard"), [(99, True), (100, False)])
def test_the_number_of_outcomes_decides_and_the_definition_sets_it(n_converted, is_scorecard):
    definition = parse_definition(RULES, "d.yaml")
    catalogue = build_catalogue(definition, {"channel": ("web", "(other)")})

    recipe = choose_hyperparameters(
        catalogue, definition, n_snapshots=3000, n_converted_leads=n_converted
    )

    assert (recipe.scorecard is not None) == is_scorecard
    never = definition.model_copy(update={"learning": Learning(scorecard_below=0)})
    recipe = choose_hyperparameters(
        catalogue, never, n_snapshots=3000, n_converted_leads=n_converted
    )
    assert recipe.scorecard is None


def test_intervals_grow_with_how_little_was_learned_from():
    # As many to test as to learn from: two samples of one size, and Student's quantile for 40.
    assert interval_inflation(n_tested=40, n_learned=40) == pytest.approx(
        2**0.5 * 2.0227 / 1.96, abs=1e-3
    )
    assert interval_inflation(n_tested=40, n_learned=100_000) == pytest.approx(1, abs=1e-3)
    wider = inflate_interval(Measured(value=0.5, low=0.4, high=0.7), 2.0)
    assert (wider.low, wider.high) == (pytest.approx(0.3), pytest.approx(0.9))
    assert inflate_interval(Measured(value=0.5), 2.0) == Measured(value=0.5)


@pytest.fixture(scope="module")
def definition(small_definition):
    """The small company's, which calls everything below 2,000 outcomes few."""
    return small_definition.model_copy(update={"learning": Learning(scorecard_below=2000)})


@pytest.fixture(scope="module")
def small(company_database, definition, empty_mlflow, tmp_path_factory):
    """Store, report and release of a retrain that had few outcomes to learn from."""
    folder = tmp_path_factory.mktemp("scorecard")
    path = folder / "awase.db"
    path.write_bytes(Path(company_database().removeprefix("sqlite:///")).read_bytes())
    tracking = folder / "mlflow.db"
    tracking.write_bytes(empty_mlflow.read_bytes())
    store = Store.open(f"sqlite:///{path}")
    settings = RetrainSettings(
        releases_dir=folder / "releases", tracking_uri=f"sqlite:///{tracking}", by="test"
    )
    report = retrain(store, definition, settings=settings)
    yield store, report, load_release(Path(report.release_dir))
    store.close()


def test_a_release_from_few_outcomes_is_a_scorecard_and_says_so(small, definition):
    _, report, release = small

    assert release.fit.is_scorecard
    assert release.tested.is_scorecard
    assert release.card.recipe.scorecard is not None
    assert "scorecard of the rulebook's conditions" in report.notes[0].en
    assert "スコアカード" in report.notes[0].ja
    document = retrain_document(report, definition.zone)
    assert report.notes[0] in document.sections[0].lines
    assert report.metrics.log_loss_gain.value > 0


def test_one_test_has_one_slope_whose_interval_is_as_wide_everywhere(small):
    _, report, _ = small

    assert report.proof.slope == report.metrics.calibration_slope
    assert report.proof.intercept == report.metrics.calibration_intercept


def test_reasons_of_a_scorecard_add_up_to_its_probabilities(small, definition):
    store, _, release = small
    dataset = load_dataset(store, definition, data_cutoff=None, seed=0)
    matrix = look_back(release.fit, dataset, np.arange(500)).matrix

    explained = Explainer.of(release.fit, definition).explain(matrix)

    np.testing.assert_array_equal(explained.probability, release.probability(matrix))
    total = probability_from(explained.points.total)
    np.testing.assert_allclose(total, explained.probability, rtol=0, atol=1e-9)
    assert np.ptp(explained.probability) > 0.05


def test_its_intervals_are_wider_than_those_of_the_same_test_without_widening(
    small, definition, monkeypatch
):
    store, report, release = small
    dataset = load_dataset(store, definition, data_cutoff=None, seed=0)
    split = dataset.split
    factor = interval_inflation(
        n_tested=dataset.converted_leads(split.test),
        n_learned=dataset.converted_leads(split.train),
    )

    monkeypatch.setattr("training.evaluation.holdout.interval_inflation_of", lambda *_: 1.0)
    plain = try_again(release, dataset).metrics

    assert factor > 1.1
    width = report.metrics.log_loss.high - report.metrics.log_loss.low
    assert width == pytest.approx(factor * (plain.log_loss.high - plain.log_loss.low))
    assert report.metrics.log_loss.value == plain.log_loss.value


def test_below_the_gates_number_nothing_is_promoted(small, definition, tmp_path, tracking_uri):
    store, _, _ = small
    strict = definition.model_copy(
        update={"gate": definition.gate.model_copy(update={"min_outcomes": 5000})}
    )
    settings = RetrainSettings(releases_dir=tmp_path, tracking_uri=tracking_uri, by="test")

    report = retrain(store, strict, settings=settings)

    assert not report.promoted
    with pytest.raises(Refusal, match=r"5,000 are needed"):
        raise_refusal(report)


def test_steps_keep_to_what_the_definition_promises():
    steps = (
        RuleStep(feature=0, low=1, high=None),
        RuleStep(feature=0, low=None, high=3),
        RuleStep(feature=0, low=1, high=3),
        RuleStep(feature=1, low=1, high=None),
    )
    scorecard = Scorecard(steps=steps, attributes=())

    terms = scorecard_terms(scorecard, np.zeros((1, 2)), monotone=(1, 0))

    assert [term.sign for term in terms] == [1, -1, 0, 0]
