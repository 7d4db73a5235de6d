"""What values are called in the other language: found by any spelling, and words only."""

import pytest

from features.core.errors import DefinitionError
from features.core.text import Text
from features.definition import TEMPLATE, LeadDefinition, parse_definition, read_definition
from features.definition.diff import diff_definitions
from features.definition.wording.values import fact_in_words

CHANNEL = "  - {name: owner, kind: identifier, label: {ja: 担当者, en: Owner}}\n"
PLAIN = """  - {name: source, kind: category, label: {ja: 媒体, en: Source}}
"""
LABELLED = """  - {name: source, kind: category, label: {ja: 媒体, en: Source},
     labels: {パートナー: {en: Partner}, Web広告: {en: Web advertising}, fair: {ja: 展示会}}}
"""


def _definition(attribute: str) -> LeadDefinition:
    text = TEMPLATE.read_text(encoding="utf-8")
    return parse_definition(text.replace(CHANNEL, CHANNEL + attribute), "test")


@pytest.mark.parametrize(
    ("value", "ja", "en"),
    [
        ("パートナー", "パートナー", "Partner"),
        ("ﾊﾟｰﾄﾅｰ", "ﾊﾟｰﾄﾅｰ", "Partner"),
        ("ＷＥＢ広告", "ＷＥＢ広告", "Web advertising"),
        ("fair", "展示会", "fair"),
        ("代理店", "代理店", "代理店"),
    ],
)
def test_every_spelling_of_a_labelled_value_is_called_by_its_label(value, ja, en) -> None:
    assert _definition(LABELLED).attribute("source").called(value) == Text(ja=ja, en=en)


def test_labels_are_words_and_move_the_agreement_only() -> None:
    plain, labelled = _definition(PLAIN), _definition(LABELLED)

    assert labelled.fingerprint.model == plain.fingerprint.model
    assert labelled.fingerprint.agreement != plain.fingerprint.agreement
    changes = diff_definitions(plain, labelled)
    assert [change.read("en") for change in changes] == [
        "add: Attributes › Source › Labels of values › パートナー",
        "add: Attributes › Source › Labels of values › Web広告",
        "add: Attributes › Source › Labels of values › fair",
    ]
    assert not any(change.needs_training for change in changes)


def test_an_attribute_without_labels_loads_and_shows_values_as_written() -> None:
    definition = _definition(PLAIN)
    empty = _definition(PLAIN.replace("Source}", "Source}, labels: {}", 1))

    assert definition.attribute("source").labels == {}
    assert definition.attribute("source").called("展示会") == Text(ja="展示会", en="展示会")
    assert empty.fingerprint == definition.fingerprint


@pytest.mark.parametrize("label", ["{}", "{en: ''}", "{fr: Partenaire}"])
def test_a_label_that_says_nothing_is_refused(label: str) -> None:
    with pytest.raises(DefinitionError, match="labels"):
        _definition(LABELLED.replace("{en: Partner}", label))


def test_a_rule_calls_values_by_their_labels() -> None:
    text = TEMPLATE.read_text(encoding="utf-8").replace(
        "{attribute: budget, known: true}\n      points",
        "{attribute: channel, is_one_of: [パートナー, 紹介]}\n      points",
    )
    rules = {rule.name: rule for rule in parse_definition(text, "test").rulebook.rules}

    said = rules["budget_known"].when.words(read_definition(TEMPLATE))
    assert "Partner" in said.en
    assert "Referral" in said.en
    assert "パートナー" in said.ja


@pytest.mark.parametrize(
    ("attribute", "value", "ja", "en"),
    [
        ("decision_maker", "true", "はい", "yes"),
        ("company_size", "50", "50名", "50 employees"),
        ("company_size", "約50人", "約50人", "50 employees"),
        ("budget", "300万円程度", "300万円程度", "JPY 3,000,000"),
        ("purchase_timing", "半年以内", "半年以内", "within half a year"),
        ("purchase_timing", "within 3 months", "3ヶ月以内", "within 3 months"),
        ("pain_point", "手作業が多い", "手作業が多い", "手作業が多い"),
    ],
)
def test_a_fact_is_told_in_both_languages(attribute, value, ja, en) -> None:
    definition = read_definition(TEMPLATE)

    told = fact_in_words(definition.attribute(attribute), value, definition.zone)
    assert told == Text(ja=ja, en=en)
