"""Features of what is known about a lead: one attribute's value, as known at ``as_of``.

Each kind of attribute has one function here that turns its text into columns. A text is parsed once
per distinct value (and day, where the meaning depends on it), then gathered.
"""

from collections.abc import Callable, Iterator
from datetime import date
from enum import StrEnum
from functools import lru_cache

import numpy as np

from features.core.clock import DAY, start_of_day
from features.core.errors import DefinitionError
from features.core.parsing import (
    DEPARTMENT_LABELS,
    Department,
    is_disposable,
    is_free_mail,
    read_company_size,
    read_domain,
    read_job_title,
    read_money,
    read_purchase_timing,
)
from features.core.text import Text
from features.definition.attributes import Attribute
from features.definition.lead_definition import LeadDefinition
from features.families.category_levels import OTHER, OTHER_LABEL, Levels, fold_spelling
from features.feature import Axis, Feature
from features.lookback.protocol import Column, Lookback, one_or_zero
from features.timeline.facts import TextReading

Compute = Callable[[Lookback], Column]

YES_NO = "yes_no"
DAYS = "days"
LEVEL = "level"


class Known(StrEnum):
    """How a column tells that an attribute is known."""

    NOT_MISSING = "not_missing"
    EQUALS_ONE = "equals_one"


def information_features(definition: LeadDefinition, levels: Levels) -> Iterator[Feature]:
    """Features of every attribute that may be judged."""
    for attribute in definition.feature_attributes:
        match attribute.kind:
            case "category":
                yield _category(attribute, levels[attribute.name])
            case "job_title":
                yield from _job_title(attribute)
            case "purchase_timing":
                yield from _purchase_timing(attribute, definition)
            case "date":
                yield _date(attribute, definition)
            case "free_text":
                yield _free_text(attribute)
            case _:
                yield _number(attribute)


def known_column(attribute: Attribute) -> tuple[str, Known]:
    """Which column tells that an attribute is known, and how.

    A purchase timing counts as known when it was stated: "undecided" is an answer, not a timing.

    Raises
    ------
    DefinitionError
        If the attribute is an identifier, which has no column.
    """
    name = attribute.name
    match attribute.kind:
        case "identifier":
            msg = f"identifiers are never scored; got {name!r}. Ask about another attribute."
            raise DefinitionError(msg)
        case "free_text" | "purchase_timing":
            return f"{name}_known", Known.EQUALS_ONE
        case "job_title":
            return f"{name}_seniority", Known.NOT_MISSING
        case "email_domain":
            return f"{name}_is_free_mail", Known.NOT_MISSING
        case "date":
            return f"days_until_{name}", Known.NOT_MISSING
        case _:
            return name, Known.NOT_MISSING


def is_informative(lookback: Lookback, attribute: Attribute) -> Column:
    """Where the lead's answer to an attribute was known: 1 for yes, 0 for no."""
    if attribute.kind == "purchase_timing":
        return one_or_zero(lookback.dated_value(attribute.name, _timing_stated) == 1.0)
    return one_or_zero(lookback.is_known(attribute.name))


def _feature(
    attribute: Attribute, name: str, label: Text, *, unit: str, compute: Compute
) -> Feature:
    return Feature(
        name=name,
        concept=attribute.name,
        axis=Axis(attribute.axis),
        label=label,
        unit=unit,
        compute=compute,
    )


def _number(attribute: Attribute) -> Feature:
    """Kinds that are one number: number, boolean, money, company size, e-mail domain."""
    name, _ = known_column(attribute)
    reading, unit = _number_reading(attribute)
    label = attribute.label
    if attribute.kind == "email_domain":
        label = Text(ja=f"{label.ja}がフリーメール", en=f"{label.en} is free mail")
    return _feature(
        attribute,
        name,
        label,
        unit=unit,
        compute=lambda lookback: lookback.value(attribute.name, reading),
    )


def _number_reading(attribute: Attribute) -> tuple[TextReading, str]:
    unit = attribute.unit or attribute.kind
    match attribute.kind:
        case "boolean":
            return _boolean, YES_NO
        case "money":
            return _money(unit), unit
        case "company_size":
            return _size, unit
        case "email_domain":
            return _no_company_domain, YES_NO
        case _:
            return _plain_number, unit


def _category(attribute: Attribute, levels: tuple[str, ...]) -> Feature:
    code = _level_codes(levels, keep_case=attribute.keep_case)
    labels = [Text(ja=level, en=level) for level in levels if level != OTHER]
    return Feature(
        name=attribute.name,
        concept=attribute.name,
        axis=Axis(attribute.axis),
        label=attribute.label,
        unit=LEVEL,
        compute=lambda lookback: lookback.value(attribute.name, code),
        levels=levels,
        level_labels=(*labels, OTHER_LABEL),
        is_category=True,
    )


