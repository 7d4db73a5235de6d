"""Leads that turned out to be one person, and records that are gone from the CRM.

A merge moves everything known about the others to the lead that is kept: what both have stays once,
hand-overs are counted anew by time. Decisions stay where they were made: they are the record of
what was decided about whom. Every step can be repeated.
"""

import secrets
from collections.abc import Collection, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    insert,
    or_,
    select,
    true,
    update,
)

from features.store.person_search import refresh_search_texts
from features.store.schema import (
    crm_push,
    event,
    fact,
    hand_over,
    lead,
    lead_external_id,
    lead_state,
    note,
    outcome,
    outcome_history,
    person,
)
from features.store.store import Store
from serving.ledger.access.audit import write_audit
from serving.ledger.trial_leads import keep_without_lead, merge_trial_leads

DELETED = "deleted-"
"""How the pseudonym begins under which a trial still counts a lead that is gone from the CRM."""

AT_ONCE = 200
"""Leads or records of one statement."""


def merge_leads(store: Store, kept: str, others: Collection[str], *, by: str) -> None:
    """Move everything about some leads to the one that is kept, in one transaction.

    Parameters
    ----------
    store : Store
    kept : str
        Lead that stays.
    others : collection of str
        Leads that go; those that do not exist are passed over.
    by : str
        Who merged them, for the audit.
    """
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        for other in sorted(set(others) - {kept}):
            if _exists(connection, other) and _exists(connection, kept):
                _move(connection, other, kept)
                write_audit(connection, by=by, action="merged", subject=f"{other} into {kept}")
        connection.commit()


def delete_leads(store: Store, lead_ids: Collection[str], *, by: str) -> int:
    """Delete leads with everything known about them; gives how many there were.

    Decisions stay: they hold no name or address, and last month's reports count them.

    Parameters
    ----------
    store : Store
    lead_ids : collection of str
        Leads to delete; those that do not exist are passed over.
    by : str
        Who deletes them, for the audit.
    """
    deleted = 0
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        for part in _parts(lead_ids):
            found = connection.scalars(select(lead.c.lead_id).where(lead.c.lead_id.in_(part))).all()
            for lead_id in found:
                keep_without_lead(connection, lead_id, f"{DELETED}{secrets.token_hex(8)}")
                _remove(connection, lead_id)
                write_audit(connection, by=by, action="deleted", subject=lead_id)
            deleted += len(found)
        connection.commit()
    return deleted


def delete_facts(
    store: Store, lead_ids: Collection[str], *, attributes: Collection[str] | None = None
) -> None:
    """Delete what was known of leads, before what is known of another takes its place.

    Parameters
    ----------
    store : Store
    lead_ids : collection of str
    attributes : collection of str, optional
        Of which facts go; of all unless given.
    """
    of_these = true() if attributes is None else fact.c.attribute.in_(attributes)
    with store.engine.begin() as connection:
        for part in _parts(lead_ids):
            connection.execute(delete(fact).where(fact.c.lead_id.in_(part), of_these))


def delete_rows_of(store: Store, record_ids: Collection[str], *, said_by: Collection[str]) -> int:
    """Delete the events of CRM records, and the outcomes they gave; gives how many rows.

    Parameters
    ----------
    store : Store
    record_ids : collection of str
        An event's id is its record's, or begins with it and a slash.
    said_by : collection of str
        What stands in ``by`` of outcomes that a record gave.
    """
    gone = 0
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        for part in _parts(record_ids):
            gone += connection.execute(delete(event).where(events_of(part))).rowcount
        for part in _parts(said_by):
            gone += connection.execute(delete(outcome).where(outcome.c.by.in_(part))).rowcount
        connection.commit()
    return gone


def events_of(record_ids: Collection[str]) -> ColumnElement[bool]:
    """The events of CRM records: an event's id is its record's, or begins with it and a slash."""
    own: list[ColumnElement[bool]] = [event.c.event_id.in_(record_ids)]
    # Not BETWEEN: PostgreSQL takes no collation inside it.
    own += [
        and_(event.c.event_id >= f"{key}/", event.c.event_id <= f"{key}/\U0010ffff")
        for key in record_ids
    ]
    return or_(*own)


def _parts(keys: Collection[str]) -> Iterator[list[str]]:
    listed = sorted(set(keys))
    for begin in range(0, len(listed), AT_ONCE):
        yield listed[begin : begin + AT_ONCE]


def _exists(connection: Connection, lead_id: str) -> bool:
    query = select(lead.c.lead_id).where(lead.c.lead_id == lead_id)
    return connection.execute(query).first() is not None


