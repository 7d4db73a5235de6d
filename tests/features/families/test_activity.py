"""Activity and age are two things to say of a lead, each under its own name."""

from features.definition import TEMPLATE, parse_definition
from features.families.activity import activity_features, age_features


def test_how_active_a_lead_is_and_how_old_are_two_concepts() -> None:
    definition = parse_definition(TEMPLATE.read_text(encoding="utf-8"), "template.yaml")

    assert {feature.concept for feature in activity_features(definition)} == {"activity"}
    assert {feature.concept for feature in age_features(definition)} == {"days_since_creation"}
