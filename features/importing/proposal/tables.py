"""Which table holds the leads, and how the others hang on it: by the values of their keys."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow.compute as pc

from features.core.clock import DAY
from features.core.errors import LeadDataError
from features.importing.mapping.keys import MUST_BE_WHOLE, read_keys
from features.importing.proposal.column_profile import ColumnProfile
from features.importing.proposal.looked_at import (
    NEARLY_UNIQUE,
    LookedAt,
    activity_type,
    best_key,
    is_event_log,
    key_rank,
    log_key,
)
from features.importing.proposal.texts import Texts
from features.importing.proposal.words import (
    CREATED,
    ID,
    LEAD,
    LEADS_FILE,
    OPPORTUNITY,
    PERSON,
    STATUS,
    TYPE,
    UPDATED,
    WON,
    plain_header,
)

LINKED = 0.5
"""Share of a column's values that must be found among the keys of another table."""

MANY_ROWS = 20
"""Rows from which numbers that go up by one are the table's own."""

OFTEN, LOOKED_AT = 0.25, 10_000
"""Share of rows, of as many rows, that may begin before what they refer to."""

BEGINS = "*"
"""What kintone writes where a record begins, if tables within its records are exported, too."""

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
    roles : mapping of (str, str) to str
        What columns are, by file and header, where it is none of these; such as ``attribute`` for a
        suspect that is known before the outcome after all.
    """

    key: str | None = None
    created: str | None = None
    outcome: str | None = None
    day_first: bool | None = None
    roles: Mapping[tuple[str, str], str] = field(default_factory=dict)


NO_ANSWERS = Answers()


@dataclass(frozen=True, kw_only=True)
class Link:
    """How a table hangs on another: its ``column`` holds that one's keys.

    ``key`` is a column of the leads that names them: their key, or another that tells them apart,
    such as their address.
    """

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

    def file(self, name: str) -> LookedAt:
        """The file of a name."""
        return next(file for file in self.files if file.name == name)


def relate(files: list[LookedAt], answers: Answers = NO_ANSWERS) -> Tables:
    """Find the table of leads and what the others are to it.

    Parameters
    ----------
    files : list of LookedAt
        At least one, with rows.
    answers : Answers
    """
    for file in files:
        _refuse_written_out(file)
    files = [_with_alike_keys(file, files) for file in files]
    ranked = sorted(files, key=lambda file: -_lead_likeness(file, files))
    leads = ranked[0]
    is_log = is_event_log(leads)
    key = log_key(leads) if is_log else best_key(leads)
    key = next((c for c in leads.columns if c.header == answers.key), key)
    _refuse_rounded(leads, key)
    if not is_log and len(key.values) < LINKED * leads.n_rows:
        msg = (
            f"{leads.name} must have a column whose value differs from row to row; got none: "
            f"{key.header!r} comes nearest, with {len(key.values):,} values in "
            f"{leads.n_rows:,} rows. Export the number of each lead as well."
        )
        raise LeadDataError(msg)
    rivals = [
        c for c in leads.columns if c is not key and key_rank(c, leads) >= key_rank(key, leads)
    ]
    sure = (0.95 if ID.search(key.plain) else 0.75) - (0.3 if rivals and not is_log else 0)
    linked, looked_up, unused = [], [], []
    for file in files:
        if file is leads:
            continue
        link = _link(file, key)
        lookup = _lookup(leads, file, key)
        parent = lookup is not None and lookup.found >= NEARLY_UNIQUE
        if lookup is not None and _tells_result(lookup.column):
            # Leads hold the key of what became of them: the table tells outcomes, no attributes.
            link, lookup = replace(lookup, column=lookup.key, key=lookup.column), None
        elif link is None and not parent:
            link = _detour(file, leads, key)
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


def _tells_result(column: ColumnProfile) -> bool:
    """Whether a column is named like a result and blank where there is none."""
    named = any(words.search(column.plain) for words in (WON, OPPORTUNITY))
    return named and column.n_filled < len(column.rows)


def _refuse_rounded(leads: LookedAt, key: ColumnProfile) -> None:
    """Refuse leads whose numbers a spreadsheet rounded: nothing tells them apart any more."""
    named = [] if ID.search(key.plain) else [c for c in leads.columns if ID.search(c.plain)]
    for column in (key, *named):
        rounded = read_keys(column.values.arrow).faults[MUST_BE_WHOLE]
        if rounded.any():
            got = column.values[int(rounded.argmax())]
            msg = f"{column.header!r} in {leads.name} {MUST_BE_WHOLE}; got {got!r}."
            raise LeadDataError(msg)


def _refuse_written_out(file: LookedAt) -> None:
    """Refuse records whose own tables are written out below them: kintone marks the first row."""
    for marker in file.columns:
        if list(marker.values[:2]) == [BEGINS] and any(
            len(column.values) == marker.n_filled < column.n_filled == file.n_rows
            for column in file.columns
        ):
            msg = (
                f"{file.name} must have one row a record; got {file.n_rows:,} rows of "
                f"{marker.n_filled:,} records: {marker.header!r} marks where each begins, and the "
                "rows below are those of a table within it. Export it without that table, and the "
                "table's columns with the record's number as a list of their own."
            )
            raise LeadDataError(msg)


def _lead_likeness(file: LookedAt, files: list[LookedAt]) -> float:
    rows = max((f.n_rows for f in files), default=1)
    if file.n_rows < 2:
        return -99
    key = best_key(file)
    if key_rank(key, file) < 0:
        return -3.0 if is_event_log(file) else -20.0
    likeness = key_rank(key, file) / 2 + math.log10(file.n_rows / rows + 1e-9) / 2
    likeness += 2 if any(CREATED.search(c.plain) for c in file.times) else 0
    likeness += 1 if any(not UPDATED.search(c.plain) for c in file.times) else 0
    likeness += sum(any(p.search(c.plain) for c in file.columns) for p in PERSON.values()) / 2
    called = plain_header(file.called)
    likeness += 5 if LEADS_FILE.fullmatch(called) else 1 if LEAD.search(called) else 0
    likeness += 0.5 if any(STATUS.search(c.plain) for c in file.columns) else 0
    if is_event_log(file):
        likeness -= 6
    for other in files:
        if other is file:
            continue
        link = _link(other, key) or _detour(other, file, key)
        if link is not None:
            # What a table with times refers to is looked up from it, unless it has times.
            likeness += 2 if file.times or not other.times or is_event_log(other) else -4
            likeness -= 6 if _comes_later(file, link) else 0
        if key_rank(other_key := best_key(other), other) > 0 and _is_in(key, other_key):
            likeness -= 2
    return likeness


def _comes_later(file: LookedAt, link: Link) -> bool:
    """Whether rows of a table often begin before what they refer to, which then is no lead."""
    mine = next((c for c in file.times if CREATED.search(c.plain)), None)
    theirs = next((c for c in link.file.times if CREATED.search(c.plain)), None)
    if mine is None or theirs is None:
        return False
    begun = dict(zip(link.key.texts.take(link.key.rows), mine.instants, strict=True))
    names = link.column.texts.take(link.column.rows[:LOOKED_AT])
    pairs = [
        (began, at)
        for name, at in zip(names, theirs.instants[:LOOKED_AT], strict=True)
        if at >= 0 and (began := begun.get(name, -1)) >= 0
    ]
    return sum(at < began - DAY for began, at in pairs) > OFTEN * len(pairs)


def _is_in(column: ColumnProfile, key: ColumnProfile) -> bool:
    """Whether a key holds only a part of the values of another table's key."""
    fewer = len(column.values) < len(key.values)
    by_chance = _is_small(key) and column.plain != key.plain
    return fewer and not by_chance and _found(column, key) >= LINKED


