"""What a pull from HubSpot stores: from each record, with the time at which it became known."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from features.importing.mapping.mapping import Mapping
from features.store import Store
from features.store.schema import lead, lead_external_id, person
from serving.crm.inbound.explain_mapping import explain_mapping
from serving.ledger.outbox.crm_sync import read_positions
from tests.contract.hubspot import answers
from tests.contract.hubspot.account import Account, iso_time
from tests.contract.hubspot.example import DAY, HOUR, START, days
from tests.contract.hubspot.server import HubspotServer
from tests.serving.crm.conftest import Pull

SATO, SUZUKI = "103", "104"


def _rows(store: Store, table: str, **wanted: Any) -> list[dict[str, Any]]:
    rows = store.read_table(table).to_pylist()
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def _history(store: Store, lead_id: str, attribute: str) -> list[tuple[int, str | None]]:
    rows = _rows(store, "fact", lead_id=lead_id, attribute=attribute)
    assert all(row["honest"] for row in rows)
    return [(row["known_at"], row["value"]) for row in rows]


def test_contacts_become_leads_with_their_person(store: Store, do_pull: Pull) -> None:
    do_pull()

    with store.engine.connect() as connection:
        found = connection.execute(
            select(lead.c.created_at, lead_external_id.c.external_id)
            .join(lead_external_id, lead_external_id.c.lead_id == lead.c.lead_id)
            .where(lead.c.lead_id == SATO)
        ).one()
        who = connection.execute(person.select().where(person.c.lead_id == SATO)).one()
    assert found == (datetime.fromtimestamp(days(1), UTC), SATO)
    assert (who.name, who.email, who.company) == (
        "佐藤 太郎",
        "taro.sato@aozora.example",
        "青空工業",
    )


def test_a_property_is_known_since_each_of_its_values_was_entered(
    store: Store, do_pull: Pull
) -> None:
    do_pull()

    assert _history(store, SATO, "job_title") == [(days(1), "課長"), (days(40), "部長")]
    assert _history(store, SATO, "channel") == [(days(1), "ORGANIC_SEARCH")]


def test_a_value_that_was_taken_back_is_unknown_from_then_on(store: Store, do_pull: Pull) -> None:
    do_pull()

    assert _history(store, SATO, "budget") == [(days(41), "300万円"), (days(42), None)]


def test_a_contact_is_at_each_company_since_it_joined(store: Store, do_pull: Pull) -> None:
    do_pull()

    assert _history(store, SATO, "account_id") == [(days(1), "101"), (days(60), "102")]
    assert _history(store, SUZUKI, "account_id") == []


def test_what_a_company_is_is_known_of_its_contacts_while_they_are_there(
    store: Store, do_pull: Pull
) -> None:
    do_pull()

    assert _history(store, SATO, "industry") == [(days(1), "MACHINERY"), (days(60), "RETAIL")]
    # 150 became known on day 30; the second company has told nobody its size.
    assert _history(store, SATO, "company_size") == [
        (days(1), "120"), (days(30), "150"), (days(60), None)
    ]  # fmt: skip


def test_a_call_is_an_event_of_everyone_in_it_known_once_it_was_entered(
    store: Store, do_pull: Pull
) -> None:
    do_pull()

    calls = _rows(store, "event", behaviour="sales_call")
    assert {
        (row["lead_id"], row["occurred_at"], row["known_at"], row["actor"]) for row in calls
    } == {
        (SATO, days(44), days(45), "sales"),
        (SUZUKI, days(44), days(45), "sales"),
    }


def test_a_form_is_what_its_name_says_and_belongs_to_whoever_gave_the_address(
    store: Store, do_pull: Pull
) -> None:
    report = do_pull()

    forms = [row for row in _rows(store, "event") if row["actor"] == "lead"]
    assert {(row["lead_id"], row["behaviour"], row["occurred_at"]) for row in forms} == {
        (SATO, "document_download", days(1) + 3600),
        (SUZUKI, "consultation_request", days(3)),
    }
    assert report.rejects_file is None


def test_a_deal_is_an_opportunity_and_won_when_it_entered_that_stage_for_good(
    store: Store, do_pull: Pull
) -> None:
    do_pull()

    deals = [row for row in _rows(store, "outcome") if row["stage"] != "accepted"]
    assert [(row["stage"], row["occurred_at"], row["value"]) for row in deals] == [
        ("opportunity", days(46), 5_000_000.0),
        ("won", days(55), 5_000_000.0),
    ]


def test_the_life_cycle_stage_says_when_a_lead_was_handed_over(store: Store, do_pull: Pull) -> None:
    do_pull()

    (handed,) = _rows(store, "hand_over")
    assert (handed["lead_id"], handed["handed_over_at"], handed["by"]) == (
        SATO, days(43), "rulebook"
    )  # fmt: skip


def test_a_second_pull_reads_only_what_changed_and_stores_nothing_twice(
    store: Store, do_pull: Pull, account: Account, server: HubspotServer
) -> None:
    do_pull()
    before = store.read_tables()
    n_calls = len(server.calls)
    later = account.now()
    account.update("contacts", SUZUKI, {"jobtitle": "CEO"}, at=later)

    do_pull()

    after = store.read_tables()
    read = [call for call in server.calls[n_calls:] if call.path.endswith("/batch/read")]
    contacts = [
        call.body["inputs"] for call in read if "contacts" in call.path and "objects" in call.path
    ]
    assert contacts == [[{"id": SUZUKI}]]
    assert after.event.equals(before.event)
    assert after.fact.num_rows == before.fact.num_rows + 1
    assert _history(store, SUZUKI, "job_title")[-1] == (later // 1000, "CEO")


def test_a_company_that_changed_is_news_about_its_contacts(
    store: Store, do_pull: Pull, account: Account
) -> None:
    do_pull()
    later = account.now()
    account.update("companies", "102", {"numberofemployees": "9"}, at=later)

    do_pull()

    assert _history(store, SATO, "company_size")[-1] == (later // 1000, "9")


def test_a_search_that_finds_more_than_it_may_show_goes_on_by_id(
    store: Store, do_pull: Pull, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    # HubSpot shows 10,000; as many records would only make the test slow.
    monkeypatch.setattr(answers, "MOST_FOUND", 400)
    do_pull()
    for number in range(1_001):
        call = account.create("calls", {"hs_timestamp": iso_time(START + number * HOUR)})
        account.link("calls", call.id, "contacts", SUZUKI)

    report = do_pull()

    assert report.read["calls"] == 1_001
    assert len(_rows(store, "event", lead_id=SUZUKI, behaviour="sales_call")) == 1_002


def test_a_contact_made_while_we_read_is_fetched_for_what_is_about_it(
    store: Store, do_pull: Pull, account: Account, server: HubspotServer
) -> None:
    def late(_number: int, call: Any) -> None:
        if call.path.endswith("/calls") and not late.done:  # type: ignore[attr-defined]
            late.done = True  # type: ignore[attr-defined]
            contact = account.create("contacts", {"email": "late@example.com"}, at=START)
            call_made = account.create("calls", {"hs_timestamp": iso_time(START + DAY)}, at=START)
            account.link("calls", call_made.id, "contacts", contact.id)

    late.done = False  # type: ignore[attr-defined]
    server.faults.on_call = late

    do_pull()

    assert _rows(store, "lead")[-1]["created_at"] == days(0)
    assert len(_rows(store, "event", occurred_at=days(1), behaviour="sales_call")) == 1


def test_a_contact_deleted_while_the_first_pull_runs_is_gone_after_it(
    store: Store, do_pull: Pull, account: Account, server: HubspotServer
) -> None:
    def delete(_number: int, call: Any) -> None:
        if call.path.endswith("/calls"):
            account.archive("contacts", SUZUKI)

    server.faults.on_call = delete

    do_pull()

    assert [row["lead_id"] for row in _rows(store, "lead")] == [SATO]


def test_a_deleted_contact_is_gone_with_all_that_was_known(
    store: Store, do_pull: Pull, account: Account
) -> None:
    do_pull()
    account.archive("contacts", SUZUKI)

    report = do_pull()

    assert report.deleted == 1
    assert _rows(store, "lead", lead_id=SUZUKI) == []
    assert _rows(store, "event", lead_id=SUZUKI) == []
    assert len(_rows(store, "event", lead_id=SATO)) == 2


@pytest.mark.parametrize("kind", ["calls", "deals"])
def test_a_deleted_record_takes_back_what_it_said(
    store: Store, do_pull: Pull, account: Account, kind: str
) -> None:
    do_pull()
    (key,) = account.things[kind]
    account.archive(kind, key)

    do_pull()

    assert _rows(store, "event", behaviour="sales_call") == [] or kind == "deals"
    assert [
        row for row in _rows(store, "outcome") if row["stage"] == "won"
    ] == [] or kind == "calls"
    assert len(_rows(store, "lead")) == 2


def test_merged_contacts_become_one_lead_that_keeps_its_name_and_loses_no_event(
    store: Store, do_pull: Pull, account: Account
) -> None:
    do_pull()
    merged = account.merge("contacts", SATO, SUZUKI)

    report = do_pull()

    assert report.merged == 1
    (row,) = _rows(store, "lead")
    assert row["lead_id"] == SATO
    with store.engine.connect() as connection:
        assert connection.scalar(select(lead_external_id.c.external_id)) == merged.id
    # One call that both were in, and one form of each.
    assert sorted(row["behaviour"] for row in _rows(store, "event")) == [
        "consultation_request", "document_download", "sales_call"
    ]  # fmt: skip
    assert do_pull().merged == 0


def test_a_merge_before_the_first_pull_is_one_lead_too(
    store: Store, do_pull: Pull, account: Account
) -> None:
    merged = account.merge("contacts", SATO, SUZUKI)

    do_pull()

    assert [row["lead_id"] for row in _rows(store, "lead")] == [merged.id]
    assert len(_rows(store, "event")) == 3


def test_a_lead_imported_from_a_file_keeps_its_own_key(store: Store, do_pull: Pull) -> None:
    with store.engine.begin() as connection:
        connection.execute(
            lead.insert().values(
                lead_id="L-7", created_at=datetime(2026, 1, 1, tzinfo=UTC), day_only=False
            )
        )
        known = {"vendor": "hubspot", "lead_id": "L-7", "external_id": SATO}
        connection.execute(lead_external_id.insert().values(**known))

    do_pull()

    assert {row["lead_id"] for row in _rows(store, "lead")} == {"L-7", SUZUKI}
    assert _history(store, "L-7", "job_title") == [(days(1), "課長"), (days(40), "部長")]


def test_what_cannot_be_stored_is_listed_with_its_record_and_the_rest_stays(
    store: Store, do_pull: Pull, account: Account
) -> None:
    account.update("contacts", SATO, {"kessai": "maybe"}, at=START + 5 * DAY)

    report = do_pull()

    assert report.rejects_file is not None
    lines = report.rejects_file.read_text(encoding="utf-8-sig").splitlines()
    assert lines == [
        '"object","record","field","value","reason"',
        '"changes","103","value","maybe","must be yes or no"',
    ]
    assert len(_rows(store, "lead")) == 2


def test_positions_are_remembered_per_stream(store: Store, do_pull: Pull) -> None:
    do_pull()

    positions = read_positions(store, "hubspot")
    assert {"contacts", "companies", "calls", "deals", "form_submissions"} <= positions.keys()
    assert all("since" in position for position in positions.values())


def test_fields_without_history_are_marked_as_todays_values(mapping: Mapping) -> None:
    current = [line for line in explain_mapping(mapping) if line.current_only]

    assert [(line.object, line.field, line.becomes) for line in current] == [
        ("contacts", "tantou_team", "attribute team")
    ]


def test_a_form_is_of_whoever_had_its_address_when_it_was_sent(
    store: Store, do_pull: Pull, account: Account
) -> None:
    account.update("contacts", SUZUKI, {"email": "s@new.example"}, at=START + 10 * DAY)
    heir = account.create("contacts", {"email": "suzuki@blue.example"}, at=START + 20 * DAY)
    account.submit("f4", "suzuki@blue.example", START + 21 * DAY)

    do_pull()

    sent = _rows(store, "event", behaviour="consultation_request")
    assert {(row["lead_id"], row["occurred_at"]) for row in sent} == {
        (SUZUKI, days(3)),
        (heir.id, days(21)),
    }
