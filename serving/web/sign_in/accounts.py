"""Making accounts and setting their passwords, for pages and command line alike.

Whoever did not choose a password themselves is asked for one of their own: they follow a one-time
link, sent by an administrator or given by the first sign-in. Until then nothing opens.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from features.core.errors import LeadDataError
from features.store import Store
from serving.ledger.access.one_time_tokens import Purpose, add_token
from serving.ledger.access.sessions import hash_token
from serving.ledger.access.users import Role, User, add_user, set_password
from serving.web.sign_in.passwords import check_new_password, hash_password, normalise_login

LINK_LASTS = timedelta(days=1)
"""Of a link that an administrator sends."""

FIRST_LASTS = timedelta(minutes=15)
"""Of the page to which a first sign-in leads."""

LONGEST_NAME = 200


@dataclass(frozen=True, kw_only=True)
class NewAccount:
    """An account to make.

    Attributes
    ----------
    login : str
        As somebody types it.
    name : str
        What pages call the person.
    team : str or None
        Whose leads the person sees, where the role does not see all teams.
    """

    login: str
    name: str
    role: Role
    team: str | None = None


def make_user(
    store: Store, account: NewAccount, password: str | None, *, by: str, is_own: bool = False
) -> User:
    """Make an account.

    Parameters
    ----------
    store : Store
    account : NewAccount
    password : str or None
        Kept only as a hash; None: nobody knows it, and a link is needed.
    by : str
        Who makes it, for the audit.
    is_own : bool
        Whether its owner chose the password; otherwise the first sign-in asks for another.

    Raises
    ------
    LeadDataError
        If the login is empty or taken, or the password is guessed at once.
    """
    login = normalise_login(account.login)
    if not login or len(account.name) > LONGEST_NAME:
        msg = (
            f"an account needs a login and a name of at most {LONGEST_NAME} characters; got a "
            f"login of {len(login)} and a name of {len(account.name)}. Choose others."
        )
        raise LeadDataError(msg)
    if password is not None:
        check_new_password(login, password)
    user = User(
        login=login,
        name=account.name.strip() or login,
        role=account.role,
        team=account.team,
        language=None,
        password_hash=hash_password(password or secrets.token_urlsafe(32)),
        made_at=datetime.now(UTC).replace(microsecond=0),
        must_set_password=not is_own,
    )
    add_user(store, user, by=by)
    return user


def give_password(store: Store, login: str, password: str, *, by: str) -> None:
    """Set somebody's password; they are asked for one of their own when they sign in.

    Parameters
    ----------
    store : Store
    login : str
        As somebody types it.
    password : str
    by : str
        Who sets it, for the audit.

    Raises
    ------
    LeadDataError
        If there is no such account, or the password is guessed at once.
    """
    login = normalise_login(login)
    check_new_password(login, password)
    set_password(store, login, hash_password(password), by=by, must_set=True)


def make_password_link(store: Store, login: str, *, by: str, lasts: timedelta = LINK_LASTS) -> str:
    """Path at which somebody sets a password of their own, once.

    Parameters
    ----------
    store : Store
    login : str
        As somebody types it.
    by : str
        Who makes it, for the audit.
    lasts : timedelta
        Time from now until it opens nothing any more.

    Raises
    ------
    LeadDataError
        If there is no such account, or it is closed.
    """
    token = secrets.token_urlsafe(32)
    add_token(
        store,
        normalise_login(login),
        token_hash=hash_token(token),
        purpose=Purpose.PASSWORD,
        lasts=lasts,
        by=by,
    )
    return f"/set-password/{token}"
