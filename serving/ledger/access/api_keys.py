"""Keys of programs that call the API: what is kept of each is a hash, never the key."""

from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from features.core.clock import from_second
from features.core.errors import LeadDataError
from features.store.schema import api_key
from features.store.store import Store
from serving.ledger.access.audit import write_audit


class Scope(StrEnum):
    """What the holder of a key may do; writing includes reading."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A key as the store keeps it.

    Attributes
    ----------
    prefix : str
        The beginning of the key, by which it is found and named.
    secret_hash : str
        SHA-256 of the rest, hexadecimal.
    name : str
        What the key is for.
    """

    prefix: str
    secret_hash: str
    name: str
    scope: Scope
    made_at: datetime
    made_by: str
    ends_at: datetime
    revoked_at: datetime | None = None

    def is_open(self, at: datetime) -> bool:
        """Whether the key opens anything at an instant."""
        return self.revoked_at is None and at < self.ends_at


def add_key(store: Store, key: ApiKey) -> None:
    """Keep a new key."""
    with store.engine.begin() as connection:
        connection.execute(insert(api_key).values(**asdict(key)))
        write_audit(connection, by=key.made_by, action="key_made", subject=key.prefix)


def read_key(connection: Connection, prefix: str) -> ApiKey | None:
    """The key with a beginning, open or not; None where there is none."""
    # Plain text, as every request of a program pays for it.
    query = _BY_PREFIX.format("?" if connection.dialect.name == "sqlite" else "%s")
    row = connection.exec_driver_sql(query, (prefix,)).cursor.fetchone()
    return None if row is None else _stored_key(*row)


def list_keys(store: Store) -> list[ApiKey]:
    """All keys, newest first."""
    with store.engine.connect() as connection:
        rows = connection.execute(select(api_key).order_by(api_key.c.made_at.desc())).mappings()
        return [_key(row) for row in rows]


def revoke_key(store: Store, prefix: str, *, by: str) -> None:
    """Close a key at once.

    Parameters
    ----------
    store : Store
    prefix : str
        Public beginning of the key, by which lists name it.
    by : str
        Who revokes it, for the audit.

    Raises
    ------
    LeadDataError
        If there is no such key.
    """
    with store.engine.begin() as connection:
        closed = connection.execute(
            update(api_key)
            .where(api_key.c.prefix == prefix, api_key.c.revoked_at.is_(None))
            .values(revoked_at=datetime.now(UTC))
        )
        if not closed.rowcount:
            msg = f"only an open key can be revoked; got {prefix!r}, which is none. See the list."
            raise LeadDataError(msg)
        write_audit(connection, by=by, action="key_revoked", subject=prefix)


_FIELDS = [field.name for field in fields(ApiKey)]
_BY_PREFIX = f"SELECT {', '.join(_FIELDS)} FROM {api_key.name} WHERE prefix = {{}}"


@lru_cache(maxsize=1 << 10)  # by all that the row says: a key revoked or renewed is another row
def _stored_key(*row: Any) -> ApiKey:
    stored = dict(zip(_FIELDS, row, strict=True))
    for name in ("made_at", "ends_at", "revoked_at"):
        stored[name] = None if stored[name] is None else from_second(stored[name])
    return ApiKey(**{**stored, "scope": Scope(stored["scope"])})


def _key(row: RowMapping) -> ApiKey:
    return ApiKey(**{**row, "scope": Scope(row["scope"])})
