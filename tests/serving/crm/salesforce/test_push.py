"""What Salesforce is told: the right fields of the right records, once, whatever goes wrong."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from features.core.formats import MINUS
from features.store.schema import decision, hand_over, lead_external_id, outbox, outcome
from serving.crm.errors import QuotaSpent, TokenRefused
from serving.crm.salesforce.vendor import VENDOR
from serving.crm.sync import connected, pull_from, push_to
from serving.ledger.outbox.inspect import list_messages
from serving.workspace.workspace import Workspace
from tests.contract.salesforce.example import empty_org
from tests.contract.salesforce.server import TOKEN

N_LEADS, N_OURS = 120, 40
N_FIELDS = 14


@pytest.fixture
def org():
    """A lead for each of the small company's, in their order."""
    made = empty_org()
    for number in range(N_LEADS):
        made.insert(
            "Lead", LastName=f"n{number}", Email=f"p{number}@example.com", OwnerId=made.user
        )
    made.tick(days=1)
    return made


@pytest.fixture
def folder(company: Path, server, tmp_path: Path, monkeypatch) -> Path:
    """A copy of the small company's workspace, with the organisation in its settings."""
    monkeypatch.setenv("AWASE_SALESFORCE_TOKEN", TOKEN)
    monkeypatch.setenv("AWASE_SALESFORCE_URL", server.url)
    monkeypatch.setenv("AWASE_PUBLIC_URL", "https://awase.example.com")
    return Path(shutil.copytree(company, tmp_path / "workspace"))


class Desk:
    """A workspace whose leads are in the organisation."""

    def __init__(self, folder: Path, org, server) -> None:
        self.place = Workspace.at(folder)
        self.store = self.place.store()
        self.org, self.server = org, server
        self.record = {f"L{n:03d}": key for n, key in enumerate(org.records["Lead"])}
        with self.store.engine.begin() as connection:
            for lead_id, key in self.record.items():
                known = {"vendor": "salesforce", "lead_id": lead_id, "external_id": key}
                connection.execute(lead_external_id.insert().values(**known))
            connection.execute(update(hand_over).values(definition_version="v", by="model"))

    def push(self):
        return push_to(self.place, VENDOR)

    def pull(self):
        return pull_from(self.place, VENDOR)

    def told(self, lead_id: str, name: str):
        return self.org.records["Lead"][self.record[lead_id]][f"Awase_{name}__c"]

    def tasks(self) -> list[dict[str, object]]:
        return [row for row in self.org.records["Task"].values() if row.get("Awase_Key__c")]

    def let_time_pass(self) -> None:
        """What waits for another attempt is due now."""
        with self.store.engine.begin() as connection:
            connection.execute(update(outbox).values(due_at=datetime(2026, 1, 1, tzinfo=UTC)))

    def outcomes(self, lead_id: str) -> list[dict[str, object]]:
        query = select(outcome).where(outcome.c.lead_id == lead_id)
        with self.store.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


@pytest.fixture
def in_force(folder: Path, org, server, monkeypatch):
    monkeypatch.setenv("AWASE_CRM_LANGUAGE", "ja")
    made = Desk(folder, org, server)
    with connected(made.place, VENDOR) as connection:
        connection.set_up()
    server.calls.clear()
    yield made
    made.store.close()


def test_setup_shows_what_it_would_create_and_creates_it_once(awase, folder, org, server) -> None:
    shown = awase("crm", "setup", "salesforce", "--json", "-w", folder)
    before = [method for method, _ in server.calls if method != "GET"]
    made = awase("crm", "setup", "salesforce", "--yes", "-w", folder)
    again = awase("crm", "setup", "salesforce", "--yes", "-w", folder)

    assert '"Lead.Awase_Probability__c"' in shown.stdout
    assert before == []
    assert "Contact.Awase_Verdict_Reason__c" in made.stdout
    assert "has everything Awase needs" in again.stdout
    for kind in ("Lead", "Contact"):
        ours = [name for name in org.fields[kind] if name.startswith("Awase_")]
        assert len(ours) == N_FIELDS
        assert all(org.sees(kind, name) for name in ours)
    assert org.fields["Lead"]["Awase_Verdict__c"].tracked
    assert org.fields["Lead"]["Awase_Verdict__c"].values[0]["label"] == "受け入れる / Accept"
    assert len(org.records["PermissionSet"]) == 1
    assert TOKEN not in shown.stdout + made.stdout + made.stderr


def test_setup_goes_on_where_it_was_cut_off(awase, folder, org, server) -> None:
    cut = []

    def cut_once(_number: int, path: str) -> None:
        if path.endswith("CustomField") and len(cut) < 8:
            cut.append(path)
            if len(cut) == 8:
                server.faults.answers.append((503, {}, [{"errorCode": "X", "message": "x"}]))

    server.faults.on_call = cut_once
    first = awase("crm", "setup", "salesforce", "--yes", "-w", folder)
    again = awase("crm", "setup", "salesforce", "--yes", "-w", folder)
    last = awase("crm", "setup", "salesforce", "--yes", "-w", folder)

    assert first.returncode == 1
    assert "looked up" in first.stderr
    assert again.returncode == 0
    assert "has everything" in last.stdout


