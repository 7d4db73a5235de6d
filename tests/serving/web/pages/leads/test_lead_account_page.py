"""The account page: its leads, owners, activity, hand-overs and deals, for who works with them."""

import pyarrow as pa
import pytest

from features.core.clock import DAY
from features.store.lead_tables import FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.schema import PERSON
from serving.ledger.leads.lead_state import refresh_standings
from tests.serving.web.conftest import START

ACCOUNT = "C/1 東"
"""As a CRM may call it."""


@pytest.fixture
def account(site) -> str:
    facts = [
        {"lead_id": f"L00{n}", "attribute": name, "known_at": START + 12 * DAY, "value": value}
        | {"honest": True}
        for n, team, owner in ((0, "east", "佐藤"), (1, "east", "Lee"), (3, "west", "Lee"))
        for name, value in (("account_id", ACCOUNT), ("team", team), ("owner", owner))
    ]
    won = {
        "lead_id": "L001",
        "stage": "won",
        "occurred_at": START + 40 * DAY,
        "known_at": START + 40 * DAY,
        "value": 1_250_000.0,
    }
    persons = [{"lead_id": f"L00{n}", "name": f"人{n}", "company": "北東物産"} for n in (0, 1, 3)]
    tables = LeadTables(
        lead=LEAD.empty_table(),
        fact=pa.Table.from_pylist(facts, FACT),
        event=site.store.read_tables().event.slice(0, 0),
        outcome=pa.Table.from_pylist([won], OUTCOME),
        hand_over=HAND_OVER.empty_table(),
    )
    site.store.write(tables, pa.Table.from_pylist(persons, PERSON))
    refresh_standings(site.store, site.definition)
    return "/accounts/C%2F1%20%E6%9D%B1"


def test_an_account_shows_its_leads_owners_activity_and_deals(site, account: str) -> None:
    html = site.page_request("sales").get(account).text

    assert "<h1><bdi>北東物産</bdi></h1>" in html
    assert all(f'href="/leads/L00{n}"' in html for n in (0, 1, 3))
    assert '<bdi>Lee</bdi> <span class="number muted">2</span>' in html
    assert "1,250,000" in html[html.index("Deals") : html.index("Hand-overs")]
    assert "Site visit" in html[html.index("Latest activity") :]
    assert "Handed over" in html


def test_a_team_sees_its_own_leads_of_an_account(site, account: str) -> None:
    html = site.page_request("east").get(account).text

    assert 'href="/leads/L001"' in html
    assert "人3" not in html


def test_card_and_list_lead_to_the_account(site, account: str) -> None:
    client = site.page_request("sales")

    assert f'href="{account}"' in client.get("/leads/L000").text
    assert client.get("/leads/L000/account").headers["location"] == account
    listed = client.get("/worklist", params={"q": "北東物産"}).text
    assert 'href="/leads/L000/account"' in listed


def test_a_card_lists_the_others_at_its_account(site, account: str) -> None:
    html = site.page_request("sales").get("/leads/L000").text
    part = html[html.index("Other leads at this account") :]

    assert "人1" in part
    assert "Won" in part
    assert "人0" not in part[: part.index("</section>")]


def test_a_lead_without_an_account_leads_to_its_card(site) -> None:
    answer = site.page_request("sales").get("/leads/L005/account")

    assert answer.headers["location"] == "/leads/L005"


def test_an_account_nobody_here_works_with_does_not_exist(site) -> None:
    assert site.page_request("sales").get("/accounts/none").status_code == 404
