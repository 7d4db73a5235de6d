"""What a mapping file says: which column of which file is what.

Attribute names are the keys of the YAML file. A value that stands for itself (``stage: won``) and
one that comes from a column (``stage: {column: status, values: {...}}``) are both a `Choice`.
"""

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from features.definition.section import DefinitionSection, Name
from features.importing.mapping.times import check_format

SKIP, REJECT = "skip", "reject"
"""What may be done with a word that the mapping does not list."""


def _known_time_zone(name: str) -> str:
    if name not in available_timezones():
        msg = "must be a time zone of the IANA list, such as Asia/Tokyo or Europe/London"
        raise ValueError(msg)
    return name


def _as_list(value: Any) -> Any:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _as_column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


def _as_constant(value: Any) -> Any:
    return {"constant": value} if isinstance(value, str) else value


def _as_parts(value: Any) -> Any:
    if isinstance(value, dict):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _as_rule(value: Any) -> Any:
    return {"rule": value} if isinstance(value, str) else value


Column = Annotated[str, Field(min_length=1)]
"""Header of a column; ``account.sector`` is a column of the join called account."""

TimeZone = Annotated[str, AfterValidator(_known_time_zone)]

Columns = Annotated[tuple[Column, ...], BeforeValidator(_as_list), Field(min_length=1)]

Values = Annotated[tuple[str, ...], BeforeValidator(_as_list)]

Patterns = Annotated[tuple[str, ...], BeforeValidator(_as_list), Field(min_length=1)]


Formats = Annotated[
    tuple[Annotated[str, AfterValidator(check_format)], ...],
    BeforeValidator(_as_list),
    Field(min_length=1),
]


class TimeColumn(DefinitionSection):
    """A column of times and how they are written."""

    column: Column
    """Header of the column."""
    format: Formats = ("auto",)
    """How times are written: `auto` (year first), `epoch_seconds`, `epoch_milliseconds`, `excel`,
    or directives as in `%d/%m/%Y %H:%M`; a list is tried in order."""
    time_zone: TimeZone | None = None
    """Where a time without an offset was written down."""


Time = Annotated[TimeColumn, BeforeValidator(_as_column)]


class MappedWord(DefinitionSection):
    """A word that is the same for all rows, or comes from a column by way of a list."""

    constant: str | None = None
    """The word itself; `stage: won` is short for it."""
    column: Column | None = None
    """Header of the column that says it."""
    values: dict[str, str] = Field(default_factory=dict)
    """What each value of the column stands for; known words stand for themselves."""
    others: str = REJECT
    """What all other values stand for: `reject`, `skip` (the row says nothing here) or a word."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "MappedWord":
        if (self.constant is None) == (self.column is None):
            msg = "must be one word, or have a column"
            raise ValueError(msg)
        return self


Word = Annotated[MappedWord, BeforeValidator(_as_constant)]


class When(DefinitionSection):
    """A condition on one column; a row that does not meet it is skipped."""

    column: Column
    """Header of the column."""
    is_in: Values | None = None
    """Values that meet the condition."""
    not_in: Values | None = None
    """Values that do not."""
    known: bool | None = None
    """Whether there must be a value, or must be none."""

    @model_validator(mode="after")
    def _one_test(self) -> "When":
        if sum(test is not None for test in (self.is_in, self.not_in, self.known)) != 1:
            msg = "must have one of is_in, not_in and known"
            raise ValueError(msg)
        return self


Conditions = Annotated[tuple[When, ...], BeforeValidator(_as_parts)]
"""Conditions that must all be met; one may stand without a list around it."""


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
    on: Annotated[KeyColumn, BeforeValidator(_as_column)]
    """The key in this file."""
    encoding: str = "auto"
    """Encoding of the other file."""
    sheet: str | None = None
    """Sheet of a workbook; the first if not given."""


class LeadColumns(DefinitionSection):
    """Columns of the lead table; one row a lead."""

    created_at: Time | None = None
    """When the lead came to be. Left out only where the mapping is undated."""
    arrival: Column | None = None
    """A number that grows in the order in which leads came, where there are no dates."""
    hubspot_id: Column | None = None
    """The record's number in HubSpot."""
    salesforce_id: Column | None = None
    """The record's number in Salesforce."""


class PersonColumns(DefinitionSection):
    """Who the lead is: kept apart, for display only, and masked in the file of rejects."""

    name: Columns | None = None
    """The name; several columns are joined in the order given."""
    email: Column | None = None
    """E-mail address."""
    phone: Column | None = None
    """Telephone number."""
    company: Column | None = None
    """Name of the company."""


class KnownAt(DefinitionSection):
    """When a fact became known."""

    rule: Literal["created", "unknown"] | None = None
    """`created` if the form that made the lead asked for it, `unknown` if nobody recorded it;
    `known_at: created` is short for it."""
    column: Column | None = None
    """Header of a column that says it."""
    format: Formats = ("auto",)
    """How its times are written."""
    time_zone: TimeZone | None = None
    """Where a time without an offset was written down."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "KnownAt":
        if (self.rule is None) == (self.column is None):
            msg = "must be created, unknown, or have a column"
            raise ValueError(msg)
        return self

    @property
    def time(self) -> TimeColumn | None:
        """The column, where one says it."""
        if self.column is None:
            return None
        return TimeColumn(column=self.column, format=self.format, time_zone=self.time_zone)


class FactColumns(DefinitionSection):
    """Something known about the lead."""

    attribute: Word
    """The attribute, of the lead definition; from a column where each row is one change."""
    column: Column
    """Header of the column with the value."""
    known_at: Annotated[KnownAt, BeforeValidator(_as_rule)]
    """When it became known: `created`, `unknown` or a column."""
    values: dict[str, str] = Field(default_factory=dict)
    """Values to be written differently."""
    format: Formats = ("auto",)
    """How dates are written, for an attribute that is a date."""
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


class OutcomeColumns(DefinitionSection):
    """A stage the lead reached, or what sales said about it."""

    stage: Word
    """accepted, returned, opportunity, won or lost."""
    occurred_at: Time | None = None
    """When. With a stage that is one word, a blank cell means that it was not reached."""
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
    when: Conditions = ()
    """Only rows that meet this."""


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
    """Pattern of file names, or a list of them; the first entry that fits a file reads it."""
    encoding: str = "auto"
    """`auto` (found by inspection), utf-8, cp932, utf-16 or any that Python knows."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    """Between columns; found in the header if not given."""
    sheet: str | None = None
    """Sheet of a workbook; the first if not given."""
    time_zone: TimeZone | None = None
    """Time zone of this file's times without an offset."""
    blank: tuple[str, ...] = ()
    """Values that mean nothing, besides those of the whole mapping."""
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
    files: Annotated[tuple[FileEntry, ...], Field(min_length=1)]
    """The files."""

    def zone(self, entry: FileEntry, time: TimeColumn) -> ZoneInfo | None:
        """Time zone of a column's times without an offset."""
        name = time.time_zone or entry.time_zone or self.time_zone
        return None if name is None else ZoneInfo(name)
