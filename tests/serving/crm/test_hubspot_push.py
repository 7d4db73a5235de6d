"""What HubSpot is told: the right fields of the right records, once, whatever goes wrong."""

import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from features.core.formats import points
from features.definition import LeadDefinition
from features.definition.trial import group_of
from features.store import Store
from features.store.schema import (
    decision,
    hand_over,
    lead_external_id,
    outbox,
    outcome,
    trial_lead,
)
from serving.crm.errors import QuotaSpent, TokenRefused
from serving.crm.hubspot.client import HubspotClient
from serving.crm.hubspot.sender import HubspotSender
from serving.crm.hubspot.vendor import VENDOR
from serving.crm.sync import PushReport, connected, pull_from, push_to
from serving.decisions.inspect.explain_lead import explain_lead
from serving.ledger.outbox.inspect import count_messages
from serving.workspace.workspace import Workspace
from tests.contract.hubspot.account import Account
from tests.contract.hubspot.example import START, empty_account
from tests.contract.hubspot.server import TOKEN, HubspotServer
from tests.serving.conftest import Awase

N_LEADS, N_OURS = 120, 40


@pytest.fixture
def account() -> Account:
    """A contact for each lead of the small company, in the order of the leads."""
    made = empty_account()
    for number in range(N_LEADS):
        made.create("contacts", {"email": f"p{number}@example.com"}, at=START)
    return made


