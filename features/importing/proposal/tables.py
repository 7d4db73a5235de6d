"""Which table holds the leads, and how the others hang on it: by the values of their keys."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from features.importing.files.raw_table import RawTable
from features.importing.presets.presets import fields_by_header
from features.importing.proposal.column_profile import ColumnProfile, profile_columns
from features.importing.proposal.words import (
    CREATED,
    ID,
    LEAD,
    LIFECYCLE_DONE,
    OWNER,
    PERSON,
    STATUS,
    TYPE,
    UPDATED,
    WHO,
    plain_header,
)

NEARLY_UNIQUE = 0.97
MOST_LOG_COLUMNS = 30
LINKED = 0.5
"""Share of a column's values that must be found among the keys of another table."""

SMALL_NUMBERS = 100_000
"""Below it whole numbers meet by chance: their headers must speak for a link, too."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What people said, where guesses were not sure; None leaves a guess as it is.

    Attributes
    ----------
    key, created, outcome : str or None
        Headers of the columns.
    day_first : bool or None
        Whether the day comes before the month where both orders fit.
    roles : mapping of str to str
        What columns of the leads are, by header, where it is none of these; such as ``attribute``
        for a suspect that is known before the outcome after all.
    """

    key: str | None = None
    created: str | None = None
    outcome: str | None = None
    day_first: bool | None = None
    roles: Mapping[str, str] = field(default_factory=dict)


NO_ANSWERS = Answers()


@dataclass(frozen=True, kw_only=True)
class LookedAt:
    """A file and its columns."""

    table: RawTable
    columns: tuple[ColumnProfile, ...]

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.table.file

    @cached_property
    def times(self) -> tuple[ColumnProfile, ...]:
        """Columns of times."""
        return tuple(c for c in self.columns if c.kind == "time")

    @cached_property
    def fields(self) -> dict[str, str]:
        """Fields by header, where the table is an export of a known vendor."""
        return fields_by_header([c.header for c in self.columns])

    def column(self, header: str) -> ColumnProfile:
        """The column of a header."""
        return next(c for c in self.columns if c.header == header)


@dataclass(frozen=True, kw_only=True)
class Link:
    """How a table hangs on another: its column holds that one's keys."""

    file: LookedAt
    column: ColumnProfile
    key: ColumnProfile
    found: float
    """Share of the column's values that are keys."""


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The table of leads (or the log whose rows they are made from), and what hangs on it."""

    leads: LookedAt
    key: ColumnProfile
    is_log: bool
    linked: tuple[Link, ...]
    """Tables with the leads' key: events, deals, histories."""
    looked_up: tuple[Link, ...]
    """Tables whose key a column of the leads holds; ``column`` is theirs."""
    unused: tuple[LookedAt, ...]
    key_confidence: float

    @property
    def files(self) -> tuple[LookedAt, ...]:
        """All files, the leads first."""
        return (self.leads, *(k.file for k in (*self.linked, *self.looked_up)), *self.unused)


def put_in_order(file: LookedAt, *, day_first: bool) -> LookedAt:
    """The file with columns that fit both orders of day and month read as people said."""
    columns = tuple(
        c
        if not c.other_formats
        else replace(
            c,
            formats=c.formats if c.formats[0].startswith("%d") == day_first else c.other_formats,
            other_formats=(),
        )
        for c in file.columns
    )
    return replace(file, columns=columns)


def look_at(table: RawTable) -> LookedAt:
    """A table with its columns looked at."""
    return LookedAt(table=table, columns=profile_columns(table))


