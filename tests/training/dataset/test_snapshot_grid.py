from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from features.core.clock import to_second
from features.definition import parse_definition
from features.history import History
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from training.dataset.snapshot_grid import grid_moments, keep_with_gap

TOKYO = ZoneInfo("Asia/Tokyo")
DEFINITION = """
format: 1
name: d
title: {{ja: 定義, en: Definition}}
time_zone: Asia/Tokyo
behaviours:
  - {{name: visit, label: {{ja: 訪問, en: Visit}}}}
  - {{name: webinar, label: {{ja: セミナー, en: Webinar}}}}
  - {{name: call, actor: sales, label: {{ja: 架電, en: Call}}}}
snapshots: {snapshots}
outcome: {{stage: opportunity, horizon_days: {horizon}}}
cut_offs: {{mql: {{rule: precision, at_least: 0.1}}, sql: {{rule: precision, at_least: 0.2}}}}
"""
FAR = 4_000_000_000


def at(text):
    return to_second(datetime.fromisoformat(text).replace(tzinfo=TOKYO))


def definition(snapshots="{at: monthly, after_activity: false}", horizon="60"):
    text = DEFINITION.format(snapshots=snapshots, horizon=horizon)
    return parse_definition(text, "d.yaml")


def tables(created, *, events=(), outcomes=(), day_only=False):
    leads = [
        {"lead_id": f"L{i}", "created_at": at(c), "day_only": day_only}
        for i, c in enumerate([created] if isinstance(created, str) else created)
    ]
    event_rows = [
        {
            "event_id": str(i),
            "lead_id": lead,
            "behaviour": behaviour,
            "occurred_at": at(when),
            "known_at": at(known),
            "actor": "sales" if behaviour == "call" else "lead",
        }
        for i, (lead, behaviour, when, known) in enumerate((*e, e[2])[:4] for e in events)
    ]
    outcome_rows = [
        {"lead_id": lead, "stage": stage, "occurred_at": at(when), "known_at": at(known)}
        for lead, stage, when, known in ((*o, o[2])[:4] for o in outcomes)
    ]
    return LeadTables(
        lead=pa.Table.from_pylist(leads, LEAD),
        fact=FACT.empty_table(),
        event=pa.Table.from_pylist(event_rows, EVENT),
        outcome=pa.Table.from_pylist(outcome_rows, OUTCOME),
        hand_over=HAND_OVER.empty_table(),
    )


def grid(lead_tables, lead_definition, until="2026-07-01"):
    moments = grid_moments(
        lead_tables,
        History.from_tables(lead_tables, lead_definition),
        lead_definition,
        until=at(until),
    )
    instants = [datetime.fromtimestamp(s, TOKYO).isoformat(" ")[:16] for s in moments.as_of]
    return list(zip(moments.lead.tolist(), instants, strict=True))


def test_months_begin_in_the_definitions_time_zone_after_creation():
    found = grid(tables("2026-01-31 23:59"), definition(), until="2026-03-15")

    assert found == [(0, "2026-02-01 00:00"), (0, "2026-03-01 00:00")]


def test_a_lead_created_at_a_month_start_waits_for_the_next():
    assert grid(tables("2026-02-01 00:00"), definition(), until="2026-03-01") == [
        (0, "2026-03-01 00:00")
    ]


@pytest.mark.parametrize("stage", ["won", "lost", "opportunity"])
def test_no_month_start_after_the_end_was_known(stage):
    ended = tables("2026-01-10", outcomes=[("L0", stage, "2026-02-20", "2026-03-05")])

    # Over since 20 February, but on 1 March nobody knew.
    assert grid(ended, definition()) == [(0, "2026-02-01 00:00"), (0, "2026-03-01 00:00")]


def test_an_end_exactly_at_a_month_start_is_not_yet_known_there():
    ended = tables("2026-01-10", outcomes=[("L0", "won", "2026-02-01 00:00")])

    assert grid(ended, definition()) == [(0, "2026-02-01 00:00")]


def test_a_returned_lead_stays_open():
    returned = tables("2026-01-10", outcomes=[("L0", "returned", "2026-01-20")])

    assert len(grid(returned, definition(), until="2026-04-01")) == 3


def test_silence_stops_the_months_and_a_new_event_brings_them_back():
    quiet = definition("{at: monthly, after_activity: false, silent_after_days: 45}")
    back = tables("2026-01-10", events=[("L0", "visit", "2026-05-15 12:00")])

    assert [when[:7] for _, when in grid(back, quiet)] == ["2026-02", "2026-06"]


def test_what_sales_did_does_not_break_the_silence():
    quiet = definition("{at: monthly, after_activity: false, silent_after_days: 45}")
    called = tables("2026-01-10", events=[("L0", "call", "2026-05-15 12:00")])

    assert [when[:7] for _, when in grid(called, quiet)] == ["2026-02"]


