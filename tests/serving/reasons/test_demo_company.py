"""Sums, wording, asks and moves on the simulated company, through its CRM exports."""

import re

import numpy as np
import pytest

from features.core.clock import DAY
from features.core.qualification import Qualification
from features.core.text import LANGUAGES
from features.definition import read_definition
from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import read_mapping
from features.store import Store
from serving.reasons.card import CardMaker
from serving.reasons.points import probability_from
from serving.reasons.why_moved import Cause, Viewpoint
from training.simulation.records.exports import write_company
from training.simulation.settings import CompanySettings
from training.simulation.simulation import simulate

N_CARDS = 12
NOT_WORDS = re.compile(r"\bnan\b|\bNone\b|[a-z]+_[a-z_]+")


@pytest.fixture(scope="module")
def company(tmp_path_factory, learn_world):
    folder = tmp_path_factory.mktemp("company")
    simulated = simulate(CompanySettings(leads=1_500, months=12, truth_snapshots=0))
    write_company(simulated, folder)
    definition = read_definition(folder / "lead_definition.yaml")
    store = Store.open(f"sqlite:///{folder / 'awase.db'}")
    import_files(
        store,
        [folder],
        mapping=read_mapping(folder / "import.yaml", definition),
        definition=definition,
        rejects_file=folder / "rejects.csv",
    )
    tables = store.read_tables()
    store.close()
    return learn_world(definition, tables, simulated.data_cutoff)


@pytest.fixture(scope="module")
def cards(company):
    """Cards of recent leads, each compared with the month before."""
    maker = CardMaker(release=company.release, explainer=company.explainer, past=company.past)
    as_of = company.release.card.data_cutoff
    before = Viewpoint(as_of=as_of - 30 * DAY, explainer=company.explainer)
    created = company.tables.lead.column("created_at").to_numpy()
    old_enough = np.flatnonzero(created < before.as_of)
    newest = old_enough[np.argsort(created[old_enough])][-N_CARDS:]
    return [maker.card(company.lead(int(n)), as_of=as_of, before=before) for n in newest]


def test_every_card_adds_up(cards):
    for card in cards:
        total = card.base_points + sum(r.points for r in card.reasons) + card.calibration_points
        assert probability_from(total) == pytest.approx(card.probability, abs=1e-9)


def test_every_card_is_worded_in_both_languages(cards):
    for card in cards:
        said = [reason.words for reason in card.reasons]
        said += [ask.question for ask in card.asks]
        said += [answer.words for ask in card.asks for answer in ask.answers]
        said += [card.frequency, card.likelihood, card.level_words, card.position.advice]
        said.append(card.between_words)
        for words in said:
            for language in LANGUAGES:
                assert words.read(language)
                assert not NOT_WORDS.search(words.read(language)), words


def test_every_card_shows_one_rate_inside_its_range(cards):
    for card in cards:
        assert card.between.low < card.probability < card.between.high
        assert card.between.level == 0.9
        assert "%" not in card.level_words.en


def test_asks_are_questions_of_the_agreement_about_what_is_unknown(cards, company):
    asked = [(card, ask) for card in cards for ask in card.asks]

    assert asked
    for card, ask in asked:
        attribute = company.definition.attribute(ask.attribute)
        assert ask.question == attribute.question
        reason = next(r for r in card.reasons if r.concept == ask.attribute)
        assert reason.words.en.endswith(("not known", "not stated"))


def test_qualification_follows_the_probability(cards, company):
    cut_offs = company.release.cut_offs
    for card in cards:
        for ask in card.asks:
            for answer in ask.answers:
                expected = cut_offs.qualify(np.array([answer.probability]))[0]
                assert answer.qualification is Qualification(int(expected))


def test_every_move_is_split_without_a_remainder(cards):
    for card in cards:
        moved = card.move.points_after - card.move.points_before
        assert sum(part.points for part in card.move.parts) == pytest.approx(moved, abs=1e-9)
        assert {p.cause for p in card.move.parts if p.points} <= {
            Cause.TIME,
            Cause.INFORMATION,
            Cause.BEHAVIOUR,
        }
    assert any(abs(card.move.points_after - card.move.points_before) > 1 for card in cards)


def test_past_leads_converted_about_as_often_as_was_said(cards, company):
    past = company.past.past
    leads = np.unique(past.lead)

    assert len(leads) > 100
    assert past.converted.mean() == pytest.approx(past.probability.mean(), abs=0.05)
