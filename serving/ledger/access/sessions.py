"""Who is signed in where: sessions, each known by the hash of the token that a browser holds.

A session ends at its end, after a time without any request, when its owner signs out, and when an
administrator ends it. Kept here and not in the cookie, so that each of these works at once.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from features.store.schema import session, user
from features.store.store import Store
from serving.ledger.access.audit import write_audit
from serving.ledger.access.users import User, as_user

NAME_LENGTH = 12
"""Characters of a session's hash by which it is named: no token can be made from them."""

SEEN_EVERY = timedelta(minutes=1)
"""How exactly is kept when a session was last used."""


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """A session that opens pages.

    Attributes
    ----------
    is_stale : bool
        Whether it is time to write down that the session is in use.
    """

    user: User
    is_stale: bool


@dataclass(frozen=True, kw_only=True)
class ListedSession:
    """A session as lists show it.

    Attributes
    ----------
    name : str
        Beginning of its hash.
    """

    name: str
    login: str
    started_at: datetime
    seen_at: datetime
    ends_at: datetime


def hash_token(token: str) -> str:
    """What the store keeps of a token that a browser holds."""
    return hashlib.sha256(token.encode()).hexdigest()


def start_session(store: Store, login: str, *, token_hash: str, lasts: timedelta) -> None:
    """Keep a new session, and remove those that have ended.

    Parameters
    ----------
    store : Store
    login : str
    token_hash : str
        Hash of the token that the browser holds.
    lasts : timedelta
        Time from now until the session ends.
    """
    now = datetime.now(UTC)
    times = {"started_at": now, "seen_at": now, "ends_at": now + lasts}
    with store.engine.begin() as connection:
        connection.execute(delete(session).where(session.c.ends_at <= now))
        connection.execute(insert(session).values(token_hash=token_hash, login=login, **times))
        write_audit(connection, by=login, action="signed_in", subject=login)


def read_session(store: Store, token_hash: str, *, idle: timedelta) -> OpenSession | None:
    """Whose session a token opens; None where it has ended or the account is disabled.

    Parameters
    ----------
    store : Store
    token_hash : str
        Hash of the token that the browser holds.
    idle : timedelta
        After how long without a request a session ends.
    """
    now = datetime.now(UTC)
    query = (
        select(user, session.c.seen_at)
        .join(session, session.c.login == user.c.login)
        .where(
            session.c.token_hash == token_hash,
            session.c.ends_at > now,
            session.c.seen_at > now - idle,
            user.c.disabled_at.is_(None),
        )
    )
    with store.engine.connect() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        return None
    found = dict(row)
    seen_at: datetime = found.pop("seen_at")
    return OpenSession(user=as_user(found), is_stale=now - seen_at > SEEN_EVERY)


def touch_session(connection: Connection, *, token_hash: str) -> None:
    """Write down that a session is in use."""
    mine = update(session).where(session.c.token_hash == token_hash)
    connection.execute(mine.values(seen_at=datetime.now(UTC)))


def list_sessions(
    store: Store, *, idle: timedelta, login: str | None = None
) -> tuple[ListedSession, ...]:
    """Sessions that are open, the one used last first.

    Parameters
    ----------
    store : Store
    idle : timedelta
        After how long without a request a session ends.
    login : str, optional
        Whose; everybody's unless given.
    """
    now = datetime.now(UTC)
    query = select(session).where(session.c.ends_at > now, session.c.seen_at > now - idle)
    if login is not None:
        query = query.where(session.c.login == login)
    with store.engine.connect() as connection:
        rows = connection.execute(query.order_by(session.c.seen_at.desc())).mappings()
        return tuple(
            ListedSession(
                name=row["token_hash"][:NAME_LENGTH],
                login=row["login"],
                started_at=row["started_at"],
                seen_at=row["seen_at"],
                ends_at=row["ends_at"],
            )
            for row in rows
        )


def end_session(store: Store, token_hash: str) -> None:
    """Forget a session whose owner signs out."""
    with store.engine.begin() as connection:
        connection.execute(delete(session).where(session.c.token_hash == token_hash))


def end_sessions(
    store: Store, login: str, *, by: str, name: str | None = None, but: str | None = None
) -> int:
    """End somebody's sessions at once; gives how many there were.

    Parameters
    ----------
    store : Store
    login : str
        Whose.
    by : str
        Who ends them, for the audit.
    name : str, optional
        Of the only one to end; all unless given.
    but : str, optional
        Hash of the token of a session that stays.
    """
    with store.engine.begin() as connection:
        n_ended = drop_sessions(connection, login, but=but, name=name)
        if n_ended:
            write_audit(
                connection, by=by, action="sessions_ended", subject=login, detail=f"{n_ended}"
            )
    return n_ended


def drop_sessions(
    connection: Connection, login: str, *, but: str | None = None, name: str | None = None
) -> int:
    """Remove somebody's sessions within a transaction; gives how many there were.

    Parameters
    ----------
    connection : Connection
    login : str
        Whose.
    but : str, optional
        Hash of the token of a session that stays.
    name : str, optional
        Of the only one to remove.
    """
    which: list[ColumnElement[bool]] = [session.c.login == login]
    if but is not None:
        which.append(session.c.token_hash != but)
    if name is not None:
        which.append(session.c.token_hash.startswith(name, autoescape=True))
    return int(connection.execute(delete(session).where(*which)).rowcount)
