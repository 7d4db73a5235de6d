"""A release's model card: in both languages, in its folder, true to its figures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.core.formats import number, share
from features.core.text import LANGUAGES, Text
from features.store import Store
from training.dataset.dataset import load_dataset
from training.evaluation.holdout import try_again
from training.model.release import load_release
from training.reports.model_card import ModelCard, WeakSegment, weak_segments
from training.reports.model_card_text import NOT_FOR, card_document, card_files
from training.retrain import RetrainSettings, retrain
from training.train.train import look_back


@pytest.fixture(scope="module")
def made(company_database, small_definition, empty_mlflow, tmp_path_factory):
    """Store, report and release of one retrain."""
    folder = tmp_path_factory.mktemp("model_card")
    path, tracking = folder / "awase.db", folder / "mlflow.db"
    path.write_bytes(Path(company_database().removeprefix("sqlite:///")).read_bytes())
    tracking.write_bytes(empty_mlflow.read_bytes())
    store = Store.open(f"sqlite:///{path}")
    report = retrain(
        store,
        small_definition,
        settings=RetrainSettings(
            releases_dir=folder / "releases", tracking_uri=f"sqlite:///{tracking}", by="test"
        ),
    )
    yield store, report, load_release(Path(report.release_dir))
    store.close()


def test_the_folder_holds_the_card_in_both_languages_under_its_checksums(made):
    _, report, release = made

    kept = {file.name for file in release.card.files}
    for language in LANGUAGES:
        assert {f"model_card.{language}.md", f"model_card.{language}.html"} <= kept
        text = (Path(report.release_dir) / f"model_card.{language}.md").read_text(encoding="utf-8")
        assert text == release.model_card(language)


def test_it_says_what_on_whom_from_what_how_well_where_weak_and_what_not_for(made):
    _, report, release = made
    english, japanese = release.model_card("en"), release.model_card("ja")

    for heading in ("What it predicts", "On whom", "From what", "How well", "Where it is weak"):
        assert f"## {heading}" in english
    for heading in ("何を予測するか", "誰について", "何から", "どれだけ当たるか", "弱いところ"):
        assert f"## {heading}" in japanese
    assert "becomes an opportunity within 30 days" in english
    assert "30日以内にリードが商談化する確率" in japanese
    assert f"{report.counts.n_matured:,} times" in english
    assert f"| {number(report.metrics.log_loss).en} |" in english
    assert "Logistic regression" in english
    for text in NOT_FOR:
        assert text.en in english.replace("\\", "")
        assert text.ja in japanese.replace("\\", "")


def test_it_gives_the_slope_with_its_interval_and_the_level_of_every_month_of_the_test(
    made, small_definition
):
    store, report, release = made
    trial = try_again(release, load_dataset(store, small_definition, data_cutoff=None, seed=0))
    month = pd.to_datetime(trial.scored.as_of, unit="s", utc=True)
    month = month.tz_convert(small_definition.zone).strftime("%B %Y")
    rows = pd.DataFrame({"p": trial.scored.probability, "y": trial.scored.converted})
    english = release.model_card("en")

    slope = report.metrics.calibration_slope
    assert f"| {number(slope).en} |" in english
    assert slope.low < slope.high
    for name, inside in rows.groupby(month):
        predicted = share(float(inside["p"].mean())).en
        line = f"| {name} | {len(inside):,} | {int(inside['y'].sum()):,} | {predicted} |"
        assert line in english
    assert len(set(month)) > 1
    assert "月ごとの予測と実績" in release.model_card("ja")


def test_mlflow_holds_the_card_too(made, small_definition):
    from mlflow import MlflowClient

    _, report, _ = made
    uri = f"sqlite:///{Path(report.release_dir).parents[1] / 'mlflow.db'}"

    names = {f.path for f in MlflowClient(uri, uri).list_artifacts(report.tracking_run_id)}

    assert {"model_card.ja.html", "model_card.en.md"} <= names


def test_a_segment_whose_probabilities_are_off_is_called_weak(made, small_definition):
    store, _, release = made
    trial = try_again(release, load_dataset(store, small_definition, data_cutoff=None, seed=0))
    column = trial.snapshot.catalogue.index("channel")
    web = trial.snapshot.matrix[:, column] == trial.snapshot.matrix[0, column]
    doubled = np.where(web, 0.6 + 0.4 * trial.scored.probability, trial.scored.probability)
    off = replace(trial, scored=replace(trial.scored, probability=doubled))

    level = trial.snapshot.catalogue.features[column].levels[int(trial.snapshot.matrix[0, column])]
    found = {(w.attribute, w.value): w for w in weak_segments(off, small_definition)}

    assert "too high" in found["channel", level].why.en
    assert "高すぎます" in found["channel", level].why.ja


def test_a_segment_with_few_outcomes_is_called_unproved(made, small_definition):
    store, _, release = made
    trial = try_again(release, load_dataset(store, small_definition, data_cutoff=None, seed=0))
    nobody = replace(trial.scored, converted=np.zeros(len(trial.scored), dtype=bool))

    found = weak_segments(replace(trial, scored=nobody), small_definition)

    assert {w.attribute for w in found} == {"channel"}
    assert all("nothing is proved" in w.why.en for w in found)


def _card(made, small_definition, **changed):
    _, report, release = made
    figures = {
        "definition": small_definition,
        "n_leads": 700,
        "n_snapshots": 3000,
        "n_converted": 90,
        "learned_from": 1_704_034_800,
        "learned_until": 1_730_000_000,
        "n_features": release.fit.n_features,
        "n_boosters": 0,
        "n_trees": 0,
        "line_share": 1.0,
        "calibrator": "platt",
        "tested_from": 1_730_000_000,
        "metrics": report.metrics,
        "opponents": (),
        "suspects": ("budget",),
        "weak": (),
        "notes": (Text(ja="スコアカードです。", en="A scorecard."),),
    }
    return ModelCard(**(figures | changed))


def test_a_scorecard_says_so_and_suspects_are_named(made, small_definition):
    document = card_document(_card(made, small_definition))
    lines = [line.en for section in document.sections for line in section.lines]

    assert "A scorecard." in lines
    assert "Nobody recorded when these were learned: Budget." in lines
    assert "None of the segments looked at is weak." in lines


def test_weak_segments_are_a_table_with_reasons(made, small_definition):
    weak = WeakSegment(
        attribute="channel",
        value="web",
        n_snapshots=1200,
        n_converted=4,
        why=Text(ja="理由", en="because"),
    )
    text = card_files(_card(made, small_definition, weak=(weak,)))["model_card.ja.md"].decode()

    assert "チャネル: web" in text
    assert "1,200" in text
    assert "理由" in text


def test_what_a_fit_reads_is_what_the_card_counts(made, small_definition):
    store, _, release = made
    dataset = load_dataset(store, small_definition, data_cutoff=None, seed=0)

    width = look_back(release.fit, dataset, np.arange(3)).matrix.shape[1]

    assert f"{width:,} inputs" in release.model_card("en")
