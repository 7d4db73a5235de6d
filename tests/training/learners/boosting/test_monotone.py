import numpy as np
import pytest

from features.catalogue import build_catalogue
from features.definition import parse_definition
from training.learners.boosting.cross_fit import fit_ensemble
from training.learners.boosting.monotone import constraints
from training.learners.boosting.training_matrix import TrainingMatrix
from training.learners.hyperparameters import hyperparameters_for

DEFINITION = """
format: 1
name: d
title: {{ja: 定義, en: Definition}}
time_zone: UTC
behaviours:
  - {{name: visit, label: {{ja: 訪問, en: Visit}}{visit}}}
  - {{name: inquiry, label: {{ja: 問い合わせ, en: Inquiry}}}}
attributes:
  - {{name: budget, kind: number, label: {{ja: 予算, en: Budget}}{budget}}}
  - {{name: channel, kind: category, label: {{ja: チャネル, en: Channel}}{channel}}}
windows: {{days: [30], age: true}}
outcome: {{stage: won, horizon_days: 30}}
cut_offs: {{mql: {{rule: precision, at_least: 0.1}}, sql: {{rule: precision, at_least: 0.2}}}}
"""
SAID = ", never_lowers: true"


def signs(**said):
    keys = {name: SAID if name in said else "" for name in ("visit", "budget", "channel")}
    definition = parse_definition(DEFINITION.format(**keys), "d.yaml")
    catalogue = build_catalogue(definition, {"channel": ("fair", "web", "(other)")})
    found = constraints(catalogue, definition)
    return dict(zip(catalogue.names, found, strict=True)) if found else {}


def test_nothing_is_constrained_unless_the_definition_says_so():
    assert signs() == {}


def test_more_and_more_recent_events_may_only_raise():
    found = signs(visit=True)

    assert found["visit_30d"] == found["visit_ever"] == 1
    assert found["days_since_visit"] == -1
    assert found["days_since_first_visit"] == 0
    assert not any(sign for name, sign in found.items() if "inquiry" in name or name == "budget")


def test_more_of_a_number_may_only_raise_and_a_category_is_left_free():
    found = signs(budget=True, channel=True)

    assert found["budget"] == 1
    assert found["channel"] == 0


@pytest.mark.parametrize("n", [800, 6000])
def test_the_boosters_keep_to_it(n):
    random = np.random.default_rng(0)
    matrix = random.normal(size=(n, 2))
    # Falls with the first column, against what is said of it.
    converted = random.random(n) < 1 / (1 + np.exp(1 + matrix[:, 0] - matrix[:, 1]))
    recipe = hyperparameters_for(n, monotone=(1, 0))

    ensemble = fit_ensemble(
        TrainingMatrix(matrix=matrix, converted=converted, groups=np.arange(n)), recipe=recipe
    )

    grid = np.column_stack([np.linspace(-3, 3, 40), np.zeros(40)])
    assert (np.diff(ensemble.margin(grid)) >= 0).all()