def test_where_history_cannot_be_kept_fields_are_made_without_it(awase, folder, org) -> None:
    org.history_on.clear()

    told = awase("crm", "setup", "salesforce", "--yes", "-w", folder)

    assert told.returncode == 0, told.stderr
    assert not org.fields["Lead"]["Awase_Verdict__c"].tracked


def test_new_reasons_of_the_agreement_become_choices_and_old_ones_stay(
    in_force, org, awase, folder
) -> None:
    field = org.fields["Lead"]["Awase_Verdict_Reason__c"]
    wanted = {item["value"] for item in field.values}
    field.values = [{"value": "of_old", "label": "Of old"}]

    told = awase("crm", "setup", "salesforce", "--yes", "-w", folder)

    assert "further choices" in told.stdout
    now = org.fields["Lead"]["Awase_Verdict_Reason__c"].values
    assert {item["value"] for item in now} == wanted | {"of_old"}


def test_a_push_before_the_setup_says_what_to_do(awase, folder, org, server) -> None:
    in_force = Desk(folder, org, server)

    told = awase("crm", "push", "salesforce", "-w", folder)

    assert told.returncode == 1
    assert "awase crm setup salesforce" in told.stderr
    in_force.store.close()


def test_every_lead_is_told_what_was_decided_and_why(in_force) -> None:
    report = in_force.push()

    assert (report.changed, report.arrived, report.refused) == (N_LEADS, N_OURS, 0)
    query = select(decision).where(decision.c.lead_id == "L003")
    with in_force.store.engine.connect() as connection:
        rows = connection.execute(query.order_by(decision.c.decision_id)).mappings().all()
    decided = rows[-1]
    assert in_force.told("L003", "Qualification") == decided["qualification"]
    assert in_force.told("L003", "Probability") == pytest.approx(
        100 * decided["probability"], abs=0.051
    )
    assert in_force.told("L003", "Rulebook_Points") == decided["rulebook_points"]
    assert in_force.told("L003", "Lead_Card") == "https://awase.example.com/leads/L003"
    assert datetime.fromisoformat(in_force.told("L003", "Decided_At")) == decided["as_of"]
    assert in_force.told("L003", "Mql_Count") == 1
    assert in_force.told("L003", "Reasons").splitlines()[0][0] in ("+", MINUS)


def test_collections_hold_at_most_two_hundred_records(in_force) -> None:
    in_force.push()

    writes = [path for method, path in in_force.server.calls if method in ("PATCH", "POST")]
    # 40 tasks among the first 200 messages, then the other fields.
    assert len(writes) == 2


def test_only_what_changed_is_sent_again(in_force) -> None:
    in_force.push()
    in_force.server.calls.clear()
    assert in_force.push().changed == 0
    assert not [m for m, _ in in_force.server.calls if m != "GET"]
    with in_force.store.engine.begin() as connection:
        connection.execute(
            update(decision).where(decision.c.lead_id == "L007").values(probability=0.987)
        )

    report = in_force.push()

    assert report.changed == 1
    assert in_force.told("L007", "Probability") == 98.7


def test_a_record_that_is_refused_is_listed_and_stops_nobody_else(in_force) -> None:
    in_force.org.delete("Lead", in_force.record["L001"])
    in_force.org.refuse[in_force.record["L002"]] = (
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "ask owner@example.com first",
    )

    report = in_force.push()

    assert dict(report.problems) == {
        "L001": "the record is gone: ENTITY_IS_DELETED: entity is deleted",
        "L002": "FIELD_CUSTOM_VALIDATION_EXCEPTION: ask (address) first",
    }
    kept = [line.answer for line in list_messages(in_force.store, state="dead")]
    assert not [answer for answer in kept if "owner@" in str(answer)]
    assert in_force.told("L004", "Qualification") is not None


def test_a_locked_record_is_tried_again(in_force) -> None:
    in_force.org.refuse[in_force.record["L001"]] = ("UNABLE_TO_LOCK_ROW", "unable to obtain access")
    assert in_force.push().failed == 1
    in_force.org.refuse.clear()
    in_force.let_time_pass()

    assert in_force.push().delivered == 1
    assert in_force.told("L001", "Qualification") is not None


def test_a_hand_over_is_logged_as_one_task_with_reasons_and_link(in_force) -> None:
    in_force.push()
    in_force.push()

    assert len(in_force.tasks()) == N_OURS
    (task,) = [row for row in in_force.tasks() if row["Awase_Key__c"] == "L003/cycle-1"]
    assert task["WhoId"] == in_force.record["L003"]
    assert task["Subject"] == "Awase: 営業に引き渡しました"
    assert task["Status"] == "Completed"
    assert "https://awase.example.com/leads/L003" in task["Description"]


