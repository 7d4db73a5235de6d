"""Passwords as argon2 hashes, and how often one may be tried.

Why an unknown login is hashed against too: the answer then takes as long as for a known one, and
nobody learns from the clock which addresses have an account.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache

from pwdlib import PasswordHash

from features.core.errors import LeadDataError
from features.store import Store
from serving.ledger.access.users import (
    Role,
    User,
    add_user,
    count_failures,
    forget_failures,
    read_user,
    record_failure,
    set_password_hash,
)

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
"""Characters: short ones are guessed, very long ones only keep the hash busy."""

LONGEST_LOGIN = 200

TRIES_PER_LOGIN = 5
TRIES_PER_ADDRESS = 30
"""Failures before a pause, at one login and from one address (an office shares one)."""

PAUSE = timedelta(minutes=15)


class TooManyTries(Exception):
    """Sign-in has to pause; how long is :data:`PAUSE`."""


def make_user(
    store: Store, login: str, password: str, *, name: str, role: Role, team: str | None = None
) -> User:
    """Make an account with a password.

    Raises
    ------
    LeadDataError
        If the login is empty or taken, or the password is too short or too long.
    """
    login = normalise_login(login)
    if not login or not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        msg = (
            f"an account needs a login and a password of {SHORTEST_PASSWORD} to "
            f"{LONGEST_PASSWORD} characters; got a login of {len(login)} and a password of "
            f"{len(password)} characters. Choose others."
        )
        raise LeadDataError(msg)
    user = User(
        login=login,
        name=name,
        role=role,
        team=team,
        language=None,
        password_hash=_hasher().hash(password),
        made_at=datetime.now(UTC).replace(microsecond=0),
    )
    add_user(store, user, by=login)
    return user


def check_password(store: Store, login: str, password: str, *, address: str) -> User | None:
    """The account a login and a password open; None if they open none.

    Raises
    ------
    TooManyTries
        If there were too many failures of late at this login or from this address.
    """
    login = normalise_login(login)
    login_hash = hashlib.sha256(login.encode()).hexdigest()
    at_login, from_address = count_failures(
        store, login_hash=login_hash, address=address, within=PAUSE
    )
    if at_login >= TRIES_PER_LOGIN or from_address >= TRIES_PER_ADDRESS:
        raise TooManyTries
    user = read_user(store, login)
    known = user is not None and user.disabled_at is None
    verified, renewed = _hasher().verify_and_update(
        password[:LONGEST_PASSWORD], user.password_hash if user and known else _nobodys_hash()
    )
    if user is None or not known or not verified:
        record_failure(store, login_hash=login_hash, address=address)
        return None
    forget_failures(store, login_hash)
    if renewed is not None:
        # The recommended cost of a hash grows over the years.
        set_password_hash(store, login, renewed)
    return user


def normalise_login(login: str) -> str:
    """A login as it is kept: small letters, no spaces around it."""
    return login.strip().lower()[:LONGEST_LOGIN]


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("nobody has this password")
