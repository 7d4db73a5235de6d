"""What a mapping asks of a CRM: the fields of each object, and those whose history it reads."""

from collections.abc import Iterator
from fnmatch import fnmatch

from features.definition.section import DefinitionSection
from features.importing.mapping.mapping import FileEntry, MappedWord, Mapping, When
from features.importing.mapping.mapping_columns import missing_columns
from serving.crm.inbound.records import CHANGES

OWN_COLUMNS = ("lead", "id", "part", "field", "value", "at", "by")
"""Columns the engine itself gives to a sheet; all others are fields of the CRM."""


def entry_of(mapping: Mapping, sheet: str) -> FileEntry | None:
    """The entry that reads a sheet; None if the mapping has no use for it."""
    fits = (e for e in mapping.files if any(fnmatch(sheet, pattern) for pattern in e.match))
    return next(fits, None)


def fields_of(mapping: Mapping, sheet: str) -> tuple[str, ...]:
    """Fields of an object that the mapping reads, in the order in which it names them."""
    entry = entry_of(mapping, sheet)
    if entry is None:
        return ()
    return tuple(name for name in missing_columns(entry, ()) if name not in OWN_COLUMNS)


def history_fields(mapping: Mapping) -> tuple[str, ...]:
    """Fields of leads whose history the mapping reads: the values it lists of column ``field``."""
    entry = entry_of(mapping, CHANGES)
    if entry is None:
        return ()
    return tuple(dict.fromkeys(_named(entry)))


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