def test_days_with_activity_are_looked_back_at_from_their_end():
    active = tables(
        "2026-01-10 09:00",
        events=[
            ("L0", "visit", "2026-01-10 09:30"),
            ("L0", "visit", "2026-01-10 23:59"),
            ("L0", "visit", "2026-01-16 00:00"),
            ("L0", "webinar", "2026-01-17 00:00"),
            ("L0", "visit", "2026-01-23 10:00"),
        ],
    )

    # 16 is within seven days of 10; 17 is not; 23 is within seven days of 17.
    assert grid(active, definition("{at: monthly}"), until="2026-01-31") == [
        (0, "2026-01-11 00:00"),
        (0, "2026-01-18 00:00"),
    ]


def test_an_event_known_late_makes_its_day_when_it_is_known():
    late = tables(
        "2026-01-10 09:00", events=[("L0", "visit", "2026-01-11 10:00", "2026-01-20 08:00")]
    )

    assert grid(late, definition("{at: monthly}"), until="2026-01-31") == [(0, "2026-01-21 00:00")]


def test_the_end_of_a_month_and_the_start_of_the_next_are_one_snapshot():
    active = tables("2026-01-10 09:00", events=[("L0", "visit", "2026-01-31 10:00")])

    assert grid(active, definition("{at: monthly}"), until="2026-02-01") == [
        (0, "2026-02-01 00:00")
    ]


def test_creation_is_judged_a_second_later_or_at_the_end_of_the_day():
    creation = definition("{at: creation}")

    assert grid(tables("2026-01-10 09:00"), creation) == [(0, "2026-01-10 09:00")]
    assert grid(tables("2026-01-10", day_only=True), creation) == [(0, "2026-01-11 00:00")]


def test_a_lead_that_ended_on_its_first_day_needs_no_judging_where_only_days_are_known():
    creation = definition("{at: creation}")
    ended = tables("2026-01-10", day_only=True, outcomes=[("L0", "won", "2026-01-10")])

    assert grid(ended, creation) == []


def test_ages_are_judged_while_the_lead_is_open():
    ages = definition("{at: age, days: [0, 1, 7]}")
    two = tables(["2026-01-10 09:00"] * 2, outcomes=[("L1", "won", "2026-01-12 08:00")])

    assert grid(two, ages, until="2026-01-16") == [
        (0, "2026-01-10 09:00"),
        (0, "2026-01-11 09:00"),
        (1, "2026-01-10 09:00"),
        (1, "2026-01-11 09:00"),
    ]
    assert len(grid(two, ages)) == 5


def test_a_named_event_is_judged_a_second_after_the_first_one():
    named = definition("{at: event, behaviour: webinar}")
    two = tables(
        ["2026-01-10", "2026-01-10"],
        events=[
            ("L0", "visit", "2026-01-11"),
            ("L0", "webinar", "2026-01-12 10:00"),
            ("L0", "webinar", "2026-01-13 10:00"),
        ],
    )

    moments = grid_moments(two, History.from_tables(two, named), named, until=FAR)

    assert moments.as_of.tolist() == [at("2026-01-12 10:00") + 1]


def test_leads_created_before_the_start_are_left_out():
    late = definition("{at: creation, starts_on: 2026-02-01}")

    assert [lead for lead, _ in grid(tables(["2026-01-31", "2026-02-01"]), late)] == [1]


def test_a_data_set_without_dates_has_one_snapshot_per_lead():
    undated = definition("{at: undated}", horizon="null")
    leads = tables(["1970-01-01 09:00"] * 3)

    moments = grid_moments(leads, History.from_tables(leads, undated), undated, until=0)

    assert moments.lead.tolist() == [0, 1, 2]


def test_the_future_changes_no_snapshot_before_it():
    random = np.random.default_rng(0)
    day = [
        f"2026-{m:02d}-{d:02d} {h:02d}:00"
        for m in range(1, 7)
        for d in (3, 9, 17, 25)
        for h in (8, 0)
    ]
    created = random.choice(day[:14], 30).tolist()
    events = [(f"L{random.integers(30)}", "visit", str(random.choice(day))) for _ in range(300)]
    ends = [(f"L{i}", "won", str(random.choice(day[14:]))) for i in range(0, 30, 2)]
    now = "2026-04-10 00:00"
    known = {
        "events": [e for e in events if e[2] < now],
        "outcomes": [o for o in ends if o[2] < now],
    }
    whole = grid(tables(created, events=events, outcomes=ends), definition("{at: monthly}"))

    past = grid(tables(created, **known), definition("{at: monthly}"), until=now)

    assert [moment for moment in whole if moment[1] <= now[:16]] == past


def test_days_are_kept_greedily_from_the_first():
    lead = np.array([0, 0, 0, 0, 1, 1, 2])
    day = np.array([1, 7, 8, 14, 3, 9, 3])

    assert keep_with_gap(lead, day, 7).tolist() == [True, False, True, False, True, False, True]


def test_no_leads_have_no_moments():
    nobody = tables([])

    assert grid(nobody, definition("{at: monthly}")) == []
