"""Which months can be reviewed, and what a review is made from: read off the ends of indexes."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, text

from features.definition import LeadDefinition
from features.store import Store
from features.store.schema import lead, outcome
from serving.review.make_review import stamp_of
from serving.web.pages.review.kept_reviews import reviewable

CREATED_AT = [datetime(2026, month, 15, tzinfo=UTC) for month in (2, 3, 5)]
ANSWERED_AT = datetime(2026, 7, 2, tzinfo=UTC)


@pytest.fixture
def few_leads(store: Store) -> Store:
    """Three leads, of which the last was answered long after."""
    leads = [
        {"lead_id": f"L{number}", "created_at": at, "day_only": False}
        for number, at in enumerate(CREATED_AT)
    ]
    answer = {"lead_id": "L2", "stage": "won", "occurred_at": ANSWERED_AT, "known_at": ANSWERED_AT}
    with store.engine.begin() as connection:
        connection.execute(lead.insert(), leads)
        connection.execute(outcome.insert(), answer)
    return store


def test_the_month_to_open_is_the_last_in_which_leads_came(
    few_leads: Store, every_kind: LeadDefinition
) -> None:
    assert [month.name for month in reviewable(few_leads, every_kind)] == [
        "2026-02",
        "2026-05",
        "2026-07",
    ]


@pytest.mark.parametrize("read", [reviewable, stamp_of])
def test_no_lead_and_no_outcome_is_read_for_it(
    few_leads: Store, every_kind: LeadDefinition, read: Callable[[Store, LeadDefinition], object]
) -> None:
    steps = _steps(few_leads, lambda: read(few_leads, every_kind))

    of_big_tables = [step for step in steps if "lead" in step or "outcome" in step]
    indexes = ("ix_lead_created_at", "ix_outcome_known_at", "ix_hand_over_handed_over_at")
    assert [step for step in of_big_tables if "ix_outcome_known_at" in step]
    assert not [step for step in of_big_tables if not any(name in step for name in indexes)]
    # SQLite walks along an index, too; only to count outcomes must it.
    assert not [step for step in steps if step.startswith("SCAN lead")]


def _steps(store: Store, read: Callable[[], object]) -> list[str]:
    """How the database walks to whatever something reads, where it need not read whole tables."""
    asked: list[tuple[str, object]] = []
    event.listen(
        store.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, given, *_: asked.append((statement, given)),
    )
    read()
    wanted = [one for one in asked if one[0].startswith("SELECT")]
    with store.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            plans = [(f"EXPLAIN QUERY PLAN {query}", given, 3) for query, given in wanted]
        else:
            # Of three rows it would read the table.
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            connection.execute(text("SET LOCAL enable_bitmapscan = off"))
            plans = [(f"EXPLAIN {query}", given, 0) for query, given in wanted]
        return [
            row[at]
            for plan, given, at in plans
            for row in connection.exec_driver_sql(plan, given)
            if "SCAN" in row[at].upper() or "SEARCH" in row[at]
        ]
