"""Accounts from the first link to the last session: in the browser and on the command line."""

import html
import re
import time
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import update

from features.store.schema import session as session_table
from serving.ledger.access.audit import check_audit, read_audit
from serving.ledger.access.sessions import list_sessions
from serving.ledger.access.users import Role, read_user, set_totp
from serving.web.request.session import SESSION_COOKIE
from serving.web.sign_in.passwords import TRIES_PER_LOGIN_AND_ADDRESS
from serving.web.sign_in.second_factor import STEP_SECONDS, find_step

PASSWORD = "correct horse battery"
OWN = "my very own passphrase"
IDLE = timedelta(minutes=30)


def _token(client, path: str = "/sign-in") -> str:
    found = re.search(r'name="form_token" value="(\w+)"', client.get(path).text)
    assert found
    return found[1]


def _sign_in(client, login: str = "sales", password: str = PASSWORD):
    form = {"login": login, "password": password, "form_token": _token(client)}
    return client.post("/sign-in", data=form)


def _send(client, path: str, **fields: str):
    return client.post(path, data={"form_token": _token(client, "/account")} | fields)


def _set_password(client, path: str, password: str = OWN, again: str | None = None):
    form = {"password": password, "again": password if again is None else again}
    return client.post(path, data=form | {"form_token": _token(client)})


def _link(page: str) -> str:
    found = re.search(r"https://awase\.test(/set-password/[\w-]+)", page)
    assert found, page
    return found[1]


def test_an_administrator_adds_somebody_who_chooses_a_password_by_a_link_used_once(site) -> None:
    admin, new = site.page_request("admin"), site.page_request()
    fields = {"login": " Ito@Example.com ", "name": "伊藤", "role": "sales", "team": "east"}

    path = _link(_send(admin, "/people", **fields).text)

    assert _sign_in(new, "ito@example.com", "").status_code == 401
    assert "ito@example.com" in new.get(path).text
    assert _set_password(new, path).headers["location"] == "/sign-in?why=password_set"
    assert _sign_in(new, "ito@example.com", OWN).headers["location"] == "/"
    assert site.page_request().get(path).status_code == 404
    assert _set_password(site.page_request(), path).status_code == 404
    user = read_user(site.store, "ito@example.com")
    assert user is not None
    assert (user.role, user.team, user.must_set_password) == (Role.SALES, "east", False)


@pytest.mark.parametrize(
    ("password", "again"),
    [("short", "short"), (OWN, "another"), ("aaaaaaaaaaaaaa", "aaaaaaaaaaaaaa"), ("x" * 300, "")],
)
def test_a_password_that_is_guessed_or_mistyped_is_not_taken(site, password, again) -> None:
    admin = site.page_request("admin")
    path = _link(_send(admin, "/people/sales", action="link").text)

    assert _set_password(site.page_request(), path, password, again).status_code == 422
    assert _sign_in(site.page_request()).status_code == 303


def test_who_did_not_choose_the_password_is_asked_for_one_at_the_first_sign_in(site, awase) -> None:
    folder, client = site.workspace.folder, site.page_request()
    awase("user", "add", "ito", "--role", "sales", "--link", "-w", folder)

    told = _give(awase, folder, "ito", "given by an admin")
    asked = _sign_in(client, "ito", "given by an admin")

    assert told.returncode == 0, told.stderr
    assert asked.headers["location"].startswith("/set-password/")
    assert SESSION_COOKIE not in client.cookies
    _set_password(client, asked.headers["location"])
    assert _sign_in(client, "ito", "given by an admin").status_code == 401
    assert _sign_in(client, "ito", OWN).headers["location"] == "/"


def _give(awase, folder, login: str, password: str):
    import io
    import sys

    before, sys.stdin = sys.stdin, io.StringIO(f"{password}\n")
    try:
        return awase("user", "password", login, "--password-stdin", "-w", folder)
    finally:
        sys.stdin = before


