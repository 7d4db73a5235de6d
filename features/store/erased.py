"""Which leads were forgotten, so that neither an old export nor a CRM brings them back."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Engine, insert, select

from features.store.schema import forgotten_lead


def hash_of(lead_id: str) -> str:
    """Under which a forgotten lead's id is kept."""
    return hashlib.sha256(lead_id.encode()).hexdigest()


def hash_of_record(vendor: str, record_id: str) -> str:
    """Under which the record is kept that a forgotten lead had in a CRM."""
    return hash_of(f"{vendor} {record_id}")


def remember_forgotten(connection: Connection, hashes: Collection[str]) -> None:
    """Keep hashes of what is not to come back; those that are known stay as they are.

    Parameters
    ----------
    connection : Connection
        Its transaction is ended by the caller.
    hashes : collection of str
        From :func:`hash_of` and :func:`hash_of_record`.
    """
    column, now = forgotten_lead.c.lead_hash, datetime.now(UTC)
    known = set(connection.scalars(select(column).where(column.in_(hashes))))
    rows = [{"lead_hash": one, "forgotten_at": now} for one in sorted(set(hashes) - known)]
    if rows:
        connection.execute(insert(forgotten_lead), rows)


def read_forgotten(engine: Engine) -> frozenset[str]:
    """Hashes of the ids of all forgotten leads, and of their records in CRMs."""
    with engine.connect() as connection:
        return frozenset(connection.scalars(select(forgotten_lead.c.lead_hash)))


def forgotten_among(connection: Connection, lead_ids: Collection[str]) -> set[str]:
    """Those of a few ids whose lead was forgotten."""
    hashes = {hash_of(lead_id): lead_id for lead_id in lead_ids}
    query = select(forgotten_lead.c.lead_hash).where(forgotten_lead.c.lead_hash.in_(hashes))
    return {hashes[found] for found in connection.scalars(query)}


def without_forgotten(rows: pa.Table, hashes: Iterable[str]) -> pa.Table:
    """The rows of a lead table whose lead was not forgotten.

    Parameters
    ----------
    hashes : iterable of str
        From :func:`read_forgotten`.
    """
    gone = frozenset(hashes)
    if not gone:
        return rows
    ids = rows.column("lead_id").unique().to_pylist()
    named = pa.array([lead_id for lead_id in ids if hash_of(lead_id) in gone], pa.string())
    return rows.filter(pc.invert(pc.is_in(rows.column("lead_id"), named)))
