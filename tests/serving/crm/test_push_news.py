"""Only what is news is written: a day that has passed is none."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from features.store.schema import crm_push, decision, outcome
from serving.crm.hubspot.vendor import VENDOR
from serving.crm.outbound.describe import CrmRecord
from serving.crm.outbound.fields import ANSWERED, PUSHED
from serving.crm.push import is_news
from serving.crm.sync import plan_push
from serving.ledger.leads.join import note_alike
from serving.ledger.outbox.crm_sync import Pushed
from tests.serving.conftest import Awase
from tests.serving.crm.test_hubspot_push import N_LEADS, Desk, _newest, account, folder, in_force

__all__ = ["account", "folder", "in_force"]

TOLD = CrmRecord(
    lead_id="a",
    record_id="1",
    decision_id=7,
    fields={
        "qualification": "NONE",
        "probability": 0.114,
        "points": -20.0,
        "reasons": "+5.0 Webinar: 13 days ago",
        "decided_at": "2026-04-01T00:00:00+00:00",
    },
    handed_over=None,
    reasons=("webinar", "visit", "title", "industry", "age"),
)
BEFORE = Pushed(
    lead_id="a",
    record_id="1",
    fingerprint=TOLD.fingerprint,
    pushed_at=None,
    logged_cycle=None,
    fields=TOLD.fields,
    reasons=TOLD.reasons,
)


@pytest.mark.parametrize(
    ("fields", "news"),
    [
        ({}, False),
        ({"probability": 0.118}, False),
        ({"probability": 0.123}, False),
        ({"probability": 0.124}, True),
        ({"probability": None}, True),
        ({"qualification": "MQL"}, True),
        ({"mql_count": 2}, True),
        ({"points": -21.0, "rulebook_points": 4.0}, False),
        ({"reasons": "+4.9 Webinar: 14 days ago"}, False),
        ({"decided_at": "2026-04-02T00:00:00+00:00"}, False),
    ],
)
def test_values_are_news_and_time_is_not(fields: dict[str, Any], news: bool) -> None:
    assert is_news(replace(TOLD, fields={**TOLD.fields, **fields}), BEFORE) is news


@pytest.mark.parametrize(
    ("reasons", "news"),
    [
        (("visit", "webinar", "title", "age", "industry"), False),
        (("webinar", "visit", "title", "industry", "seminar"), False),
        (("seminar", "webinar", "visit", "title", "industry"), True),
        ((), False),
    ],
)
def test_a_leading_reason_that_was_not_named_is_news(reasons: tuple[str, ...], news: bool) -> None:
    assert is_news(replace(TOLD, reasons=reasons), BEFORE) is news


def test_another_record_is_told_everything() -> None:
    assert is_news(replace(TOLD, record_id="2"), BEFORE)


def test_two_days_later_nothing_is_written_and_then_the_day_along_with_news(
    in_force: Desk,
) -> None:
    in_force.push()
    in_force.server.calls.clear()
    then = _newest(in_force.store, "L007")
    with in_force.store.engine.begin() as connection:
        later = update(decision).values(as_of=then["as_of"] + timedelta(days=2))
        connection.execute(later)
    assert in_force.push().changed == 0
    assert in_force.calls("/batch/update") == []
    with in_force.store.engine.begin() as connection:
        connection.execute(
            update(decision).where(decision.c.lead_id == "L007").values(probability=0.987)
        )

    before = in_force.told("L007", "decided_at")
    assert in_force.push().changed == 1

    assert in_force.told("L007", "decided_at") != before


def test_owners_and_every_property_that_is_not_ours_stay(in_force: Desk) -> None:
    contacts = in_force.account.things["contacts"]

    def others() -> dict[str, dict[str, str | None]]:
        return {
            key: {name: thing.value(name) for name in thing.history if _is_theirs(name)}
            for key, thing in contacts.items()
        }

    for thing in contacts.values():
        in_force.account.update("contacts", thing.id, {"hubspot_owner_id": "7", "jobtitle": "部長"})
    before = others()
    in_force.push()

    assert others() == before


def _is_theirs(name: str) -> bool:
    return not name.startswith("awase_") and name != "lastmodifieddate"


def test_a_plan_lists_leads_with_the_values_they_have_and_would_get(in_force: Desk) -> None:
    first = plan_push(in_force.place, VENDOR)
    in_force.push()
    was = float(str(in_force.told("L007", "probability")))
    with in_force.store.engine.begin() as connection:
        connection.execute(
            update(decision).where(decision.c.lead_id == "L007").values(probability=0.987)
        )

    plan = plan_push(in_force.place, VENDOR)

    assert (first.known, first.changed, first.calls) == (N_LEADS, N_LEADS, 3)
    assert first.calls_for_100_000 == 1_000
    (lead,) = plan.leads
    assert (lead.lead_id, lead.record_id) == ("L007", in_force.record["L007"])
    assert ("probability", was, 0.987) in [(v.name, v.before, v.now) for v in lead.values]
    assert (plan.calls, plan.calls_for_100_000) == (1, 9)


def test_a_dry_run_names_the_account_and_writes_nothing(in_force: Desk, awase: Awase) -> None:
    folder = in_force.place.folder
    shown = awase("crm", "push", "hubspot", "--dry-run", "-w", folder)
    listed = json.loads(awase("crm", "push", "hubspot", "--dry-run", "--json", "-w", folder).stdout)

    assert "HubSpot 24681357 (production)" in shown.stdout
    assert "by 3 calls; 100,000 such leads would take 1,000" in shown.stdout
    assert listed["account"]["account_id"] == "24681357"
    assert len(listed["leads"]) == N_LEADS
    assert [call.path for call in in_force.server.calls if call.method != "GET"] == []


def test_clearing_a_lead_empties_our_fields_and_keeps_what_sales_answered(
    in_force: Desk, awase: Awase
) -> None:
    in_force.push()
    contact = in_force.record["L003"]
    said = {"awase_verdict": "returned", "awase_verdict_reason": "not_now"}
    reasons = [item.name for item in in_force.place.definition().verdict_reasons.returned]
    said["awase_verdict_reason"] = reasons[0]
    in_force.account.update("contacts", contact, said, user=7)

    told = awase("crm", "clear", "L003", "--yes", "--json", "-w", in_force.place.folder)

    assert json.loads(told.stdout) == {"lead_id": "L003", "cleared": {"hubspot": contact}}
    thing = in_force.account.things["contacts"][contact]
    ours = [item.name for item in PUSHED] + list(ANSWERED)
    assert {thing.value(f"awase_{name}") or "" for name in ours} == {""}
    assert thing.value("email") == "p3@example.com"
    with in_force.store.engine.connect() as connection:
        pushed = select(crm_push.c.lead_id).where(crm_push.c.lead_id == "L003")
        kept = select(outcome.c.reason).where(outcome.c.lead_id == "L003")
        assert connection.scalars(pushed).all() == []
        assert reasons[0] in connection.scalars(kept).all()
    assert in_force.push().changed == 1


def test_a_record_that_is_gone_is_named_and_forgetting_its_lead_offered(
    in_force: Desk, awase: Awase
) -> None:
    in_force.account.archive("contacts", in_force.record["L001"])

    told = awase("crm", "push", "hubspot", "--yes", "-w", in_force.place.folder)

    assert told.returncode == 3
    assert "HubSpot does not have the record of L001 any more" in told.stdout.replace("\n", " ")
    assert "awase forget L001" in told.stdout.replace("\n", " ")


def test_the_command_lists_proposals_and_joins_what_is_named(in_force: Desk, awase: Awase) -> None:
    place = in_force.place.folder
    note_alike(in_force.store, "salesforce", [("L004", "L005")])

    listed = awase("crm", "join", "-w", place)
    joined = awase("crm", "join", "L004", "L005", "--yes", "-w", place)

    assert "L004, L005" in listed.stdout
    assert "converted_to_one_contact" in listed.stdout
    assert joined.stdout == "Joined. L004 stays.\n"
    assert "L005" not in {row["lead_id"] for row in in_force.store.read_table("lead").to_pylist()}
