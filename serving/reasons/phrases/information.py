"""What is known about a lead, in words; that something is not known is said just as plainly."""

import math
from collections.abc import Callable, Mapping

from features.catalogue import Catalogue
from features.core.formats import calendar_date, day_ahead, days_ahead, quantity
from features.core.parsing import SENIORITY_LABELS, Seniority
from features.core.text import Text
from features.definition.attributes import Attribute
from features.definition.lead_definition import LeadDefinition
from serving.reasons.phrases import fixed as words
from serving.reasons.phrases.row import FeatureRow, Phrase, Statement, both, level_words

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
    return _BY_KIND.get(attribute.kind, _number_phrase)(attribute, catalogue)


def _boolean_phrase(attribute: Attribute, catalogue: Catalogue) -> Phrase:
    return _choice(catalogue.index(attribute.name), words.YES, words.NO)


def _domain_phrase(attribute: Attribute, catalogue: Catalogue) -> Phrase:
    column = catalogue.index(f"{attribute.name}_is_free_mail")
    return _choice(column, words.FREE_MAIL, words.COMPANY_MAIL)


def _free_text_phrase(attribute: Attribute, catalogue: Catalogue) -> Phrase:
    return _choice(catalogue.index(f"{attribute.name}_known"), words.KNOWN, words.UNKNOWN)


def _choice(column: int, yes: Text, no: Text) -> Phrase:
    def phrase(feature_row: FeatureRow) -> Text:
        value = feature_row.values[column]
        if math.isnan(value):
            return words.UNKNOWN
        return yes if value else no

    return phrase


def _level_phrase(attribute: Attribute, catalogue: Catalogue) -> Phrase:
    column = catalogue.index(attribute.name)
    feature = catalogue.features[column]
    return lambda feature_row: level_words(feature, feature_row.values[column])


def _number_phrase(attribute: Attribute, catalogue: Catalogue) -> Phrase:
    column = catalogue.index(attribute.name)
    unit = catalogue.features[column].unit

    def phrase(feature_row: FeatureRow) -> Text:
        value = feature_row.values[column]
        return words.UNKNOWN if math.isnan(value) else quantity(value, unit)

    return phrase


def _job_title_phrase(attribute: Attribute, catalogue: Catalogue) -> Phrase:
    seniority = catalogue.index(f"{attribute.name}_seniority")
    department = catalogue.index(f"{attribute.name}_department")
    feature = catalogue.features[department]

    def phrase(feature_row: FeatureRow) -> Text:
        parts = []
        if not math.isnan(feature_row.values[seniority]):
            parts.append(SENIORITY_LABELS[Seniority(int(feature_row.values[seniority]))])
        if not math.isnan(feature_row.values[department]):
            parts.append(level_words(feature, feature_row.values[department]))
        if not parts:
            return words.UNKNOWN
        return both("、".join(part.ja for part in parts), "; ".join(part.en for part in parts))

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
            return words.TIMING_STATED if said is None else _as_said(said)
        day = _on_a_day(feature_row, feature_row.values[days], about=True)
        if said is None:
            return day
        # First what was said and when, then what is made of it today.
        spoken = _as_said(said)
        return both(f"{spoken.ja}→{day.ja}", f"{spoken.en}, so {day.en}")

    return phrase


def _as_said(said: Statement) -> Text:
    on = calendar_date(said.on)
    return both(f"「{said.words}」({on.ja}の回答)", f'"{said.words}", said on {on.en}')


def _date_phrase(attribute: Attribute, catalogue: Catalogue) -> Phrase:
    column = catalogue.index(f"days_until_{attribute.name}")

    def phrase(feature_row: FeatureRow) -> Text:
        days = feature_row.values[column]
        return words.UNKNOWN if math.isnan(days) else _on_a_day(feature_row, days, about=False)

    return phrase


def _on_a_day(feature_row: FeatureRow, days: float, *, about: bool) -> Text:
    off = days_ahead(round(days))
    day = calendar_date(day_ahead(days, feature_row.today))
    if about:
        return both(f"{day.ja}ごろ({off.ja})", f"around {day.en} ({off.en})")
    return both(f"{day.ja}({off.ja})", f"{day.en} ({off.en})")


_BY_KIND: Mapping[str, MakePhrase] = {
    "boolean": _boolean_phrase,
    "category": _level_phrase,
    "date": _date_phrase,
    "email_domain": _domain_phrase,
    "free_text": _free_text_phrase,
    "job_title": _job_title_phrase,
    "purchase_timing": _timing_phrase,
}
"""Every other kind is one number."""
