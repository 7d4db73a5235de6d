"""Passwords as argon2 hashes, and how often one may be tried.

Why an unknown login is hashed against too: the answer then takes as long as for a known one, and
nobody learns from the clock which addresses have an account.

Why hashing has threads of its own, and few: a hash takes 64 MiB and all of a core on purpose. On
the threads of requests sixty at once took gigabytes, and nobody else was answered meanwhile.
"""

import asyncio
import hashlib
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache
from ipaddress import IPv6Address, ip_address, ip_network

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from features.core.errors import LeadDataError
from features.store import Store
from serving.ledger.access.sign_in_attempts import (
    LONGEST_COUNTED,
    AttemptLimit,
    AttemptLimits,
    forget_attempts,
    reserve_attempt,
    unlock_login,
)
from serving.ledger.access.users import User, read_user, set_password_hash

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
"""Characters: short ones are guessed, very long ones only keep the hash busy."""

FEWEST_CHARACTERS = 5
"""Different ones: what repeats a few is in every list of guesses."""

LONGEST_LOGIN = 200

TRIES_PER_LOGIN_AND_ADDRESS = 5
TRIES_PER_ADDRESS = 30
"""Failures before a pause: at one login from one address, and from one address (an office shares
one) at any login."""

PAUSE = timedelta(minutes=15)

TRIES_PER_LOGIN = 100
TRIES_PER_LOGIN_WITHIN = LONGEST_COUNTED
"""Failures at one login from anywhere: as many as NIST SP 800-63B allows in a row, and so slow that
no list of common passwords is worked through."""

LIMITS = AttemptLimits(
    by_login_and_address=AttemptLimit(most=TRIES_PER_LOGIN_AND_ADDRESS, within=PAUSE),
    by_address=AttemptLimit(most=TRIES_PER_ADDRESS, within=PAUSE),
    by_login=AttemptLimit(most=TRIES_PER_LOGIN, within=TRIES_PER_LOGIN_WITHIN),
)

HASHED_AT_ONCE = 2
HASHING_GIVES_WAY = 10
"""Steps of priority by which hashing stands behind all else: argon2 works on four threads, more
than many a server has cores. Health took a median of 18 ms while sixty signed in, now 2 to 4."""

MOST_WAITING = 100
"""Sign-ins under way before more are sent away: with two at a time the last waits some seconds."""

HOME_PREFIX = 64
"""Leading bits of an IPv6 address that one customer of a provider has for itself."""


class TooManyTries(Exception):
    """Sign-in has to pause, after failures or because too many sign in right now."""


class PasswordChecker:
    """Checks passwords, a few at a time; one per process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._hashing = ThreadPoolExecutor(HASHED_AT_ONCE, "awase-hashing", initializer=_give_way)
        self._lock = threading.Lock()
        self._n_waiting = 0

    async def check(self, login: str, password: str, *, address: str) -> User | None:
        """The account a login and a password open; None if they open none.

        Parameters
        ----------
        login, password : str
            As they were typed.
        address : str
            Where the attempt comes from, as :func:`address_of` says.

        Raises
        ------
        TooManyTries
            If there were too many failures of late, or too many are signing in right now.
        """
        login = normalise_login(login)
        with self._turn():
            is_free = await run_in_threadpool(
                reserve_attempt,
                self._store,
                login_hash=hash_login(login),
                address=address,
                limits=LIMITS,
            )
            if not is_free:
                raise TooManyTries
            user = await run_in_threadpool(_open_account, self._store, login)
            verified, renewed = await asyncio.get_running_loop().run_in_executor(
                self._hashing, _verify, user, password[:LONGEST_PASSWORD]
            )
            if user is None or not verified:
                return None
            await run_in_threadpool(self._signed_in, login, address, renewed)
        return user

    async def hash(self, password: str) -> str:
        """Hash a new password, when a thread of hashing is free.

        Raises
        ------
        TooManyTries
            If too many are signing in right now.
        """
        with self._turn():
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._hashing, hash_password, password)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock:
            if self._n_waiting >= MOST_WAITING:
                raise TooManyTries
            self._n_waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_waiting -= 1

    def _signed_in(self, login: str, address: str, renewed: str | None) -> None:
        forget_attempts(self._store, login_hash=hash_login(login), address=address)
        if renewed is not None:
            # The recommended cost of a hash grows over the years.
            set_password_hash(self._store, login, renewed)


def unlock(store: Store, login: str, *, by: str) -> int:
    """Let somebody try again at once; gives how many failed attempts were forgotten.

    Parameters
    ----------
    store : Store
    login : str
        As somebody types it.
    by : str
        Who unlocks it.

    Raises
    ------
    LeadDataError
        If there is no such account.
    """
    login = normalise_login(login)
    return unlock_login(store, login, login_hash=hash_login(login), by=by)


def check_new_password(login: str, password: str) -> None:
    """Refuse a password that is guessed at once.

    Parameters
    ----------
    login : str
    password : str
        As it was typed.

    Raises
    ------
    LeadDataError
        If it is too short or too long, made of few characters, or the login itself.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        msg = (
            f"a password must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; got "
            f"{len(password)}. Choose another."
        )
        raise LeadDataError(msg)
    if len(set(password)) < FEWEST_CHARACTERS or (login and login in password.lower()):
        msg = (
            f"a password must hold {FEWEST_CHARACTERS} different characters and not the login; "
            "got one that is guessed first. Choose another."
        )
        raise LeadDataError(msg)


def hash_password(password: str) -> str:
    """What is kept of a password."""
    return _hasher().hash(password)


def normalise_login(login: str) -> str:
    """A login as it is kept: small letters, no spaces around it."""
    return login.strip().lower()[:LONGEST_LOGIN]


def hash_login(login: str) -> str:
    """Under which the attempts at a login are counted."""
    return hashlib.sha256(login.encode()).hexdigest()


def _give_way() -> None:
    """Lower the priority of this thread and of those that argon2 starts from it."""
    if sys.platform == "linux":  # elsewhere it would be the process's
        thread = threading.get_native_id()
        with suppress(OSError):  # a sandbox may not let us; signing in goes on without
            now = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, now + HASHING_GIVES_WAY)


def _open_account(store: Store, login: str) -> User | None:
    user = read_user(store, login)
    return None if user is None or user.disabled_at is not None else user


def _verify(user: User | None, password: str) -> tuple[bool, str | None]:
    """Whether a password is somebody's, and its new hash where the hashing has changed."""
    hashed = _nobodys_hash() if user is None else user.password_hash
    try:
        return _hasher().verify_and_update(password, hashed)
    except UnknownHashError:  # a damaged row opens nothing
        return False, None


def address_of(request: Request) -> str:
    """Where a request comes from, as attempts are counted."""
    return "unknown" if request.client is None else _network(request.client.host)


def _network(address: str) -> str:
    """What is counted as one address: of IPv6 all that one customer of a provider has.

    Examples
    --------
    >>> _network("2001:db8:0:1::7"), _network("192.0.2.1"), _network("testclient")
    ('2001:db8:0:1::/64', '192.0.2.1', 'testclient')
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, HOME_PREFIX), strict=False))


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("nobody has this password")
