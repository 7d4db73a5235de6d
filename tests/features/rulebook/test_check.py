"""Rules the catalogue cannot answer, and rules that tell no lead from another."""

import pytest

from features.core.errors import DefinitionError
from features.definition import TEMPLATE, parse_definition
from features.rulebook import check_rulebook, idle_parts, judge

BUDGET = "{attribute: budget, known: true}\n      points: 5"


def edited(condition):
    text = TEMPLATE.read_text(encoding="utf-8")
    assert BUDGET in text
    return parse_definition(text.replace(BUDGET, f"{condition}\n      points: 5", 1), "mine.yaml")


def line_of(text):
    lines = TEMPLATE.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_the_template_asks_about_features_that_exist(definition, catalogue):
    check_rulebook(definition, catalogue)
    check_rulebook(definition)


def test_a_rulebook_can_be_checked_before_there_are_data():
    with pytest.raises(DefinitionError, match="Did you mean webinar_90d"):
        check_rulebook(edited("{feature: webinar_9d, at_least: 1}"))


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("{feature: webinar_9d, at_least: 1}", "Did you mean webinar_90d"),
        ("{feature: channel, at_least: 1}", "is_one_of: the feature is a category"),
        ("{feature: webinar_30d, is_one_of: [a]}", "the feature is a number"),
        ("{not: {any_of: [{feature: nothing, known: true}]}}", "must be a feature"),
    ],
)
def test_a_feature_the_catalogue_has_not_is_told_with_its_line(condition, message, catalogue):
    with pytest.raises(DefinitionError, match=message) as raised:
        check_rulebook(edited(condition), catalogue)

    line = line_of("name: budget_known") + 2
    assert f"mine.yaml:{line}: rulebook.rules[budget_known].when" in str(raised.value)


def test_every_such_rule_is_told_at_once(catalogue):
    both = "{any_of: [{feature: a, known: true}, {feature: b, known: true}]}"

    with pytest.raises(DefinitionError, match="2 mistakes"):
        check_rulebook(edited(both), catalogue)


def test_rules_that_never_or_always_apply_are_reported_with_their_lines(snapshot_of):
    definition = parse_definition(TEMPLATE.read_text(encoding="utf-8"), "mine.yaml")
    rows = [{"webinar_90d": 1, "inquiry_90d": n % 2, "budget": n % 3} for n in range(12)]

    idle = idle_parts(definition, judge(snapshot_of(*rows), definition.rulebook))

    by_name = {part.name: part.always for part in idle}
    assert by_name["webinar_attended"] is True
    assert by_name["budget_known"] is True
    assert by_name["unsubscribed"] is False
    assert "inquiry_made" not in by_name
    # 10 + 5, and 15 more for every second lead: some reach 20 points, none 40
    assert by_name["SQL"] is False
    assert "MQL" not in by_name
    line = line_of("name: webinar_attended")
    assert idle[1].where == f"mine.yaml:{line}: rulebook.rules[webinar_attended]"


def test_no_snapshots_are_no_evidence(definition, snapshot_of):
    empty = snapshot_of({})
    empty = type(empty)(empty.matrix[:0], empty.catalogue)

    assert idle_parts(definition, judge(empty, definition.rulebook)) == ()