def relate(files: list[LookedAt], answers: Answers = NO_ANSWERS) -> Tables:
    """Find the table of leads and what the others are to it.

    Parameters
    ----------
    files : list of LookedAt
        At least one, with rows.
    answers : Answers
    """
    ranked = sorted(files, key=lambda file: -_lead_likeness(file, files))
    leads = ranked[0]
    is_log = is_event_log(leads)
    key = _log_key(leads) if is_log else _best_key(leads)
    key = next((c for c in leads.columns if c.header == answers.key), key)
    rivals = [
        c for c in leads.columns if c is not key and _key_rank(c, leads) >= _key_rank(key, leads)
    ]
    sure = (0.95 if ID.search(key.plain) else 0.75) - (0.3 if rivals and not is_log else 0)
    linked, looked_up, unused = [], [], []
    for file in files:
        if file is leads:
            continue
        link = _link(file, key)
        lookup = _lookup(leads, file)
        if lookup is not None and (link is None or not file.times):
            looked_up.append(lookup)
        elif link is not None:
            linked.append(link)
        else:
            unused.append(file)
    return Tables(
        leads=leads,
        key=key,
        is_log=is_log,
        linked=tuple(linked),
        looked_up=tuple(looked_up),
        unused=tuple(unused),
        key_confidence=sure,
    )


def is_event_log(file: LookedAt) -> bool:
    """Whether each row is something that happened to a lead that has many rows."""
    kinds = [c for c in file.columns if c.kind == "category" and TYPE.search(c.plain)]
    repeated = [c for c in file.columns if _repeats(c)]
    person = any(
        pattern.search(c.plain)
        for c in file.columns
        for pattern in PERSON.values()
        if c not in kinds
    )
    narrow = len(file.columns) <= MOST_LOG_COLUMNS
    return bool(kinds and file.times and repeated and not person and narrow)


def _repeats(column: ColumnProfile) -> bool:
    return (
        column.kind in ("key", "number", "text", "category", "email")
        and (ID.search(column.plain) or LEAD.search(column.plain)) is not None
        and not OWNER.search(column.plain)
        and len(column.values) > 1
        and column.n_filled >= 1.3 * len(column.values)
        and column.n_filled >= NEARLY_UNIQUE * len(column.rows)
    )


def _log_key(file: LookedAt) -> ColumnProfile:
    repeated = [c for c in file.columns if _repeats(c)]
    return max(
        repeated,
        key=lambda c: (
            LEAD.search(c.plain) is not None,
            WHO.search(c.plain) is not None,
            ID.search(c.plain) is not None,
            len(c.values),
        ),
    )


def _best_key(file: LookedAt) -> ColumnProfile:
    return max(file.columns, key=lambda c: _key_rank(c, file))


def _key_rank(column: ColumnProfile, file: LookedAt) -> float:
    """How likely a column is the key of its table's rows; below 0: it is none."""
    n = len(column.rows)
    if column.n_filled < n or len(column.values) < NEARLY_UNIQUE * n or column.kind == "time":
        return -9
    rank = 4.0 if ID.search(column.plain) else 0.0
    rank += 2 if LEAD.search(column.plain) or column.plain == "id" else 0
    rank += 1 if column is file.columns[0] else 0
    rank += 3 if file.fields.get(column.header) == "id" else 0
    rank += 1 if column.kind == "key" else 0
    rank -= 2 if column.kind == "text" and any(" " in text for text in column.values[:50]) else 0
    rank -= (
        3 if column.kind == "email" or any(p.search(column.plain) for p in PERSON.values()) else 0
    )
    if column.kind == "number" and any("." in text for text in column.values[:50]):
        rank -= 6
    return rank + (1 if column.unique else 0)


def _lead_likeness(file: LookedAt, files: list[LookedAt]) -> float:
    rows = max((f.table.n_rows for f in files), default=1)
    if file.table.n_rows < 2:
        return -99
    key = _best_key(file)
    if _key_rank(key, file) < 0:
        return -3.0 if is_event_log(file) else -20.0
    likeness = _key_rank(key, file) / 2 + math.log10(file.table.n_rows / rows + 1e-9) / 2
    likeness += 2 if any(CREATED.search(c.plain) for c in file.times) else 0
    likeness += 1 if any(not UPDATED.search(c.plain) for c in file.times) else 0
    likeness += sum(any(p.search(c.plain) for c in file.columns) for p in PERSON.values()) / 2
    likeness += 1 if LEAD.search(plain_header(file.name.split(".")[0])) else 0
    likeness += 0.5 if any(STATUS.search(c.plain) for c in file.columns) else 0
    if is_event_log(file):
        likeness -= 6
    for other in files:
        if other is file:
            continue
        if _link(other, key) is not None:
            # What a table with times refers to is looked up from it, unless it has times.
            likeness += 2 if file.times or not other.times or is_event_log(other) else -4
        if _key_rank(other_key := _best_key(other), other) > 0 and _is_in(key, other_key):
            likeness -= 2
    return likeness


