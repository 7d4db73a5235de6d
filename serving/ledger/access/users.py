"""People who sign in: accounts, sessions and the record of what they did.

Passwords arrive here as argon2 hashes and session tokens as SHA-256 hashes: the database never
holds what would let somebody in.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from features.core.errors import LeadDataError
from features.core.text import Language
from features.store.schema import session, user
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
    """

    login: str
    name: str
    role: Role
    team: str | None
    language: Language | None
    password_hash: str
    made_at: datetime
    disabled_at: datetime | None = None


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
    return None if row is None else _user(row)


def list_users(store: Store) -> list[User]:
    """All accounts by login."""
    with store.engine.connect() as connection:
        rows = connection.execute(select(user).order_by(user.c.login)).mappings()
        return [_user(row) for row in rows]


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
        now = datetime.now(UTC)
        closed = connection.execute(
            update(user).where(user.c.login == login).values(disabled_at=now)
        )
        if not closed.rowcount:
            msg = f"only an account can be disabled; got {login!r}, which is none. See the list."
            raise LeadDataError(msg)
        connection.execute(delete(session).where(session.c.login == login))
        write_audit(connection, by=by, action="user_disabled", subject=login)


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
    with store.engine.begin() as connection:
        connection.execute(delete(session).where(session.c.ends_at <= now))
        connection.execute(
            insert(session).values(
                token_hash=token_hash, login=login, started_at=now, ends_at=now + lasts
            )
        )
        write_audit(connection, by=login, action="signed_in", subject=login)


def read_session(store: Store, token_hash: str) -> User | None:
    """Whose session a token opens; None where it has ended or the account is disabled."""
    query = (
        select(user)
        .join(session, session.c.login == user.c.login)
        .where(
            session.c.token_hash == token_hash,
            session.c.ends_at > datetime.now(UTC),
            user.c.disabled_at.is_(None),
        )
    )
    with store.engine.connect() as connection:
        row = connection.execute(query).mappings().first()
    return None if row is None else _user(row)


def end_session(store: Store, token_hash: str) -> None:
    """Forget a session."""
    with store.engine.begin() as connection:
        connection.execute(delete(session).where(session.c.token_hash == token_hash))


def _user(row: RowMapping) -> User:
    fields = dict(row)
    return User(**fields | {"role": Role(fields["role"])})
