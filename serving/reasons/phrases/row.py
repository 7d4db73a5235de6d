"""One row of a snapshot, as words about it are made."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

from features.core.clock import DAY
from features.core.formats import day_of, quantity
from features.core.parsing.job_title import SENIORITY_LABELS, Seniority
from features.core.text import Text
from features.definition.kinds.kind import NO, SENIORITY, YES, YES_NO
from features.feature import Feature
from serving.reasons.phrases import fixed as words


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a lead said, and on which day: "3 months" means another day each time it is said."""

    words: str
    on: date


@dataclass(frozen=True, kw_only=True)
class FeatureRow:
    """One row of a snapshot, as a phrase reads it.

    Attributes
    ----------
    values : list of float
        In the catalogue's order. A list, because single numbers come out of it ten times faster
        than out of an array.
    as_of : int
        Seconds since 1970 UTC.
    zone : ZoneInfo
        Time zone of the days in the words.
    said : mapping from attribute to Statement
        The words behind attributes whose meaning depends on when they were said; empty where
        nobody looked them up.
    """

    values: list[float]
    as_of: int
    zone: ZoneInfo
    said: Mapping[str, Statement] = field(default_factory=dict)

    @cached_property
    def today(self) -> date:
        """The local day from which we look."""
        return day_of(self.as_of, self.zone)

    def days_since(self, days: float) -> int:
        """Calendar days between something that many times 24 hours ago and today."""
        then = day_of(self.as_of - round(days * DAY) + 1, self.zone)
        return (self.today - then).days


Phrase = Callable[[FeatureRow], Text]
"""The values behind one reason in words. Columns are found once, when a release is loaded; a phrase
only reads numbers."""


def both(japanese: str, english: str) -> Text:
    """Short for a text made of pieces."""
    return Text(ja=japanese, en=english)


def feature_words(feature: Feature, value: float, feature_row: FeatureRow) -> Text:
    """Put one model input and its value into words, for lists of details; never its name.

    Parameters
    ----------
    feature : Feature
    value : float
        NaN is unknown or never.
    feature_row : FeatureRow
        The row the value is from, for the dates in it.
    """
    detail = _detail(feature, value, feature_row)
    return both(f"{feature.label.ja}: {detail.ja}", f"{feature.label.en}: {detail.en}")


def _detail(feature: Feature, value: float, feature_row: FeatureRow) -> Text:
    since = feature.unit == "days" and feature.name.startswith("days_since_")
    if math.isnan(value):
        return words.NEVER if since else words.UNKNOWN
    if since:
        return quantity(feature_row.days_since(value), "days")
    if feature.unit == "days":
        return quantity(round(value), "days")
    return value_words(feature, value)


def features_phrase(features: Sequence[Feature], columns: Sequence[int]) -> Phrase:
    """What each of some features is, by its own name; of one alone, without it.

    Parameters
    ----------
    features : sequence of Feature
    columns : sequence of int
        Where each stands in a row.
    """

    say = feature_words if len(features) > 1 else _detail

    def phrase(feature_row: FeatureRow) -> Text:
        told = [
            say(feature, feature_row.values[column], feature_row)
            for feature, column in zip(features, columns, strict=True)
        ]
        return both("、".join(one.ja for one in told), "; ".join(one.en for one in told))

    return phrase


def value_words(feature: Feature, value: float, choice: tuple[Text, Text] = (YES, NO)) -> Text:
    """What a value is called.

    Parameters
    ----------
    feature : Feature
    value : float
        NaN is unknown.
    choice : (Text, Text)
        What 1 and 0 are called where the feature is yes or no.
    """
    if math.isnan(value):
        return words.UNKNOWN
    if feature.levels:
        return feature.level_labels[int(value)]
    if feature.unit == SENIORITY:
        return SENIORITY_LABELS[Seniority(int(value))]
    if feature.unit == YES_NO:
        return choice[0] if value else choice[1]
    return quantity(value, feature.unit)
