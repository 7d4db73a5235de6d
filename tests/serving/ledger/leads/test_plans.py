"""How SQLite walks to a page of the worklist and to its counts: along an index."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from features.store import Store
from serving.ledger.leads.lead_state import newest_as_of
from serving.ledger.leads.queues import Clock, Queue
from serving.ledger.leads.waiting_by_owner import owns_any, waiting_by_owner
from serving.ledger.leads.worklist import WorklistFilter, count_listed, read_page

VIEWS = {
    "all": WorklistFilter(),
    "waiting": WorklistFilter(waiting=True),
    "accepted": WorklistFilter(reached="accepted"),
    "returned": WorklistFilter(verdict="returned", listed_only=False),
    "won": WorklistFilter(ended="won", listed_only=False),
}


CLOCK = Clock(now=datetime(2026, 6, 1, tzinfo=UTC), response_time=timedelta(hours=24))


@pytest.fixture
def plans_of(sqlite_url: str) -> Iterator[Callable[[Callable[[Store], object]], list[str]]]:
    """How SQLite walks, step by step, to whatever something reads."""
    store = Store.open(sqlite_url)

    def plans(read: Callable[[Store], object]) -> list[str]:
        asked: list[tuple[str, Any]] = []
        event.listen(
            store.engine,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, given, *_: asked.append((statement, given)),
        )
        read(store)
        with store.engine.connect() as connection:
            return [
                step.detail
                for statement, given in [one for one in asked if one[0].startswith("SELECT")]
                for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            ]

    yield plans
    store.close()


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_walks_through_all_leads(plans_of, view: str) -> None:
    def read(store: Store) -> None:
        read_page(store, VIEWS[view])
        count_listed(store, VIEWS[view])
        with store.engine.connect() as connection:
            newest_as_of(connection)

    plans = plans_of(read)

    assert any("standing USING" in step for step in plans)
    # The greatest of all is the end of an index; SQLite calls that a search.
    assert not [step for step in plans if step.startswith("SCAN standing")]


@pytest.mark.parametrize("queue", Queue)
def test_no_queue_is_found_by_a_walk_through_all_that_are_listed(plans_of, queue: Queue) -> None:
    wanted = WorklistFilter(queue=(queue, CLOCK))

    plans = plans_of(lambda store: (read_page(store, wanted), count_listed(store, wanted)))

    assert _indexes_of(plans) <= {
        "ix_standing_waiting",
        "ix_standing_listed_reached_priority_lead_id",
    }


def test_whether_somebody_owns_a_lead_is_read_along_the_owners(plans_of) -> None:
    plans = plans_of(lambda store: owns_any(store, ("Sato", "sato")))

    assert _indexes_of(plans) == {"ix_standing_owner"}


def test_what_waits_with_whom_is_counted_without_a_walk_through_all_leads(plans_of) -> None:
    plans = plans_of(lambda store: waiting_by_owner(store, CLOCK, None))

    assert _indexes_of(plans) == {"ix_standing_waiting"}


def _indexes_of(plans: list[str]) -> set[str]:
    walks = [step for step in plans if "standing" in step]
    return {index for step in walks for index in re.findall(r"ix_standing\w+|$", step)[:1]}
