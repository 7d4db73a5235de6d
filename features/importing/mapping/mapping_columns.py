"""Which columns of a file a mapping speaks of."""

from collections.abc import Collection, Iterator

from features.crms import CRMS
from features.definition.section import DefinitionSection
from features.importing.mapping.mapping import (
    EventColumns,
    FactColumns,
    FileEntry,
    HandOverColumns,
    LeadColumns,
    OutcomeColumns,
    PersonColumns,
)

_HEADERS: dict[type[DefinitionSection], tuple[str, ...]] = {
    LeadColumns: ("arrival", "merged_into", *(f"{vendor}_id" for vendor in CRMS)),
    PersonColumns: ("name", "name_kana", "email", "phone", "company"),
    FactColumns: ("old",),
    EventColumns: ("event_id", "amount"),
    OutcomeColumns: ("reason", "comment", "easy_to_act_on", "by", "value", "deal"),
    HandOverColumns: ("cycle", "propensity", "definition_version", "release_id"),
}
"""Keys whose value is the header of a column, or a list of them."""


def missing_columns(entry: FileEntry, present: Collection[str]) -> list[str]:
    """Headers that an entry needs and the file, with what is joined to it, does not have."""
    needed = dict.fromkeys([entry.lead_id, *_headers(entry)])
    return [name for name in needed if name not in present]


def needed_columns(entry: FileEntry) -> list[str]:
    """Headers of the file itself that an entry speaks of, and names of joined columns."""
    keys = [join.on.column for join in entry.joins]
    return list(dict.fromkeys([entry.lead_id, *_headers(entry), *keys]))


def rows_are_events(entry: FileEntry) -> bool:
    """Whether a row is one event or one change and nothing else: its word must be there.

    Where a row tells of a lead or a deal as well, a blank only says that there is none.
    """
    return entry.lead is None and entry.person is None and not entry.outcomes


def _headers(part: DefinitionSection) -> Iterator[str]:
    for key in type(part).model_fields:
        value = getattr(part, key)
        if key == "joins" or value is None:
            continue
        if key == "column" or key in _HEADERS.get(type(part), ()):
            yield from (value if isinstance(value, tuple) else (value,))
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, DefinitionSection):
                yield from _headers(item)
