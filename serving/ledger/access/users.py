"""People who sign in: their accounts, and what an administrator may change of them.

Passwords arrive here as argon2 hashes and tokens as SHA-256 hashes: what the database holds lets
nobody in, since the secret of a second factor opens nothing without the password.

Why that secret is kept as it is: a sign-in has to read it, so that a hash will not do, and the
server has no key to encrypt it with. A key in the folder or the backup that holds the database,
too, would keep nobody out.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from features.core.errors import LeadDataError
from features.core.text import Language
from features.store.schema import one_time_token, session, user
from features.store.store import Store
from serving.ledger.access.audit import write_audit


class Role(StrEnum):
    """What a person does, and therefore sees."""

    SALES = "sales"
    MARKETING = "marketing"
    DATA_SCIENCE = "data_science"
    ADMIN = "admin"


@dataclass(frozen=True, kw_only=True)
class User:
    """An account.

    Attributes
    ----------
    login : str
        What the person types: an e-mail address or a short name, in small letters.
    team : str or None
        A member of sales sees the leads of this team; None: of all teams.
    language : str or None
        None: what the browser asks for.
    must_set_password : bool
        Whether somebody else chose the password, so that the next sign-in asks for another.
    totp_secret : str or None
        That an authenticator app shares; None: no code is asked for.
    totp_step : int or None
        Half minute of the last code used.
    digest_stopped_at : datetime or None
        Since when the person wants no digest; None: gets it.
    """

    login: str
    name: str
    role: Role
    team: str | None
    language: Language | None
    password_hash: str
    made_at: datetime
    disabled_at: datetime | None = None
    must_set_password: bool = False
    totp_secret: str | None = field(default=None, repr=False)
    totp_step: int | None = None
    digest_stopped_at: datetime | None = None


def add_user(store: Store, new: User, *, by: str) -> None:
    """Keep a new account.

    Parameters
    ----------
    store : Store
    new : User
    by : str
        Who made the account, for the audit.

    Raises
    ------
    LeadDataError
        If the login is taken.
    """
    try:
        with store.engine.begin() as connection:
            connection.execute(insert(user).values(**asdict(new)))
            write_audit(connection, by=by, action="user_added", subject=new.login)
    except IntegrityError:
        msg = f"a login must be new; got {new.login!r}, which is taken. Choose another."
        raise LeadDataError(msg) from None


def read_user(store: Store, login: str) -> User | None:
    """The account of a login, disabled or not; None where there is none."""
    with store.engine.connect() as connection:
        row = connection.execute(select(user).where(user.c.login == login)).mappings().first()
    return None if row is None else as_user(dict(row))


def list_users(store: Store) -> list[User]:
    """All accounts by login."""
    with store.engine.connect() as connection:
        rows = connection.execute(select(user).order_by(user.c.login)).mappings()
        return [as_user(dict(row)) for row in rows]


def disable_user(store: Store, login: str, *, by: str) -> None:
    """Close an account and end its sessions at once.

    Parameters
    ----------
    store : Store
    login : str
    by : str
        Who closes the account, for the audit.

    Raises
    ------
    LeadDataError
        If there is no such account.
    """
    with store.engine.begin() as connection:
        _locked(connection, login, "disabled")
        _set(connection, login, disabled_at=datetime.now(UTC))
        connection.execute(delete(session).where(session.c.login == login))
        connection.execute(delete(one_time_token).where(one_time_token.c.login == login))
        write_audit(connection, by=by, action="user_disabled", subject=login)


def reopen_user(store: Store, login: str, *, by: str) -> None:
    """Open a closed account again, with the password it had.

    Parameters
    ----------
    store : Store
    login : str
    by : str
        Who opens the account, for the audit.

    Raises
    ------
    LeadDataError
        If there is no such account.
    """
    with store.engine.begin() as connection:
        _locked(connection, login, "opened again")
        _set(connection, login, disabled_at=None)
        write_audit(connection, by=by, action="user_reopened", subject=login)


def set_password_hash(store: Store, login: str, password_hash: str) -> None:
    """Replace the hash of a password, because it changed or the hashing did.

    Parameters
    ----------
    store : Store
    login : str
    password_hash : str
        The new hash; never the password itself.
    """
    with store.engine.begin() as connection:
        connection.execute(
            update(user).where(user.c.login == login).values(password_hash=password_hash)
        )


def set_language(store: Store, login: str, language: Language) -> None:
    """Remember the language a person chose.

    Parameters
    ----------
    store : Store
    login : str
    language : {"ja", "en"}
    """
    with store.engine.begin() as connection:
        connection.execute(update(user).where(user.c.login == login).values(language=language))


def change_user(
    store: Store, login: str, *, by: str, role: Role, name: str, team: str | None
) -> None:
    """Give somebody another role, name or team, from the next request on.

    Parameters
    ----------
    store : Store
    login : str
    by : str
        Who changes it, for the audit.
    role : Role
    name : str
        What pages call the person.
    team : str or None
        Whose leads the person sees; None: of all teams.

    Raises
    ------
    LeadDataError
        If there is no such account.
    """
    with store.engine.begin() as connection:
        before = _locked(connection, login, "changed")
        _set(connection, login, role=role.value, name=name, team=team)
        moved = [
            f"{what}: {old} to {new}"
            for what, old, new in (("role", before.role, role), ("team", before.team, team))
            if old != new
        ]
        detail = "; ".join(moved) or None
        write_audit(connection, by=by, action="user_changed", subject=login, detail=detail)


def set_password(
    store: Store, login: str, password_hash: str, *, by: str, must_set: bool, but: str | None = None
) -> None:
    """Give somebody another password; every session but one ends.

    Parameters
    ----------
    store : Store
    login : str
    password_hash : str
        The new hash; never the password itself.
    by : str
        Who sets it, for the audit.
    must_set : bool
        Whether the next sign-in asks for a password of one's own.
    but : str, optional
        Hash of the token of the session in which it is done.

    Raises
    ------
    LeadDataError
        If there is no such account.
    """
    with store.engine.begin() as connection:
        _locked(connection, login, "given a password")
        _set(connection, login, password_hash=password_hash, must_set_password=must_set)
        mine = session.c.login == login
        others = mine if but is None else mine & (session.c.token_hash != but)
        connection.execute(delete(session).where(others))
        connection.execute(delete(one_time_token).where(one_time_token.c.login == login))
        write_audit(connection, by=by, action="password_set", subject=login)


def set_totp(store: Store, login: str, secret: str | None, *, by: str) -> None:
    """Ask somebody for a code of an authenticator app at every sign-in, or no longer.

    Parameters
    ----------
    store : Store
    login : str
    secret : str or None
        That the app shares, in base 32; None: no code is asked for.
    by : str
        Who sets it, for the audit.

    Raises
    ------
    LeadDataError
        If there is no such account.
    """
    action = "second_factor_off" if secret is None else "second_factor_on"
    with store.engine.begin() as connection:
        _locked(connection, login, "given a second factor")
        _set(connection, login, totp_secret=secret, totp_step=None)
        write_audit(connection, by=by, action=action, subject=login)


def set_digest(store: Store, login: str, *, wanted: bool) -> None:
    """Remember whether a person wants the digest.

    Parameters
    ----------
    store : Store
    login : str
    wanted : bool

    Raises
    ------
    LeadDataError
        If there is no such account.
    """
    with store.engine.begin() as connection:
        before = _locked(connection, login, "written to")
        if (before.digest_stopped_at is None) == wanted:
            return
        _set(connection, login, digest_stopped_at=None if wanted else datetime.now(UTC))
        action = "digest_started" if wanted else "digest_stopped"
        write_audit(connection, by=login, action=action, subject=login)


def take_totp_step(store: Store, login: str, step: int) -> bool:
    """Use up a code; False if it, or a later one, was used before.

    Parameters
    ----------
    store : Store
    login : str
    step : int
        Number of the code's half minute.
    """
    is_new = user.c.totp_step.is_(None) | (user.c.totp_step < step)
    taken = update(user).where(user.c.login == login, is_new).values(totp_step=step)
    with store.engine.begin() as connection:
        return bool(connection.execute(taken).rowcount)


def only_an_account(login: str, what: str) -> LeadDataError:
    """What is said where there is no such account."""
    msg = f"only an account can be {what}; got {login!r}, which is none. See the list."
    return LeadDataError(msg)


def _locked(connection: Connection, login: str, what: str) -> User:
    """The account as it is before a change, which nobody else makes meanwhile."""
    _set(connection, login, login=login)
    row = connection.execute(select(user).where(user.c.login == login)).mappings().first()
    if row is None:
        raise only_an_account(login, what)
    return as_user(dict(row))


def _set(connection: Connection, login: str, /, **values: Any) -> None:
    connection.execute(update(user).where(user.c.login == login).values(**values))


def as_user(row: Mapping[str, Any]) -> User:
    """The account that a row of its table holds."""
    return User(**dict(row) | {"role": Role(row["role"])})