def _found(column: ColumnProfile, key: ColumnProfile) -> float:
    """Share of a column's values that are keys; 0 where fewer than :data:`LINKED` can be."""
    mine, keys = column.values, key.values
    if not mine or len(keys) < LINKED * len(mine):
        return 0.0
    # Both are told apart already, and it is the set that takes long to make: that of the fewer.
    fewer, more = sorted((mine, keys), key=len)
    return float(more.among(fewer).sum()) / len(mine)


def _with_alike_keys(file: LookedAt, files: list[LookedAt]) -> LookedAt:
    """The file with its keys in the form that an import compares, where another has them so.

    One program writes 7001.0 for 7001, another the first 15 letters of 18.
    """
    others = {c.plain for other in files if other is not file for c in other.columns}
    columns = tuple(
        # Codes of what happened are told by their text in the mapping.
        _in_one_form(c)
        if c.plain in others and ID.search(c.plain) and not TYPE.search(c.plain)
        else c
        for c in file.columns
    )
    return replace(file, columns=columns)


def _in_one_form(column: ColumnProfile) -> ColumnProfile:
    written = column.texts.arrow
    texts = read_keys(pc.if_else(pc.equal(written, ""), None, written)).text
    encoded = texts.fill_null("").dictionary_encode()
    rows = np.asarray(encoded.indices)[column.rows]
    return replace(column, texts=Texts(encoded.dictionary), rows=rows)


