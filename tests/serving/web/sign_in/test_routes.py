"""Signing in and out, the pause after failures, forms from elsewhere, and the language."""

import re
from datetime import timedelta

import pytest

from features.core.errors import LeadDataError
from serving.ledger.access.sessions import hash_token, read_session
from serving.ledger.access.users import Role, disable_user, read_user
from serving.web.request.forms import MOST_FIELDS
from serving.web.request.page_request import own_path
from serving.web.request.session import SESSION_COOKIE, preferred_language
from serving.web.sign_in import passwords
from serving.web.sign_in.accounts import NewAccount, make_user
from serving.web.sign_in.passwords import TRIES_PER_LOGIN_AND_ADDRESS

PASSWORD = "correct horse battery"


def _token(client, path: str = "/sign-in") -> str:
    found = re.search(r'name="form_token" value="(\w+)"', client.get(path).text)
    assert found
    return found[1]


def _sign_in(client, login: str = "sales", password: str = PASSWORD, **fields: str):
    form = {"login": login, "password": password, "form_token": _token(client)}
    return client.post("/sign-in", data=form | fields)


def test_a_person_signs_in_works_and_signs_out(site) -> None:
    client = site.page_request()

    answer = _sign_in(client, " Sales ", next="/worklist?view=waiting")
    assert (answer.status_code, answer.headers["location"]) == (303, "/worklist?view=waiting")
    assert client.get("/worklist").status_code == 200

    token = client.cookies[SESSION_COOKIE]
    client.post("/sign-out", data={"form_token": _token(client, "/definition")})
    assert read_session(site.store, hash_token(token), idle=timedelta(hours=1)) is None
    assert client.get("/worklist").headers["location"] == "/sign-in?next=%2Fworklist"


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(site) -> None:
    cookie = _sign_in(site.page_request()).headers["set-cookie"]

    assert cookie.startswith(f"{SESSION_COOKIE}=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))


def test_a_wrong_password_and_an_unknown_login_are_told_alike(site) -> None:
    wrong = _sign_in(site.page_request(), "sales", "wrong")
    unknown = _sign_in(site.page_request(), "nobody", "wrong")

    assert wrong.status_code == unknown.status_code == 401
    assert "The login or the password is wrong." in wrong.text
    assert "The login or the password is wrong." in unknown.text


def test_after_some_failures_even_the_right_password_has_to_wait(site) -> None:
    client = site.page_request()
    for _ in range(TRIES_PER_LOGIN_AND_ADDRESS):
        assert _sign_in(client, "sales", "wrong").status_code == 401

    assert _sign_in(client, "sales").status_code == 429
    assert _sign_in(client, "marketing").status_code == 303


def test_the_owner_signs_in_elsewhere_while_somebody_guesses(site) -> None:
    client, owner = site.page_request(), site.page_request(address="198.51.100.7")
    for _ in range(TRIES_PER_LOGIN_AND_ADDRESS):
        assert _sign_in(client, "sales", "wrong").status_code == 401

    assert _sign_in(owner, "sales").status_code == 303
    assert _sign_in(client, "sales").status_code == 429


def test_an_administrator_unlocks_an_account(site, awase) -> None:
    client = site.page_request()
    for _ in range(TRIES_PER_LOGIN_AND_ADDRESS):
        _sign_in(client, "sales", "wrong")

    told = awase("user", "unlock", " Sales", "-w", site.workspace.folder)

    assert told.returncode == 0, told.stderr
    assert _sign_in(client, "sales").status_code == 303


def test_the_waiting_room_has_an_end(site, monkeypatch) -> None:
    monkeypatch.setattr(passwords, "MOST_WAITING", 0)

    assert _sign_in(site.page_request(), "sales").status_code == 429


def test_a_disabled_account_opens_nothing(site) -> None:
    client = site.page_request("sales")
    assert client.get("/worklist").status_code == 200

    disable_user(site.store, "sales", by="admin")

    assert client.get("/worklist").status_code == 303
    assert _sign_in(site.page_request(), "sales").status_code == 401


def test_a_form_without_our_token_or_from_another_site_is_refused(site) -> None:
    client = site.page_request("sales")
    token = _token(client, "/worklist")
    path, form = "/leads/L003/verdict", {"answer": "accepted", "reason": "clear_need"}

    assert client.post(path, data=form).status_code == 403
    assert (
        client.post(path, data=form | {"form_token": _token(site.page_request())}).status_code
        == 403
    )
    for elsewhere in (
        {"sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ):
        sent = client.post(path, data=form | {"form_token": token}, headers=elsewhere)
        assert sent.status_code == 403
    assert site.store.read_lead("L003").outcome.num_rows == 0
    # The token was right all along: a page of ours may send it.
    here = {"origin": "https://awase.test"}
    sent = client.post(path, data=form | {"form_token": token}, headers=here)
    assert sent.status_code == 303


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"{}", "application/json", 415),
        (b"x=" + b"a" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"x=%ff", "application/x-www-form-urlencoded", 422),
        ("x=é".encode(), "application/x-www-form-urlencoded", 400),
        (
            b"&".join(b"x=1" for _ in range(MOST_FIELDS + 1)),
            "application/x-www-form-urlencoded",
            422,
        ),
    ],
)
def test_what_is_no_form_of_ours_is_refused(site, content, content_type, status) -> None:
    answer = site.page_request().post(
        "/sign-in", content=content, headers={"content-type": content_type}
    )

    assert answer.status_code == status


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "/a\\b", "/a\nb", ""]
)
def test_nobody_is_sent_to_another_site_after_signing_in(path: str) -> None:
    assert own_path(path) == "/"


def test_the_language_follows_the_browser_until_somebody_switches(site) -> None:
    client = site.page_request("sales", language="ja,en;q=0.8")
    assert 'lang="ja"' in client.get("/worklist").text

    form = {"language": "en", "next": "/definition", "form_token": _token(client, "/worklist")}
    assert client.post("/language", data=form).headers["location"] == "/definition"

    assert '<html lang="en">' in client.get("/worklist").text
    user = read_user(site.store, "sales")
    assert user is not None
    assert user.language == "en"


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "ja"), ("fr", "ja"), ("en-US,en;q=0.9,ja;q=0.8", "en"), ("de;q=x, en;q=0.1", "en")],
)
def test_the_browsers_favourite_of_our_languages_is_taken(header: str, language: str) -> None:
    assert preferred_language(header) == language


def test_an_account_needs_a_long_password(site) -> None:
    account = NewAccount(login="new", name="New", role=Role.SALES)
    with pytest.raises(LeadDataError, match="12 to 200 characters"):
        make_user(site.store, account, "short", by="admin")
