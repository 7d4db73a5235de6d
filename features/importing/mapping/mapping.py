"""What a mapping file says: which column of which file is what.

Attribute names are the keys of the YAML file.
"""

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, create_model, model_validator

from features.core.parsing.notation import Decimal
from features.crms import CRMS
from features.definition.section import DefinitionSection, Name
from features.importing.mapping.column_types import (
    Column,
    Columns,
    Conditions,
    Day,
    Formats,
    MappedWord,
    OneOrMore,
    Patterns,
    Time,
    TimeColumn,
    TimeZone,
    Word,
    as_column,
    as_day,
    as_rule,
    as_time_or_rule,
)
from features.importing.mapping.times import check_format
from features.store.schema.columns import STAGES


class KeyColumn(DefinitionSection):
    """The column by which rows of another file are looked up."""

    column: Column
    """Header of the column in this file."""
    values: dict[str, str] = Field(default_factory=dict)
    """Values that are written differently in the other file."""


class Join(DefinitionSection):
    """Another file whose columns are added by a key."""

    file: str
    """Pattern of the other file's name."""
    as_: Name = Field(alias="as")
    """What its columns are called by: with `account`, as in `account.sector`."""
    key: Column
    """Header of the key in the other file."""
    repeated: Literal["refuse", "ignore"] = "refuse"
    """A key that stands twice: `refuse` the file, or `ignore` it as if it were not there."""
    on: Annotated[KeyColumn, BeforeValidator(as_column, json_schema_input_type=str | KeyColumn)]
    """The key in this file."""
    encoding: str = "auto"
    """Encoding of the other file."""
    sheet: str | None = None
    """Sheet of a workbook; if not given, the only one shown that holds a table."""


class CreationTime(DefinitionSection):
    """When leads came to be: by a column, by the earliest of several, or on a set day."""

    column: Columns | None = None
    """Header of the column; of several, the earliest time that is given counts."""
    take: Literal["each", "first"] = "each"
    """`each` where a lead has one row; `first` where it has many, as in a log of events: the
    earliest time of all its rows counts, in these files and in what is stored."""
    day: Day | None = None
    """A set day for all leads of the file, where nobody recorded one."""
    format: Formats = ("auto",)
    """How times are written."""
    time_zone: TimeZone | None = None
    """Where a time without an offset was written down."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "CreationTime":
        if (self.column is None) == (self.day is None):
            msg = "must have a column, or a set day"
            raise ValueError(msg)
        return self

    @property
    def times(self) -> tuple[TimeColumn, ...]:
        """The columns that say it."""
        return tuple(
            TimeColumn(column=column, format=self.format, time_zone=self.time_zone)
            for column in self.column or ()
        )


if TYPE_CHECKING:
    _CrmIds = DefinitionSection
else:
    _CrmIds = create_model(
        "_CrmIds",
        __base__=DefinitionSection,
        **{
            f"{vendor}_id": (
                Column | None,
                Field(default=None, description=f"The record's number in {title}."),
            )
            for vendor, title in CRMS.items()
        },
    )


class LeadColumns(_CrmIds):
    """Columns of the lead table; one row a lead, or `take: first` where there are more."""

    created_at: (
        Annotated[
            CreationTime,
            BeforeValidator(as_column, json_schema_input_type=OneOrMore | CreationTime),
        ]
        | None
    ) = None
    """When the lead came to be. Left out only where the mapping is undated."""
    arrival: Column | None = None
    """A number that grows in the order in which leads came, where there are no dates."""
    merged_into: Column | None = None
    """The key of the lead that a record was merged into: all that is said of it is said of that
    lead, here, in the other files and in what is stored."""

    @property
    def external_ids(self) -> dict[str, str]:
        """Header of the record's number, by the CRM that gives it."""
        given = {vendor: getattr(self, f"{vendor}_id") for vendor in CRMS}
        return {vendor: column for vendor, column in given.items() if column is not None}