def test_a_converted_lead_is_told_at_its_contact(in_force) -> None:
    contact, _, _ = in_force.org.convert(in_force.record["L003"], opportunity=False)

    report = in_force.push()

    assert report.refused == 0
    assert in_force.org.records["Contact"][contact]["Awase_Qualification__c"] is not None
    (task,) = [row for row in in_force.tasks() if row["Awase_Key__c"] == "L003/cycle-1"]
    assert task["WhoId"] == contact


def test_tasks_whose_creation_was_not_answered_are_looked_up_and_not_made_twice(in_force) -> None:
    lost = []

    def lose(_number: int, path: str) -> None:
        is_first = path.endswith("composite/sobjects") and not lost
        in_force.server.faults.cut_first_of_each = is_first
        if is_first:
            lost.append(path)

    in_force.server.faults.on_call = lose
    first = in_force.push()
    in_force.server.faults.on_call, in_force.server.faults.cut_first_of_each = None, False
    assert first.failed == N_OURS
    assert len(in_force.tasks()) == N_OURS

    in_force.let_time_pass()
    second = in_force.push()

    assert second.delivered == first.failed
    assert len(in_force.tasks()) == N_OURS


def test_a_token_refused_ends_the_push_and_the_next_sends_the_rest(in_force) -> None:
    in_force.server.faults.sessions_end_after = len(in_force.server.calls) + 5
    with pytest.raises(TokenRefused, match="renew the token"):
        in_force.push()
    in_force.server.sessions.add(TOKEN)

    in_force.push()

    assert all(in_force.told(lead_id, "Qualification") for lead_id in in_force.record)
    assert len(in_force.tasks()) == N_OURS


def test_a_quota_spent_ends_the_push_with_the_code_of_a_refusal(in_force) -> None:
    in_force.server.used = in_force.server.allowed

    with pytest.raises(QuotaSpent) as ended:
        in_force.push()

    assert ended.value.exit_code == 3


def test_what_people_changed_between_pull_and_push_stays(in_force) -> None:
    in_force.pull()
    key = in_force.record["L003"]
    in_force.org.update("Lead", key, Title="社長", Awase_Verdict__c="accepted")

    in_force.push()

    row = in_force.org.records["Lead"][key]
    assert (row["Title"], row["Awase_Verdict__c"]) == ("社長", "accepted")


def test_an_answer_given_in_salesforce_is_a_verdict_in_the_ledger(in_force) -> None:
    in_force.push()
    key, said_at = in_force.record["L003"], in_force.org.now
    in_force.org.update(
        "Lead", key, by="005000000000077AAA", Awase_Verdict__c="returned",
        Awase_Verdict_Comment__c="予算は来期",
    )  # fmt: skip
    in_force.org.tick(minutes=20)
    waiting = in_force.pull()
    assert (waiting.verdicts, waiting.verdicts_without_reason) == (0, 1)
    in_force.org.update("Lead", key, Awase_Verdict_Reason__c="no_budget")
    in_force.org.tick(minutes=20)

    first, second = in_force.pull(), in_force.pull()

    assert (first.verdicts, second.verdicts) == (1, 0)
    (row,) = [row for row in in_force.outcomes("L003") if row["stage"] == "returned"]
    assert row["occurred_at"] == said_at
    assert (row["reason"], row["comment"], row["by"]) == (
        "no_budget",
        "予算は来期",
        "salesforce user 005000000000077AAA",
    )


def test_without_history_an_answer_counts_once_however_often_its_record_changes(
    in_force, org
) -> None:
    in_force.push()
    for item in org.records["FieldDefinition"].values():
        item["IsFieldHistoryTracked"] = False
    for name in ("Awase_Verdict__c", "Awase_Verdict_Reason__c"):
        org.fields["Lead"][name].tracked = False
    key = in_force.record["L003"]
    org.update("Lead", key, Awase_Verdict__c="returned", Awase_Verdict_Reason__c="no_budget")
    org.tick(hours=1)
    first = in_force.pull()
    org.update("Lead", key, Title="社長")
    org.tick(hours=1)

    second = in_force.pull()

    assert (first.verdicts, second.verdicts) == (1, 0)
    assert len([row for row in in_force.outcomes("L003") if row["stage"] == "returned"]) == 1


def test_a_new_hand_over_asks_sales_anew(in_force) -> None:
    in_force.push()
    key = in_force.record["L003"]
    in_force.org.update(
        "Lead", key, Awase_Verdict__c="returned", Awase_Verdict_Reason__c="no_budget"
    )
    in_force.org.tick(hours=1)
    in_force.pull()
    with in_force.store.engine.begin() as connection:
        row = connection.execute(select(hand_over).where(hand_over.c.lead_id == "L003")).one()
        again = row._asdict() | {"cycle": 2, "handed_over_at": datetime.now(UTC)}
        connection.execute(hand_over.insert().values(**again))

    in_force.push()
    in_force.org.tick(hours=1)
    in_force.pull()

    assert in_force.told("L003", "Verdict") is None
    assert len([t for t in in_force.tasks() if str(t["Awase_Key__c"]).startswith("L003/")]) == 2
    assert "returned" in {row["stage"] for row in in_force.outcomes("L003")}
