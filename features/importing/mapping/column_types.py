"""How a mapping names columns: of text, of times, of words, and conditions on them.

A value that stands for itself (``stage: won``) and one that comes from a column (``stage: {column:
status, values: {...}}``) are both a `MappedWord`.
"""

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, model_validator

from features.core.clock import time_zones
from features.definition.section import DefinitionSection
from features.importing.mapping.times import check_format

SKIP, REJECT = "skip", "reject"
"""What may be done with a word that the mapping does not list."""

UNKNOWN = "unknown"
"""Stands for a time that nobody recorded."""


def _known_time_zone(name: str) -> str:
    if name not in time_zones():
        msg = "must be a time zone of the IANA list, such as Asia/Tokyo or Europe/London"
        raise ValueError(msg)
    return name


def _as_list(value: Any) -> Any:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def as_column(value: Any) -> Any:
    """Read a header, or a list of them, as a part with the key ``column``."""
    return {"column": value} if isinstance(value, str | list) else value


def _as_constant(value: Any) -> Any:
    return {"constant": value} if isinstance(value, str) else value


def as_day(value: Any) -> Any:
    """Read a day as a part with the key ``day``."""
    return {"day": value} if isinstance(value, str) else value


def as_time_or_rule(value: Any) -> Any:
    """Read ``unknown`` as a rule and any other word as the header of a column."""
    if value == UNKNOWN:
        return {"rule": value}
    return as_column(value) if isinstance(value, str) else value


def _as_parts(value: Any) -> Any:
    if isinstance(value, dict):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _as_day(value: Any) -> Any:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def as_rule(value: Any) -> Any:
    """Read a word as a part with the key ``rule``."""
    return {"rule": value} if isinstance(value, str) else value


Column = Annotated[str, Field(min_length=1)]
"""Header of a column; ``account.sector`` is a column of the join called account."""

TimeZone = Annotated[str, AfterValidator(_known_time_zone)]

Day = Annotated[date, BeforeValidator(_as_day, json_schema_input_type=date)]
"""A day, written as 2026-04-01."""

OneOrMore = Annotated[str, Field(min_length=1)] | Annotated[tuple[str, ...], Field(min_length=1)]
"""What the short form of a list looks like: one word without brackets around it."""

_AS_LIST = BeforeValidator(_as_list, json_schema_input_type=OneOrMore)

Columns = Annotated[Annotated[tuple[Column, ...], Field(min_length=1)], _AS_LIST]

Values = Annotated[tuple[str, ...], _AS_LIST]

Patterns = Annotated[Annotated[tuple[str, ...], Field(min_length=1)], _AS_LIST]


Formats = Annotated[
    Annotated[tuple[Annotated[str, AfterValidator(check_format)], ...], Field(min_length=1)],
    _AS_LIST,
]


class TimeColumn(DefinitionSection):
    """A column of times and how they are written."""

    column: Column
    """Header of the column."""
    format: Formats = ("auto",)
    """How times are written: `auto` (year first), `epoch_seconds`, `epoch_milliseconds`,
    `epoch_microseconds`, `excel`, or directives as in `%d/%m/%Y %H:%M`; a list is tried in
    order."""
    time_zone: TimeZone | None = None
    """Where a time without an offset was written down."""


Time = Annotated[TimeColumn, BeforeValidator(as_column, json_schema_input_type=str | TimeColumn)]


class MappedWord(DefinitionSection):
    """A word that is the same for all rows, or comes from a column by way of a list."""

    constant: str | None = None
    """The word itself; `stage: won` is short for it."""
    column: Column | None = None
    """Header of the column that says it."""
    values: dict[str, str] = Field(default_factory=dict)
    """What each value of the column stands for; known words stand for themselves. A blank cell
    says nothing (a blank status is open) unless it is listed, as `""`."""
    others: str = REJECT
    """What all other words stand for: `reject`, `skip` (the row says nothing here) or a word."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "MappedWord":
        if (self.constant is None) == (self.column is None):
            msg = "must be one word, or have a column"
            raise ValueError(msg)
        return self


Word = Annotated[MappedWord, BeforeValidator(_as_constant, json_schema_input_type=str | MappedWord)]


class When(DefinitionSection):
    """A condition on one column; a row that does not meet it is skipped."""

    column: Column
    """Header of the column."""
    is_in: Annotated[Values | None, Field(validation_alias=AliasChoices("is_one_of", "is_in"))] = (
        None
    )
    """Values that meet the condition."""
    not_in: Values | None = None
    """Values that do not."""
    known: bool | None = None
    """Whether there must be a value, or must be none."""

    @model_validator(mode="after")
    def _one_test(self) -> "When":
        if sum(test is not None for test in (self.is_in, self.not_in, self.known)) != 1:
            msg = "must have one of is_one_of, not_in and known"
            raise ValueError(msg)
        return self


Conditions = Annotated[
    tuple[When, ...],
    BeforeValidator(_as_parts, json_schema_input_type=When | tuple[When, ...]),
]
"""Conditions that must all be met; one may stand without a list around it."""
