from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from features.core.errors import LeadDataError
from features.store import Store
from serving.ledger.access.audit import read_audit
from serving.ledger.access.sessions import end_session, read_session, start_session
from serving.ledger.access.users import (
    Role,
    User,
    add_user,
    disable_user,
    list_users,
    read_user,
    set_language,
)

SATO = User(
    login="sato",
    name="佐藤",
    role=Role.SALES,
    team="east",
    language=None,
    password_hash="$argon2id$",
    made_at=datetime(2026, 4, 1, tzinfo=UTC),
)
HOUR = timedelta(hours=1)


def _whose(store: Store, token_hash: str) -> User | None:
    opened = read_session(store, token_hash, idle=HOUR)
    return None if opened is None else opened.user


@pytest.fixture
def peopled(store: Store) -> Store:
    """A store with one account."""
    add_user(store, SATO, by="admin")
    return store


def test_an_account_is_read_as_it_was_kept(peopled: Store) -> None:
    assert read_user(peopled, "sato") == SATO
    assert read_user(peopled, "tanaka") is None
    assert list_users(peopled) == [SATO]
    assert read_audit(peopled)[0].action == "user_added"


def test_a_login_is_taken_once(peopled: Store) -> None:
    with pytest.raises(LeadDataError, match="is taken"):
        add_user(peopled, replace(SATO, name="Another"), by="admin")


def test_a_session_opens_until_it_ends(peopled: Store) -> None:
    start_session(peopled, "sato", token_hash="open", lasts=HOUR)
    start_session(peopled, "sato", token_hash="over", lasts=-HOUR)

    assert _whose(peopled, "open") == SATO
    assert _whose(peopled, "over") is None
    end_session(peopled, "open")
    assert _whose(peopled, "open") is None


def test_disabling_an_account_ends_its_sessions_at_once(peopled: Store) -> None:
    start_session(peopled, "sato", token_hash="open", lasts=HOUR)

    disable_user(peopled, "sato", by="admin")

    assert _whose(peopled, "open") is None
    with pytest.raises(LeadDataError, match="only an account"):
        disable_user(peopled, "tanaka", by="admin")


def test_a_language_is_remembered(peopled: Store) -> None:
    set_language(peopled, "sato", "en")

    read = read_user(peopled, "sato")
    assert read is not None
    assert read.language == "en"
