"""Colleagues, counted anew by going through every row, against the indexed spans."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.core.clock import DAY
from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.families.account import colleagues_of
from features.history import History
from features.lookback.bulk import BulkLookback
from features.moments import Moments
from features.store.lead_tables import LeadTables

MakeTables = Callable[..., LeadTables]
Row = dict[str, Any]

AS_OF = 1_750_000_000
WEEK = 7 * DAY
LEADS = ("L1", "L2", "L3", "L4")
INSTANTS = st.sampled_from(
    [AS_OF + days * DAY + second for days in (-40, -7, -3, 0, 5) for second in (-1, 0, 1)]
)
AN_EVENT = st.fixed_dictionaries(
    {
        "lead_id": st.sampled_from(LEADS),
        "behaviour": st.sampled_from(["visit", "inquiry"]),
        "occurred_at": INSTANTS,
        "known_at": INSTANTS,
    }
)
A_MEMBERSHIP = st.fixed_dictionaries(
    {
        "lead_id": st.sampled_from(LEADS),
        "attribute": st.just("account_id"),
        "known_at": INSTANTS,
        "value": st.sampled_from(["A1", "A2", None]),
    }
)
AN_OUTCOME = st.fixed_dictionaries(
    {
        "lead_id": st.sampled_from(LEADS),
        "stage": st.sampled_from(["accepted", "opportunity", "won", "lost"]),
        "occurred_at": INSTANTS,
        "known_at": INSTANTS,
    }
)


def _at(row: Row) -> int:
    return int(max(row.get("occurred_at", 0), row["known_at"]))


def _account(lead: str, facts: list[Row]) -> str | None:
    """Newest account known strictly before AS_OF."""
    known = [row for row in facts if row["lead_id"] == lead and row["known_at"] < AS_OF]
    return max(known, key=lambda row: row["known_at"])["value"] if known else None


def _in_week(rows: list[Row], lead: str) -> list[Row]:
    return [r for r in rows if r["lead_id"] == lead and AS_OF - WEEK <= _at(r) < AS_OF]


def _deal_state(lead: str, outcomes: list[Row]) -> tuple[bool, bool]:
    """Whether a deal is open, and whether any was won, just before AS_OF."""
    order = ["opportunity", "won", "lost"]
    mine = [r for r in outcomes if r["lead_id"] == lead and r["stage"] in order and _at(r) < AS_OF]
    mine.sort(key=lambda row: (_at(row), order.index(row["stage"])))
    is_open = bool(mine) and mine[-1]["stage"] == "opportunity"
    return is_open, any(row["stage"] == "won" for row in mine)


@given(
    events=st.lists(AN_EVENT, max_size=20),
    facts=st.lists(
        A_MEMBERSHIP, max_size=10, unique_by=lambda row: (row["lead_id"], row["known_at"])
    ),
    outcomes=st.lists(AN_OUTCOME, max_size=8),
)
def test_colleagues_are_those_of_the_account_known_at_as_of(
    every_kind: LeadDefinition,
    make_tables: MakeTables,
    events: list[Row],
    facts: list[Row],
    outcomes: list[Row],
) -> None:
    tables = make_tables(leads=LEADS, events=events, facts=facts, outcomes=outcomes)
    history = History.from_tables(tables, every_kind)
    moments = Moments.of(range(len(LEADS)), [AS_OF] * len(LEADS))
    seen = colleagues_of(BulkLookback(history=history, moments=moments))

    for position, lead in enumerate(LEADS):
        account = _account(lead, facts)
        others = [o for o in LEADS if o != lead and _account(o, facts) == account]
        expected = {
            "people": len(others),
            "active_people": sum(bool(_in_week(events, o)) for o in others),
            "visits": sum(r["behaviour"] == "visit" for o in others for r in _in_week(events, o)),
            "open_deals": sum(_deal_state(o, outcomes)[0] for o in others),
            "won_deals": sum(_deal_state(o, outcomes)[1] for o in others),
        }
        actual = {
            "people": seen.people()[position],
            "active_people": seen.active_people(7)[position],
            "visits": seen.count("visit", 7)[position],
            "open_deals": seen.open_deals()[position],
            "won_deals": seen.won_deals()[position],
        }
        if account is None:
            assert all(np.isnan(value) for value in actual.values())
        else:
            assert actual == expected


def _first_touch(history: History, lead: int, as_of: int) -> float:
    moments = Moments.of([lead], [as_of])
    lookback = BulkLookback(history=history, moments=moments)
    return float(colleagues_of(lookback).days_since_first_touch()[0])


def test_the_first_touch_counts_from_when_somebody_was_known_to_be_there(
    every_kind: LeadDefinition, make_tables: MakeTables
) -> None:
    def at_account(lead: str, account: str, known_at: int) -> Row:
        named = {"attribute": "account_id", "value": account}
        return named | {"lead_id": lead, "known_at": known_at}

    history = History.from_tables(
        make_tables(
            leads=("L1", "L2"),
            # L1 visited before anybody knew its firm, and has moved since; L2 never did anything.
            events=[{"lead_id": "L1", "at": AS_OF - 20 * DAY}],
            facts=[
                at_account("L1", "A1", AS_OF - 10 * DAY),
                at_account("L1", "A2", AS_OF - 5 * DAY),
                at_account("L2", "A1", AS_OF - 30 * DAY),
            ],
        ),
        every_kind,
    )

    assert np.isnan(_first_touch(history, 1, AS_OF - 10 * DAY))
    assert _first_touch(history, 1, AS_OF) == 10
    assert _first_touch(history, 0, AS_OF) == 5


def test_a_history_without_accounts_says_what_is_missing(
    every_kind: LeadDefinition, make_tables: MakeTables
) -> None:
    windows = every_kind.windows.model_copy(update={"account": False})
    history = History.from_tables(make_tables(), every_kind.model_copy(update={"windows": windows}))
    lookback = BulkLookback(history=history, moments=Moments.of([0], [AS_OF]))

    with pytest.raises(LeadDataError, match="got one without"):
        colleagues_of(lookback)
