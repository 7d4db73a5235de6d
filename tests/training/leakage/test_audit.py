import numpy as np
import pytest

from features.core.arrays import BoolArray
from features.definition import parse_definition
from training.leakage.audit import bins_of, column_power, power_folds
from training.leakage.audit_findings import Clues, judge_clues

N = 4000


@pytest.fixture(scope="module")
def converted() -> BoolArray:
    return np.random.default_rng(0).random(N) < 0.1


@pytest.fixture(scope="module")
def folds(converted):
    return power_folds(converted, np.arange(N))


@pytest.fixture(scope="module")
def attribute():
    text = """
format: 1
name: d
title: {ja: 定義, en: Definition}
time_zone: UTC
attributes: [{name: tags, kind: category, label: {ja: タグ, en: Tags}}]
outcome: {stage: won, horizon_days: 30}
cut_offs: {mql: {rule: precision, at_least: 0.1}, sql: {rule: precision, at_least: 0.2}}
"""
    return parse_definition(text, "d.yaml").attribute("tags")


def clues(**changed):
    usual = {
        "power": 0.02,
        "honest_power": 0.02,
        "honest_share": 1.0,
        "n_known": 500,
        "n_winners": 50,
        "n_late": 0,
    }
    return Clues(**{**usual, **changed})


def test_the_outcome_itself_has_nearly_all_power(converted, folds):
    assert column_power(converted.astype(float), converted, folds) > 0.95


@pytest.mark.parametrize("n_levels", [2, 50, 1500])
def test_a_column_that_says_nothing_has_no_power(converted, folds, n_levels):
    column = np.random.default_rng(1).integers(0, n_levels, N).astype(float)

    assert -0.03 < column_power(column, converted, folds) < 0.005


def test_a_value_known_only_of_some_winners_has_power_too(converted, folds):
    column = np.where(converted & (np.arange(N) % 2 == 0), 1.0, np.nan)

    # Half the outcomes are given away: p = .05 / .95 remains for the others.
    rest = converted.mean() / 2 / (1 - converted.mean() / 2)
    entropy = -(rest * np.log(rest) + (1 - rest) * np.log(1 - rest)) * (1 - converted.mean() / 2)
    base = converted.mean()
    expected = 1 - entropy / -(base * np.log(base) + (1 - base) * np.log(1 - base))
    assert column_power(column, converted, folds) == pytest.approx(expected, abs=0.03)


def test_a_single_conversion_does_not_make_a_rare_value_look_certain(converted, folds):
    column = np.full(N, 0.0)
    column[np.flatnonzero(converted)[:1]] = 1.0

    assert column_power(column, converted, folds) < 0.005


def test_numbers_are_cut_into_bins_of_about_equal_size():
    column = np.random.default_rng(2).lognormal(size=1000)
    column[:100] = np.nan

    counts = np.bincount(bins_of(column))

    assert counts[0] == 100
    assert len(counts) == 21
    assert counts[1:].min() >= 40


def test_codes_of_a_category_are_never_merged():
    codes = np.repeat(np.arange(60.0), 5)

    assert len(np.unique(bins_of(codes))) == 60


@pytest.mark.parametrize(
    ("found", "severity"),
    [
        (clues(), None),
        (clues(power=0.17), "suspect"),
        (clues(power=0.28), "severe"),
        (clues(n_known=60, n_winners=60), "severe"),
        (clues(n_known=60, n_winners=45), None),
        # Too few leads prove nothing.
        (clues(n_known=8, n_winners=8), None),
        (clues(power=0.07, honest_power=0.06, honest_share=0.5), "suspect"),
        (clues(power=0.07, honest_power=0.06), None),
        (clues(power=0.12, honest_power=0.0, honest_share=0.3), "suspect"),
        (clues(n_late=45), "suspect"),
    ],
)
def test_clues_amount_to(attribute, found, severity):
    finding = judge_clues(attribute, found, base_rate=0.1)

    assert (finding and finding.severity) == severity
    if finding is not None:
        assert finding.column == "tags"
        assert finding.blocks == (severity == "severe")
        assert finding.advice is not None


def test_everybody_wins_where_most_leads_do(attribute):
    # Only closed deals were imported, nearly all won: having a value proves nothing.
    assert judge_clues(attribute, clues(n_known=500, n_winners=490), base_rate=0.97) is None


def test_the_sentence_says_what_was_counted(attribute):
    finding = judge_clues(attribute, clues(n_known=60, n_winners=60), base_rate=0.1)

    assert "Of 60 leads with a value 60 reached the outcome" in finding.sentence.en
    assert "60件" in finding.sentence.ja
    assert "gate.acknowledged" in finding.advice.en
