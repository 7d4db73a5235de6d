"""Thirty leads whose every figure can be worked by hand; the reviewed month is June 2026.

Days are of June in Japan; ``noon(5)`` is June 5 at 12:00. Twenty leads are handed over in June, ten
in May. Everything is known when it happens, and the tables end on August 31.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from features.core.clock import DAY, to_second
from features.definition import LeadDefinition, parse_definition
from features.store import Store
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from serving.review.make_review import make_review
from serving.review.month import Month
from serving.review.records import Review

DEFINITION = """
format: 1
name: thirty
title: {ja: 30件の例, en: Thirty leads}
time_zone: Asia/Tokyo
behaviours:
  - {name: visit, label: {ja: サイト訪問, en: Site visit}}
  - {name: sales_call, actor: sales, label: {ja: 架電, en: Call}}
attributes:
  - {name: team, kind: identifier, label: {ja: チーム, en: Team}}
  - {name: channel, kind: category, label: {ja: 獲得チャネル, en: Channel}}
roles: {team: team}
segments: [channel]
windows: {days: [30], age: false}
outcome: {stage: opportunity, horizon_days: 60}
cut_offs:
  mql: {rule: capacity, per_month: 30}
  sql: {rule: precision, at_least: 0.4}
kpis:
  - {name: mql_count, team: marketing, label: {ja: MQL数, en: MQLs}, target: 25}
  - name: accepted_share
    team: marketing
    label: {ja: 受け入れ率, en: Accepted}
    target: 0.5
    per: null
  - {name: opportunity_count, team: sales, label: {ja: 商談数, en: Opportunities}, target: 4}
  - {name: nps, team: sales, label: {ja: 満足度, en: Satisfaction}, target: 40, per: null}
sales: {capacity_per_month: 30, response_time_hours: 24}
verdict_reasons:
  accepted:
    - {name: clear_need, label: {ja: 課題が明確, en: Clear need}}
  returned:
    - {name: too_early, label: {ja: 時期が早い, en: Too early}}
"""

ZONE = ZoneInfo("Asia/Tokyo")
JUNE = to_second(datetime(2026, 6, 1, tzinfo=ZONE))
MAY = to_second(datetime(2026, 5, 1, tzinfo=ZONE))
END_OF_TABLES = to_second(datetime(2026, 8, 31, tzinfo=ZONE))
HOUR = 3600
COMMENT = "=2+3 <b>年度末に再検討</b>"


def noon(day: int) -> int:
    """Noon of a day of June; May 31 is day 0."""
    return JUNE + (day - 1) * DAY + 12 * HOUR


def _leads() -> list[dict[str, Any]]:
    """Ten created on May 2, twenty on June 2; each handed over in its month."""
    created = [MAY + DAY + 12 * HOUR] * 10 + [noon(2)] * 20
    return [
        {"lead_id": f"T{number:02d}", "created_at": at, "day_only": False}
        for number, at in enumerate(created)
    ]


def _hand_overs() -> list[dict[str, Any]]:
    """May: ten MQLs on the 12th. June: on the 10th, sixteen MQLs and four SQL candidates."""
    rows = []
    for number in range(30):
        at = MAY + 11 * DAY + 12 * HOUR if number < 10 else noon(10)
        rows.append(
            {
                "lead_id": f"T{number:02d}",
                "cycle": 1,
                "handed_over_at": at,
                "qualification": "SQL" if number >= 26 else "MQL",
                "by": "exploration" if number == 10 else "rulebook",
            }
        )
    return rows


def _facts() -> list[dict[str, Any]]:
    """Channels of June: twelve web, eight fair. The team of T10 to T19 is east, of others west."""
    rows = []
    for number in range(30):
        created = MAY + DAY + 12 * HOUR if number < 10 else noon(2)
        values = {
            "channel": "fair" if number < 4 or number >= 22 else "web",
            "team": "east" if 10 <= number < 20 else "west",
        }
        rows += [
            {
                "lead_id": f"T{number:02d}",
                "attribute": name,
                "known_at": created + 60,
                "value": value,
                "honest": True,
            }
            for name, value in values.items()
        ]
    return rows


def _events() -> list[dict[str, Any]]:
    """Sales call T10 to T15 ten hours after their hand-over, T16 and T17 thirty hours after it."""
    hours = dict.fromkeys(range(10, 16), 10) | {16: 30, 17: 30}
    return [
        {
            "event_id": f"C{number}",
            "lead_id": f"T{number:02d}",
            "behaviour": "sales_call",
            "occurred_at": noon(10) + wait * HOUR,
            "known_at": noon(10) + wait * HOUR,
            "actor": "sales",
        }
        for number, wait in hours.items()
    ]


def _outcomes() -> list[dict[str, Any]]:
    """See the table in test_thirty_leads.py."""
    accepted = [(n, "clear_need", n < 14) for n in range(10, 16)]
    returned = [(n, "too_early" if n < 18 else None, False) for n in range(16, 19)]
    rows = [_outcome(n, "accepted", noon(12), reason, easy) for n, reason, easy in accepted]
    rows += [_outcome(n, "returned", noon(12), reason, easy) for n, reason, easy in returned]
    rows[6]["comment"] = COMMENT
    # T10, T11 and T12 become opportunities in June, T13 in July, T19 75 days after its hand-over.
    rows += [_outcome(n, "opportunity", noon(20)) for n in (10, 11, 12)]
    rows += [_outcome(13, "opportunity", noon(40)), _outcome(19, "opportunity", noon(85))]
    rows += [_outcome(10, "won", noon(30))]
    # Of May's ten, T00 and T01 were accepted in May and became opportunities on June 5.
    rows += [_outcome(n, "accepted", MAY + 13 * DAY + 12 * HOUR, "clear_need") for n in (0, 1)]
    rows += [_outcome(n, "opportunity", noon(5)) for n in (0, 1)]
    return rows


def _outcome(
    number: int, stage: str, at: int, reason: str | None = None, easy: bool | None = None
) -> dict[str, Any]:
    return {
        "lead_id": f"T{number:02d}",
        "stage": stage,
        "occurred_at": at,
        "known_at": at,
        "reason": reason,
        "easy_to_act_on": easy,
        "by": "Lee",
    }


@pytest.fixture(scope="session")
def thirty_definition() -> LeadDefinition:
    return parse_definition(DEFINITION, "thirty.yaml")


@pytest.fixture(scope="session")
def thirty_leads() -> LeadTables:
    page_request = {
        "event_id": "last",
        "lead_id": "T29",
        "behaviour": "visit",
        "occurred_at": END_OF_TABLES,
        "known_at": END_OF_TABLES,
        "actor": "lead",
    }
    return LeadTables(
        lead=pa.Table.from_pylist(_leads(), LEAD),
        fact=pa.Table.from_pylist(_facts(), FACT),
        event=pa.Table.from_pylist([*_events(), page_request], EVENT),
        outcome=pa.Table.from_pylist(_outcomes(), OUTCOME),
        hand_over=pa.Table.from_pylist(_hand_overs(), HAND_OVER),
    )


@pytest.fixture
def thirty(store: Store, thirty_leads: LeadTables) -> Store:
    """The example in a database."""
    store.write(thirty_leads)
    return store


@pytest.fixture
def review(thirty: Store, thirty_definition: LeadDefinition) -> Review:
    """June, without a release."""
    return make_review(thirty, thirty_definition, Month(year=2026, number=6), release=None)
