"""Features of how much is known about a lead, since when, and how firmly, whatever it is."""

from collections.abc import Callable, Iterator
from functools import reduce

import numpy as np

from features.core.clock import DAY
from features.core.text import Text
from features.definition.attributes import Attribute
from features.definition.lead_definition import LeadDefinition
from features.families.fact_changes import known_since, n_changes
from features.families.information import is_informative
from features.feature import Axis, Feature
from features.lookback.protocol import Column, Lookback, one_or_zero

Attributes = tuple[Attribute, ...]
Compute = Callable[[Lookback], Column]

CONCEPT = "completeness"

CHANGES_OF_A_CONTRADICTION = 2
"""A value changed once was corrected; changed twice, somebody is telling us different things."""


def completeness_features(definition: LeadDefinition) -> Iterator[Feature]:
    """Shares known, by axis and of what sales can ask; the history of it where asked for."""
    attributes = definition.feature_attributes
    information = tuple(a for a in attributes if a.axis == Axis.INFORMATION.value)
    counters = tuple(a for a in attributes if a.axis == Axis.BEHAVIOUR.value)
    askable = tuple(a for a in information if a.question is not None)
    if information:
        label = Text(ja="わかっている情報の割合", en="Share of information known")
        yield _share("information_known", label, information)
    if askable and askable != information:
        label = Text(ja="聞ける情報のうちわかっている割合", en="Share known of what can be asked")
        yield _share("askable_information_known", label, askable)
    if counters:
        label = Text(ja="行動の集計値がある割合", en="Share of behaviour counters known")
        yield _share("behaviour_counters_known", label, counters, axis=Axis.BEHAVIOUR)
    if definition.windows.information_history and definition.dated:
        yield from _history(information)


def _feature(name: str, label: Text, unit: str, compute: Compute) -> Feature:
    return Feature(
        name=name,
        concept=CONCEPT,
        axis=Axis.INFORMATION,
        label=label,
        unit=unit,
        compute=compute,
    )


def _share(
    name: str, label: Text, attributes: Attributes, *, axis: Axis = Axis.INFORMATION
) -> Feature:
    def compute(lookback: Lookback) -> Column:
        known = sum(is_informative(lookback, attribute) for attribute in attributes)
        return known / len(attributes)

    return Feature(
        name=name, concept=CONCEPT, axis=axis, label=label, unit="share", compute=compute
    )


def _history(information: Attributes) -> Iterator[Feature]:
    for attribute in information:
        label = attribute.label
        yield Feature(
            name=f"{attribute.name}_known_days",
            concept=attribute.name,
            axis=Axis.INFORMATION,
            label=Text(ja=f"{label.ja}がわかってからの日数", en=f"Days {label.en} has been known"),
            unit="days",
            compute=_known_days(attribute.name),
        )
    if information:
        yield _feature(
            "days_since_new_information",
            Text(ja="新しい情報がわかってからの日数", en="Days since new information"),
            "days",
            lambda lookback: _days_since_news(lookback, information),
        )
        yield _feature(
            "information_contradictions",
            Text(ja="2回以上変わった情報の数", en="Information that changed twice or more"),
            "attributes",
            lambda lookback: _contradictions(lookback, information),
        )


def _known_days(attribute: str) -> Compute:
    return lambda lookback: (lookback.as_of - lookback.by_rule(attribute, known_since)) / DAY


def _days_since_news(lookback: Lookback, attributes: Attributes) -> Column:
    # Of NaN and a number, the number; of nothing but NaN, NaN.
    return reduce(np.fmin, (_known_days(attribute.name)(lookback) for attribute in attributes))


def _contradictions(lookback: Lookback, attributes: Attributes) -> Column:
    # No fact is NaN, which is never >=.
    return sum(
        one_or_zero(lookback.by_rule(attribute.name, n_changes) >= CHANGES_OF_A_CONTRADICTION)
        for attribute in attributes
    )
