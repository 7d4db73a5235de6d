from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, update

from features.core.clock import from_second, to_second
from features.store import Store
from features.store.arrivals import LIVE_RUN, known_until
from features.store.runs import running
from features.store.schema import api_key, audit, decision, run

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
IMPORTED = datetime(2026, 11, 28, 5, 15, tzinfo=UTC)


def _import(store: Store, at: datetime = IMPORTED) -> None:
    with running(store, "import") as run_id:
        pass
    with store.engine.begin() as connection:
        connection.execute(update(run).where(run.c.run_id == run_id).values(finished_at=at))


def _send(store: Store, at: datetime, *, run_id: str = LIVE_RUN) -> None:
    with store.engine.begin() as connection:
        connection.execute(
            insert(decision).values(
                lead_id="L1",
                as_of=at + timedelta(seconds=1),
                decided_at=at,
                run_id=run_id,
                definition_version="1",
                qualification="NONE",
                rulebook_points=0.0,
                rulebook_qualification="NONE",
            )
        )


def _give_key(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(
            insert(api_key).values(
                prefix="p",
                secret_hash="h",
                name="web site",
                scope="write",
                made_at=IMPORTED,
                made_by="me",
                ends_at=NOW + timedelta(days=365),
            )
        )


def test_a_store_filled_by_a_script_is_known_until_now(store: Store) -> None:
    assert known_until(store, NOW) == to_second(NOW)


def test_nothing_is_known_after_the_newest_import(store: Store) -> None:
    _import(store, IMPORTED - timedelta(days=3))
    _import(store)

    assert from_second(known_until(store, NOW)) == IMPORTED


def test_an_import_by_a_clock_ahead_counts_up_to_now(store: Store) -> None:
    _import(store, NOW + timedelta(days=1))

    assert known_until(store, NOW) == to_second(NOW)


def test_what_a_program_sent_since_counts_and_what_a_batch_decided_does_not(store: Store) -> None:
    _import(store)
    _give_key(store)
    _send(store, IMPORTED + timedelta(hours=2))
    _send(store, IMPORTED + timedelta(hours=3), run_id="abc")

    assert from_second(known_until(store, NOW)) == IMPORTED + timedelta(hours=2)


def test_what_sales_said_since_counts(store: Store) -> None:
    _import(store)
    said_at = IMPORTED + timedelta(hours=4)
    with store.engine.begin() as connection:
        connection.execute(
            insert(audit).values(
                happened_at=said_at,
                by="sales",
                action="accepted",
                subject="L1",
                content_hash="",
                chain_hash="",
            )
        )

    assert from_second(known_until(store, NOW)) == said_at
