"""What a mapping asks of a CRM: the fields of each object, and those whose history it reads."""

from collections.abc import Iterator
from fnmatch import fnmatch

from features.definition.section import DefinitionSection
from features.importing.mapping.column_types import MappedWord, When
from features.importing.mapping.mapping import FileEntry, Mapping
from features.importing.mapping.mapping_columns import missing_columns
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
