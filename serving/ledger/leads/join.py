"""One person known twice: joined because somebody said so, and known as one from then on.

A person who is in two CRMs, or in a CRM and in a file, is proposed by address or by name and
company; two leads that Salesforce converted into one contact are proposed as such. Nothing is
joined unasked. Every record that a joined lead had in a CRM leads to it from then on: the next
pull would otherwise make the other one anew.
"""

import json
from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select

from features.core.errors import LeadDataError
from features.core.parsing.record_ids import one_spelling
from features.importing.duplicates import Likeness, MergeProposal, propose_merges
from features.store.schema import crm_cursor, lead, lead_external_id
from features.store.store import Store
from serving.ledger.leads.merge import merge_leads

JOINED, ALIKE = "joined", "alike"
"""Streams of a CRM whose position is no place but what is remembered of its records."""


def propose_joins(store: Store) -> list[MergeProposal]:
    """Leads that are probably one person: by who they are, and by what a CRM made of them."""
    proposals = propose_merges(store)
    known = {frozenset(proposal.lead_ids) for proposal in proposals}
    with store.engine.connect() as connection:
        for pair in _alike(connection):
            query = select(lead.c.lead_id).where(lead.c.lead_id.in_(pair))
            found = connection.scalars(query.order_by(lead.c.created_at, lead.c.lead_id)).all()
            if len(found) > 1 and frozenset(found) not in known:
                alike = MergeProposal(lead_ids=tuple(found), alike_in=(Likeness.CONVERTED,))
                proposals.append(alike)
    return proposals


def join_leads(store: Store, kept: str, others: Collection[str], *, by: str) -> None:
    """Make one lead of several; each of their records in CRMs leads to it from now on.

    Parameters
    ----------
    store : Store
    kept : str
        Lead that stays.
    others : collection of str
        Leads that become part of it.
    by : str
        Who said so, for the audit.

    Raises
    ------
    LeadDataError
        If one of them is not stored, or there is nothing to join.
    """
    lead_ids = {kept, *others}
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        query = select(lead.c.lead_id).where(lead.c.lead_id.in_(lead_ids))
        lacking = sorted(lead_ids - set(connection.scalars(query)))
        if lacking or len(lead_ids) == 1:
            got = f"{lacking[0]!r}, which is not" if lacking else f"{kept!r} alone"
            msg = f"leads to join are two or more that are stored; got {got}. Check the ids."
            raise LeadDataError(msg)
        ids = lead_external_id.c
        records = select(ids.vendor, ids.external_id).where(ids.lead_id.in_(lead_ids))
        found: dict[str, dict[str, str]] = {}
        for vendor, record in connection.execute(records):
            found.setdefault(vendor, {})[one_spelling(record)] = kept
        for vendor in {*found, *_vendors(connection, JOINED)}:
            before = _read(connection, vendor, JOINED)
            moved = {record: kept for record, lead_id in before.items() if lead_id in lead_ids}
            after = before | moved | found.get(vendor, {})
            if after != before:
                _write(connection, vendor, JOINED, after)
        connection.commit()
    merge_leads(store, kept, lead_ids - {kept}, by=by)


def read_joined(store: Store, vendor: str) -> dict[str, str]:
    """Leads that were joined, by each record that leads to one of them."""
    with store.engine.connect() as connection:
        return _read(connection, vendor, JOINED)


def note_alike(store: Store, vendor: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Remember leads that a CRM's records show to be one person, for a proposal.

    Parameters
    ----------
    store : Store
    vendor : str
        As in ``salesforce``.
    pairs : iterable of (str, str)
        Leads, two by two.
    """
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        before = _read(connection, vendor, ALIKE)
        after = before | dict(pairs)
        if after != before:
            _write(connection, vendor, ALIKE, after)
        connection.commit()


def take_records(connection: Connection, lead_id: str) -> set[tuple[str, str]]:
    """Records that lead to a lead, each with its CRM; what was remembered of them goes.

    Parameters
    ----------
    connection : Connection
        Its transaction is ended by the caller.
    lead_id : str
    """
    ids = lead_external_id.c
    query = select(ids.vendor, ids.external_id).where(ids.lead_id == lead_id)
    records = {(row.vendor, one_spelling(row.external_id)) for row in connection.execute(query)}
    for vendor in _vendors(connection, JOINED):
        joined = _read(connection, vendor, JOINED)
        records |= {(vendor, record) for record, there in joined.items() if there == lead_id}
    for stream in (JOINED, ALIKE):
        for vendor in _vendors(connection, stream):
            before = _read(connection, vendor, stream)
            kept = {one: other for one, other in before.items() if lead_id not in (one, other)}
            if kept != before:
                _write(connection, vendor, stream, kept)
    return records


def _alike(connection: Connection) -> list[tuple[str, str]]:
    vendors = _vendors(connection, ALIKE)
    return sorted(pair for vendor in vendors for pair in _read(connection, vendor, ALIKE).items())


def _vendors(connection: Connection, stream: str) -> list[str]:
    columns = crm_cursor.c
    return list(connection.scalars(select(columns.vendor).where(columns.stream == stream)))


def _read(connection: Connection, vendor: str, stream: str) -> dict[str, str]:
    columns = crm_cursor.c
    text = connection.scalar(
        select(columns.position).where(columns.vendor == vendor, columns.stream == stream)
    )
    return json.loads(text) if text else {}


def _write(connection: Connection, vendor: str, stream: str, told: dict[str, str]) -> None:
    columns = crm_cursor.c
    connection.execute(delete(crm_cursor).where(columns.vendor == vendor, columns.stream == stream))
    row = {"vendor": vendor, "stream": stream, "position": json.dumps(told)}
    connection.execute(insert(crm_cursor).values(**row, moved_at=datetime.now(UTC)))
