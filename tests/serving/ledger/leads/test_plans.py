"""How SQLite walks to a page of the worklist and to its counts: along an index."""

from typing import Any

import pytest
from sqlalchemy import event

from features.store import Store
from serving.ledger.leads.lead_state import newest_as_of
from serving.ledger.leads.worklist import WorklistFilter, count_listed, read_page

VIEWS = {
    "all": WorklistFilter(),
    "waiting": WorklistFilter(waiting=True),
    "accepted": WorklistFilter(reached="accepted"),
    "returned": WorklistFilter(verdict="returned", listed_only=False),
    "won": WorklistFilter(ended="won", listed_only=False),
}


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_walks_through_all_leads(sqlite_url: str, view: str) -> None:
    store = Store.open(sqlite_url)
    asked: list[tuple[str, Any]] = []
    event.listen(
        store.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, given, *_: asked.append((statement, given)),
    )

    read_page(store, VIEWS[view])
    count_listed(store, VIEWS[view])
    with store.engine.connect() as connection:
        newest_as_of(connection)
        plans = [
            step.detail
            for statement, given in [one for one in asked if one[0].startswith("SELECT")]
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
        ]
    store.close()

    assert any("standing USING" in step for step in plans)
    # The greatest of all is the end of an index; SQLite calls that a search.
    assert not [step for step in plans if step.startswith("SCAN standing")]
