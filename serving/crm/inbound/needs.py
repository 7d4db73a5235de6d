"""What a mapping asks of a CRM: the fields of each object, and those whose history it reads."""

from collections.abc import Iterator
from fnmatch import fnmatch

from features.core.errors import LeadDataError
from features.crms import CRMS
from features.definition.section import DefinitionSection
from features.importing.mapping.column_types import MappedWord, When
from features.importing.mapping.mapping import FileEntry, Mapping
from features.importing.mapping.mapping_columns import missing_columns
from serving.crm.inbound.companies import PREFIX
from serving.crm.inbound.records import CHANGES

OWN_COLUMNS = ("lead", "id", "part", "field", "value", "at", "by")
"""Columns the engine itself adds to a table; all others are fields of the CRM."""


def entries_of(mapping: Mapping, sheet: str) -> tuple[FileEntry, ...]:
    """The entries that read a table, in their order."""
    return tuple(e for e in mapping.files if any(fnmatch(sheet, pattern) for pattern in e.match))


def fields_of(mapping: Mapping, sheet: str) -> tuple[str, ...]:
    """Fields of an object that the mapping reads, in the order in which it names them."""
    named = (name for entry in entries_of(mapping, sheet) for name in missing_columns(entry, ()))
    return tuple(dict.fromkeys(name for name in named if name not in OWN_COLUMNS))


def history_fields(mapping: Mapping) -> tuple[str, ...]:
    """Fields of leads whose history the mapping reads: the values it lists of column ``field``."""
    entries = entries_of(mapping, CHANGES)
    return tuple(dict.fromkeys(name for entry in entries for name in _named(entry)))


def standing_attributes(mapping: Mapping, sheet: str) -> frozenset[str]:
    """Attributes that the mapping reads off an object as it stands, without a history."""
    entries = entries_of(mapping, sheet)
    named = [part.attribute for entry in entries for part in entry.facts]
    return frozenset(
        word for name in named for word in (name.constant, *name.values.values()) if word
    )


def company_attributes(mapping: Mapping) -> frozenset[str]:
    """Attributes that the mapping fills with fields of leads' companies."""
    return frozenset(
        word
        for entry in entries_of(mapping, CHANGES)
        for part in entry.facts
        for name, word in part.attribute.values.items()
        if word and name.startswith(PREFIX)
    )


def admits(mapping: Mapping, sheet: str, *, column: str, value: str | None) -> bool:
    """Whether a mapping reads rows of an object that have a value in a column.

    Parameters
    ----------
    mapping : Mapping
    sheet : str
        The CRM's object, such as ``deals``.
    column : str
        Column that conditions may be about, such as ``pipeline``.
    value : str or None
    """
    return any(
        all(_meets(when, column, value) for when in entry.when)
        and any(all(_meets(w, column, value) for w in part.when) for part in entry.outcomes)
        for entry in entries_of(mapping, sheet)
    )


def check_fields(vendor: str, lacking: dict[str, tuple[str, ...]], mapping: Mapping) -> None:
    """Refuse a mapping that reads fields which are not there, unless it says to go on.

    Parameters
    ----------
    vendor : str
        As in ``hubspot``.
    lacking : dict
        The fields, by object.
    mapping : Mapping

    Raises
    ------
    LeadDataError
        If there are any, and the mapping does not say to go on without them.
    """
    if lacking and mapping.missing_fields == "stop":
        names = ", ".join(f"{kind}.{name}" for kind, found in lacking.items() for name in found)
        msg = (
            f"the mapping reads fields that {CRMS[vendor]} has and shows us; got {names}, deleted, "
            f"renamed or hidden. Show them, correct crm_{vendor}.yaml, or write "
            "`missing_fields: skip` into it to go on without them."
        )
        raise LeadDataError(msg)


def _meets(when: When, column: str, value: str | None) -> bool:
    if when.column != column:
        return True
    if when.known is not None:
        return (value is not None) == when.known
    if when.is_in is not None:
        return value in when.is_in
    return value not in (when.not_in or ())


def _named(part: DefinitionSection) -> Iterator[str]:
    if isinstance(part, MappedWord) and part.column == "field":
        yield from part.values
    if isinstance(part, When) and part.column == "field":
        yield from part.is_in or ()
    for key in type(part).model_fields:
        value = getattr(part, key)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, DefinitionSection):
                yield from _named(item)
