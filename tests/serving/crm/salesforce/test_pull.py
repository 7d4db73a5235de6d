"""Salesforce's records through a real socket into the store: the right rows, with honest times."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from features.importing.duplicates import Likeness
from features.store.schema import lead, lead_external_id
from serving.crm.salesforce.walk import SalesforceWalk
from serving.ledger.leads.erase import forget_lead
from serving.ledger.leads.join import join_leads, propose_joins
from tests.contract.salesforce.org import START

HOUR, DAY = 3_600, 86_400
BEGAN = int(START.timestamp())
CHANGED = BEGAN + HOUR + 2 * DAY
CONVERTED = CHANGED + 3 * DAY
TABLES = ("lead", "fact", "event", "outcome", "hand_over")


def _facts(store, lead: str, attribute: str) -> list[tuple[int, str, bool]]:
    return [
        (row["known_at"], row["value"], row["honest"])
        for row in store.read_table("fact").to_pylist()
        if row["lead_id"] == lead and row["attribute"] == attribute
    ]


def _outcomes(store, lead: str) -> dict[str, int]:
    rows = store.read_table("outcome").to_pylist()
    return {row["stage"]: row["occurred_at"] for row in rows if row["lead_id"] == lead}


def _everything(store) -> dict[str, list[dict[str, object]]]:
    return {name: store.read_table(name).to_pylist() for name in TABLES}


def test_people_are_leads_and_contacts_that_were_none(do_pull, store, cast) -> None:
    do_pull()

    leads = {row["lead_id"]: row["created_at"] for row in store.read_table("lead").to_pylist()}
    assert leads == {
        cast.converted: BEGAN,
        cast.plain: BEGAN + HOUR,
        cast.winner: BEGAN + HOUR,
        cast.only_contact: BEGAN + HOUR,
    }


def test_a_tracked_field_is_known_since_each_of_its_values_was_entered(
    do_pull, store, cast
) -> None:
    do_pull()

    assert _facts(store, cast.converted, "job_title") == [
        (BEGAN, "主任", True),
        (CHANGED, "営業部長", True),
        (CONVERTED, "営業部長", True),
        (CONVERTED + DAY, "本部長", True),
    ]
    assert _facts(store, cast.converted, "purchase_timing") == [(CHANGED, "3ヶ月以内", True)]
    assert _facts(store, cast.converted, "owner")[:2] == [
        (BEGAN, "佐藤", True),
        (CHANGED, "Lee", True),
    ]


def test_a_field_without_history_is_suspect_and_an_original_source_is_not(
    do_pull, store, cast
) -> None:
    do_pull()

    assert _facts(store, cast.converted, "industry") == [(BEGAN, "製造", False)]
    assert _facts(store, cast.converted, "channel") == [(BEGAN, "Web", True)]


def test_a_contact_takes_what_it_lacks_from_its_account(do_pull, store, cast) -> None:
    do_pull()

    assert _facts(store, cast.only_contact, "industry") == [(BEGAN + HOUR, "製造", False)]


def test_where_history_does_not_reach_back_values_are_known_only_since_it_does(
    org, do_pull, store, cast
) -> None:
    for row in org.records["LeadHistory"].values():
        if row["LeadId"] == cast.plain and row["Field"] == "created":
            row["LeadId"] = cast.winner
    org.records["Lead"][cast.plain]["NumberOfEmployees"] = 40.0
    org.records["Lead"][cast.plain]["CreatedDate"] = "2025-01-01T00:00:00.000+0000"

    do_pull()

    assert _facts(store, cast.plain, "company_size") == [(BEGAN, "40", True)]


def test_conversion_takes_on_and_opportunities_end_when_their_last_stage_was_entered(
    do_pull, store, cast
) -> None:
    do_pull()

    assert _outcomes(store, cast.converted) == {
        "accepted": CONVERTED,
        "opportunity": CONVERTED,
        "won": CONVERTED + 16 * DAY,
    }
    (won,) = [r for r in store.read_table("outcome").to_pylist() if r["stage"] == "won"]
    assert won["value"] == 1_200_000.0


def test_an_unqualified_lead_was_returned_when_its_status_changed(do_pull, store, cast) -> None:
    do_pull()

    assert _outcomes(store, cast.plain) == {"returned": CONVERTED + DAY}


def test_activities_of_a_contact_belong_to_the_lead_it_was(do_pull, store, cast) -> None:
    do_pull()

    told = {(row["lead_id"], row["behaviour"]) for row in store.read_table("event").to_pylist()}
    assert (cast.converted, "sales_call") in told
    assert (cast.converted, "webinar") in told
    assert (cast.only_contact, "sales_call") in told
    assert not [lead for lead, _ in told if lead == cast.plain]  # its task is still open


def test_pulling_again_changes_nothing(do_pull, store) -> None:
    do_pull()
    before = _everything(store)

    report = do_pull()

    assert _everything(store) == before
    assert sum(table.stored for file in report.files for table in file.tables) == 0


def test_only_what_changed_is_read_again(org, server, do_pull, store, cast) -> None:
    do_pull()
    org.tick(days=1)
    org.update("Lead", cast.plain, Title="部長", Status="Open - Not Contacted")
    late = org.insert("Lead", LastName="late", Email="late@example.org", OwnerId=org.user)
    org.tick(hours=1)

    report = do_pull()

    assert report.read["Lead"] == 2
    assert _facts(store, cast.plain, "job_title")[-1][1] == "部長"
    assert late in store.read_table("lead")["lead_id"].to_pylist()


def test_a_lead_converted_after_it_was_pulled_goes_on_as_its_contact(
    org, do_pull, store, cast
) -> None:
    do_pull()
    org.tick(days=1)
    contact, _, deal = org.convert(cast.plain, opportunity=True)
    org.tick(days=1)
    org.insert(
        "Task", WhoId=contact, TaskSubtype="Call", IsClosed=True, CompletedDateTime=org.time()
    )
    org.update("Contact", contact, Title="社長")
    org.update("Opportunity", deal, StageName="Closed Won")
    org.tick(hours=1)

    do_pull()
    org.tick(days=30)
    org.update("Contact", contact, Title="会長")
    org.insert(
        "Task", WhoId=contact, TaskSubtype="Call", IsClosed=True, CompletedDateTime=org.time()
    )
    org.tick(hours=1)
    do_pull()

    assert contact not in store.read_table("lead")["lead_id"].to_pylist()
    assert [value for _, value, _ in _facts(store, cast.plain, "job_title")] == ["社長", "会長"]
    calls = [r for r in store.read_table("event").to_pylist() if r["lead_id"] == cast.plain]
    assert len(calls) == 2
    assert {"accepted", "opportunity", "won"} <= _outcomes(store, cast.plain).keys()


def test_leads_merged_after_they_were_pulled_become_one(org, do_pull, store, cast) -> None:
    do_pull()
    org.tick(days=1)
    third = org.insert("Lead", LastName="third", Email="third@example.org", OwnerId=org.user)
    org.insert("Task", WhoId=third, TaskSubtype="Call", IsClosed=True, CompletedDateTime=org.time())
    org.tick(hours=1)
    do_pull()
    org.tick(hours=1)
    # A chain within one pull: third into winner, winner into plain.
    org.merge("Lead", cast.winner, [third])
    org.tick(hours=1)
    org.merge("Lead", cast.plain, [cast.winner])
    org.tick(hours=1)

    report = do_pull()

    leads = store.read_table("lead")["lead_id"].to_pylist()
    assert third not in leads
    assert cast.winner not in leads
    assert report.merged == 2
    calls = [r for r in store.read_table("event").to_pylist() if r["lead_id"] == cast.plain]
    assert [r["behaviour"] for r in calls].count("sales_call") == 1


def test_a_deleted_lead_and_a_deleted_task_are_gone(org, do_pull, store, cast) -> None:
    do_pull()
    org.tick(days=1)
    org.delete("Lead", cast.winner)
    task = next(k for k, r in org.records["Task"].items() if r["WhoId"] == cast.only_contact)
    org.delete("Task", task)
    org.tick(hours=1)

    report = do_pull()

    assert report.deleted == 1
    assert cast.winner not in store.read_table("lead")["lead_id"].to_pylist()
    assert task not in store.read_table("event")["event_id"].to_pylist()


def test_an_opportunity_that_is_won_after_all_is_not_lost(org, do_pull, store, cast) -> None:
    org.update("Opportunity", cast.deal, StageName="Closed Lost")
    org.tick(hours=1)
    do_pull()
    assert "lost" in _outcomes(store, cast.converted)

    org.tick(days=1)
    org.update("Opportunity", cast.deal, StageName="Closed Won")
    won_at = int(org.now.timestamp())
    org.tick(hours=1)
    do_pull()

    outcomes = _outcomes(store, cast.converted)
    assert "lost" not in outcomes
    assert outcomes["won"] == won_at


def test_an_account_that_changes_is_read_for_its_contacts(org, do_pull, store, cast) -> None:
    do_pull()
    org.tick(days=1)
    account = org.records["Contact"][cast.only_contact]["AccountId"]
    org.update("Account", account, Industry="情報通信")
    org.tick(hours=1)

    do_pull()

    assert [value for _, value, _ in _facts(store, cast.only_contact, "industry")] == ["情報通信"]


@pytest.mark.parametrize("bulk_page_size", [2, 1_000])
def test_a_large_first_pull_goes_through_a_bulk_query_and_gives_the_same(
    do_pull, store, server, client, bulk_page_size: int
) -> None:
    like = SalesforceWalk(
        client=client, kind="", columns=(), bulk_from=1, bulk_page_size=bulk_page_size
    )

    do_pull(like)
    by_bulk = _everything(store)

    # Lead, Contact, Task, CampaignMember and Opportunity.
    assert len(server.jobs) == 5
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM crm_cursor")
    do_pull()
    assert _everything(store) == by_bulk


def test_pages_of_any_size_give_the_same(do_pull, store, client) -> None:
    do_pull(SalesforceWalk(client=client, kind="", columns=(), page_size=1))
    by_one = _everything(store)

    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM crm_cursor")
    do_pull()

    assert _everything(store) == by_one


def test_two_leads_converted_into_one_contact_stay_two_and_are_proposed_as_one(
    org, do_pull, store, cast
) -> None:
    later = org.insert(
        "Lead", LastName="Tanaka", Email="h.tanaka@other.example", Company="Hokuto",
        Status="Open - Not Contacted", OwnerId=org.user,
    )  # fmt: skip
    org.tick(days=1)
    org.convert(later, opportunity=False, contact=cast.contact)
    org.insert("Task", WhoId=cast.contact, TaskSubtype="Call", IsClosed=True,
               CompletedDateTime=org.time())  # fmt: skip

    do_pull()

    told = [item for item in propose_joins(store) if item.alike_in == (Likeness.CONVERTED,)]
    assert [set(item.lead_ids) for item in told] == [{cast.converted, later}]
    assert {cast.converted, later} <= set(store.read_table("lead")["lead_id"].to_pylist())
    events = [row for row in store.read_table("event").to_pylist() if row["lead_id"] == later]
    assert events == []

    join_leads(store, cast.converted, [later], by="test")
    org.update("Lead", later, Title="顧問")
    do_pull()
    assert later not in store.read_table("lead")["lead_id"].to_pylist()
    assert propose_joins(store) == []


@pytest.mark.parametrize("by_file", [True, False])
def test_both_lengths_of_an_id_are_one_lead(do_pull, store, cast, by_file: bool) -> None:
    """A file named the lead by the short form, or gave it as the record of a lead of its own."""
    name = cast.plain[:15] if by_file else "FILE-1"
    with store.engine.begin() as connection:
        at = START.replace(microsecond=0)
        connection.execute(insert(lead).values(lead_id=name, created_at=at, day_only=False))
        if not by_file:
            known = {"lead_id": name, "vendor": "salesforce", "external_id": cast.plain[:15]}
            connection.execute(insert(lead_external_id).values(**known))

    do_pull()

    leads = set(store.read_table("lead")["lead_id"].to_pylist())
    assert name in leads
    assert cast.plain not in leads


def test_a_forgotten_lead_does_not_come_back_as_the_contact_it_became(
    org, do_pull, store, cast
) -> None:
    do_pull()
    forget_lead(store, cast.converted, by="test", zone=ZoneInfo("Asia/Tokyo"))
    org.update("Contact", cast.contact, Title="社長")
    org.update("Opportunity", cast.deal, Amount=5.0)

    do_pull()
    org.delete("Lead", cast.converted)
    org.update("Contact", cast.contact, Title="会長")
    do_pull()

    leads = set(store.read_table("lead")["lead_id"].to_pylist())
    assert not {cast.converted, cast.contact} & leads
