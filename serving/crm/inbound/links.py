"""Which leads a CRM's records are about there and here, and which records tell otherwise."""

import hashlib
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select

from features.store import Store
from features.store.schema import event, outcome
from serving.ledger.leads.merge import events_of

AT_ONCE = 200
"""Records of one query."""


def outcome_tag(vendor: str, record_object: str, record_id: str) -> str:
    """Name the CRM record that gave an outcome, for the outcome's column ``by``.

    Parameters
    ----------
    vendor : str
        As in ``hubspot``.
    record_object : str
        The CRM's object, such as ``deals``.
    record_id : str
        The CRM's id of the record.
    """
    return f"{vendor} {record_object} {record_id}"


def leads_of_outcomes(store: Store, vendor: str, kind: str) -> dict[str, set[str]]:
    """Read the leads that outcomes of a kind's records are about, by record.

    Parameters
    ----------
    store : Store
    vendor : str
        As in ``hubspot``.
    kind : str
        The CRM's object, such as ``deals``.
    """
    prefix = outcome_tag(vendor, kind, "")
    query = select(outcome.c.by, outcome.c.lead_id)
    found: dict[str, set[str]] = {}
    with store.engine.connect() as connection:
        for tag, lead_id in connection.execute(
            query.where(outcome.c.by.startswith(prefix, autoescape=True))
        ):
            found.setdefault(str(tag).removeprefix(prefix), set()).add(lead_id)
    return found


def digest(record_ids: Sequence[str]) -> str:
    """A short name of a set of records, to tell it from another."""
    return hashlib.sha256("\n".join(sorted(record_ids)).encode()).hexdigest()[:12]


def told_otherwise(
    store: Store,
    outcomes: Mapping[str, Collection[str]],
    *,
    there: Mapping[str, Sequence[str]],
    leads: Mapping[str, str],
) -> list[str]:
    """List the records whose rows here are about other leads than the CRM says.

    Parameters
    ----------
    store : Store
    outcomes : mapping from str to collection of str
        What :func:`leads_of_outcomes` found for these records' kind.
    there : mapping from str to sequence of str
        Records of leads that each record belongs to, as the CRM says.
    leads : mapping from str to str
        Lead by its record.
    """
    wrong: list[str] = []
    keys = sorted(there)
    for begin in range(0, len(keys), AT_ONCE):
        part = keys[begin : begin + AT_ONCE]
        here = _leads_of_events(store, part)
        wrong += [
            key
            for key in part
            if any(record not in leads for record in there[key])
            or {leads[record] for record in there[key]}
            != {*here.get(key, ()), *outcomes.get(key, ())}
        ]
    return wrong


def records_of_events(store: Store, prefix: str) -> set[str]:
    """Records that gave events, of those whose ids begin alike."""
    query = select(event.c.event_id).where(event.c.event_id.startswith(prefix, autoescape=True))
    with store.engine.connect() as connection:
        return {str(key).partition("/")[0] for key in connection.scalars(query)}


def _leads_of_events(store: Store, record_ids: Sequence[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    query = select(event.c.event_id, event.c.lead_id).where(events_of(record_ids))
    with store.engine.connect() as connection:
        for event_id, lead_id in connection.execute(query):
            found.setdefault(str(event_id).partition("/")[0], set()).add(lead_id)
    return found
