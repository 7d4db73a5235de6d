"""Tables that a mapping fills and of which nothing arrived: a slip, however well the rest went."""

from collections.abc import Iterable

from features.importing.mapping.mapping import FileEntry
from features.importing.reporting.report import TableCount
from features.store import Store

_PARTS = {
    "lead": "lead",
    "person": "person",
    "fact": "facts",
    "event": "events",
    "outcome": "outcomes",
    "hand_over": "hand_overs",
}
"""Key of a mapping's entry, by the table it fills."""


def empty_tables(
    store: Store, entries: Iterable[FileEntry], counts: Iterable[TableCount]
) -> tuple[TableCount, ...]:
    """Counts of promised tables of which these files left nothing in the store.

    Where rows were read and all rejected, always; where none were read, only as long as the store
    has none from before: a month without hand-overs is no fault.

    Parameters
    ----------
    store : Store
        After the import.
    entries : iterable of FileEntry
        Those that read a file.
    counts : iterable of TableCount
        Summed over all files.
    """
    promised = {table for entry in entries for table, key in _PARTS.items() if getattr(entry, key)}
    by_table = {count.table: count for count in counts}
    extents = store.extents()
    empty = []
    for table in (name for name in _PARTS if name in promised):
        count = by_table.get(table) or TableCount(
            table=table, read=0, stored=0, unchanged=0, rejected=0
        )
        arrived = count.stored + count.unchanged + count.forgotten
        had_none = table in extents and extents[table].rows == 0
        if not arrived and (count.read or had_none):
            empty.append(count)
    return tuple(empty)