class PersonColumns(DefinitionSection):
    """Who the lead is: kept apart, for display only, and masked in the file of rejects."""

    name: Columns | None = None
    """The name; several columns are joined in the order given."""
    name_kana: Columns | None = None
    """How the name is read, by which people are found too; several columns are joined."""
    email: Column | None = None
    """E-mail address."""
    phone: Column | None = None
    """Telephone number."""
    company: Column | None = None
    """Name of the company."""

    @property
    def headers(self) -> dict[str, tuple[str, ...]]:
        """Headers of the columns that are given, by what of the person they hold."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            name: (value,) if isinstance(value, str) else value
            for name, value in given.items()
            if value is not None
        }


class _TimeOrRule(DefinitionSection):
    """A column of times, or a word in its place."""

    column: Column | None = None
    """Header of a column that says it."""
    format: Formats = ("auto",)
    """How its times are written."""
    time_zone: TimeZone | None = None
    """Where a time without an offset was written down."""

    @property
    def time(self) -> TimeColumn | None:
        """The column, where one says it."""
        if self.column is None:
            return None
        return TimeColumn(column=self.column, format=self.format, time_zone=self.time_zone)


class KnownAt(_TimeOrRule):
    """When a fact became known."""

    rule: Literal["created", "unknown"] | None = None
    """`created` if the form that made the lead asked for it, `unknown` if nobody recorded it;
    `known_at: created` is short for it."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "KnownAt":
        if (self.rule is None) == (self.column is None):
            msg = "must be created, unknown, or have a column"
            raise ValueError(msg)
        return self


class FactColumns(DefinitionSection):
    """Something known about the lead."""

    attribute: Word
    """The attribute, of the lead definition; from a column where each row is one change."""
    column: Column
    """Header of the column with the value."""
    known_at: Annotated[
        KnownAt,
        BeforeValidator(as_rule, json_schema_input_type=Literal["created", "unknown"] | KnownAt),
    ]
    """When it became known: `created`, `unknown` or a column."""
    old: Column | None = None
    """Header of the value before the change, in a history: what it says of a lead's first change
    held from its creation on."""
    values: dict[str, str] = Field(default_factory=dict)
    """Values to be written differently."""
    format: Formats = ("auto",)
    """How dates are written, for an attribute that is a date."""
    decimal: Decimal | None = None
    """The sign before a fraction, `"."` or `","`, where the values of the column do not tell it."""
    when: Conditions = ()
    """Only rows that meet this."""


class EventColumns(DefinitionSection):
    """Something the lead, or sales, did."""

    behaviour: Word
    """The behaviour, of the lead definition."""
    occurred_at: Time | None = None
    """When. With a behaviour that is one word, a blank cell means that it did not happen."""
    known_at: Time | None = None
    """When it reached the CRM, if later."""
    event_id: Columns | None = None
    """What tells events apart; if not given: lead, behaviour, second and a counter."""
    amount: Column | None = None
    """A number that comes with it, such as minutes."""
    actor: Word | None = None
    """Who did it, `lead` or `sales`; if not given, what the lead definition says."""
    when: Conditions = ()
    """Only rows that meet this."""


class OutcomeTime(_TimeOrRule):
    """When an outcome came, or that nobody recorded it."""

    rule: Literal["unknown"] | None = None
    """`unknown` where a file only says what stands now; `occurred_at: unknown` is short for it."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "OutcomeTime":
        if (self.rule is None) == (self.column is None):
            msg = "must be unknown, or have a column"
            raise ValueError(msg)
        return self


class ObservedAt(DefinitionSection):
    """The day on which a file says what stands: that of its export."""

    day: Day | None = None
    """The day; `observed_at: 2026-03-31` is short for it."""
    in_name: Annotated[str, AfterValidator(check_format)] | None = None
    """How the file's name holds the day, as in `%Y-%m-%d` or `%Y%m` (the month's last day)."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "ObservedAt":
        if (self.day is None) == (self.in_name is None):
            msg = "must have a day, or in_name"
            raise ValueError(msg)
        if self.in_name is not None and not {"%Y", "%m"} <= set(re.findall("%.", self.in_name)):
            msg = "must hold the year as %Y and the month as %m"
            raise ValueError(msg)
        return self


