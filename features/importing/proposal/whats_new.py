"""What next month's files hold that a mapping does not know yet."""

from collections.abc import Iterator
from pathlib import Path

from features.core.errors import LeadDataError
from features.importing.mapping.mapping import FileEntry, Mapping
from features.importing.plan import fits
from features.importing.proposal.looked_at import LookedAt

MOST_NAMED = 5


def whats_new(files: tuple[LookedAt, ...], mapping: Mapping, text: str) -> tuple[str, ...]:
    """Sentences about new columns, new values, missing columns and files of no entry.

    Parameters
    ----------
    files : tuple of LookedAt
    mapping : Mapping
    text : str
        Of the mapping: what it names anywhere, in a comment too, is known.
    """
    news: list[str] = []
    joins = tuple(join.file for entry in mapping.files for join in entry.joins)
    for file in files:
        entries = [entry for entry in mapping.files if _reads(entry, file)]
        if not entries and not fits(Path(file.parts[0]), joins):
            if file.name not in text:
                news.append(_no_entry(file, mapping))
            continue
        new = [c.header for c in file.columns if c.header not in text]
        if new and entries:
            news.append(f"{file.name} has new columns, left out for now: {_some(new)}.")
        for entry in entries:
            news += _of_entry(file, entry)
    return tuple(news)


def refuse_mixed_up(files: tuple[LookedAt, ...], mapping: Mapping) -> None:
    """Refuse files that hold what another entry of the mapping reads, as when two are swapped.

    Raises
    ------
    LeadDataError
        If there are any; each is named with the entry that it looks like.
    """
    found = []
    for file in files:
        headers = {c.header for c in file.columns}
        mine = [entry for entry in mapping.files if _reads(entry, file)]
        others = [entry for entry in mapping.files if entry not in mine]
        like = next((entry for entry in others if _own_columns(entry) <= headers), None)
        if mine and like is not None and not any(_own_columns(entry) <= headers for entry in mine):
            found.append(f"{file.name} looks like {like.match[0]}")
    if found:
        msg = (
            "files must hold what their names say; got "
            f"{' and '.join(found)}: exports mixed up. Rename them and start again."
        )
        raise LeadDataError(msg)


def _reads(entry: FileEntry, file: LookedAt) -> bool:
    return fits(Path(file.parts[0]), entry.match) and entry.sheet in (None, file.sheet)


def _own_columns(entry: FileEntry) -> set[str]:
    """Headers of the file itself that an entry reads, not those of joined ones."""
    return {name for name, _ in _columns(entry) if "." not in name}


def _some(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _columns(entry: FileEntry) -> Iterator[tuple[str, dict[str, str]]]:
    """Columns that an entry reads, with the values it lists of each."""
    yield entry.lead_id, {}
    for fact in entry.facts:
        yield fact.column, {}
    words = [event.behaviour for event in entry.events] + [o.stage for o in entry.outcomes]
    for word in words:
        if word.column is not None:
            yield word.column, word.values
    times = [event.occurred_at for event in entry.events]
    for time in (*times, *(outcome.occurred_at for outcome in entry.outcomes)):
        if time is not None and time.column is not None:
            yield time.column, {}


def _no_entry(file: LookedAt, mapping: Mapping) -> str:
    headers = {c.header for c in file.columns}
    for entry in mapping.files:
        if _own_columns(entry) <= headers:
            return (
                f"{file.name} looks like {entry.match[0]}, but no entry matches its name: "
                "add it to `match` in import.yaml."
            )
    return f"{file.name} is new: no entry of import.yaml matches its name, it is skipped."


def _of_entry(file: LookedAt, entry: FileEntry) -> Iterator[str]:
    headers = {c.header for c in file.columns}
    aliases = tuple(f"{join.as_}." for join in entry.joins)
    listed: dict[str, dict[str, str]] = {}
    for name, values in _columns(entry):
        listed.setdefault(name, {}).update(values)
        if name not in headers and not name.startswith(aliases or ("\0",)):
            yield f"{file.name} has no column {name!r} any more: mend import.yaml or the export."
    for name, values in listed.items():
        if values and name in headers:
            new = [text for text in file.column(name).values if text not in values]
            if new:
                yield f"{name!r} in {file.name} has values that stand for nothing: {_some(new)}."