def _link(file: LookedAt, key: ColumnProfile) -> Link | None:
    """The column of a table that holds another's keys."""
    best: tuple[float, Link] | None = None
    for column in file.columns:
        if column.kind in ("time", "boolean", "blank"):
            continue
        if not _headers_speak(column, key) or _numbers_own_rows(column, key, file):
            continue
        found = _found(column, key)
        if found < LINKED:
            continue
        rank = found + (0.5 if column.plain == key.plain else 0)
        rank += 0.3 if LEAD.search(column.plain) else 0
        if best is None or rank > best[0]:
            best = (rank, Link(file=file, column=column, key=key, found=found))
    return None if best is None else best[1]


def _detour(file: LookedAt, leads: LookedAt, key: ColumnProfile) -> Link | None:
    """The column of a table that holds what tells leads apart beside their key."""
    for other in leads.columns:
        if other is key or len(other.values) < NEARLY_UNIQUE * max(other.n_filled, 1):
            continue
        for column in file.columns:
            both = {column.kind, other.kind}
            alike = column.plain == other.plain and not both & {"time", "blank", "boolean"}
            if not alike and both != {"email"}:
                continue
            found = _found(column, other)
            if found >= LINKED:
                return Link(file=file, column=column, key=other, found=found)
    return None


def _is_small(key: ColumnProfile) -> bool:
    """Whether a key's values are numbers that others have by chance."""
    return key.kind == "number" and all(
        text.isdigit() and int(text) < SMALL_NUMBERS for text in key.values[:50]
    )


def _headers_speak(column: ColumnProfile, key: ColumnProfile) -> bool:
    if not _is_small(key):
        return True
    shared = set(column.plain.split()) & set(key.plain.split())
    telling = {word for word in shared if not ID.fullmatch(word)}
    named = LEAD.search(column.plain) or ID.fullmatch(column.plain)
    return bool(telling) or (ID.search(column.plain) is not None and named is not None)


def _numbers_own_rows(column: ColumnProfile, key: ColumnProfile, file: LookedAt) -> bool:
    """Whether a column of small numbers names its own table's rows, not those of the key."""
    generic = ID.fullmatch(column.plain) is not None and len(column.rows) >= MANY_ROWS
    alike = column.plain == key.plain and not (generic and column.counts_rows)
    rivals = [c for c in file.columns if c is not column and c.unique and ID.search(c.plain)]
    foreign = bool(rivals) and LEAD.search(column.plain) is not None
    return _is_small(key) and column.unique and not alike and not foreign


def _lookup(leads: LookedAt, file: LookedAt, own: ColumnProfile) -> Link | None:
    """The table's key as a column of the leads holds it that is not their own key."""
    best: Link | None = None
    for key in file.columns:
        if len(key.values) < 2 or key.n_filled < len(key.rows) or not key.unique:
            continue
        if key.kind in ("time", "boolean"):
            continue
        for column in leads.columns:
            alike = column.plain == key.plain
            unlike = column.unique and not alike
            if column is own or column.kind in ("time", "boolean", "blank") or unlike:
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
