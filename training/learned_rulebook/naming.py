"""Names and labels of rules that nobody has named yet."""

import re

from features.catalogue import Catalogue
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.conditions import (
    AllOf,
    AttributeCondition,
    BehaviourCondition,
    Condition,
    FeatureCondition,
)

LONGEST_NAME = 60
_DAYS_SINCE = re.compile(r"からの日数が([0-9.]+)(以下|以上)")
AND = Text(ja="かつ", en=", and ")


def name_of(condition: Condition, *, each: bool = False) -> str:
    """A name that tells conditions apart: ``webinar_at_least_2_within_90_days``."""
    name = "_and_".join(_names(condition)) + ("_each" if each else "")
    return name[:LONGEST_NAME].rstrip("_")


def label_of(
    condition: Condition, definition: LeadDefinition, catalogue: Catalogue, *, each: bool = False
) -> Text:
    """Write what a rule with this condition says, as people read it.

    Features are called what the catalogue calls them: people do not know their names.

    Parameters
    ----------
    condition : Condition
    definition : LeadDefinition
    catalogue : Catalogue
    each : bool
        Whether the rule counts every event of a behaviour, not only whether there is one.
    """
    if isinstance(condition, AllOf):
        parts = [label_of(part, definition, catalogue) for part in condition.all_of]
        return Text(
            ja=AND.ja.join(part.ja for part in parts), en=AND.en.join(part.en for part in parts)
        )
    if each and isinstance(condition, BehaviourCondition):
        return _each(definition.behaviour(condition.behaviour).label, condition.within_days)
    words = condition.words(definition)
    if isinstance(condition, FeatureCondition):
        label = catalogue.features[catalogue.index(condition.feature)].label
        words = Text(
            ja=_DAYS_SINCE.sub(_within, words.ja.replace(condition.feature, label.ja)),
            en=words.en.replace(condition.feature, f"{label.en}:"),
        )
    return words


def _within(found: re.Match[str]) -> str:
    """Say "within 60 days" of days that are at most 60."""
    return f"から{found[1]}日{'以内' if found[2] == '以下' else found[2]}"


def _each(label: Text, days: int | None) -> Text:
    if days is None:
        return Text(ja=f"{label.ja}の回数", en=f"{label.en}, times")
    return Text(ja=f"直近{days}日の{label.ja}の回数", en=f"{label.en}, times in {days} days")


def _names(condition: Condition) -> list[str]:
    match condition:
        case AllOf():
            return [name for part in condition.all_of for name in _names(part)]
        case BehaviourCondition():
            times = [] if condition.at_least in (None, 1) else [f"at_least_{condition.at_least}"]
            days = [f"within_{condition.within_days}_days"] if condition.within_days else ["ever"]
            return ["_".join([condition.behaviour, *times, *days])]
        case AttributeCondition() | FeatureCondition():
            given = condition.model_dump(exclude_none=True)
            subject = given.pop("attribute", None) or given.pop("feature")
            tests = [_slug(f"{key}_{_value(value)}") for key, value in given.items()]
            return ["_".join([str(subject), *tests])]
        case _:
            return ["rule"]


def _value(value: object) -> str:
    if value is True:
        return ""
    if isinstance(value, tuple):
        return "_".join(map(_value, value))
    return f"{value:.0f}" if isinstance(value, float) else str(value)


def _slug(text: str) -> str:
    # A level in Japanese has no small letters; its place in the name is told by a number.
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    rest = re.sub(r"[\x00-\x7f]", "", text)
    return f"{plain}_{sum(map(ord, rest)) % 10_000}" if rest else plain
