"""Conditions in words, in Japanese and English: for cards, reviews and differences of definitions.

The words of behaviours and attributes come from the definition; the patterns around them stand here
once.
"""

from functools import reduce

from features.core.parsing import DEPARTMENT_LABELS, SENIORITY_LABELS, Department, Seniority
from features.core.text import Text
from features.definition.conditions import (
    AllOf,
    AnyOf,
    AttributeCondition,
    BehaviourCondition,
    Condition,
    FeatureCondition,
    Not,
)
from features.definition.lead_definition import LeadDefinition

AND = Text(ja="かつ", en=" and ")
OR = Text(ja="または", en=" or ")

Bounds = tuple[float | None, float | None]


def condition_in_words(condition: Condition, definition: LeadDefinition) -> Text:
    """What a condition asks, in both languages."""
    match condition:
        case AllOf():
            return _joined([_inner(part, definition) for part in condition.all_of], AND)
        case AnyOf():
            return _joined([_inner(part, definition) for part in condition.any_of], OR)
        case Not():
            inner = condition_in_words(condition.condition, definition)
            return Text(ja=f"「{inner.ja}」ではない", en=f"not ({inner.en})")
        case BehaviourCondition():
            return _behaviour(condition, definition.behaviour(condition.behaviour).label)
        case AttributeCondition():
            attribute = definition.attribute(condition.attribute)
            tests = _attribute_tests(condition, attribute.unit)
            return _joined([_about(attribute.label, test) for test in tests], AND)
        case FeatureCondition():
            name = Text(ja=condition.feature, en=condition.feature)
            return _joined([_about(name, test) for test in _feature_tests(condition)], AND)


def _inner(condition: Condition, definition: LeadDefinition) -> Text:
    """Like :func:`condition_in_words`, in brackets where "and" and "or" would run together."""
    words = condition_in_words(condition, definition)
    if isinstance(condition, AllOf | AnyOf):
        return Text(ja=f"({words.ja})", en=f"({words.en})")
    return words


def _joined(parts: list[Text], joint: Text) -> Text:
    return reduce(
        lambda so_far, part: Text(
            ja=f"{so_far.ja}{joint.ja}{part.ja}", en=f"{so_far.en}{joint.en}{part.en}"
        ),
        parts,
    )


def _about(what: Text, test: Text) -> Text:
    return Text(ja=f"{what.ja}{test.ja}", en=f"{what.en} {test.en}")


def _behaviour(condition: BehaviourCondition, label: Text) -> Text:
    low, high = condition.bounds
    when = Text(ja="", en="")
    if condition.within_days is not None:
        when = Text(ja=f"直近{condition.within_days}日に", en=f" in {condition.within_days} days")
    if high == 0:
        return Text(ja=f"{label.ja}: {when.ja}なし", en=f"{label.en}: never{when.en}")
    times = _range((low, high), Text(ja="回", en=" times"))
    if (low, high) == (1, None):
        times = Text(ja="1回以上", en="at least once")
    return Text(ja=f"{label.ja}: {when.ja}{times.ja}", en=f"{label.en}: {times.en}{when.en}")


def _range(bounds: Bounds, unit: Text) -> Text:
    low, high = (None if bound is None else f"{bound:,.12g}" for bound in bounds)
    if low is not None and high is not None:
        return Text(ja=f"{low}〜{high}{unit.ja}", en=f"{low} to {high}{unit.en}")
    if low is not None:
        return Text(ja=f"{low}{unit.ja}以上", en=f"at least {low}{unit.en}")
    return Text(ja=f"{high}{unit.ja}以下", en=f"at most {high}{unit.en}")


def _attribute_tests(condition: AttributeCondition, unit: str | None) -> list[Text]:
    tests = [_known(condition.known)] if condition.known is not None else []
    if condition.bounds != (None, None):
        tests.append(_after_ga(_range(condition.bounds, _unit(unit))))
    if condition.is_one_of is not None:
        tests.append(_one_of([Text(ja=value, en=value) for value in condition.is_one_of]))
    if condition.is_true is not None:
        tests.append(_yes(condition.is_true))
    if condition.seniority_at_least is not None:
        title = SENIORITY_LABELS[Seniority[condition.seniority_at_least.upper()]]
        tests.append(Text(ja=f"が{title.ja}以上", en=f"at least {title.en}"))
    if condition.seniority_at_most is not None:
        title = SENIORITY_LABELS[Seniority[condition.seniority_at_most.upper()]]
        tests.append(Text(ja=f"が{title.ja}以下", en=f"at most {title.en}"))
    if condition.department_is_one_of is not None:
        departments = [Department(name) for name in condition.department_is_one_of]
        tests.append(_one_of([DEPARTMENT_LABELS[department] for department in departments]))
    if condition.is_free_mail is not None:
        tests.append(
            Text(ja="がフリーメール", en="is a free one")
            if condition.is_free_mail
            else Text(ja="が会社のもの", en="is a company's")
        )
    if condition.within_days is not None:
        days = condition.within_days
        tests.append(Text(ja=f"が{days}日以内", en=f"within {days} days"))
    return tests


def _feature_tests(condition: FeatureCondition) -> list[Text]:
    tests = [_known(condition.known)] if condition.known is not None else []
    if condition.bounds != (None, None):
        tests.append(_after_ga(_range(condition.bounds, _unit(None))))
    if condition.is_one_of is not None:
        tests.append(_one_of([Text(ja=value, en=value) for value in condition.is_one_of]))
    return tests


def _known(known: bool) -> Text:
    if known:
        return Text(ja="がわかっている", en="known")
    return Text(ja="がわかっていない", en="not known")


def _yes(true: bool) -> Text:
    return Text(ja=": はい", en="is yes") if true else Text(ja=": いいえ", en="is no")


def _after_ga(words: Text) -> Text:
    return Text(ja=f"が{words.ja}", en=words.en)


def _unit(unit: str | None) -> Text:
    return Text(ja="", en="") if unit is None else Text(ja=f" {unit}", en=f" {unit}")


def _one_of(values: list[Text]) -> Text:
    ja = "・".join(value.ja for value in values)
    en = ", ".join(value.en for value in values)
    return Text(ja=f"が{ja}" + ("のいずれか" if len(values) > 1 else ""), en=f"is {en}")
