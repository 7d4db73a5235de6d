"""What learned rules are called."""

import pytest

from features.catalogue import build_catalogue
from features.definition import LeadDefinition
from features.definition.conditions import FeatureCondition
from training.learned_rulebook.naming import label_of


@pytest.mark.parametrize(
    ("asked", "ja"),
    [
        ({"at_most": 60}, "リード獲得から60日以内"),
        ({"at_least": 7}, "リード獲得から7日以上"),
    ],
)
def test_days_since_something_are_said_as_people_say_them(
    small_definition: LeadDefinition, asked: dict[str, int], ja: str
) -> None:
    condition = FeatureCondition(feature="days_since_creation", **asked)

    said = label_of(
        condition,
        small_definition,
        build_catalogue(small_definition, {"channel": ("web", "(other)")}),
    )

    assert said.ja == ja
