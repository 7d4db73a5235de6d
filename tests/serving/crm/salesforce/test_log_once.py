"""The hand-over log holds each hand-over once, and no answer of sales is lost on the way."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from features.store.schema import hand_over
from serving.crm.errors import QuotaSpent
from serving.crm.salesforce.vendor import VENDOR
from serving.crm.sync import push_to
from tests.serving.crm.salesforce.test_push import N_OURS, folder, in_force, org

__all__ = ["folder", "in_force", "org"]

SALES = "005000000000077AAA"


def _hand_over_again(desk, lead_id: str, cycle: int = 2) -> None:
    with desk.store.engine.begin() as connection:
        row = connection.execute(select(hand_over).where(hand_over.c.lead_id == lead_id)).first()
        again = row._asdict() | {"cycle": cycle, "handed_over_at": datetime.now(UTC)}
        connection.execute(hand_over.insert().values(**again))


def _answer(desk, lead_id: str, **more) -> None:
    values = {"Awase_Verdict__c": "returned", "Awase_Verdict_Reason__c": "no_budget"} | more
    desk.org.update("Lead", desk.record[lead_id], by=SALES, **values)


def _said(desk, lead_id: str) -> list[tuple[datetime, str | None]]:
    rows = desk.outcomes(lead_id)
    return [(row["occurred_at"], row["by"]) for row in rows if row["stage"] == "returned"]


def _forget_history(org) -> None:
    for item in org.records["FieldDefinition"].values():
        item["IsFieldHistoryTracked"] = False
    for kind in ("Lead", "Contact"):
        for name in ("Awase_Verdict__c", "Awase_Verdict_Reason__c", "Awase_Verdict_Comment__c"):
            org.fields[kind][name].tracked = False


def test_a_quota_reached_by_the_insert_itself_doubles_no_task(in_force) -> None:
    server = in_force.server

    def reach(_number: int, path: str) -> None:
        if path.endswith("composite/sobjects"):
            server.used = int(server.allowed * 0.9)

    server.faults.on_call = reach
    with pytest.raises(QuotaSpent):
        in_force.push()
    assert len(in_force.tasks()) == N_OURS
    server.faults.on_call, server.used = None, 0
    in_force.let_time_pass()

    report = in_force.push()

    assert len(in_force.tasks()) == N_OURS
    assert report.problems == ()
    assert all(in_force.told(lead_id, "Qualification") for lead_id in in_force.record)


def test_last_times_answer_is_gone_when_the_new_hand_over_is_logged(in_force) -> None:
    in_force.push()
    _answer(in_force, "L003")
    _hand_over_again(in_force, "L003")
    server = in_force.server

    def cut_the_task(_number: int, _path: str) -> None:
        # The emptying is the first write, the task the second: its answer is lost.
        writes = [p for m, p in server.calls if m in ("POST", "PATCH") and "sobjects" in p]
        server.faults.cut_first_of_each = len(writes) == 2

    server.calls.clear()
    server.faults.on_call = cut_the_task
    assert in_force.push().failed == 1
    server.faults.on_call, server.faults.cut_first_of_each = None, False
    # Sales answer the new hand-over before the push is tried again.
    in_force.org.tick(minutes=5)
    _answer(in_force, "L003", Awase_Verdict_Reason__c="no_reply")
    in_force.let_time_pass()

    in_force.push()

    assert in_force.told("L003", "Verdict_Reason") == "no_reply"
    assert len([t for t in in_force.tasks() if t["Awase_Key__c"] == "L003/cycle-2"]) == 1


def test_an_answer_nobody_has_pulled_is_kept_as_sales_gave_it(in_force, org) -> None:
    _forget_history(org)
    in_force.push()
    org.tick(hours=1)
    _answer(in_force, "L003")
    said_at = org.now
    org.tick(hours=1)
    _hand_over_again(in_force, "L003")

    in_force.push()

    assert in_force.told("L003", "Verdict") is None
    assert _said(in_force, "L003") == [(said_at, f"salesforce user {SALES}")]
    org.tick(hours=1)
    in_force.pull()
    assert _said(in_force, "L003") == [(said_at, f"salesforce user {SALES}")]


def test_our_own_writing_never_becomes_the_time_or_author_of_an_answer(in_force, org) -> None:
    _forget_history(org)
    org.tick(hours=1)
    _answer(in_force, "L003")
    said_at = org.now
    org.tick(hours=1)

    in_force.push()
    org.tick(hours=1)
    in_force.pull()

    assert _said(in_force, "L003") == [(said_at, f"salesforce user {SALES}")]


def test_a_refusal_that_was_mended_is_sent_again_when_asked(awase, in_force, folder) -> None:
    key = in_force.record["L001"]
    in_force.org.refuse[key] = ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "not now")
    assert in_force.push().refused == 1
    standing = awase("crm", "push", "salesforce", "--json", "-w", folder)
    assert standing.returncode == 3
    assert json.loads(standing.stdout)["problems"] == [
        ["L001", "FIELD_CUSTOM_VALIDATION_EXCEPTION: not now"]
    ]
    in_force.org.refuse.clear()

    assert in_force.push().refused == 1
    again = push_to(in_force.place, VENDOR, retry=True)

    assert (again.refused, again.delivered) == (0, 1)
    assert in_force.told("L001", "Qualification") is not None


def test_a_refused_task_keeps_its_reason_while_the_fields_go_through(in_force, org) -> None:
    org.refuse_inserts["L003/cycle-1"] = ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "no tasks here")

    first, second = in_force.push(), in_force.push()

    told = (("L003", "FIELD_CUSTOM_VALIDATION_EXCEPTION: no tasks here"),)
    assert (first.problems, second.problems) == (told, told)
    assert in_force.told("L003", "Qualification") is not None
    org.refuse_inserts.clear()
    assert push_to(in_force.place, VENDOR, retry=True).problems == ()
    assert len([t for t in in_force.tasks() if t["Awase_Key__c"] == "L003/cycle-1"]) == 1
