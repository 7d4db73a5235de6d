import json

import numpy as np
import pytest

from features.core.clock import DAY
from features.history import History
from features.moments import Moments
from features.snapshot import take_snapshot
from serving.reasons.card import CardMaker, as_data
from serving.reasons.points import probability_from
from serving.reasons.why_moved import Viewpoint

START = 1_735_657_200
AS_OF = START + 250 * DAY


@pytest.fixture(scope="module")
def maker(world):
    return CardMaker(release=world.release, explainer=world.explainer, past=world.past)


@pytest.fixture(scope="module")
def card(world, maker):
    before = Viewpoint(as_of=AS_OF - 30 * DAY, explainer=world.explainer)
    return maker.card(world.lead(10), as_of=AS_OF, before=before)


def test_a_card_adds_up_to_its_probability(card) -> None:
    total = card.base_points + sum(r.points for r in card.reasons) + card.calibration_points

    assert probability_from(total) == pytest.approx(card.probability, abs=1e-9)
    assert total == pytest.approx(card.total_points, abs=1e-9)


def test_the_rulebook_stands_beside_and_is_never_added(card) -> None:
    assert card.rulebook.points == 10.0
    assert [line.label.en for line in card.rulebook.lines] == ["Webinar attended"]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_card_is_json_in_one_language(card, world, language) -> None:
    data = json.loads(json.dumps(as_data(card, language, world.definition.zone)))

    assert data["qualification"] == card.qualification.name
    assert data["as_of"] == "2025-09-08T00:00:00+09:00"
    reasons = data["reasons"]
    assert set(reasons[0]) == {"concept", "axis", "points", "words", "sentence"}
    assert isinstance(reasons[0]["words"], str)
    total = data["base_points"] + sum(r["points"] for r in reasons) + data["calibration_points"]
    assert 1 / (1 + 2 ** (-total / 10)) == pytest.approx(data["probability"], abs=1e-9)


def test_a_card_says_why_the_points_moved(card) -> None:
    assert card.move is not None
    assert card.move.points_after == pytest.approx(card.total_points)


def test_without_past_leads_a_card_still_has_its_reasons(world) -> None:
    maker = CardMaker(release=world.release, explainer=world.explainer)

    card = maker.card(world.lead(10), as_of=AS_OF)

    assert card.reasons
    assert card.asks == ()
    assert card.level is None
    assert card.nearest == ()
    assert card.move is None


def test_a_card_counts_what_colleagues_did(definition, tables, learn_world) -> None:
    windows = definition.windows.model_copy(update={"account": True})
    scored = definition.model_copy(update={"windows": windows})
    world = learn_world(scored, tables, START + 360 * DAY)
    history = History.from_tables(tables, scored)
    at_account = {row["lead_id"]: row["value"] for row in _accounts(tables)}
    lead_id = next(
        lead for lead, account in at_account.items() if list(at_account.values()).count(account) > 2
    )
    colleagues = [lead for lead, at in at_account.items() if at == at_account[lead_id]]
    place = int(np.searchsorted(history.lead_ids, lead_id))
    among_all = take_snapshot(history, world.explainer.catalogue, Moments.of([place], [AS_OF]))
    before = Viewpoint(as_of=AS_OF - 60 * DAY, explainer=world.explainer)
    maker = CardMaker(release=world.release, explainer=world.explainer)

    card = maker.card(world.leads(colleagues), as_of=AS_OF, lead_id=lead_id, before=before)

    expected = world.explainer.explain(among_all.matrix).points.total[0]
    assert card.lead_id == lead_id
    assert card.total_points == pytest.approx(expected, abs=1e-9)
    assert card.move is not None
    assert card.move.points_after == pytest.approx(expected, abs=1e-9)
    assert "account" in {reason.concept for reason in card.reasons}


def _accounts(tables):
    return [row for row in tables.fact.to_pylist() if row["attribute"] == "account_id"]
