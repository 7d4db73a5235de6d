"""An answer to a lead is confirmed on the next page, once, and only to who may see the lead."""

import re

import pytest

from serving.ledger.leads.worklist import WorklistFilter, read_page
from serving.web.request.flash import DONE_COOKIE

DONE = re.compile(r'<p class="done" role="status">(.*?)</p>', flags=re.DOTALL)


def _answer(client, site, lead_id: str, answer: str, onward: str):
    token = re.search(r'name="form_token" value="(\w+)"', client.get("/worklist").text)
    assert token
    reason = getattr(site.definition.verdict_reasons, answer)[0].name
    form = {"form_token": token[1], "answer": answer, "reason": reason, "next": onward}
    return client.post(f"/leads/{lead_id}/verdict", data=form)


@pytest.mark.parametrize(
    ("answer", "words"),
    [("accepted", "山田 .*: accepted."), ("returned", "山田 .*: returned. It comes back")],
)
def test_the_next_page_says_what_became_of_the_lead_once(site, answer, words) -> None:
    client = site.page_request("sales")
    lead_id = read_page(site.store, WorklistFilter(waiting=True))[1][0].lead_id

    sent = _answer(client, site, lead_id, answer, "/worklist?view=waiting")
    page = client.get(sent.headers["location"])

    said = DONE.search(page.text)
    assert said
    assert re.search(words, said[1])
    assert f'<a href="/leads/{lead_id}">Change it on the lead card</a>' in said[1]
    assert DONE.search(client.get("/worklist").text) is None


def test_a_card_says_what_was_answered_and_that_it_can_be_changed(site) -> None:
    client = site.page_request("sales")
    lead_id = read_page(site.store, WorklistFilter(waiting=True))[0][0].lead_id
    assert "You can change it" not in client.get(f"/leads/{lead_id}").text

    _answer(client, site, lead_id, "accepted", f"/leads/{lead_id}")
    html = client.get(f"/leads/{lead_id}").text

    assert "You can change it" in html
    assert "Change it on the lead card" not in html


@pytest.mark.parametrize("value", ["", "accepted", "deleted%20L003", "accepted%20nobody"])
def test_a_cookie_that_we_did_not_write_says_nothing(site, value: str) -> None:
    client = site.page_request("sales")
    client.cookies.set(DONE_COOKIE, value, domain="awase.test")

    assert DONE.search(client.get("/worklist").text) is None


def test_a_lead_of_another_team_is_not_named(site) -> None:
    other = read_page(site.store, WorklistFilter(team="west"))[0][0].lead_id
    client = site.page_request("east")
    client.cookies.set(DONE_COOKIE, f"accepted%20{other}", domain="awase.test")

    assert DONE.search(client.get("/worklist").text) is None


def test_a_reason_to_send_back_has_to_be_chosen(site) -> None:
    html = site.page_request("sales").get("/leads/L003").text

    assert html.count('<select name="reason" required>') == 1
    assert html.count('<option value="">Choose one</option>') == 1
    assert html.count('<option value="">Later, when the result is known</option>') == 1
