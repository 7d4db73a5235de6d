"""What the ledger writes is told to every open channel, in the same transaction."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import insert, select

from features.definition import LeadDefinition, parse_definition
from features.store import Store
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.schema import hand_over, lead_state, outbox, outcome
from serving.ledger.outbox.enqueue import open_channel
from serving.ledger.outbox.webhook_events import KINDS, announce_changes, announce_hand_overs
from serving.ledger.verdicts import Verdict, record_verdict

AT = datetime(2026, 4, 1, 0, 0, 5, tzinfo=UTC)
DEFINITION = """
format: 1
name: verdicts
title: {ja: 判定, en: Verdicts}
time_zone: Asia/Tokyo
behaviours: [{name: visit, label: {ja: 訪問, en: Visit}}]
outcome: {stage: opportunity, horizon_days: 60}
cut_offs:
  mql: {rule: capacity, per_month: 10}
  sql: {rule: precision, at_least: 0.4}
verdict_reasons:
  accepted: [{name: fits, label: {ja: 合う, en: Fits}}]
  returned: [{name: no_budget, label: {ja: 予算なし, en: No budget}}]
"""
DOCUMENT = Path(__file__).parents[4] / "docs" / "webhooks.md"


@pytest.fixture(scope="module")
def definition() -> LeadDefinition:
    return parse_definition(DEFINITION, "verdicts.yaml")


@pytest.fixture
def listened(store: Store) -> Store:
    """A store with two leads whose webhook is open, beside a CRM."""
    rows: list[dict[str, Any]] = [
        {"lead_id": name, "created_at": 0, "day_only": False, "arrival": None}
        for name in ("L1", "L2")
    ]
    store.write(
        LeadTables(
            lead=pa.Table.from_pylist(rows, LEAD),
            fact=FACT.empty_table(),
            event=EVENT.empty_table(),
            outcome=OUTCOME.empty_table(),
            hand_over=HAND_OVER.empty_table(),
        )
    )
    with store.engine.begin() as connection:
        open_channel(connection, "webhook")
        open_channel(connection, "hubspot")
    return store


def _hand_over(connection, lead_id: str, cycle: int = 1) -> None:
    row = {"lead_id": lead_id, "cycle": cycle, "handed_over_at": AT, "qualification": "MQL"}
    connection.execute(insert(hand_over).values(by="model", **row))


def _told(store: Store) -> list[dict[str, Any]]:
    query = select(outbox.c.channel, outbox.c.kind, outbox.c.lead_id, outbox.c.payload).order_by(
        outbox.c.message_id
    )
    with store.engine.connect() as connection:
        return [
            dict(row) | {"payload": json.loads(row["payload"])}
            for row in connection.execute(query).mappings()
        ]


def _documented(kind: str) -> dict[str, Any]:
    blocks = re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    (found,) = [block for block in map(json.loads, blocks) if block["type"] == kind]
    return dict(found["data"])


def test_a_hand_over_is_told_to_the_webhook_once(listened: Store) -> None:
    with listened.engine.begin() as connection:
        _hand_over(connection, "L1")
        _hand_over(connection, "L2")
        assert announce_hand_overs(connection, [("L1", 1), ("L2", 1)]) == 2
        assert announce_hand_overs(connection, [("L1", 1)]) == 0

    told = _told(listened)
    assert [(t["channel"], t["lead_id"]) for t in told] == [
        ("webhook", "L1"),
        ("webhook", "L2"),
    ]
    assert told[0]["payload"]["handed_over_at"] == "2026-04-01T00:00:05Z"
    assert set(told[0]["payload"]) | {"card_url"} == set(_documented("hand_over.made"))


def test_a_second_cycle_is_news(listened: Store) -> None:
    with listened.engine.begin() as connection:
        _hand_over(connection, "L1", 1)
        announce_hand_overs(connection, [("L1", 1)])
        _hand_over(connection, "L1", 2)
        announce_hand_overs(connection, [("L1", 2)])

    assert [t["payload"]["cycle"] for t in _told(listened)] == [1, 2]


def test_a_hand_over_that_is_rolled_back_is_not_told(listened: Store) -> None:
    with listened.engine.connect() as connection:
        _hand_over(connection, "L1")
        announce_hand_overs(connection, [("L1", 1)])
        connection.rollback()

    assert _told(listened) == []


def test_a_verdict_is_told_without_the_words_of_the_person(
    listened: Store, definition: LeadDefinition
) -> None:
    verdict = Verdict(
        lead_id="L1",
        answer="returned",
        reason="no_budget",
        comment="Ms. Sato left the company",
        easy_to_act_on=False,
        by="tanaka@example.com",
    )

    record_verdict(listened, verdict, definition)
    record_verdict(listened, verdict, definition)

    (told,) = _told(listened)
    assert (told["kind"], told["channel"]) == ("verdict.given", "webhook")
    assert told["payload"]["verdict"] == "returned"
    assert not re.search("Sato|tanaka", json.dumps(told["payload"]))
    assert set(told["payload"]) | {"card_url"} == set(_documented("verdict.given"))


def test_a_changed_qualification_is_told_and_the_same_one_is_not(listened: Store) -> None:
    row = {
        "decision_id": 1,
        "as_of": AT,
        "priority": 0.2,
        "qualification": "MQL",
        "rulebook_points": 1.0,
        "rulebook_qualification": "NONE",
        "reached": "MQL",
        "listed": True,
    }
    with listened.engine.begin() as connection:
        connection.execute(insert(lead_state).values(lead_id="L1", **row))
        same = row | {"decision_id": 2, "qualification_before": "MQL"}
        connection.execute(insert(lead_state).values(lead_id="L2", **same))
        assert announce_changes(connection, as_of=AT) == 1
        assert announce_changes(connection, as_of=AT, lead_id="L2") == 0

    (told,) = _told(listened)
    assert told["lead_id"] == "L1"
    assert set(told["payload"]) | {"card_url"} == set(_documented("decision.changed"))


def test_where_nobody_listens_nothing_is_kept(store: Store) -> None:
    with store.engine.begin() as connection:
        assert announce_hand_overs(connection, [("L1", 1)]) == 0
    with store.engine.connect() as connection:
        assert connection.execute(select(outcome)).first() is None

    assert _told(store) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_described(kind: str) -> None:
    assert f"### {kind}\n" in DOCUMENT.read_text(encoding="utf-8")
    assert _documented(kind)
