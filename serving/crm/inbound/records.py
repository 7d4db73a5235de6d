"""What comes out of a CRM, whoever made it: records, changes of fields, merges, deletions, answers.

A vendor's source turns its pages into these; the engine (:mod:`serving.crm.pull`) turns them into
tables that go through the same mapping, import and rejects as files. Ids here are the CRM's own;
the engine knows which lead each belongs to.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Position = Mapping[str, Any]
"""Where a stream goes on, as JSON; only the vendor's source reads it."""

CHANGES = "changes"
"""Sheet of the changes of leads' fields; columns lead, id, field, value, at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One record as it stands: a row of the table named ``object`` for every lead it is about.

    Attributes
    ----------
    object : str
        What it is, in the vendor's word: contacts, calls, deals.
    record_id : str
    about : tuple of str
        Ids of the leads' records; of a lead's own record its own id.
    fields : mapping
        Columns of the table, as text; None where there is no value.
    part : str
        Tells rows apart that come from one record, such as the stages of a deal.
    """

    object: str
    record_id: str
    about: tuple[str, ...]
    fields: Mapping[str, str | None]
    part: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """One value of a field, since when (in seconds), and who set it."""

    value: str | None
    at: int
    by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldChange:
    """A field of a lead that got a value, and when: what makes ``known_at`` honest.

    Attributes
    ----------
    value : str or None
        None where the value was taken back.
    known_at : int
        Second of the change.
    """

    record_id: str
    field: str
    value: str | None
    known_at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    """Records of leads that became one; its id may be new.

    Attributes
    ----------
    replaced : bool
        Whether the values of the merged records are no part of what became of them.
    lives_on : bool
        Whether the merged records are still there, as the lead of a contact is.
    """

    kept: str
    merged: tuple[str, ...]
    replaced: bool = False
    lives_on: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Deletion:
    """A record that is gone, or whose rows are about to be given anew."""

    object: str
    record_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SalesAnswer:
    """What sales entered in the CRM about a lead that was handed over.

    Attributes
    ----------
    reason : str
        Empty while nobody has chosen one: the answer then waits.
    said_at : int
        Second at which the CRM saved it.
    by : str
        The CRM's number of the person, never a name.
    """

    record_id: str
    answer: Literal["accepted", "returned"]
    reason: str
    comment: str
    said_at: int
    by: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """What one step of a stream brought.

    Attributes
    ----------
    changes : tuple of FieldChange
        In the order of time: of two within a second the later one stays.
    position : mapping
        Where the stream goes on once all of this is stored.
    alike : sequence of (str, str)
        Records of leads that the CRM made one person of: proposed, and not done.
    rewritten : sequence of str
        Records of leads whose companies have another past now, as merged ones do.
    """

    position: Position
    records: Sequence[Record] = ()
    changes: Sequence[FieldChange] = ()
    merges: Sequence[Merge] = ()
    deletions: Sequence[Deletion] = ()
    answers: Sequence[SalesAnswer] = field(default=())
    alike: Sequence[tuple[str, str]] = ()
    rewritten: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class FieldInfo:
    """A field of the CRM's own list.

    Attributes
    ----------
    label : str
        What people see, in the account's language.
    has_history : bool
        Whether the CRM keeps its earlier values.
    """

    object: str
    name: str
    label: str
    has_history: bool


def dated_changes(
    record_id: str, name: str, *, first: str | None, since: int, later: Sequence[Version]
) -> Iterator[FieldChange]:
    """List the values a field had and since when each is known, in the order of time.

    Parameters
    ----------
    record_id : str
    name : str
        The field.
    first : str or None
        Value from the start.
    since : int
        Second from which on anything is known of the record.
    later : sequence of Version
        The other values, the oldest first.
    """
    if first is not None:
        yield FieldChange(record_id=record_id, field=name, value=first, known_at=since)
    for version in later:
        known_at = max(version.at, since)
        yield FieldChange(record_id=record_id, field=name, value=version.value, known_at=known_at)
