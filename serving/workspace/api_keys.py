"""Keys of programs: made once, shown once, checked in constant time.

A key reads ``awase_<prefix>_<secret>``. The prefix finds the row; the secret is 32 random bytes, so
its SHA-256 needs neither salt nor slowness: there is nothing to guess.
"""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from features.core.errors import LeadDataError
from features.store import Store
from serving.ledger.access.api_keys import ApiKey, Scope, add_key, read_key

MARK = "awase"
_PREFIX_BYTES = 6
_SECRET_BYTES = 32
LONGEST_NAME = 120
MOST_DAYS = 3_650
LONGEST_KEY = 200


def make_key(store: Store, name: str, *, scope: Scope, days: int, by: str) -> str:
    """Make an API key and give its text, which cannot be read again.

    Parameters
    ----------
    store : Store
    name : str
        What it is for.
    scope : Scope
        What the holder may do.
    days : int
        Days until it ends.
    by : str
        Who made it.

    Raises
    ------
    LeadDataError
        If the name is blank or too long, or the days are out of range.
    """
    if not 1 <= days <= MOST_DAYS:
        msg = f"a key must last 1 to {MOST_DAYS} days; got {days}. Name another number."
        raise LeadDataError(msg)
    if not name.strip() or len(name) > LONGEST_NAME:
        msg = (
            f"a key needs a name of 1 to {LONGEST_NAME} characters; got {len(name)}. Name its use."
        )
        raise LeadDataError(msg)
    prefix, secret = secrets.token_hex(_PREFIX_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    now = datetime.now(UTC)
    key = ApiKey(
        prefix=prefix,
        secret_hash=_hash(secret),
        name=name.strip(),
        scope=scope,
        made_at=now,
        made_by=by,
        ends_at=now + timedelta(days=days),
    )
    add_key(store, key)
    return f"{MARK}_{prefix}_{secret}"


def check_key(connection: Connection, token: str) -> ApiKey | None:
    """The open key a token is; None if it is none, has ended or was revoked."""
    mark, _, rest = token[:LONGEST_KEY].partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != MARK or not prefix or not secret or not prefix.isalnum():
        return None
    key = read_key(connection, prefix)
    # Compared even where there is no such key: the answer takes as long either way.
    kept = _NOBODYS_HASH if key is None else key.secret_hash
    is_same = hmac.compare_digest(_hash(secret), kept)
    if key is None or not is_same or not key.is_open(datetime.now(UTC)):
        return None
    return key


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


_NOBODYS_HASH = _hash("nobody has this key")
