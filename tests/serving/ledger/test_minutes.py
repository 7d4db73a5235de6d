"""Minutes of meetings: written once, read by month, taken out with a trace."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from features.core.errors import LeadDataError
from features.store.schema import audit
from serving.ledger.minutes import (
    LONGEST_DECISION,
    MeetingDecision,
    last_meeting,
    read_minutes,
    withdraw_decision,
    write_decision,
)

DECIDED = MeetingDecision(
    month="2026-05", screen="trend", what="Call back", owner="Lee", due=None, kpi=None, by="sales"
)


def test_the_last_meeting_is_the_newest_before_a_month_that_decided_something(store) -> None:
    for month in ("2026-02", "2026-05", "2026-06"):
        write_decision(store, replace(DECIDED, month=month))

    assert last_meeting(store, before="2026-06") == "2026-05"
    assert last_meeting(store, before="2026-05") == "2026-02"
    assert last_meeting(store, before="2026-02") is None


def test_a_decision_taken_out_leaves_its_trace(store) -> None:
    write_decision(store, DECIDED)
    (kept,) = read_minutes(store, "2026-05")

    withdraw_decision(store, kept.number, month="2026-04", by="sales")
    assert len(read_minutes(store, "2026-05")) == 1
    withdraw_decision(store, kept.number, month="2026-05", by="sales")

    assert read_minutes(store, "2026-05") == ()
    with store.engine.connect() as connection:
        actions = connection.scalars(select(audit.c.action).order_by(audit.c.audit_id)).all()
    assert actions == ["decision_minuted", "decision_withdrawn"]


@pytest.mark.parametrize("what", ["", "x" * (LONGEST_DECISION + 1)])
def test_a_decision_says_something_and_not_too_much(store, what: str) -> None:
    with pytest.raises(LeadDataError, match="1 to 500 characters"):
        write_decision(store, replace(DECIDED, what=what))
