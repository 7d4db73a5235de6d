"""Every feature and every concept can be said, in both languages, whatever its value."""

import re

import numpy as np
import pytest

from features.catalogue import Catalogue, build_catalogue
from features.core.clock import UNDATED
from features.core.text import LANGUAGES, Text
from features.definition import TEMPLATE, LeadDefinition, read_definition
from serving.reasons.concepts import list_concepts
from serving.reasons.phrases.row import FeatureRow, feature_words

AS_OF = 1_766_000_000
FEATURE_NAME = re.compile(r"[a-z]+_[a-z0-9_]+|\bnan\b|\bNone\b|\binf\b")
JAPANESE = re.compile(r"[぀-ヿ一-鿿]")


@pytest.fixture(scope="module", params=["template", "every_kind", "undated"])
def described(
    request: pytest.FixtureRequest, definition: LeadDefinition
) -> tuple[LeadDefinition, Catalogue]:
    chosen = read_definition(TEMPLATE) if request.param == "template" else definition
    if request.param == "undated":
        undated = {"at": "undated"}
        snapshots = definition.snapshots.model_copy(update=undated)
        outcome = definition.outcome.model_copy(update={"horizon_days": None})
        chosen = definition.model_copy(update={"snapshots": snapshots, "outcome": outcome})
    levels = {a.name: ("製造業", "(other)") for a in chosen.attributes if a.kind == "category"}
    return chosen, build_catalogue(chosen, levels)


def _check(text: Text) -> None:
    for language in LANGUAGES:
        said = text.read(language)
        assert said.strip() == said != ""
        assert not FEATURE_NAME.search(said), said
        assert "  " not in said
    assert JAPANESE.search(text.ja)


def test_every_feature_can_be_said(described: tuple[LeadDefinition, Catalogue]) -> None:
    definition, catalogue = described
    feature_row = FeatureRow(values=[], as_of=AS_OF, zone=definition.zone)

    for feature in catalogue:
        for value in (np.nan, 0.0, 1.0):
            _check(feature_words(feature, value, feature_row))


def test_every_feature_belongs_to_one_reason(
    described: tuple[LeadDefinition, Catalogue],
) -> None:
    definition, catalogue = described

    columns = [column for c in list_concepts(definition, catalogue) for column in c.columns]

    assert sorted(columns) == list(range(len(catalogue)))


def test_every_reason_can_be_said_whatever_the_lead_did(
    described: tuple[LeadDefinition, Catalogue],
) -> None:
    definition, catalogue = described
    random = np.random.default_rng(5)
    as_of = AS_OF if definition.dated else UNDATED + 1

    for _ in range(200):
        row = random.integers(0, 2, len(catalogue)).astype(float)
        row[random.random(len(row)) < 0.3] = np.nan
        for column, feature in enumerate(catalogue):
            # Counts are never unknown, and what lies inside a window happened at some time.
            if feature.axis == "behaviour" and not feature.name.startswith("days_since"):
                row[column] = np.nan_to_num(row[column])
            if feature.name.endswith(("_ever", "information_known")):
                row[column] = 1.0
            if feature.name.startswith("days_since"):
                row[column] = np.nan_to_num(row[column], nan=400.5)
        feature_row = FeatureRow(values=row.tolist(), as_of=as_of, zone=definition.zone)
        for concept in list_concepts(definition, catalogue):
            _check(concept.words(feature_row))
            for language in LANGUAGES:
                assert (
                    concept.words(feature_row)
                    .read(language)
                    .startswith(concept.label.read(language))
                )
