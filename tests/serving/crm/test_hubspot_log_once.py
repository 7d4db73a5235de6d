"""The hand-over log holds each hand-over once, and no answer of sales is lost on the way."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update

from features.store.schema import decision, hand_over, outcome
from serving.crm.hubspot.vendor import VENDOR
from serving.crm.sync import push_to
from serving.ledger.leads.merge import merge_leads
from tests.serving.crm.test_hubspot_push import N_OURS, Desk, account, folder, in_force

__all__ = ["account", "folder", "in_force"]


def _hand_over_again(desk: Desk, lead_id: str) -> None:
    with desk.store.engine.begin() as connection:
        row = connection.execute(select(hand_over).where(hand_over.c.lead_id == lead_id)).first()
        assert row is not None
        again = row._asdict() | {"cycle": 2, "handed_over_at": datetime.now(UTC)}
        connection.execute(hand_over.insert().values(**again))


def _answer(desk: Desk, lead_id: str, reason: str) -> None:
    values = {"awase_verdict": "returned", "awase_verdict_reason": reason}
    desk.account.update("contacts", desk.record[lead_id], values, user=77)


def _set_rulebook(desk: Desk, qualification: str) -> None:
    newest = update(decision).where(decision.c.lead_id == "L005")
    with desk.store.engine.begin() as connection:
        connection.execute(newest.values(rulebook_qualification=qualification))


def _lose_answers_to(desk: Desk, ending: str) -> None:
    """The first such request is carried out and its answer lost."""
    lost: list[str] = []

    def lose(number: int, call: Any) -> None:
        is_first = call.path.endswith(ending) and not lost
        desk.server.faults.lost_after = number - 1 if is_first else None
        if is_first:
            lost.append(call.path)

    desk.server.faults.on_call = lose


def test_last_times_answer_is_gone_when_the_new_hand_over_is_logged(in_force: Desk) -> None:
    in_force.push()
    _answer(in_force, "L003", "no_budget")
    _hand_over_again(in_force, "L003")
    _lose_answers_to(in_force, "/notes/batch/create")

    assert in_force.push().failed == 1
    assert in_force.told("L003", "verdict") == ""
    # Sales answer the new hand-over before the push is tried again.
    _answer(in_force, "L003", "no_need")
    in_force.let_time_pass()
    in_force.push()

    assert in_force.told("L003", "verdict_reason") == "no_need"
    assert len([text for text in in_force.notes() if text.endswith("L003/cycle-2")]) == 1


def test_an_answer_nobody_has_pulled_is_in_the_ledger_before_it_is_emptied(in_force: Desk) -> None:
    in_force.push()
    _answer(in_force, "L003", "no_budget")
    _hand_over_again(in_force, "L003")

    in_force.push()

    query = select(outcome).where(outcome.c.lead_id == "L003", outcome.c.stage == "returned")
    with in_force.store.engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    assert [(row["reason"], row["by"]) for row in rows] == [("no_budget", "hubspot user 77")]


def test_a_refused_value_stands_until_it_is_another_one(in_force: Desk) -> None:
    _set_rulebook(in_force, "GOLD")
    first, second = in_force.push(), in_force.push()
    _set_rulebook(in_force, "MQL")
    third = in_force.push()

    assert (first.refused, second.refused, third.refused) == (1, 1, 0)
    assert second.problems == first.problems
    assert in_force.told("L005", "rulebook_qualification") == "MQL"


def test_a_refusal_that_was_mended_is_sent_again_when_asked(in_force: Desk) -> None:
    _set_rulebook(in_force, "GOLD")
    assert in_force.push().refused == 1
    shown = in_force.account.properties["contacts"]["awase_rulebook_qualification"]
    shown.options.append({"value": "GOLD", "label": "gold"})

    assert (in_force.push().refused, in_force.push().delivered) == (1, 0)
    again = push_to(in_force.place, VENDOR, retry=True)

    assert (again.refused, again.delivered) == (0, 1)
    assert in_force.told("L005", "rulebook_qualification") == "GOLD"


def test_merged_leads_are_not_logged_again_under_a_new_number(in_force: Desk) -> None:
    in_force.push()
    merge_leads(in_force.store, "L003", {"L006"}, by="test")

    report = in_force.push()

    assert report.arrived == 0
    assert len(in_force.notes()) == N_OURS
