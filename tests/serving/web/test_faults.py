"""What somebody reads when a page, a form or a session is not what they thought."""

import re

import pytest

from serving.ledger.access.sessions import end_session, hash_token
from serving.web.request.session import SESSION_COOKIE

SITE = "https://awase.test"


def _token(client, path: str = "/worklist") -> str:
    found = re.search(r'name="form_token" value="(\w+)"', client.get(path).text)
    assert found
    return found[1]


def _heading(html: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", html)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("path", "status", "heading"),
    [
        ("/nowhere", 404, "There is no such page"),
        ("/leads/nobody", 404, "There is no such page"),
        ("/people", 403, "This page is not open to you"),
        ("/definition?version=x", 422, "That did not work"),
        ("/proposals?per_month=0", 422, "That did not work"),
        ("/worklist?q=" + "x" * 200, 422, "That did not work"),
    ],
)
def test_what_cannot_be_shown_is_a_page_that_says_why(site, path, status, heading) -> None:
    answer = site.page_request("sales").get(path)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert _heading(answer.text) == heading
    assert 'aria-current="page"' in answer.text or 'href="/worklist"' in answer.text


def test_a_form_out_of_date_leads_back_to_the_page_it_stands_on(site) -> None:
    answer = site.page_request("sales").post(
        "/leads/L003/verdict",
        data={"form_token": "old", "answer": "accepted"},
        headers={"referer": f"{SITE}/leads/L003"},
    )

    assert answer.status_code == 403
    assert _heading(answer.text) == "Nothing was sent"
    assert '<a href="/leads/L003">Back</a>' in answer.text
    # Switching the language must not ask for an address that only takes forms.
    assert 'name="next" value="/leads/L003"' in answer.text


def test_a_form_sent_after_the_session_ended_is_told_as_lost(site) -> None:
    client = site.page_request("sales")
    token = _token(client)
    end_session(site.store, hash_token(client.cookies[SESSION_COOKIE]))

    answer = client.post(
        "/leads/L003/verdict",
        data={"form_token": token, "answer": "accepted"},
        headers={"referer": f"{SITE}/leads/L003"},
    )
    page = client.get(answer.headers["location"])

    assert answer.headers["location"] == "/sign-in?next=%2Fleads%2FL003&why=not_saved"
    assert "was not saved" in page.text
    assert 'name="next" value="/leads/L003"' in page.text
    assert site.store.read_lead("L003").outcome.num_rows == 0


def test_the_page_of_a_form_is_taken_from_our_own_site_only(site) -> None:
    answer = site.page_request().post(
        "/leads/L003/verdict", data={}, headers={"referer": "https://evil.example/leads/L003"}
    )

    assert answer.headers["location"] == "/sign-in?why=not_saved"


def test_who_asks_for_a_page_is_told_that_it_comes_after_signing_in(site) -> None:
    client = site.page_request()

    asked = client.get(client.get("/definition").headers["location"])
    plain = client.get("/sign-in")

    assert "go on to the page you asked for" in asked.text
    assert "go on to the page you asked for" not in plain.text


def test_signing_in_without_a_cookie_offers_a_new_form(site) -> None:
    answer = site.page_request().post("/sign-in", data={"login": "sales", "password": "x"})

    assert answer.headers["location"] == "/sign-in?why=no_cookie"
    assert "keeps no cookies" in site.page_request().get(answer.headers["location"]).text


def test_only_our_own_words_say_why_somebody_is_at_the_sign_in_page(site) -> None:
    assert site.page_request().get("/sign-in?why=call+me").status_code == 422
