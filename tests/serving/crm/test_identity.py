"""One person is one lead, and a forgotten one none: across CRMs, files and the lengths of ids."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from features.core.errors import LeadDataError
from features.store import Store
from features.store.schema import (
    METADATA,
    forgotten_lead,
    lead,
    lead_external_id,
    person,
)
from serving.ledger.leads.erase import forget_lead
from serving.ledger.leads.join import join_leads, note_alike, propose_joins
from tests.contract.hubspot.account import Account
from tests.contract.hubspot.example import DAY, START
from tests.serving.crm.conftest import Pull

SATO, SUZUKI = "103", "104"
TOKYO = ZoneInfo("Asia/Tokyo")


def _leads(store: Store) -> set[str]:
    return {row["lead_id"] for row in store.read_table("lead").to_pylist()}


def _everything(store: Store) -> str:
    """All rows of all tables but the audit, as text."""
    with store.engine.connect() as connection:
        return "\n".join(
            str(tuple(row))
            for table in METADATA.sorted_tables
            for row in connection.execute(select(table))
        )


def _store_lead(store: Store, lead_id: str, **external_ids: str) -> None:
    with store.engine.begin() as connection:
        at = connection.execute(select(lead.c.created_at)).scalar()
        row = {"lead_id": lead_id, "created_at": at, "day_only": False}
        connection.execute(insert(lead).values(**row))
        for vendor, key in external_ids.items():
            known = {"lead_id": lead_id, "vendor": vendor, "external_id": key}
            connection.execute(insert(lead_external_id).values(**known))


def test_a_forgotten_person_is_not_created_again_by_the_next_pull(
    store: Store, do_pull: Pull, account: Account
) -> None:
    do_pull()
    forget_lead(store, SATO, by="test", zone=TOKYO)
    account.update("contacts", SATO, {"jobtitle": "社長"})
    deal = account.create("deals", {"dealstage": "closedwon"})
    account.link("deals", deal.id, "contacts", SATO, SUZUKI)

    reports = [do_pull(), do_pull()]

    assert _leads(store) == {SUZUKI}
    assert "aozora" not in _everything(store)
    assert "佐藤" not in _everything(store)
    assert [report.mended for report in reports] == [{}, {}]


def test_a_forgotten_lead_that_had_a_name_of_its_own_does_not_come_back_under_its_records(
    store: Store, do_pull: Pull, account: Account
) -> None:
    do_pull()
    _store_lead(store, "FILE-1")
    join_leads(store, "FILE-1", [SATO], by="test")
    do_pull()
    forget_lead(store, "FILE-1", by="test", zone=TOKYO)
    account.update("contacts", SATO, {"jobtitle": "社長"})

    do_pull()

    assert _leads(store) == {SUZUKI}
    assert "FILE-1" not in _everything(store).replace("forgotten-", "")


def test_a_record_that_a_forgotten_one_became_part_of_is_left_out_and_a_living_lead_stays(
    store: Store, do_pull: Pull, account: Account
) -> None:
    do_pull()
    forget_lead(store, SATO, by="test", zone=TOKYO)
    unread = account.create("contacts", {"email": "again@aozora.example"})
    gone = account.merge("contacts", SATO, unread.id)

    do_pull()
    assert _leads(store) == {SUZUKI}
    account.merge("contacts", SUZUKI, gone.id)
    do_pull()
    assert _leads(store) == {SUZUKI}


def test_the_tombstone_is_a_hash_and_nothing_else(store: Store, do_pull: Pull) -> None:
    do_pull()
    forget_lead(store, SATO, by="test", zone=TOKYO)

    with store.engine.connect() as connection:
        rows = [row._asdict() for row in connection.execute(select(forgotten_lead))]
    assert [set(row) for row in rows] == [{"lead_hash", "forgotten_at"}] * 2
    assert all(len(row["lead_hash"]) == 64 and SATO not in row["lead_hash"] for row in rows)


def test_a_person_in_a_file_and_in_hubspot_is_proposed_and_joined_when_somebody_says_so(
    store: Store, do_pull: Pull, account: Account
) -> None:
    do_pull()
    _store_lead(store, "FILE-1")
    with store.engine.begin() as connection:
        who = {"lead_id": "FILE-1", "name": "太郎 佐藤", "email": "Taro.Sato@Aozora.example"}
        connection.execute(insert(person).values(**who))
    do_pull()
    (proposal,) = propose_joins(store)
    assert set(proposal.lead_ids) == {"FILE-1", SATO}
    assert {"FILE-1", SATO} <= _leads(store)

    join_leads(store, "FILE-1", [SATO], by="test")
    account.update("contacts", SATO, {"jobtitle": "社長"})
    do_pull()

    assert propose_joins(store) == []
    assert _leads(store) == {"FILE-1", SUZUKI}
    titles = [row for row in store.read_table("fact").to_pylist() if row["value"] == "社長"]
    assert [row["lead_id"] for row in titles] == ["FILE-1"]


def test_two_records_of_one_crm_that_were_joined_stay_one_lead_that_goes_by_one_of_them(
    store: Store, do_pull: Pull, account: Account
) -> None:
    do_pull()
    join_leads(store, SATO, [SUZUKI], by="test")
    account.update("contacts", SUZUKI, {"jobtitle": "Owner"})
    do_pull()

    assert _leads(store) == {SATO}
    with store.engine.connect() as connection:
        ids = connection.execute(select(lead_external_id)).all()
    assert [tuple(row) for row in ids] == [(SATO, "hubspot", SATO)]

    account.archive("contacts", SATO)
    account.update("contacts", SUZUKI, {"jobtitle": "Chair"}, at=START + 400 * DAY)
    do_pull()
    assert _leads(store) == {SATO}


def test_leads_to_join_are_stored_and_two(store: Store, do_pull: Pull) -> None:
    do_pull()

    with pytest.raises(LeadDataError, match="got 'nobody', which is not"):
        join_leads(store, SATO, ["nobody"], by="test")
    with pytest.raises(LeadDataError, match="got '103' alone"):
        join_leads(store, SATO, [SATO], by="test")


def test_a_forgotten_lead_is_proposed_no_more(store: Store, do_pull: Pull) -> None:
    do_pull()
    note_alike(store, "salesforce", [(SATO, SUZUKI)])
    assert [set(item.lead_ids) for item in propose_joins(store)] == [{SATO, SUZUKI}]

    forget_lead(store, SATO, by="test", zone=TOKYO)

    assert propose_joins(store) == []
