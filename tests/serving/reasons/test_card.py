import json

import pytest

from features.clock import DAY
from serving.reasons.card import CardMaker, as_data
from serving.reasons.moves import Viewpoint
from serving.reasons.points import probability_from

AS_OF = 1_735_657_200 + 250 * DAY


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
    assert set(reasons[0]) == {"concept", "axis", "points", "words"}
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