def test_a_changed_password_ends_every_other_session(site) -> None:
    here, elsewhere = site.page_request("sales"), site.page_request("sales")
    fields = {"password": OWN, "again": OWN}

    wrong = _send(here, "/account/password", current="wrong", **fields)
    right = _send(here, "/account/password", current=PASSWORD, **fields)

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert here.get("/worklist").status_code == 200
    assert elsewhere.get("/worklist").status_code == 303
    assert _sign_in(site.page_request()).status_code == 401
    assert _sign_in(site.page_request(), password=OWN).status_code == 303
    assert "password_set" in [entry.action for entry in read_audit(site.store, 3)]


def test_wrong_current_passwords_are_counted(site) -> None:
    client = site.page_request("sales")
    for _ in range(TRIES_PER_LOGIN_AND_ADDRESS):
        _send(client, "/account/password", current="wrong", password=OWN, again=OWN)

    told = _send(client, "/account/password", current=PASSWORD, password=OWN, again=OWN)

    assert told.status_code == 422
    assert "Too many attempts" in told.text


def test_a_new_role_or_team_counts_from_the_next_request(site) -> None:
    admin, east = site.page_request("admin"), site.page_request("east")
    assert east.get("/people").status_code == 403

    changed = {"role": "admin", "team": "", "name": "East"}
    _send(admin, "/people/east", action="change", **changed)

    assert east.get("/people").status_code == 200
    [entry] = read_audit(site.store, 1)
    assert (entry.by, entry.action, entry.subject) == ("admin", "user_changed", "east")
    assert entry.detail == "role: sales to admin; team: east to None"


def test_an_account_is_closed_and_opened_again(site) -> None:
    admin, sales = site.page_request("admin"), site.page_request("sales")

    _send(admin, "/people/sales", action="close")
    closed = (sales.get("/worklist").status_code, _sign_in(site.page_request()).status_code)
    link = _send(admin, "/people/sales", action="link").status_code
    _send(admin, "/people/sales", action="reopen")

    assert (closed, link) == ((303, 401), 400)
    assert _sign_in(site.page_request()).status_code == 303


@pytest.mark.parametrize("action", ["change", "close"])
def test_an_administrator_does_not_shut_themselves_out(site, action: str) -> None:
    fields = {"role": "sales", "name": "A", "team": ""}
    client = site.page_request("admin")

    assert _send(client, "/people/admin", action=action, **fields).status_code == 403


def test_sessions_are_listed_and_ended_everywhere(site) -> None:
    here, elsewhere = site.page_request("sales"), site.page_request("sales")
    other = site.page_request("marketing")
    assert html.unescape(here.get("/account").text).count('name="session"') == 1

    _send(here, "/account/sessions")

    assert elsewhere.get("/worklist").status_code == 303
    assert (here.get("/worklist").status_code, other.get("/worklist").status_code) == (200, 200)
    _send(site.page_request("admin"), "/people/sales", action="end_sessions")
    assert here.get("/worklist").status_code == 303


def test_somebody_elses_session_cannot_be_ended_by_its_name(site) -> None:
    other = site.page_request("marketing")
    [name] = [one.name for one in list_sessions(site.store, idle=IDLE, login="marketing")]

    _send(site.page_request("sales"), "/account/sessions", session=name)

    assert other.get("/worklist").status_code == 200


def test_a_session_ends_after_half_an_hour_without_a_request_and_not_before(site) -> None:
    client = site.page_request("sales")

    for minutes, status in ((29, 200), (29, 200), (31, 303)):
        _last_seen(site, minutes)
        assert client.get("/worklist").status_code == status


def _last_seen(site, minutes: int) -> None:
    seen_at = datetime.now(UTC) - timedelta(minutes=minutes)
    with site.store.engine.begin() as connection:
        connection.execute(update(session_table).values(seen_at=seen_at))


