from dataclasses import replace

import numpy as np
import pytest

from features.core.qualification import Qualification
from serving.reasons.answers import told_by
from serving.reasons.what_to_ask import askable, expected_gain, what_to_ask
from training.results.records import CutOff, ReleaseCutOffs


def _row(world, **values):
    """A lead about whom only the given values are known, with some visits."""
    catalogue = world.explainer.catalogue
    row = world.past.past.matrix[3].copy()
    for column, feature in enumerate(catalogue):
        if feature.axis == "information":
            row[column] = 0.0 if feature.name.endswith("_known") else np.nan
    row[catalogue.index("information_known")] = len(values) / 9
    for name, value in values.items():
        row[catalogue.index(name)] = value
    return row


def _ask_all(world, row, cut_offs=None):
    points = world.explainer.explain(row[None]).points.reasons[0]
    return what_to_ask(
        world.explainer,
        row,
        reasons=points,
        past=world.past,
        cut_offs=cut_offs or world.release.cut_offs,
    )


def test_only_unknown_attributes_with_a_question_are_asked(world) -> None:
    asked = {a.name for a in askable(world.explainer, _row(world, budget=3e6))}

    # Company size, domain and renewal have no question; pages are behaviour without one.
    assert asked == {
        "industry",
        "decision_maker",
        "job_title",
        "purchase_timing",
        "pain_point",
    }


def test_what_the_title_answers_already_is_not_asked(world) -> None:
    catalogue = world.explainer.catalogue
    attribute = next(a for a in world.definition.attributes if a.kind == "job_title")
    told = told_by(attribute, catalogue).name
    title, decides = catalogue.index(told), catalogue.index("decision_maker")
    matrix = world.past.past.matrix.copy()
    seniority = float(matrix[~np.isnan(matrix[:, title]), title].max())
    same = np.flatnonzero(matrix[:, title] == seniority)
    row = _row(world, **{told: seniority})

    asked = []
    for n_no in (1, len(same) // 2):
        # All of that seniority decide, but for a few.
        matrix[same, decides] = np.arange(len(same)) >= n_no
        past = replace(world.past, past=replace(world.past.past, matrix=matrix))
        asks = _ask_all(replace(world, past=past), row)
        asked.append("decision_maker" in {ask.attribute for ask in asks})

    assert len(same) > 40
    assert asked == [False, True]


def test_an_answer_gives_the_probability_the_release_gives_to_it(world) -> None:
    row = _row(world)
    catalogue = world.explainer.catalogue

    ask = next(ask for ask in _ask_all(world, row) if ask.attribute == "decision_maker")

    for words, value in (("yes", 1.0), ("no", 0.0)):
        answered = row.copy()
        answered[catalogue.index("decision_maker")] = value
        answered[catalogue.index("information_known")] = 1 / 9
        answer = next(a for a in ask.answers if a.words.en == words)
        assert answer.probability == pytest.approx(
            world.release.probability(answered[None])[0], abs=1e-12
        )


def test_answers_come_as_often_as_past_leads_gave_them(world) -> None:
    asks = _ask_all(world, _row(world))

    assert asks
    for ask in asks:
        assert sum(answer.share for answer in ask.answers) == pytest.approx(1.0)
        shares = [a.share for a in ask.answers if a.words.en != "other answers"]
        if ask.attribute not in ("budget", "purchase_timing"):
            assert shares == sorted(shares, reverse=True)
        assert 0 < ask.n_comparable <= 200


def test_the_ask_most_worth_knowing_comes_first(world) -> None:
    row = _row(world)
    budget = next(ask for ask in _ask_all(world, row) if ask.attribute == "budget")
    likely = sorted(answer.probability for answer in budget.answers)
    assert likely[0] < likely[-1]
    between = CutOff(rule="capacity", probability=(likely[0] + likely[-1]) / 2)
    cut_offs = ReleaseCutOffs(mql=between, sql=CutOff(rule="precision", probability=None))

    asks = _ask_all(world, row, cut_offs)

    gains = [ask.expected_gain for ask in asks]
    assert gains == sorted(gains, reverse=True)
    assert gains[0] > 0
    assert asks[0].changes_decision > 0
    best = max(asks[0].answers, key=lambda answer: answer.probability)
    assert best.qualification is Qualification.MQL


def test_the_gain_is_how_far_answers_carry_over_a_cut_off() -> None:
    cut_offs = ReleaseCutOffs(
        mql=CutOff(rule="capacity", probability=0.1),
        sql=CutOff(rule="precision", probability=0.4),
    )

    # Now 0.3, an MQL: the first answer loses it by 0.04, the second changes nothing, the third
    # makes an SQL candidate by 0.2, the fourth neither.
    gain = expected_gain(0.3, np.array([0.06, 0.2, 0.6, 0.39]), cut_offs)

    assert gain == pytest.approx((0.04 + 0.2) / 4)
    assert expected_gain(0.3, np.array([]), cut_offs) == 0.0


def test_a_budget_is_answered_in_ranges_of_money(world) -> None:
    ask = next(ask for ask in _ask_all(world, _row(world)) if ask.attribute == "budget")

    assert {answer.words.ja for answer in ask.answers} <= {"50万円", "300万円", "1,200万円"}


def test_asking_leaves_the_lead_as_it_is(world) -> None:
    row = _row(world)
    before = row.copy()

    _ask_all(world, row)

    np.testing.assert_array_equal(row, before)


def test_a_question_nobody_has_answered_is_asked_without_a_forecast(world) -> None:
    row = _row(world)
    unanswered = world.past.past.matrix.copy()
    unanswered[:, world.explainer.catalogue.index("budget")] = np.nan
    nobody = replace(world.past, past=replace(world.past.past, matrix=unanswered))
    points = world.explainer.explain(row[None]).points.reasons[0]

    asks = what_to_ask(
        world.explainer, row, reasons=points, past=nobody, cut_offs=world.release.cut_offs
    )

    budget = next(ask for ask in asks if ask.attribute == "budget")
    assert (budget.answers, budget.n_comparable, budget.expected_gain) == ((), 0, 0.0)