def _is_in(column: ColumnProfile, key: ColumnProfile) -> bool:
    """Whether a key holds only a part of the values of another table's key."""
    return len(column.values) < len(key.values) and _found(column, key) >= LINKED


def _found(column: ColumnProfile, key: ColumnProfile) -> float:
    if not column.values:
        return 0.0
    keys = set(key.values)
    return sum(text in keys for text in column.values) / len(column.values)


def _link(file: LookedAt, key: ColumnProfile) -> Link | None:
    """The column of a table that holds another's keys."""
    best: tuple[float, Link] | None = None
    for column in file.columns:
        if column.kind in ("time", "boolean", "blank"):
            continue
        found = _found(column, key)
        if found < LINKED or not _headers_speak(column, key):
            continue
        rank = found + (0.5 if column.plain == key.plain else 0)
        rank += 0.3 if LEAD.search(column.plain) else 0
        if best is None or rank > best[0]:
            best = (rank, Link(file=file, column=column, key=key, found=found))
    return None if best is None else best[1]


def _headers_speak(column: ColumnProfile, key: ColumnProfile) -> bool:
    small = key.kind == "number" and all(
        text.isdigit() and int(text) < SMALL_NUMBERS for text in key.values[:50]
    )
    if not small:
        return True
    shared = set(column.plain.split()) & set(key.plain.split())
    named = LEAD.search(column.plain) or ID.fullmatch(column.plain)
    return bool(shared) or (ID.search(column.plain) is not None and named is not None)


def _lookup(leads: LookedAt, file: LookedAt) -> Link | None:
    """The table's key as a column of the leads holds it, the same for many leads."""
    best: Link | None = None
    for key in file.columns:
        if len(key.values) < 2 or key.n_filled < len(key.rows) or not key.unique:
            continue
        if key.kind in ("time", "boolean"):
            continue
        for column in leads.columns:
            if column.kind in ("time", "boolean", "blank") or column.unique:
                continue
            found = _found(column, key)
            if (
                found >= LINKED
                and _headers_speak(column, key)
                and (key.kind != "number" or column.plain == key.plain)
                and (best is None or found > best.found)
            ):
                best = Link(file=file, column=column, key=key, found=found)
    return best


def is_activity(file: LookedAt, link: Link) -> bool:
    """Whether rows of a table are things that happened to leads."""
    return bool(
        file.times
        and activity_type(file) is not None
        and link.column.n_filled > 1.05 * len(link.column.values)
    )


def activity_type(file: LookedAt) -> ColumnProfile | None:
    """The column that says what happened."""
    ranked = [
        (TYPE.search(c.plain) is not None, not STATUS.search(c.plain), len(c.values), c)
        for c in file.columns
        if c.kind == "category" and 1 < len(c.values) <= 200 and c is not lifecycle(file)
    ]
    named = [item for item in ranked if item[0]]
    return max(named, key=lambda item: item[:3])[3] if named else None


def lifecycle(file: LookedAt) -> ColumnProfile | None:
    """A column that tells begun work from completed."""
    return next(
        (
            c
            for c in file.columns
            if c.kind == "category"
            and set(c.values[:5]) & set(LIFECYCLE_DONE)
            and len(c.values) <= 8
        ),
        None,
    )


def event_times(file: LookedAt) -> list[ColumnProfile]:
    """Columns of times of an activity log, the likeliest moment of the event first."""
    return sorted(
        file.times,
        key=lambda c: (
            UPDATED.search(c.plain) is not None,
            c.n_filled < NEARLY_UNIQUE * len(c.rows),
            c.day_only,
            -c.n_filled,
        ),
    )