class OutcomeColumns(DefinitionSection):
    """A stage the lead reached, or what sales said about it."""

    stage: Word
    """accepted, returned, opportunity, won or lost."""
    occurred_at: (
        Annotated[
            OutcomeTime,
            BeforeValidator(as_time_or_rule, json_schema_input_type=str | OutcomeTime),
        ]
        | None
    ) = None
    """When. With a stage that is one word, a blank cell means that it was not reached. `unknown`
    where the file only says what stands on the day it is `observed_at`."""
    known_at: Time | None = None
    """When it was entered, if later."""
    reason: Column | None = None
    """Why, from the lists of the lead definition."""
    comment: Column | None = None
    """What sales wrote."""
    easy_to_act_on: Column | None = None
    """Whether sales found the lead easy to act on."""
    by: Column | None = None
    """Who said so."""
    value: Column | None = None
    """What it is worth."""
    deal: Column | None = None
    """The deal's key, where the file says of each deal what stands now: what it said earlier of
    these stages, and no longer says, is taken back."""
    when: Conditions = ()
    """Only rows that meet this."""

    @property
    def stages(self) -> tuple[str, ...]:
        """Stages that this part may speak of."""
        return STAGES if self.stage.constant is None else (self.stage.constant,)


class HandOverColumns(DefinitionSection):
    """A lead passed to sales."""

    handed_over_at: Time | None = None
    """When; a blank cell means never."""
    qualification: Word = MappedWord(constant="MQL")
    """MQL or SQL."""
    by: Word = MappedWord(constant="rulebook")
    """rulebook, model, exploration or person."""
    cycle: Column | None = None
    """Which hand-over of the lead it is, from 1; if not given, counted by time."""
    propensity: Column | None = None
    """With which probability it was to be handed over, where chance had a part."""
    definition_version: Column | None = None
    """Version of the lead definition that decided."""
    release_id: Column | None = None
    """Release that decided."""
    when: Conditions = ()
    """Only rows that meet this."""


class FileEntry(DefinitionSection):
    """Files of one kind, by their names, and what their columns are."""

    match: Patterns
    """Pattern of file names, or a list of them; every entry that fits a file reads it."""
    encoding: str = "auto"
    """`auto` (found by inspection), utf-8, cp932, cp1252, utf-16 or any that Python knows."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    """Between columns; found in the header if not given."""
    sheet: str | None = None
    """Sheet of a workbook; if not given, the only one shown that holds a table."""
    time_zone: TimeZone | None = None
    """Time zone of this file's times without an offset."""
    observed_at: (
        Annotated[ObservedAt, BeforeValidator(as_day, json_schema_input_type=date | ObservedAt)]
        | None
    ) = None
    """The day of the export, where outcomes have no date of their own. Several exports of one
    table are compared: a stage that an earlier one did not have came by the day of the later."""
    blank: tuple[str, ...] = ()
    """Values that mean nothing, besides those of the whole mapping."""
    decimal: Decimal | None = None
    """The sign before a fraction, `"."` or `","`, in all numbers of the file."""
    when: Conditions = ()
    """Only rows that meet this."""
    joins: tuple[Join, ...] = ()
    """Files whose columns are added by a key."""
    lead_id: Column
    """Header of the lead's key."""
    lead: LeadColumns | None = None
    """Columns of the lead table."""
    person: PersonColumns | None = None
    """Who the lead is."""
    facts: tuple[FactColumns, ...] = ()
    """What is known about it."""
    events: tuple[EventColumns, ...] = ()
    """What it did."""
    outcomes: tuple[OutcomeColumns, ...] = ()
    """What became of it."""
    hand_overs: tuple[HandOverColumns, ...] = ()
    """When it was passed to sales."""


class Mapping(DefinitionSection):
    """Which column of which file is what."""

    format: Literal[1]
    """Format of this file."""
    time_zone: TimeZone | None = None
    """Time zone of times without an offset; if not given, such a time is rejected."""
    undated: bool = False
    """Whether the data set has no dates at all."""
    blank: tuple[str, ...] = ()
    """Values that mean nothing, besides an empty cell."""
    decimal: Decimal | None = None
    """The sign before a fraction, `"."` or `","`, in all numbers of all files."""
    missing_fields: Literal["stop", "skip"] = "stop"
    """Of a CRM: whether a pull stops where a field that is read here is not there any more, or goes
    on without it; either way it is named."""
    files: Annotated[tuple[FileEntry, ...], Field(min_length=1)]
    """The files."""

    def zone(self, entry: FileEntry, time: TimeColumn | CreationTime) -> ZoneInfo | None:
        """Time zone of a column's times without an offset."""
        name = time.time_zone or entry.time_zone or self.time_zone
        return None if name is None else ZoneInfo(name)
