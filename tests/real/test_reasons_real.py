"""Reasons on X Education: they add up on real leads, and can be said in both languages."""

import re
from pathlib import Path

import numpy as np
import pytest

from features.core.text import LANGUAGES
from serving.reasons.explainer import Explainer
from serving.reasons.points import probability_from
from serving.reasons.similar.past_points import PastPoints
from serving.reasons.similar.similar import leads_at_level, level_words
from serving.reasons.what_to_ask import askable, what_to_ask
from training.dataset.past_leads import load_past_leads
from training.model.release import load_release

pytestmark = pytest.mark.long

NAME = "x_education"


@pytest.fixture(scope="module")
def release(retrained):
    return load_release(Path(retrained(NAME).release_dir))


@pytest.fixture(scope="module")
def explainer(real, release):
    """The definition with a question for two of its attributes: the shipped one asks nothing."""
    definition = real(NAME).definition
    question = definition.attribute("occupation").label
    attributes = tuple(
        a.model_copy(update={"question": question}) if a.name in ("occupation", "city") else a
        for a in definition.attributes
    )
    asking = definition.model_copy(update={"attributes": attributes})
    return Explainer.of(release.fit, asking)


@pytest.fixture(scope="module")
def past(real, release, explainer):
    company = real(NAME)
    dataset = load_past_leads(
        company.tables, company.definition, release=release, data_cutoff=company.data_cutoff
    )
    return PastPoints.of(dataset, explainer)


def test_only_held_out_leads_are_compared_with(past):
    assert len(past.past) == 2772
    assert len(np.unique(past.past.lead)) == 2772


def test_reasons_add_up_and_agree_with_lightgbm(past, release, explainer):
    matrix = past.past.matrix

    explained = explainer.explain(matrix)

    np.testing.assert_array_equal(explained.probability, release.probability(matrix))
    total = probability_from(explained.points.total)
    np.testing.assert_allclose(total, explained.probability, rtol=0, atol=1e-9)
    some = matrix[:200]
    theirs = [b.predict(some, pred_contrib=True)[:, :-1] for b in release.fit.boosters]
    ours = explainer.tables.tables.explain(some).values
    np.testing.assert_allclose(ours, sum(theirs) / len(theirs), rtol=0, atol=1e-9)


def test_every_lead_is_put_into_words(past, explainer):
    for row, as_of in list(zip(past.past.matrix, past.past.as_of.tolist(), strict=True))[:100]:
        feature_row = explainer.feature_row(row, as_of)
        for concept in explainer.concepts:
            for language in LANGUAGES:
                said = concept.words(feature_row).read(language)
                assert said
                assert not re.search(r"\bnan\b", said)


def test_what_is_unknown_and_has_a_question_is_asked(past, release, explainer):
    occupation = explainer.catalogue.index("occupation")
    number = int(np.flatnonzero(np.isnan(past.past.matrix[:, occupation]))[0])
    row = past.past.matrix[number]

    asks = what_to_ask(
        explainer, row, reasons=past.reasons[number], past=past, cut_offs=release.cut_offs
    )

    assert {ask.attribute for ask in asks} == {a.name for a in askable(explainer, row)}
    assert "occupation" in {ask.attribute for ask in asks}
    ask = next(ask for ask in asks if ask.attribute == "occupation")
    by_words = {answer.words.en: answer.probability for answer in ask.answers}
    # Of leads with an occupation, working professionals convert at 92 %, the unemployed at 44 %.
    assert by_words["Working Professional"] > by_words["Unemployed"]


def test_a_level_is_told_without_dates(past, real):
    level = leads_at_level(past, 0.5)

    assert level is not None
    assert level.n_leads >= 100
    assert "(" not in level_words(level, real(NAME).definition).en
