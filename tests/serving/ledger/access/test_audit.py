"""The audit is only ever added to, and a change of it shows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from features.store import Store
from features.store.schema import audit
from serving.ledger.access.audit import AuditAnchor, check_audit, redact_audit, write_audit

EARLIER = datetime(2026, 4, 1, tzinfo=UTC)


def _write(store: Store, *subjects: str, **more: Any) -> None:
    for subject in subjects:
        with store.engine.begin() as connection:
            write_audit(connection, by="sato", action="lead_opened", subject=subject, **more)


def _as_intruder(engine: Engine, statement: Any) -> None:
    """Change what the triggers guard, as somebody could who owns the database."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for trigger in ("audit_not_deleted", "audit_not_changed"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger}"))
        connection.execute(statement)


def test_a_whole_chain_is_whole_and_gives_an_anchor(store: Store) -> None:
    assert check_audit(store).last is None
    _write(store, "L1", "L2", "L3", detail="d", on_behalf_of="suzuki")

    first = check_audit(store)
    _write(store, "L4")
    second = check_audit(store, first.last)

    assert (first.n_entries, first.broken) == (3, ())
    assert (second.n_entries, second.broken, second.is_anchored) == (4, (), True)


@pytest.mark.parametrize(
    "change",
    [delete(audit), update(audit).values(by="other"), update(audit).values(subject="L9")],
    ids=["delete", "by", "subject"],
)
def test_the_database_refuses_to_change_or_delete_an_entry(store: Store, change: Any) -> None:
    _write(store, "L1")

    with (
        pytest.raises(DBAPIError, match="only ever added"),
        store.engine.begin() as connection,
    ):
        connection.execute(change)


@pytest.mark.parametrize(
    "change",
    [
        update(audit).where(audit.c.subject == "L2").values(by="other"),
        update(audit).where(audit.c.subject == "L2").values(happened_at=EARLIER),
        update(audit).where(audit.c.subject == "L2").values(nonce=None, subject="L9"),
        update(audit).where(audit.c.subject == "L2").values(on_behalf_of="other"),
    ],
    ids=["by", "happened_at", "as if forgotten", "on_behalf_of"],
)
def test_a_changed_entry_shows(store: Store, change: Any) -> None:
    _write(store, "L1", "L2", "L3")

    _as_intruder(store.engine, change)

    assert len(check_audit(store).broken) == 1


def test_a_gap_shows(store: Store) -> None:
    _write(store, "L1", "L2", "L3")

    _as_intruder(store.engine, delete(audit).where(audit.c.subject == "L2"))

    assert len(check_audit(store).broken) == 1


def test_an_entry_put_in_shows(store: Store) -> None:
    _write(store, "L1")
    row = {"happened_at": None, "by": "x", "action": "a", "subject": "s", "nonce": "n"}

    with store.engine.begin() as connection:
        happened_at = connection.scalar(select(audit.c.happened_at))
        hashes = {"content_hash": "c", "chain_hash": "d"}
        connection.execute(insert(audit).values(**row | hashes | {"happened_at": happened_at}))

    assert len(check_audit(store).broken) == 1


def test_an_end_that_was_cut_off_shows_by_its_anchor(store: Store) -> None:
    _write(store, "L1", "L2")
    anchor = check_audit(store).last

    _as_intruder(store.engine, delete(audit).where(audit.c.subject == "L2"))

    found = check_audit(store, anchor)
    assert (found.broken, found.is_anchored) == ((), False)


def test_another_hash_is_another_anchor(store: Store) -> None:
    _write(store, "L1")

    assert not check_audit(store, AuditAnchor(number=1, link="0" * 64)).is_anchored


def test_a_forgotten_lead_goes_from_the_audit_and_the_chain_holds(store: Store) -> None:
    _write(store, 'L"1', "other")
    _write(store, "noted", detail='{"lead": "L\\"1"}')
    _write(store, 'L"1 into L2', 'L0 into L"1', "L0 into L2")

    with store.engine.begin() as connection:
        redact_audit(connection, 'L"1', "forgotten-1", by="admin")

    found = check_audit(store)
    with store.engine.connect() as connection:
        rows = connection.execute(
            select(audit.c.subject, audit.c.detail).order_by(audit.c.audit_id)
        ).all()
    assert (found.broken, found.n_redacted) == ((), 4)
    assert 'L"1' not in repr(rows)
    assert 'L\\\\"1' not in repr(rows)
    assert [row.subject for row in rows[3:6]] == [
        "forgotten-1 into L2",
        "L0 into forgotten-1",
        "L0 into L2",
    ]


def test_both_leads_of_a_merge_may_be_forgotten(store: Store) -> None:
    _write(store, "L1 into L2")

    for lead_id in ("L1", "L2"):
        with store.engine.begin() as connection:
            redact_audit(connection, lead_id, f"forgotten-{lead_id[1]}", by="admin")

    assert check_audit(store).broken == ()


def test_entries_written_at_once_make_one_chain(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: _write(store, f"L{number}"), range(80)))

    found = check_audit(store)
    assert (found.n_entries, found.broken) == (80, ())
