"""What is known about a lead, in words; that something is not known is said just as plainly."""

import math
from collections.abc import Callable, Mapping

from features.catalogue import Catalogue
from features.core.formats import calendar_date, day_ahead, days_ahead
from features.core.text import LANGUAGES, Text
from features.definition.attributes import Attribute
from features.definition.kinds import KINDS
from features.definition.kinds.kind import NO, YES
from features.definition.lead_definition import LeadDefinition
from serving.reasons.phrases import fixed as words
from serving.reasons.phrases.row import FeatureRow, Phrase, Statement, both, value_words

MakePhrase = Callable[[Attribute, Catalogue], Phrase]


def completeness_phrase(definition: LeadDefinition, catalogue: Catalogue) -> Phrase:
    """How many of the information attributes are known."""
    column = catalogue.index("information_known")
    n = sum(attribute.axis == "information" for attribute in definition.feature_attributes)

    def phrase(feature_row: FeatureRow) -> Text:
        known = round(feature_row.values[column] * n)
        return both(f"{n}項目のうち{known}項目", f"{known} of {n} items")

    return phrase


def attribute_phrase(attribute: Attribute, catalogue: Catalogue) -> Phrase:
    """The value of an attribute as people write it, or that it is not known."""
    make = _OWN_PHRASES.get(attribute.kind, _values_phrase)
    return make(attribute, catalogue)


def _values_phrase(attribute: Attribute, catalogue: Catalogue) -> Phrase:
    """What the columns of the attribute hold, those after the first in brackets."""
    columns = [
        (column, catalogue.index(column.name.format(attribute.name)))
        for column in KINDS[attribute.kind].columns
    ]

    def phrase(feature_row: FeatureRow) -> Text:
        parts = []
        for column, place in columns:
            value = feature_row.values[place]
            if math.isnan(value):
                continue
            if column.is_instant:
                parts.append(_on_a_day(feature_row, value, about=False))
            else:
                choice = column.choice or (YES, NO)
                parts.append(value_words(catalogue.features[place], value, choice))
        if not parts:
            return words.UNKNOWN
        first, *others = parts
        if not others:
            return first
        japanese, english = (", ".join(part.read(one) for part in others) for one in LANGUAGES)
        return both(f"{first.ja}({japanese})", f"{first.en} ({english})")

    return phrase


def _timing_phrase(attribute: Attribute, catalogue: Catalogue) -> Phrase:
    days, known = (
        catalogue.index(f"{attribute.name}_days"),
        catalogue.index(f"{attribute.name}_known"),
    )

    def phrase(feature_row: FeatureRow) -> Text:
        if not feature_row.values[known]:
            return words.TIMING_NOT_STATED
        said = feature_row.said.get(attribute.name)
        if math.isnan(feature_row.values[days]):
            return words.TIMING_STATED if said is None else _as_said(said, attribute)
        day = _on_a_day(feature_row, feature_row.values[days], about=True)
        if said is None:
            return day
        # First what was said and when, then what is made of it today.
        spoken = _as_said(said, attribute)
        return both(f"{spoken.ja}→{day.ja}", f"{spoken.en}, so {day.en}")

    return phrase


def _as_said(said: Statement, attribute: Attribute) -> Text:
    on, spoken = calendar_date(said.on), attribute.called(said.words)
    return both(f"「{spoken.ja}」({on.ja}の回答)", f'"{spoken.en}", said on {on.en}')


def _on_a_day(feature_row: FeatureRow, days: float, *, about: bool) -> Text:
    off = days_ahead(round(days))
    day = calendar_date(day_ahead(days, feature_row.today))
    if about:
        return both(f"{day.ja}ごろ({off.ja})", f"around {day.en} ({off.en})")
    return both(f"{day.ja}({off.ja})", f"{day.en} ({off.en})")


_OWN_PHRASES: Mapping[str, MakePhrase] = {"purchase_timing": _timing_phrase}
"""Kinds that are told as more than the values of their columns."""
