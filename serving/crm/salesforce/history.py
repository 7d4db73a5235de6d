"""What became known of a record when, from the rows Salesforce keeps about its tracked fields.

A row says what a field was before and after. The first row of a field therefore tells the value it
had from the start; a field without rows has had today's value all along. Since when that is known
depends on the record's row ``created``: where it is there, since the record was made. Where it is
not, because tracking began later or the row has been thrown away after its 18 to 24 months, only
since the oldest row that the organisation still has of any record: nothing changed after it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from features.core.clock import from_second
from serving.crm.client import Json
from serving.crm.inbound.records import FieldChange, Version, dated_changes
from serving.crm.salesforce.client import PER_QUERY, SalesforceClient, listed
from serving.crm.salesforce.values import as_text, second

TABLES = {"Lead": "LeadHistory", "Contact": "ContactHistory", "Account": "AccountHistory"}
CREATED = "created"
CONVERTED = "leadConverted"

LOOKUPS = {"Owner.Name": "Owner", "OwnerId": "Owner", "AccountId": "Account"}
"""What history calls a lookup; each of its changes has two rows, one of names and one of ids."""

_IDS = ("005", "00G", "001")
"""How ids of users, queues and accounts begin."""


@dataclass(frozen=True, kw_only=True)
class HistoryRow:
    """A change of one field."""

    field: str
    old: Any
    new: Any
    at: int
    by: str


def read_history(
    client: SalesforceClient, kind: str, *, ids: Sequence[str], fields: Iterable[str]
) -> dict[str, list[HistoryRow]]:
    """Read how fields of some records changed: rows by record, the oldest first.

    Parameters
    ----------
    client : SalesforceClient
    kind : str
        Salesforce's name of the object, such as ``Lead``.
    ids : sequence of str
        Salesforce's ids of the records.
    fields : iterable of str
        API names of the fields; creation and conversion are read in any case.
    """
    wanted = {LOOKUPS.get(name, name) for name in fields} | {CREATED, CONVERTED}
    parent, found = f"{kind}Id", {key: list[HistoryRow]() for key in ids}
    soql = (
        f"SELECT Id, {parent}, Field, OldValue, NewValue, CreatedDate, CreatedById "
        f"FROM {TABLES[kind]} WHERE {parent}"
    )
    more = f"AND Field IN {listed(sorted(wanted))} ORDER BY CreatedDate, Id"
    for row in client.rows_of(soql, ids, more):
        found[row[parent]].append(_history_row(row))
    return found


def tracked_fields(client: SalesforceClient, kind: str) -> frozenset[str]:
    """Fields of an object whose history is kept."""
    soql = (
        "SELECT QualifiedApiName FROM FieldDefinition "
        f"WHERE EntityDefinition.QualifiedApiName = '{kind}' AND IsFieldHistoryTracked = TRUE "
        f"LIMIT {PER_QUERY}"
    )
    names = {str(row["QualifiedApiName"]) for row in client.rows(soql)}
    return frozenset(names | {path for path, lookup in LOOKUPS.items() if f"{lookup}Id" in names})


def oldest_row(client: SalesforceClient, kind: str) -> int | None:
    """Second of the oldest row that is kept of any record of a kind."""
    (row,) = client.rows(f"SELECT MIN(CreatedDate) oldest FROM {TABLES[kind]}")
    return None if row["oldest"] is None else second(row["oldest"])


def changes_of(
    record_id: str,
    record: Json,
    rows: Sequence[HistoryRow],
    *,
    values: dict[str, Any],
    oldest: int | None,
) -> Iterator[FieldChange]:
    """List the values each field had and since when each is known, in the order of time.

    Parameters
    ----------
    record_id : str
        Id under which the changes are kept.
    record : mapping
        The record itself, with ``CreatedDate``.
    rows : sequence of HistoryRow
        The record's history, the oldest first.
    values : dict
        Today's value of each field.
    oldest : int or None
        Oldest row of any record of that kind, in seconds since 1970 UTC: older history is not kept.
    """
    created = second(record["CreatedDate"])
    from_the_start = any(row.field == CREATED for row in rows)
    known_since = created if from_the_start or oldest is None else max(created, oldest)
    for name, today in values.items():
        history = [row for row in rows if row.field == LOOKUPS.get(name, name)]
        if name in LOOKUPS:
            by_id = name.endswith("Id")
            history = [row for row in history if by_id == (_is_id(row.new) or _is_id(row.old))]
        first = as_text(history[0].old if history else today)
        later = [Version(value=as_text(row.new), at=row.at) for row in history]
        yield from dated_changes(record_id, name, first=first, since=known_since, later=later)


def converted_at(rows: Sequence[HistoryRow], day: str | None) -> str | None:
    """When a lead was converted: to the second where history says it, else the day."""
    at = [row.at for row in rows if row.field == CONVERTED]
    return from_second(at[-1]).isoformat() if at else day


def _history_row(row: Json) -> HistoryRow:
    return HistoryRow(
        field=row["Field"],
        old=row["OldValue"],
        new=row["NewValue"],
        at=second(row["CreatedDate"]),
        by=row["CreatedById"],
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and len(value) in (15, 18) and value.startswith(_IDS)