def _move(connection: Connection, other: str, kept: str) -> None:
    _move_events(connection, other, kept)
    for table, key in (
        (fact, ("attribute", "known_at")),
        (outcome, ("stage", "occurred_at")),
        (outcome_history, ("stage", "occurred_at", "deal")),
        (lead_external_id, ("vendor",)),
    ):
        _move_rows(connection, table, key=key, other=other, kept=kept)
    _move_notes(connection, other, kept)
    _move_hand_overs(connection, other, kept)
    merge_trial_leads(connection, other, kept)
    _fill_person(connection, other, kept)
    created = select(lead.c.created_at).where(lead.c.lead_id.in_((other, kept)))
    earliest = min(connection.scalars(created))
    connection.execute(update(lead).where(lead.c.lead_id == kept).values(created_at=earliest))
    _remove(connection, other)


def _move_events(connection: Connection, other: str, kept: str) -> None:
    suffix = f"/{other}"
    rows = connection.execute(select(event).where(event.c.lead_id == other)).mappings().all()
    for row in rows:
        # An event told apart by its lead would come again under the other lead's id.
        event_id = row["event_id"]
        if event_id.endswith(suffix):
            event_id = event_id.removesuffix(suffix) + f"/{kept}"
        connection.execute(delete(event).where(event.c.event_id == row["event_id"]))
        there = select(event.c.event_id).where(event.c.event_id == event_id)
        if connection.execute(there).first() is None:
            connection.execute(
                insert(event).values(**(dict(row) | {"lead_id": kept, "event_id": event_id}))
            )


def _move_rows(
    connection: Connection, table: Table, *, key: tuple[str, ...], other: str, kept: str
) -> None:
    mine = select(*(table.c[name] for name in key)).where(table.c.lead_id == kept)
    there = {tuple(row) for row in connection.execute(mine)}
    rows = connection.execute(select(table).where(table.c.lead_id == other)).mappings().all()
    moved = [
        dict(row) | {"lead_id": kept}
        for row in rows
        if tuple(row[name] for name in key) not in there
    ]
    connection.execute(delete(table).where(table.c.lead_id == other))
    if moved:
        connection.execute(insert(table), moved)


def _move_notes(connection: Connection, other: str, kept: str) -> None:
    """Two people may have written in one second: the later of them moves on to a free one."""
    query = select(note).where(note.c.lead_id.in_((other, kept)))
    rows = [dict(row) for row in connection.execute(query).mappings()]
    rows.sort(key=lambda row: (row["written_at"], row["lead_id"] != kept))
    for before, row in pairwise(rows):
        row["written_at"] = max(row["written_at"], before["written_at"] + timedelta(seconds=1))
    connection.execute(delete(note).where(note.c.lead_id.in_((other, kept))))
    if rows:
        connection.execute(insert(note), [row | {"lead_id": kept} for row in rows])


def _move_hand_overs(connection: Connection, other: str, kept: str) -> None:
    query = select(hand_over).where(hand_over.c.lead_id.in_((other, kept)))
    rows: list[dict[str, Any]] = [dict(row) for row in connection.execute(query).mappings()]
    rows.sort(key=lambda row: (row["handed_over_at"], row["lead_id"] != kept, row["cycle"]))
    connection.execute(delete(hand_over).where(hand_over.c.lead_id.in_((other, kept))))
    numbered = [
        row | {"lead_id": kept, "cycle": number} for number, row in enumerate(rows, start=1)
    ]
    if numbered:
        connection.execute(insert(hand_over), numbered)
    _keep_what_is_logged(connection, rows, other=other, kept=kept)


def _keep_what_is_logged(
    connection: Connection, rows: list[dict[str, Any]], *, other: str, kept: str
) -> None:
    """What a CRM's log holds of either lead stays logged under its new number."""
    query = select(crm_push.c.vendor, crm_push.c.lead_id, crm_push.c.logged_cycle)
    logged = {
        (row.vendor, row.lead_id): row.logged_cycle or 0
        for row in connection.execute(query.where(crm_push.c.lead_id.in_((other, kept))))
    }
    for vendor in {vendor for vendor, lead_id in logged if lead_id == kept}:
        newest = max(
            (
                number
                for number, row in enumerate(rows, start=1)
                if row["cycle"] <= logged.get((vendor, row["lead_id"]), 0)
            ),
            default=None,
        )
        same = (crm_push.c.vendor == vendor, crm_push.c.lead_id == kept)
        connection.execute(update(crm_push).where(*same).values(logged_cycle=newest))


def _fill_person(connection: Connection, other: str, kept: str) -> None:
    query = select(person).where(person.c.lead_id.in_((other, kept)))
    rows = {row["lead_id"]: dict(row) for row in connection.execute(query).mappings()}
    if other in rows and kept not in rows:
        connection.execute(insert(person).values(**(rows[other] | {"lead_id": kept})))
        refresh_search_texts(connection, (kept,))


def _remove(connection: Connection, lead_id: str) -> None:
    for table in (lead_state, crm_push):
        connection.execute(delete(table).where(table.c.lead_id == lead_id))
    # Person, facts, events, outcomes and hand-overs go with their lead.
    connection.execute(delete(lead).where(lead.c.lead_id == lead_id))
