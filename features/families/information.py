"""Features of what is known about a lead: one attribute's value, as known at ``as_of``.

Which columns an attribute has, its kind declares (:mod:`features.definition.kinds`). A text is
parsed once per distinct value (and day, where the meaning depends on it), then gathered.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from features.core.clock import DAY
from features.core.errors import DefinitionError
from features.core.parsing.plain import fold_spelling
from features.core.text import Text
from features.definition.attributes import Attribute
from features.definition.kinds import KINDS, KindColumn, Known
from features.definition.kinds.kind import LEVEL, Reading
from features.definition.lead_definition import LeadDefinition
from features.families.category_levels import OTHER, OTHER_LABEL, Levels
from features.feature import Axis, Feature
from features.lookback.protocol import Column, Lookback, one_or_zero

Compute = Callable[[Lookback], Column]

MOST_READINGS = 1024
"""Ways to read a text that are remembered: some hundred columns of some releases."""


def information_features(definition: LeadDefinition, levels: Levels) -> Iterator[Feature]:
    """Features of every attribute that may be judged."""
    for attribute in definition.feature_attributes:
        for column in KINDS[attribute.kind].columns:
            if column.unit == LEVEL and column.reading is None:
                yield _learned_category(attribute, levels[attribute.name])
            else:
                compute = _compute(attribute, column, definition.zone)
                yield _feature(attribute, column, compute=compute)


def known_column(attribute: Attribute) -> tuple[str, Known]:
    """Which column tells that an attribute is known, and how.

    Raises
    ------
    DefinitionError
        If the attribute is an identifier, which has no column.
    """
    kind = KINDS[attribute.kind]
    if not kind.columns:
        msg = f"identifiers are never scored; got {attribute.name!r}. Ask about another attribute."
        raise DefinitionError(msg)
    pattern, how = kind.known
    return pattern.format(attribute.name), how


def is_informative(lookback: Lookback, attribute: Attribute) -> Column:
    """Where the lead's answer to an attribute was known: 1 for yes, 0 for no."""
    stated = KINDS[attribute.kind].stated
    if stated is not None:
        return one_or_zero(lookback.dated_value(attribute.name, stated) == 1.0)
    return one_or_zero(lookback.is_known(attribute.name))


def _feature(attribute: Attribute, column: KindColumn, *, compute: Compute) -> Feature:
    ja, en = column.label.ja, column.label.en
    return Feature(
        name=column.name.format(attribute.name),
        concept=attribute.name,
        axis=Axis(attribute.axis),
        label=Text(ja=ja.format(attribute.label.ja), en=en.format(attribute.label.en)),
        unit=_unit(attribute, column),
        compute=compute,
        levels=column.levels,
        level_labels=column.level_labels,
        is_category=column.unit == LEVEL,
    )


def _unit(attribute: Attribute, column: KindColumn) -> str:
    return column.unit or attribute.unit or attribute.kind


def _compute(attribute: Attribute, column: KindColumn, zone: ZoneInfo) -> Compute:
    name = attribute.name
    if column.reading is None:
        return lambda lookback: is_informative(lookback, attribute)
    reading = _reading(column.reading, _unit(attribute, column), zone)

    def value(lookback: Lookback) -> Column:
        read = lookback.dated_value if column.is_dated else lookback.value
        return read(name, reading)

    if column.is_instant:
        return lambda lookback: (value(lookback) - lookback.as_of) / DAY
    return value


# Remembered, so that a catalogue built anew reads facts by the same objects: what was read of all
# facts is kept by them.
@lru_cache(MOST_READINGS)
def _reading(make: Callable[[str, ZoneInfo], Any], unit: str, zone: ZoneInfo) -> Any:
    return make(unit, zone)


def _learned_category(attribute: Attribute, levels: tuple[str, ...]) -> Feature:
    labels = [attribute.called(level) for level in levels if level != OTHER]
    code = _level_codes(levels, keep_case=attribute.keep_case)
    column = KindColumn(unit=LEVEL, levels=levels, level_labels=(*labels, OTHER_LABEL))
    return _feature(
        attribute, column, compute=lambda lookback: lookback.value(attribute.name, code)
    )


@lru_cache(MOST_READINGS)  # as _reading is
def _level_codes(levels: tuple[str, ...], *, keep_case: bool) -> Reading:
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
