"""Attempts to sign in, counted before they are checked, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from features.core.errors import LeadDataError
from features.store import Store
from serving.ledger.access.audit import read_audit
from serving.ledger.access.sign_in_attempts import (
    AttemptLimit,
    AttemptLimits,
    forget_attempts,
    forget_old_attempts,
    reserve_attempt,
    unlock_login,
)
from serving.ledger.access.users import Role, User, add_user

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIMITS = AttemptLimits(
    by_login_and_address=AttemptLimit(most=3, within=HOUR),
    by_address=AttemptLimit(most=5, within=HOUR),
    by_login=AttemptLimit(most=6, within=DAY),
)


def _reserve(store: Store, login: str, address: str, limits: AttemptLimits = LIMITS) -> bool:
    return reserve_attempt(store, login_hash=login, address=address, limits=limits)


def test_attempts_at_once_get_no_more_than_attempts_in_turn(store: Store) -> None:
    with ThreadPoolExecutor(12) as pool:
        given = list(pool.map(lambda _: _reserve(store, "a", "192.0.2.1"), range(12)))

    assert sum(given) == 3


def test_failures_at_one_address_leave_the_login_open_at_another(store: Store) -> None:
    assert [_reserve(store, "a", "attacker") for _ in range(4)] == [True, True, True, False]

    assert _reserve(store, "a", "owner")


def test_an_address_and_a_login_have_limits_of_their_own(store: Store) -> None:
    by_address = [_reserve(store, login, "attacker") for login in "abcdef"]
    by_login = [_reserve(store, "z", f"address {number}") for number in range(7)]

    assert by_address == [True] * 5 + [False]
    assert by_login == [True] * 6 + [False]


def test_failures_stop_counting_after_their_time(store: Store) -> None:
    short = AttemptLimits(
        by_login_and_address=AttemptLimit(most=1, within=-HOUR),
        by_address=AttemptLimit(most=1, within=-HOUR),
        by_login=AttemptLimit(most=3, within=DAY),
    )

    assert [_reserve(store, "a", "x", short) for _ in range(4)] == [True, True, True, False]
    assert forget_old_attempts(store, before=datetime.now(UTC) + HOUR) == 3
    assert _reserve(store, "a", "x", short)


def test_who_signs_in_counts_anew_there_and_only_there(store: Store) -> None:
    for address in ("here", "here", "here", "there", "there", "there"):
        assert _reserve(store, "a", address)

    forget_attempts(store, login_hash="a", address="here")

    assert _reserve(store, "a", "here")
    assert not _reserve(store, "a", "there")


def test_an_account_is_unlocked_everywhere_and_it_is_recorded(store: Store) -> None:
    sato = User(
        login="sato",
        name="佐藤",
        role=Role.SALES,
        team=None,
        language=None,
        password_hash="$argon2id$",
        made_at=datetime(2026, 4, 1, tzinfo=UTC),
    )
    add_user(store, sato, by="admin")
    for number in range(6):
        _reserve(store, "hash of sato", f"address {number}")
    assert not _reserve(store, "hash of sato", "owner")

    assert unlock_login(store, "sato", login_hash="hash of sato", by="admin") == 6

    assert _reserve(store, "hash of sato", "owner")
    assert (read_audit(store)[0].action, read_audit(store)[0].subject) == ("user_unlocked", "sato")
    with pytest.raises(LeadDataError, match="only an account can be unlocked"):
        unlock_login(store, "tanaka", login_hash="x", by="admin")