@dataclass(frozen=True)
class Desk:
    """A workspace whose leads are in the account."""

    place: Workspace
    store: Store
    account: Account
    server: HubspotServer
    record: dict[str, str]

    def push(self) -> PushReport:
        return push_to(self.place, VENDOR)

    def told(self, lead_id: str, name: str) -> str | None:
        return self.account.things["contacts"][self.record[lead_id]].value(f"awase_{name}")

    def calls(self, ending: str) -> list[list[dict[str, Any]]]:
        found = [call for call in self.server.calls if call.path.endswith(ending)]
        return [call.body["inputs"] for call in found]

    def notes(self) -> list[str]:
        return [str(n.value("hs_note_body")) for n in self.account.things.get("notes", {}).values()]

    def let_time_pass(self) -> None:
        """What waits for another attempt is due now."""
        with self.store.engine.begin() as connection:
            connection.execute(update(outbox).values(due_at=datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.fixture
def folder(
    company: Path, server: HubspotServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A copy of the small company's workspace, with the account in its settings."""
    monkeypatch.setenv("AWASE_HUBSPOT_TOKEN", TOKEN)
    monkeypatch.setenv("AWASE_HUBSPOT_URL", server.url)
    monkeypatch.setenv("AWASE_PUBLIC_URL", "https://awase.example.com")
    return Path(shutil.copytree(company, tmp_path / "workspace"))


@pytest.fixture
def in_force(
    folder: Path, account: Account, server: HubspotServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    monkeypatch.setenv("AWASE_CRM_LANGUAGE", "ja")
    place = Workspace.at(folder)
    store = place.store()
    record = {f"L{n:03d}": key for n, key in enumerate(account.things["contacts"])}
    with store.engine.begin() as connection:
        for lead_id, key in record.items():
            known = {"vendor": "hubspot", "lead_id": lead_id, "external_id": key}
            connection.execute(lead_external_id.insert().values(**known))
        # Every third lead was handed over; these by Awase itself.
        connection.execute(update(hand_over).values(definition_version="v", by="model"))
    with connected(place, VENDOR) as connection:
        connection.set_up()
    server.calls.clear()
    yield Desk(place, store, account, server, record)
    store.close()


def _newest(store: Store, lead_id: str) -> dict[str, Any]:
    query = select(decision).where(decision.c.lead_id == lead_id)
    with store.engine.connect() as connection:
        rows = connection.execute(query.order_by(decision.c.decision_id)).mappings().all()
    return dict(rows[-1])


def test_setup_shows_what_it_would_create_and_creates_it_once(
    awase: Awase, folder: Path, account: Account, server: HubspotServer
) -> None:
    shown = awase("crm", "setup", "hubspot", "--json", "-w", folder)
    before = [call.method for call in server.calls if call.method != "GET"]
    made = awase("crm", "setup", "hubspot", "--yes", "-w", folder)
    again = awase("crm", "setup", "hubspot", "--yes", "-w", folder)

    assert '"awase_probability"' in shown.stdout
    assert before == []
    assert "awase_verdict_reason" in made.stdout
    assert "has everything Awase needs" in again.stdout
    ours = {k: v for k, v in account.properties["contacts"].items() if k.startswith("awase_")}
    assert len(ours) == 14
    assert ours["awase_verdict"].options[0]["label"] == "受け入れる / Accept"
    assert TOKEN not in shown.stdout + made.stdout + made.stderr


def test_every_lead_is_told_what_was_decided_and_why(in_force: Desk) -> None:
    report = in_force.push()

    assert (report.changed, report.arrived, report.refused) == (N_LEADS, N_OURS, 0)
    decided = _newest(in_force.store, "L003")
    assert in_force.told("L003", "qualification") == decided["qualification"]
    assert float(str(in_force.told("L003", "probability"))) == round(decided["probability"], 3)
    assert float(str(in_force.told("L003", "rulebook_points"))) == decided["rulebook_points"]
    assert in_force.told("L003", "lead_card") == "https://awase.example.com/leads/L003"
    at = datetime.fromtimestamp(int(str(in_force.told("L003", "decided_at"))) / 1000, UTC)
    assert at == decided["as_of"]
    assert in_force.told("L003", "mql_count") == "1"


def test_a_lead_of_a_trial_has_its_group_in_the_crm_and_others_have_none(in_force: Desk) -> None:
    at = datetime(2026, 4, 1, tzinfo=UTC)
    with in_force.store.engine.begin() as connection:
        connection.execute(
            insert(trial_lead).values(
                trial="spring", lead_id="L003", unit="lead:L003", arm="model", share=0.5,
                entered_at=at, followed_until=at, stage="opportunity", merged_arms=False,
            )
        )  # fmt: skip

    in_force.push()

    assert in_force.told("L003", "trial_group") == group_of("spring", "model")
    assert in_force.told("L003", "trial_group").startswith("spring: ")
    assert not in_force.told("L004", "trial_group")


def test_reasons_are_those_of_the_lead_card_in_the_chosen_language(in_force: Desk) -> None:
    in_force.push()

    card = explain_lead(in_force.place, "L003")
    expected = [
        f"{points(reason.points).ja} {reason.words.ja}"
        for reason in card.reasons[:5]
        if abs(reason.points) >= 0.5
    ]
    assert str(in_force.told("L003", "reasons")).splitlines() == expected
    assert expected
    assert float(str(in_force.told("L003", "points"))) == round(card.total_points, 1)


def test_batches_hold_at_most_a_hundred_records(in_force: Desk) -> None:
    in_force.push()

    sizes = [len(inputs) for inputs in in_force.calls("/contacts/batch/update")]
    assert sum(sizes) == N_LEADS
    assert max(sizes) <= 100


def test_only_what_changed_is_sent_again(in_force: Desk) -> None:
    in_force.push()
    in_force.server.calls.clear()
    unchanged = in_force.push()
    assert (unchanged.changed, in_force.calls("/batch/update")) == (0, [])
    number = _newest(in_force.store, "L007")["decision_id"]
    with in_force.store.engine.begin() as connection:
        connection.execute(
            update(decision).where(decision.c.decision_id == number).values(probability=0.987)
        )

    in_force.push()

    (inputs,) = in_force.calls("/contacts/batch/update")
    assert [item["id"] for item in inputs] == [in_force.record["L007"]]
    assert in_force.told("L007", "probability") == "0.987"


def test_a_record_that_is_gone_is_listed_and_stops_nobody_else(in_force: Desk) -> None:
    in_force.account.archive("contacts", in_force.record["L001"])

    report = in_force.push()

    assert [lead_id for lead_id, _ in report.problems] == ["L001"]
    assert "OBJECT_NOT_FOUND" in report.problems[0][1]
    assert report.delivered == N_LEADS + N_OURS - 1
    assert in_force.told("L002", "qualification") is not None


def test_a_value_that_hubspot_refuses_is_listed_with_its_words(in_force: Desk) -> None:
    number = _newest(in_force.store, "L005")["decision_id"]
    with in_force.store.engine.begin() as connection:
        connection.execute(
            update(decision)
            .where(decision.c.decision_id == number)
            .values(rulebook_qualification="GOLD")
        )

    report = in_force.push()

    assert report.problems == (
        ("L005", '"awase_rulebook_qualification": GOLD was not one of the allowed options'),
    )
    assert in_force.told("L004", "qualification") is not None
    assert in_force.told("L006", "qualification") is not None


def test_a_field_that_hubspot_lacks_is_told_in_its_words(
    account: Account, client: HubspotClient, store: Store, definition: LeadDefinition
) -> None:
    contact = next(iter(account.things["contacts"]))
    sender = HubspotSender(client=client, store=store, definition=definition, languages=("en",))

    refused = sender.update({contact: {"qualification": "MQL"}})

    assert list(refused) == [contact]
    assert "PROPERTY_DOESNT_EXIST" in refused[contact].reason


def test_a_hand_over_is_logged_as_one_note_with_reasons_and_link(in_force: Desk) -> None:
    in_force.push()
    in_force.push()

    notes = in_force.notes()
    assert len(notes) == N_OURS
    (note,) = [text for text in notes if text.endswith("Awase-ID: L003/cycle-1")]
    assert "Awase: 営業に引き渡しました" in note
    assert "https://awase.example.com/leads/L003" in note
    assert str(in_force.told("L003", "reasons")).splitlines()[0].split(" ", 1)[1][:3] in note


def test_a_hand_over_that_came_from_the_crm_is_not_announced_to_it(in_force: Desk) -> None:
    with in_force.store.engine.begin() as connection:
        connection.execute(update(hand_over).values(definition_version=None))

    assert in_force.push().arrived == 0
    assert in_force.notes() == []


def test_a_note_whose_creation_was_not_answered_is_looked_up_and_not_made_twice(
    in_force: Desk,
) -> None:
    lost: list[str] = []

    def lose(number: int, call: Any) -> None:
        is_first = call.path.endswith("/notes/batch/create") and not lost
        in_force.server.faults.lost_after = number - 1 if is_first else None
        if is_first:
            lost.append(call.path)

    in_force.server.faults.on_call = lose
    first = in_force.push()
    assert first.failed > 0
    assert len(in_force.notes()) == N_OURS

    in_force.let_time_pass()
    second = in_force.push()

    assert second.delivered == first.failed
    assert len(in_force.notes()) == N_OURS
    assert len({text.rsplit(" ", 1)[1] for text in in_force.notes()}) == N_OURS


def test_a_token_refused_ends_the_push_and_the_next_sends_the_rest(in_force: Desk) -> None:
    in_force.server.faults.token_valid_for = 4
    with pytest.raises(TokenRefused, match="renew the token"):
        in_force.push()
    in_force.server.faults.token_valid_for = None

    report = in_force.push()

    assert report.changed <= N_LEADS
    assert all(in_force.told(lead_id, "qualification") for lead_id in in_force.record)
    assert len(in_force.notes()) == N_OURS


def test_a_quota_spent_ends_the_push_with_the_code_of_a_refusal(in_force: Desk) -> None:
    spent = {"status": "error", "policyName": "DAILY"}
    in_force.server.faults.on_call = lambda number, _call: (
        in_force.server.faults.answers.append((429, {}, spent)) if number == 4 else None
    )

    with pytest.raises(QuotaSpent) as ended:
        in_force.push()

    assert ended.value.exit_code == 3


def test_what_people_changed_between_pull_and_push_stays(in_force: Desk) -> None:
    pull_from(in_force.place, VENDOR)
    contact = in_force.record["L003"]
    in_force.account.update("contacts", contact, {"jobtitle": "社長", "awase_verdict": "accepted"})

    in_force.push()

    thing = in_force.account.things["contacts"][contact]
    assert (thing.value("jobtitle"), thing.value("awase_verdict")) == ("社長", "accepted")


def test_an_answer_given_in_hubspot_is_a_verdict_in_the_ledger(in_force: Desk) -> None:
    in_force.push()
    contact, said_at = in_force.record["L003"], in_force.account.now()
    answer = {"awase_verdict": "returned", "awase_verdict_comment": "予算は来期"}
    in_force.account.update("contacts", contact, answer, at=said_at, user=77)
    waiting = pull_from(in_force.place, VENDOR)
    assert (waiting.verdicts, waiting.verdicts_without_reason) == (0, 1)
    in_force.account.update("contacts", contact, {"awase_verdict_reason": "no_budget"}, user=77)

    first, second = pull_from(in_force.place, VENDOR), pull_from(in_force.place, VENDOR)

    assert (first.verdicts, second.verdicts) == (1, 0)
    query = select(outcome).where(outcome.c.lead_id == "L003", outcome.c.stage == "returned")
    with in_force.store.engine.connect() as connection:
        row = connection.execute(query).mappings().one()
    assert row["occurred_at"] == datetime.fromtimestamp(said_at // 1000, UTC)
    assert (row["reason"], row["comment"], row["by"]) == (
        "no_budget", "予算は来期", "hubspot user 77"
    )  # fmt: skip


def test_an_answer_with_a_reason_of_the_other_list_is_rejected_and_listed(in_force: Desk) -> None:
    contact = in_force.record["L003"]
    answer = {"awase_verdict": "accepted", "awase_verdict_reason": "no_budget"}
    in_force.account.update("contacts", contact, answer, user=77)

    report = pull_from(in_force.place, VENDOR)

    assert report.verdicts == 0
    assert report.rejects_file is not None
    assert "a reason must be one of" in report.rejects_file.read_text(encoding="utf-8-sig")


def test_a_new_hand_over_asks_sales_anew(in_force: Desk) -> None:
    in_force.push()
    contact = in_force.record["L003"]
    answer = {"awase_verdict": "returned", "awase_verdict_reason": "no_budget"}
    in_force.account.update("contacts", contact, answer, user=77)
    pull_from(in_force.place, VENDOR)
    with in_force.store.engine.begin() as connection:
        row = connection.execute(select(hand_over).where(hand_over.c.lead_id == "L003")).one()
        again = row._asdict() | {"cycle": 2, "handed_over_at": datetime.now(UTC)}
        connection.execute(hand_over.insert().values(**again))

    in_force.push()
    pull_from(in_force.place, VENDOR)

    assert in_force.told("L003", "verdict") == ""
    assert len([text for text in in_force.notes() if "L003/cycle" in text]) == 2
    query = select(outcome.c.stage).where(outcome.c.lead_id == "L003")
    with in_force.store.engine.connect() as connection:
        assert "returned" in connection.scalars(query).all()


def test_the_token_is_in_no_log_no_table_and_no_message(
    in_force: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        pull_from(in_force.place, VENDOR)
        in_force.push()
        in_force.server.faults.token_valid_for = 0
        with pytest.raises(TokenRefused) as refused:
            in_force.push()

    assert TOKEN not in caplog.text
    assert TOKEN not in str(refused.value) + repr(refused.value.__dict__)
    in_force.store.close()
    for path in in_force.place.folder.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path


def test_messages_for_other_channels_do_not_clog_this_one(in_force: Desk) -> None:
    in_force.push()

    assert {(c.channel, c.state) for c in count_messages(in_force.store)} == {
        ("hubspot", "delivered")
    }
