"""Tokens that open one thing once: setting a password, or the second step of signing in.

As with sessions only a hash is kept. One of a kind per account: a new one replaces the one before.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, insert, or_, select

from features.store.schema import one_time_token, user
from features.store.store import Store
from serving.ledger.access.audit import write_audit
from serving.ledger.access.users import User, as_user, only_an_account


class Purpose(StrEnum):
    """What a token opens."""

    PASSWORD = "password"
    CODE = "code"


def add_token(
    store: Store, login: str, *, token_hash: str, purpose: Purpose, lasts: timedelta, by: str
) -> None:
    """Keep a token, in place of an earlier one for the same.

    Parameters
    ----------
    store : Store
    login : str
        Whose.
    token_hash : str
    purpose : Purpose
    lasts : timedelta
        Time from now until it opens nothing any more.
    by : str
        Who made it; a link for somebody else goes into the audit.

    Raises
    ------
    LeadDataError
        If there is no such account, or it is closed.
    """
    now = datetime.now(UTC)
    mine = (one_time_token.c.login == login) & (one_time_token.c.purpose == purpose.value)
    row = {"token_hash": token_hash, "login": login, "purpose": purpose.value}
    with store.engine.begin() as connection:
        connection.execute(delete(one_time_token).where(or_(mine, one_time_token.c.ends_at <= now)))
        known = select(user.c.login).where(user.c.login == login, user.c.disabled_at.is_(None))
        if connection.scalar(known) is None:
            raise only_an_account(login, "given a link, and only an open one")
        connection.execute(insert(one_time_token).values(**row, ends_at=now + lasts))
        if by != login:
            write_audit(connection, by=by, action="password_link_made", subject=login)


def read_token(store: Store, token_hash: str, purpose: Purpose) -> User | None:
    """Whose token it is; None if it is none, was used or has ended.

    Parameters
    ----------
    store : Store
    token_hash : str
    purpose : Purpose
    """
    query = (
        select(user)
        .join(one_time_token, one_time_token.c.login == user.c.login)
        .where(
            one_time_token.c.token_hash == token_hash,
            one_time_token.c.purpose == purpose.value,
            one_time_token.c.ends_at > datetime.now(UTC),
            user.c.disabled_at.is_(None),
        )
    )
    with store.engine.connect() as connection:
        row = connection.execute(query).mappings().first()
    return None if row is None else as_user(dict(row))


def use_token(store: Store, token_hash: str) -> bool:
    """Use a token up; False if somebody else was faster."""
    with store.engine.begin() as connection:
        used = delete(one_time_token).where(one_time_token.c.token_hash == token_hash)
        return bool(connection.execute(used).rowcount)
