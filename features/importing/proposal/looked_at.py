"""A file looked at: its columns, its key, and whether its rows are events."""

from dataclasses import dataclass, replace
from functools import cached_property

from features.importing.files.raw_table import RawTable
from features.importing.presets.presets import fields_by_header
from features.importing.proposal.column_profile import ColumnProfile, profile_columns
from features.importing.proposal.words import (
    ATTENDANCE,
    CAME,
    CHANNEL,
    DEALT,
    ID,
    LEAD,
    LIFECYCLE_DONE,
    MEMBER_STATUS,
    NO,
    OF_WHAT,
    OWNER,
    PERSON,
    STATUS,
    STAYED_AWAY,
    TYPE,
    UPDATED,
    WHO,
    YES,
    behaviour_named,
    plain_header,
)

NEARLY_UNIQUE = 0.97
MOST_LOG_COLUMNS, MOST_TYPES = 30, 200
MOST_NAMED = 8
MOST_ANSWERS = 8


@dataclass(frozen=True, kw_only=True)
class LookedAt:
    """A file and its columns, or several files that are parts of one table.

    The cells themselves are not kept: what the columns say is in their profiles.
    """

    name: str
    n_rows: int
    columns: tuple[ColumnProfile, ...]
    parts: tuple[str, ...]
    """Names of all its files."""
    sheet: str | None = None
    """Of a workbook of several tables: the sheet it is."""

    @cached_property
    def times(self) -> tuple[ColumnProfile, ...]:
        """Columns of times."""
        return tuple(c for c in self.columns if c.kind == "time")

    @cached_property
    def fields(self) -> dict[str, str]:
        """Fields by header, where the table is an export of a known vendor."""
        return fields_by_header([c.header for c in self.columns])

    @property
    def called(self) -> str:
        """What people call it: the name of the sheet, or of the file without its end."""
        return self.sheet or self.name.split(".")[0]

    @property
    def headers(self) -> str:
        """The first columns by name, as errors tell them."""
        named = [c.header for c in self.columns]
        more = ", ..." if len(named) > MOST_NAMED else ""
        return ", ".join(named[:MOST_NAMED]) + more

    def column(self, header: str) -> ColumnProfile:
        """The column of a header."""
        return next(c for c in self.columns if c.header == header)


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


def look_at(table: RawTable, parts: tuple[str, ...] = ()) -> LookedAt:
    """A table with its columns looked at; ``parts`` are the names of several files it came in."""
    return LookedAt(
        name=table.file if table.sheet is None else f"{table.file} ({table.sheet})",
        n_rows=table.n_rows,
        columns=profile_columns(table),
        parts=parts or (table.file,),
        sheet=table.sheet,
    )


def is_event_log(file: LookedAt) -> bool:
    """Whether each row is something that happened to a lead that has many rows."""
    kinds = [c for c in file.columns if _is_type(c)]
    repeated = [c for c in file.columns if _repeats(c)]
    person = any(
        pattern.search(c.plain)
        for c in file.columns
        for pattern in PERSON.values()
        if c not in kinds
    )
    narrow = len(file.columns) <= MOST_LOG_COLUMNS
    return bool(kinds and file.times and repeated and not person and narrow)


def _is_type(column: ColumnProfile) -> bool:
    """Whether a column says, in a few words or codes, what happened."""
    few = column.kind == "category" or (
        column.kind == "number" and 1 < len(column.values) <= MOST_TYPES
    )
    return few and _says_what(column)


def _says_what(column: ColumnProfile) -> bool:
    if MEMBER_STATUS.search(column.plain):
        return True
    return TYPE.search(column.plain) is not None and OF_WHAT.search(column.plain) is None


def _repeats(column: ColumnProfile) -> bool:
    return (
        column.kind in ("key", "number", "text", "category", "email")
        and (ID.search(column.plain) or LEAD.search(column.plain)) is not None
        and not OWNER.search(column.plain)
        and len(column.values) > 1
        and column.n_filled >= 1.3 * len(column.values)
        and column.n_filled >= NEARLY_UNIQUE * len(column.rows)
    )


def log_key(file: LookedAt) -> ColumnProfile:
    """The column of a log that names who did something."""
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


def best_key(file: LookedAt) -> ColumnProfile:
    """The column that is most likely the key of a table's rows."""
    named = {c.header: ID.search(c.plain) is not None for c in file.columns}
    return max(file.columns, key=lambda c: (key_rank(c, file), named[c.header], len(c.values)))


def key_rank(column: ColumnProfile, file: LookedAt) -> float:
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


def activity_type(file: LookedAt) -> ColumnProfile | None:
    """The column that says what happened."""
    ranked = [
        (_says_what(c), not STATUS.search(c.plain), len(c.values), c)
        for c in file.columns
        if c.kind == "category" and 1 < len(c.values) <= MOST_TYPES and c is not lifecycle(file)
    ]
    named = [item for item in ranked if item[0]]
    return max(named, key=lambda item: item[:3])[3] if named else None


def tells_members(file: LookedAt) -> bool:
    """Whether rows are members of campaigns."""
    return any(MEMBER_STATUS.search(c.plain) for c in file.columns)


def named_by_values(file: LookedAt) -> ColumnProfile | None:
    """A column most of whose values name behaviours, as that of a form's or a seminar's title.

    None for a table of deals, where such words name products.
    """
    if _tells_deals(file):
        return None
    few = [
        c
        for c in file.columns
        if c.kind == "category" and 1 < len(c.values) <= MOST_TYPES and not CHANNEL.search(c.plain)
    ]
    named = {c.header: sum(behaviour_named(t) is not None for t in c.values) for c in few}
    mostly = [c for c in few if named[c.header] >= len(c.values) / 2]
    return max(mostly, key=lambda c: named[c.header], default=None)


def behaviour_of_rows(file: LookedAt) -> str | None:
    """The behaviour that each row of a table is, by the name of the file."""
    known = behaviour_named(file.called)
    return None if known is None or _tells_deals(file) else known[0]


def _tells_deals(file: LookedAt) -> bool:
    called = (plain_header(file.called), *(c.plain for c in file.columns))
    return any(DEALT.search(text) for text in called)


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


def attendance(file: LookedAt) -> tuple[ColumnProfile, tuple[str, ...]] | None:
    """A column that tells who came of those who registered, and its words for coming."""
    for column in file.columns:
        if ATTENDANCE.search(column.plain) and len(column.values) <= MOST_ANSWERS:
            came = tuple(t for t in column.values if t.casefold() in YES | CAME)
            away = [t for t in column.values if t.casefold() in NO | STAYED_AWAY]
            if came and away and len(came) + len(away) == len(column.values):
                return column, came
    return None


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
