"""Decisions followed up in a real database: unique hand-overs, capacity, months, look-backs."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from sqlalchemy import func, insert, select

from features.core.clock import to_second
from features.definition import LeadDefinition, parse_definition
from features.store import Store
from features.store.schema import DECISION, event, hand_over, lead, outbox, outcome
from serving.decisions.hand_over import Decided, follow, month_around
from serving.decisions.life_cycle import LifeCycleSteps
from serving.ledger.decisions import write_decisions
from serving.ledger.leads.lead_state import lock_standings, refresh_within
from serving.ledger.outbox.enqueue import open_channel

SMALL = """
format: 1
name: small
title: {ja: 小さな定義, en: Small}
time_zone: Asia/Tokyo
behaviours:
  - {name: visit, label: {ja: 訪問, en: Visit}}
attributes:
  - {name: industry, kind: category, label: {ja: 業種, en: Industry}}
outcome: {stage: opportunity, horizon_days: 60}
cut_offs:
  mql: {rule: capacity, per_month: 10}
  sql: {rule: precision, at_least: 0.4}
"""
WITH_SALES = SMALL + "sales: {capacity_per_month: 3, response_time_hours: 24}\n"
AT = datetime(2026, 4, 10, 3, tzinfo=UTC)
DAY = timedelta(days=1)

Judged = Mapping[str, tuple[str, float]]


@pytest.fixture(scope="module")
def definition() -> LeadDefinition:
    return parse_definition(WITH_SALES, "small.yaml")


def _leads(store: Store, *names: str) -> None:
    with store.engine.begin() as connection:
        created = AT - timedelta(days=100)
        rows = [{"lead_id": name, "created_at": created, "day_only": False} for name in names]
        connection.execute(insert(lead), rows)


def _decide(
    store: Store, definition: LeadDefinition, scored: Judged, *, at: datetime = AT
) -> LifeCycleSteps:
    """Write decisions, then follow them: one lead as the API does, several as a batch."""
    second = to_second(at)
    rows = [
        {
            "lead_id": name,
            "as_of": second,
            "decided_at": second,
            "definition_version": "v",
            "release_id": "r",
            "probability": probability,
            "qualification": qualification,
            "rulebook_points": 0.0,
            "rulebook_qualification": "NONE",
        }
        for name, (qualification, probability) in scored.items()
    ]
    write_decisions(store, pa.Table.from_pylist(rows, DECISION))
    only = next(iter(scored)) if len(scored) == 1 else None
    return _follow(store, definition, at=at, lead_id=only)


def _follow(
    store: Store, definition: LeadDefinition, *, at: datetime = AT, lead_id: str | None = None
) -> LifeCycleSteps:
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        lock_standings(connection)
        refresh_within(connection, definition, lead_id)
        decided = Decided(
            definition=definition,
            definition_version="v",
            release_id="r",
            as_of=at,
            handed_over_at=at,
            seed=1,
            lead_id=lead_id,
        )
        steps = follow(connection, decided)
        connection.commit()
    return steps


def _handed_over(store: Store) -> list[tuple[str, int]]:
    query = select(hand_over.c.lead_id, hand_over.c.cycle).order_by(*hand_over.primary_key)
    with store.engine.connect() as connection:
        return [(row.lead_id, row.cycle) for row in connection.execute(query)]


def test_a_batch_fills_the_month_and_the_next_month_takes_those_who_waited(
    store: Store, definition: LeadDefinition
) -> None:
    names = [f"L{number}" for number in range(5)]
    _leads(store, *names)
    scored = {name: ("MQL", (number + 1) / 10) for number, name in enumerate(names)}

    first = _decide(store, definition, scored)
    again = _decide(store, definition, scored, at=AT + timedelta(days=1))
    in_may = _decide(store, definition, scored, at=datetime(2026, 4, 30, 15, tzinfo=UTC))

    assert [opening.lead_id for opening in first.opened] == ["L4", "L3", "L2"]
    assert first.waiting == again.waiting == ("L1", "L0")
    assert not again.opened
    # Midnight of 1 May in Tokyo.
    assert [opening.lead_id for opening in in_may.opened] == ["L1", "L0"]
    assert _handed_over(store) == [(name, 1) for name in names]


def test_a_lead_alone_waits_behind_those_who_are_more_likely(
    store: Store, definition: LeadDefinition
) -> None:
    _leads(store, "A", "B", "C", "D", "E")
    likely = dict.fromkeys("ABCDE", ("MQL", 0.9))
    _decide(store, definition, {name: likely[name] for name in "ABC"})
    _decide(store, definition, {name: likely[name] for name in "DE"})
    in_may = AT + timedelta(days=30)

    # Three places; two who wait are more likely than the first, three than the second.
    _leads(store, "F", "G")
    first = _decide(store, definition, {"F": ("MQL", 0.5)}, at=in_may)
    _leads(store, "H")
    second = _decide(store, definition, {"H": ("SQL", 0.4)}, at=in_may)

    assert [opening.lead_id for opening in first.opened] == ["F"]
    assert second.waiting == ("H",)


def test_ended_leads_are_never_handed_over(store: Store, definition: LeadDefinition) -> None:
    _leads(store, "A", "B")
    with store.engine.begin() as connection:
        row = {"lead_id": "A", "stage": "opportunity", "occurred_at": AT, "known_at": AT}
        connection.execute(insert(outcome), [row])

    steps = _decide(store, definition, {"A": ("SQL", 0.9), "B": ("SQL", 0.8)})

    assert [opening.lead_id for opening in steps.opened] == ["B"]


def test_a_returned_lead_is_handed_over_again_after_rest_and_a_new_visit(
    store: Store, definition: LeadDefinition
) -> None:
    _leads(store, "A")
    _decide(store, definition, {"A": ("MQL", 0.5)})
    returned = AT + timedelta(days=1)
    with store.engine.begin() as connection:
        row = {"lead_id": "A", "stage": "returned", "occurred_at": returned, "known_at": returned}
        connection.execute(insert(outcome), [row])
    rested = AT + timedelta(days=35)

    silent = _decide(store, definition, {"A": ("MQL", 0.5)}, at=rested)
    with store.engine.begin() as connection:
        page_request = {
            "event_id": "E1",
            "lead_id": "A",
            "behaviour": "visit",
            "occurred_at": rested,
            "known_at": rested,
            "actor": "lead",
        }
        connection.execute(insert(event), [page_request])
    on_the_tick = _decide(store, definition, {"A": ("MQL", 0.5)}, at=rested)
    after = _decide(store, definition, {"A": ("MQL", 0.5)}, at=rested + timedelta(seconds=1))

    assert not silent.opened
    assert not on_the_tick.opened  # history is strictly before
    assert [opening.cycle for opening in after.opened] == [2]


def test_many_at_once_hand_a_lead_over_once_and_never_exceed_capacity(
    store: Store, definition: LeadDefinition
) -> None:
    names = [f"L{number}" for number in range(6)]
    _leads(store, *names)
    for name in names:
        _decide(store, definition, {name: ("NONE", 0.1)})
    second = to_second(AT) + 1
    rows = [
        {
            "lead_id": name,
            "as_of": second,
            "decided_at": second,
            "definition_version": "v",
            "probability": 0.5,
            "qualification": "MQL",
            "rulebook_points": 0.0,
            "rulebook_qualification": "NONE",
        }
        for name in names
    ]
    write_decisions(store, pa.Table.from_pylist(rows, DECISION))
    start = threading.Barrier(12)
    at = AT + timedelta(seconds=1)

    def crossing(name: str) -> None:
        start.wait()
        _follow(store, definition, at=at, lead_id=name)

    threads = [threading.Thread(target=crossing, args=(name,)) for name in names * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with store.engine.connect() as connection:
        n_rows = connection.execute(select(func.count()).select_from(hand_over)).scalar_one()
    assert n_rows == 3  # the capacity
    assert len(set(_handed_over(store))) == 3


def test_open_channels_are_told_of_each_hand_over_and_changed_qualification_once(
    store: Store, definition: LeadDefinition
) -> None:
    _leads(store, "A", "B")
    with store.engine.begin() as connection:
        open_channel(connection, "webhook")

    _decide(store, definition, {"A": ("MQL", 0.5), "B": ("NONE", 0.1)})
    _decide(store, definition, {"A": ("MQL", 0.6), "B": ("NONE", 0.1)}, at=AT + DAY)
    _decide(store, definition, {"A": ("NONE", 0.1)}, at=AT + 2 * DAY)

    query = select(outbox.c.kind, outbox.c.lead_id, outbox.c.external_id).order_by(outbox.c.made_at)
    with store.engine.connect() as connection:
        told = sorted(tuple(row) for row in connection.execute(query))
    assert told == [
        ("decision.changed", "A", "decision:1"),
        ("decision.changed", "A", "decision:5"),
        ("hand_over.made", "A", "hand_over:A:1"),
    ]


def test_without_a_sales_part_the_cut_offs_own_capacity_limits(store: Store) -> None:
    agreed = parse_definition(SMALL.replace("per_month: 10", "per_month: 2"), "small.yaml")
    _leads(store, "A", "B", "C", "D", "E")

    steps = _decide(store, agreed, {name: ("MQL", 0.5 + n / 10) for n, name in enumerate("ABCDE")})

    assert [opening.lead_id for opening in steps.opened] == ["E", "D"]
    assert steps.waiting == ("C", "B", "A")


def test_without_an_agreed_capacity_everybody_goes(store: Store) -> None:
    text = SMALL.replace("{rule: capacity, per_month: 10}", "{rule: precision, at_least: 0.2}")
    unlimited = parse_definition(text, "small.yaml")
    _leads(store, "A", "B", "C", "D", "E")

    steps = _decide(store, unlimited, dict.fromkeys("ABCDE", ("MQL", 0.5)))

    assert len(steps.opened) == 5


def test_a_data_set_without_dates_hands_nobody_over(store: Store) -> None:
    text = SMALL.replace("horizon_days: 60", "horizon_days: null") + "snapshots: {at: undated}\n"
    text = text.replace("{rule: capacity, per_month: 10}", "{rule: precision, at_least: 0.2}")
    undated = parse_definition(text, "small.yaml")
    _leads(store, "A")

    assert _decide(store, undated, {"A": ("SQL", 0.9)}) == LifeCycleSteps()


def test_months_are_those_of_the_definition(definition: LeadDefinition) -> None:
    start, end = month_around(datetime(2026, 11, 30, 15, tzinfo=UTC), definition)

    assert (start.isoformat(), end.isoformat()) == (
        "2026-12-01T00:00:00+09:00",
        "2027-01-01T00:00:00+09:00",
    )