def test_use_is_written_down_so_that_the_half_hour_begins_anew(site) -> None:
    client = site.page_request("sales")
    _last_seen(site, 10)

    client.get("/worklist")
    site.app.state.services.writer.close()

    [session] = list_sessions(site.store, idle=IDLE)
    assert datetime.now(UTC) - session.seen_at < timedelta(minutes=1)


def test_a_second_factor_asks_for_a_code_that_opens_once(site) -> None:
    admin = site.page_request("admin")
    page = admin.get("/account/second-factor").text
    secret = re.search(r'name="secret" value="(\w+)"', page)[1]
    app = pyotp.TOTP(secret)
    wrong = _send(admin, "/account/second-factor", secret=secret, code="0", current=PASSWORD)
    told = _send(admin, "/account/second-factor", secret=secret, code=app.now(), current=PASSWORD)
    assert (wrong.status_code, told.headers["location"]) == (422, "/account?done=factor_on")

    client = site.page_request()
    asked = _sign_in(client, "admin")
    form = {"form_token": _token(client), "next": "/people"}
    assert (asked.status_code, client.get("/people").status_code) == (200, 303)
    assert client.post("/sign-in/code", data=form | {"code": "000000"}).status_code == 401
    code = app.now()
    opened = client.post("/sign-in/code", data=form | {"code": f"{code[:3]} {code[3:]}"})
    assert opened.headers["location"] == "/people"
    assert client.get("/people").status_code == 200

    late = site.page_request()
    _sign_in(late, "admin")
    form["form_token"] = _token(late)
    assert late.post("/sign-in/code", data=form | {"code": code}).status_code == 401


def test_wrong_codes_are_counted(site) -> None:
    set_totp(site.store, "admin", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", by="test")
    client = site.page_request()
    _sign_in(client, "admin")
    form = {"form_token": _token(client), "code": "12345"}

    answers = [client.post("/sign-in/code", data=form).status_code for _ in range(6)]

    assert answers == [401] * TRIES_PER_LOGIN_AND_ADDRESS + [429]


def test_a_code_without_a_password_opens_nothing(site) -> None:
    client = site.page_request()
    form = {"form_token": _token(client), "code": "123456"}

    told = client.post("/sign-in/code", data=form)

    assert told.headers["location"] == "/sign-in?why=code_late"


def test_a_lost_telephone_is_an_administrators_matter(site, awase) -> None:
    set_totp(site.store, "admin", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", by="test")

    assert awase("user", "factor-off", "admin", "-w", site.workspace.folder).returncode == 0

    assert _sign_in(site.page_request(), "admin").status_code == 303


def test_codes_are_those_of_the_standard_and_clocks_may_differ_by_one_step() -> None:
    # RFC 6238, appendix B: at 59 s the code of this secret ends in 287082.
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

    assert find_step(secret, "287082", at=59) == 1
    assert find_step(secret, "287 082", at=59 + STEP_SECONDS) == 1
    assert find_step(secret, "287082", at=59 + 2 * STEP_SECONDS) is None
    assert find_step(secret, "２８７０８２", at=59) is None
    assert find_step(secret, "", at=time.time()) is None


def test_the_command_line_does_what_the_pages_do(site, awase) -> None:
    folder, east = site.workspace.folder, site.page_request("east")

    def run(*words: str):
        told = awase("user", *words, "-w", folder)
        assert told.returncode == 0, told.stderr
        return told.stdout

    run("change", "east", "--role", "marketing", "--team", "")
    assert "east" in run("sessions")
    assert "Sessions ended: 1." in run("sessions", "east", "--end")
    assert east.get("/worklist").status_code == 303
    run("disable", "east")
    run("reopen", "east")
    assert _sign_in(site.page_request(), "east").status_code == 303
    assert run("link", "east").startswith("/set-password/")
    user = read_user(site.store, "east")
    assert user is not None
    assert (user.role, user.team) == (Role.MARKETING, None)
    assert awase("user", "change", "nobody", "-w", folder).returncode == 1
    assert check_audit(site.store).broken == ()
