"""A trial in the definition: what it may say, its lot, and when it begins and closes."""

import hashlib
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from features.core.errors import DefinitionError
from features.definition import TEMPLATE, parse_definition, read_definition
from features.definition.trial import Trial, lot_unit

TOKYO = ZoneInfo("Asia/Tokyo")

TRIAL = """
trial:
  name: spring
  hypothesis: {ja: モデルのほうが多い, en: The model finds more}
  arms: [{name: rulebook, share: 0.5}, {name: model, share: 0.5}]
  starts_on: 2026-05-31
  months: 9
  worthwhile: 1.5
  expected_accounts: 1800
  signed_by: [{team: marketing, name: head}, {team: sales, name: head}]
"""


def with_trial(**edits):
    text = TEMPLATE.read_text(encoding="utf-8") + TRIAL
    for before, after in edits.values():
        assert before in text
        text = text.replace(before, after)
    return parse_definition(text, "with a trial")


def test_a_trial_moves_the_agreement_part_alone():
    before, after = read_definition(TEMPLATE).fingerprint, with_trial().fingerprint

    assert after.model == before.model
    assert after.agreement != before.agreement


@pytest.mark.parametrize(
    ("before", "after", "must"),
    [
        ("{name: model, share: 0.5}", "{name: model, share: 0.4}", "add up to 1; got 0.9"),
        ("{name: model, share: 0.5}", "{name: rulebook, share: 0.5}", "each once; got rulebook"),
        ("{name: model, share: 0.5}", "{name: learned_rulebook, share: 0.5}", "judges by"),
        ("months: 9", "months: 9\n  learned_rulebook: {mql: {points: 5}}", "none without"),
        ("worthwhile: 1.5", "worthwhile: 0", "greater than 0"),
        ("months: 9", "months: 9\n  counted: hours_per_100_leads", "hours_per_lead"),
        ("signed_by: [{team: marketing, name: head}, {team: sales, name: head}]", "signed_by: []",
         "must not be empty"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(before, after, must):
    text = TEMPLATE.read_text(encoding="utf-8").replace(", hours_per_lead: 1.5", "") + TRIAL

    with pytest.raises(DefinitionError, match=must):
        parse_definition(text.replace(before, after), "edited")


def test_anybody_can_draw_the_lot_again():
    trial = with_trial().trial

    drawn = [trial.arm_of(lot_unit(f"L{i}", f"A{i}")) for i in range(2000)]

    by_hand = hashlib.blake2b(b"account:A0", key=b"spring", digest_size=8).hexdigest()
    assert drawn[0] == ("rulebook" if int(by_hand, 16) < 2**63 else "model")
    # Four standard errors of 2,000 fair draws.
    assert abs(drawn.count("model") - 1000) < 4 * (2000 * 0.25) ** 0.5


def test_colleagues_share_an_arm_and_another_trial_draws_anew():
    spring, autumn = with_trial().trial, with_trial(name=("name: spring", "name: autumn")).trial
    units = [lot_unit("L1", f"A{i}") for i in range(400)]

    assert lot_unit("L1", "A7") == lot_unit("L2", "A7")
    moved = sum(spring.arm_of(unit) != autumn.arm_of(unit) for unit in units)
    assert 120 < moved < 280


LEARNED = """  learned_rulebook:
    rules:
      - {name: seen, label: {ja: 訪問, en: Visited}, when: {behaviour: BEHAVIOUR, at_least: 1},
         points: 10}
    mql: {points: POINTS}
"""
THREE = (
    "{name: model, share: 0.5}",
    "{name: model, share: 0.3}, {name: learned_rulebook, share: 0.2}",
)


def with_learned(behaviour="page_visit", points="10"):
    text = TEMPLATE.read_text(encoding="utf-8") + TRIAL.replace(*THREE)
    learned = LEARNED.replace("BEHAVIOUR", behaviour).replace("POINTS", points)
    return parse_definition(text + learned, "three arms")


def test_the_third_arm_judges_by_a_rulebook_that_is_signed_with_the_trial():
    definition = with_learned()
    trial = definition.trial

    drawn = [trial.arm_of(lot_unit(f"L{i}", None)) for i in range(4000)]

    assert [arm.name for arm in trial.tested] == ["model", "learned_rulebook"]
    assert definition.learned_rulebook.rules[0].points == 10
    # Four standard errors of 4,000 draws.
    for name, share in (("rulebook", 0.5), ("model", 0.3), ("learned_rulebook", 0.2)):
        assert abs(drawn.count(name) - 4000 * share) < 4 * (4000 * share * (1 - share)) ** 0.5


@pytest.mark.parametrize(
    ("edits", "must"),
    [
        ({"behaviour": "nothing"}, "must be a declared behaviour"),
        ({"points": "90"}, "must be within reach"),
    ],
)
def test_the_rulebook_of_a_trial_keeps_what_every_rulebook_must(edits, must):
    with pytest.raises(DefinitionError, match=must):
        with_learned(**edits)


def test_leads_enter_for_so_many_months():
    trial = with_trial().trial

    assert trial.begins(TOKYO) == datetime(2026, 5, 31, tzinfo=TOKYO)
    assert trial.closes(TOKYO) == datetime(2027, 2, 28, tzinfo=TOKYO)
    assert isinstance(trial, Trial)
