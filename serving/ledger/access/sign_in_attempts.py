"""Attempts to sign in: each counts as failed before its password is checked, until it succeeds.

Why before: of sixty tries at once each would otherwise find that none had failed yet.

Why by login and address together: whoever mistypes somebody's password elsewhere must not lock
them out where they work. Against guessing from many addresses the login has a limit of its own,
over a longer time; an administrator can lift it (``awase user unlock``).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, and_, delete, func, insert, or_, select

from features.core.errors import LeadDataError
from features.store.schema import sign_in_failure, user
from features.store.store import Store
from serving.ledger.access.audit import write_audit

_ATTEMPT_LOCK = 7_205_744
"""Number under which PostgreSQL lets one transaction at a time count; any constant will do."""


LONGEST_COUNTED = timedelta(days=1)
"""After which a failure counts nowhere any more, and is forgotten."""


@dataclass(frozen=True, kw_only=True)
class AttemptLimit:
    """How many attempts may fail within a time."""

    most: int
    within: timedelta


@dataclass(frozen=True, kw_only=True)
class AttemptLimits:
    """Every limit that an attempt must keep."""

    by_login_and_address: AttemptLimit
    by_address: AttemptLimit
    by_login: AttemptLimit


def reserve_attempt(store: Store, *, login_hash: str, address: str, limits: AttemptLimits) -> bool:
    """Count an attempt as failed, before its password is checked; False if there were too many.

    Parameters
    ----------
    store : Store
    login_hash : str
        Of what was typed as login: people type passwords there too.
    address : str
        Where the attempt comes from.
    limits : AttemptLimits
        None counts further back than ``LONGEST_COUNTED``.
    """
    now = datetime.now(UTC)
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_ATTEMPT_LOCK)))
        old = sign_in_failure.c.failed_at < now - LONGEST_COUNTED
        connection.execute(delete(sign_in_failure).where(old))
        is_free = _is_free(connection, login_hash, address, limits=limits, now=now)
        if is_free:
            row = {"login_hash": login_hash, "address": address, "failed_at": now}
            connection.execute(insert(sign_in_failure).values(**row))
        connection.commit()
    return is_free


def _is_free(
    connection: Connection, login_hash: str, address: str, *, limits: AttemptLimits, now: datetime
) -> bool:
    mine = sign_in_failure.c.login_hash == login_hash
    here = sign_in_failure.c.address == address

    counted = (
        (and_(mine, here), limits.by_login_and_address),
        (here, limits.by_address),
        (mine, limits.by_login),
    )
    failed = [
        func.count().filter(and_(condition, sign_in_failure.c.failed_at >= now - limit.within))
        for condition, limit in counted
    ]
    row = connection.execute(select(*failed).where(or_(mine, here))).one()
    return all(n < limit.most for n, (_, limit) in zip(row, counted, strict=True))


def forget_attempts(store: Store, *, login_hash: str, address: str) -> None:
    """Forget the failed attempts at one login from one address; elsewhere failures still count.

    Parameters
    ----------
    store : Store
    login_hash : str
        Hash of what was typed as login.
    address : str
        Where the attempts came from.
    """
    with store.engine.begin() as connection:
        connection.execute(
            delete(sign_in_failure).where(
                sign_in_failure.c.login_hash == login_hash, sign_in_failure.c.address == address
            )
        )


def unlock_login(store: Store, login: str, *, login_hash: str, by: str) -> int:
    """Let somebody try again at once; gives how many failed attempts were forgotten.

    Parameters
    ----------
    store : Store
    login : str
        As it is kept.
    login_hash : str
        Under which its attempts are counted.
    by : str
        Who unlocks it.

    Raises
    ------
    LeadDataError
        If there is no such account.
    """
    with store.engine.begin() as connection:
        if connection.scalar(select(user.c.login).where(user.c.login == login)) is None:
            msg = f"only an account can be unlocked; got {login!r}, which is none. See the list."
            raise LeadDataError(msg)
        mine = sign_in_failure.c.login_hash == login_hash
        gone = connection.execute(delete(sign_in_failure).where(mine)).rowcount
        write_audit(connection, by=by, action="user_unlocked", subject=login)
    return int(gone)


def forget_old_attempts(store: Store, *, before: datetime) -> int:
    """Remove failed attempts from before an instant; gives how many."""
    with store.engine.begin() as connection:
        gone = delete(sign_in_failure).where(sign_in_failure.c.failed_at < before)
        return int(connection.execute(gone).rowcount)