def _level_codes(levels: tuple[str, ...], *, keep_case: bool) -> TextReading:
    """Each level by its own spelling first: levels of older releases may differ in nothing else."""
    codes = {level: float(place) for place, level in enumerate(levels)}
    folded = {fold_spelling(level, keep_case=keep_case): codes[level] for level in reversed(levels)}
    other = float(len(levels) - 1)

    def read(text: str) -> float:
        exact = codes.get(text)
        if exact is not None:
            return exact
        return folded.get(fold_spelling(text, keep_case=keep_case), other)

    return read


def _job_title(attribute: Attribute) -> Iterator[Feature]:
    label = attribute.label
    yield _feature(
        attribute,
        f"{attribute.name}_seniority",
        Text(ja=f"{label.ja}(役職の高さ)", en=f"{label.en}: seniority"),
        unit="seniority",
        compute=lambda lookback: lookback.value(attribute.name, _seniority),
    )
    yield Feature(
        name=f"{attribute.name}_department",
        concept=attribute.name,
        axis=Axis(attribute.axis),
        label=Text(ja=f"{label.ja}(部門)", en=f"{label.en}: department"),
        unit=LEVEL,
        compute=lambda lookback: lookback.value(attribute.name, _department),
        levels=tuple(department.value for department in Department),
        level_labels=tuple(DEPARTMENT_LABELS[department] for department in Department),
        is_category=True,
    )


def _purchase_timing(attribute: Attribute, definition: LeadDefinition) -> Iterator[Feature]:
    label, name = attribute.label, attribute.name

    def expected_at(text: str, written_on: date) -> float:
        expected = _timing(text, written_on).expected_on
        return np.nan if expected is None else start_of_day(expected, definition.zone)

    def days(lookback: Lookback) -> Column:
        return (lookback.dated_value(name, expected_at) - lookback.as_of) / DAY

    yield _feature(
        attribute,
        f"{name}_days",
        Text(ja=f"{label.ja}までの日数", en=f"Days until: {label.en}"),
        unit=DAYS,
        compute=days,
    )
    yield _feature(
        attribute,
        f"{name}_known",
        Text(ja=f"{label.ja}が明確", en=f"{label.en} is stated"),
        unit=YES_NO,
        compute=lambda lookback: is_informative(lookback, attribute),
    )


def _date(attribute: Attribute, definition: LeadDefinition) -> Feature:
    def begins_at(text: str) -> float:
        try:
            return start_of_day(date.fromisoformat(text[:10]), definition.zone)
        except ValueError:
            return np.nan

    def days_until(lookback: Lookback) -> Column:
        return (lookback.value(attribute.name, begins_at) - lookback.as_of) / DAY

    label = attribute.label
    return _feature(
        attribute,
        f"days_until_{attribute.name}",
        Text(ja=f"{label.ja}までの日数", en=f"Days until: {label.en}"),
        unit=DAYS,
        compute=days_until,
    )


def _free_text(attribute: Attribute) -> Feature:
    label = attribute.label
    return _feature(
        attribute,
        f"{attribute.name}_known",
        Text(ja=f"{label.ja}がわかっている", en=f"{label.en} is known"),
        unit=YES_NO,
        compute=lambda lookback: is_informative(lookback, attribute),
    )


# Readings are module functions or made once per feature, so that facts can remember what they read.


def _plain_number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return np.nan
    return number if np.isfinite(number) else np.nan


def _boolean(text: str) -> float:
    return {"true": 1.0, "false": 0.0}.get(text.lower(), np.nan)


def _or_nan(number: float | None) -> float:
    return np.nan if number is None else float(number)


def _money(currency: str) -> TextReading:
    return lru_cache(maxsize=1 << 16)(lambda text: _or_nan(read_money(text, currency)))


@lru_cache(maxsize=1 << 16)
def _size(text: str) -> float:
    return _or_nan(read_company_size(text))


def _no_company_domain(text: str) -> float:
    domain = read_domain(text)
    return np.nan if domain is None else _belongs_to_no_company(domain)


@lru_cache(maxsize=1 << 16)  # every address is another, but not what follows its @
def _belongs_to_no_company(domain: str) -> float:
    return float(bool(is_free_mail(domain) or is_disposable(domain)))


# Two columns read each title and each timing, and a lead is read anew at every request.
_title = lru_cache(maxsize=1 << 16)(read_job_title)
_timing = lru_cache(maxsize=1 << 16)(read_purchase_timing)


def _seniority(text: str) -> float:
    return _or_nan(_title(text).seniority)


_DEPARTMENT_CODES = {department: float(code) for code, department in enumerate(Department)}


def _department(text: str) -> float:
    department = _title(text).department
    return np.nan if department is None else _DEPARTMENT_CODES[department]


def _timing_stated(text: str, written_on: date) -> float:
    return float(_timing(text, written_on).stated)
