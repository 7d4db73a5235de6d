"""What attackers and broken programs send, to every parameter and field of every route.

On both databases: an answer that names the field, never a defect, and never two leads made one.
"""

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select
from starlette.testclient import TestClient

from features.store.schema import lead
from serving.ledger.access.sessions import hash_token, start_session
from serving.ledger.access.users import Role, User, add_user
from serving.web.request.session import SESSION_COOKIE

AGO = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
MEGABYTE = 1_000_000
UNREADABLE = {
    "NUL": b"a\x00b",
    "half a character": b"a\xed\xa0\x80b",
    "Shift-JIS": "ミ".encode("shift_jis"),
    "long": b"x" * 60_000,
}
"""Never text of ours, whatever the parameter means. Servers end longer addresses themselves."""

NO_NUMBERS = {
    "400 digits": b"9" * 400,
    "NaN": b"NaN",
    "full-width digits": "\uff11\uff12".encode(),
    "infinity": b"1e999",
}
"""Text that may be text, and is no number."""

NUMBERS = {"limit", "per_month", "version", "before", "month", "as_of", "reasons", "waiting"}
AFTER = {"after"}
LEAD = "L-1"

ON_EITHER = pytest.mark.parametrize(
    "folder", [pytest.param("sqlite", marks=pytest.mark.long), "postgresql"], indirect=True
)
"""PostgreSQL takes less of what is sent than SQLite, and is asked at every change."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A request and which of its names must be named in the answer, if it must be refused."""

    what: str
    method: str
    target: str
    field: str | None
    headers: dict[str, str]
    body: bytes | None = None


@pytest.fixture
def browser(place) -> TestClient:
    """An administrator's browser on the same workspace."""
    user = User(
        login="admin",
        name="Admin",
        role=Role.ADMIN,
        team=None,
        language="en",
        password_hash="$argon2id$",
        made_at=datetime(2026, 4, 1, tzinfo=UTC),
    )
    add_user(place.store, user, by="test")
    start_session(place.store, "admin", token_hash=hash_token("secret"), lasts=timedelta(hours=1))
    client = TestClient(place.app, base_url="https://awase.test", follow_redirects=False)
    client.cookies.set(SESSION_COOKIE, "secret", domain="awase.test")
    return client


def _values(name: str) -> Iterator[tuple[str, bytes, bool]]:
    """What to send under a name, and whether it must be refused."""
    for what, value in UNREADABLE.items():
        yield what, value, True
    for what, value in NO_NUMBERS.items():
        yield what, value, name in NUMBERS | AFTER


def _addresses(route: APIRoute, prefix: str) -> Iterator[tuple[str, str, str | None]]:
    """Of a route: what is sent, where to, and what must be named."""
    names = {field.alias: LEAD for field in route.dependant.path_params}
    for name in names:
        for what, value, is_refused in _values(name):
            filled = {**names, name: quote(value, safe="")}
            must = "month" if name == "month" and what in NO_NUMBERS else "path"
            yield (
                f"{name}: {what}",
                prefix + route.path_format.format(**filled),
                must if is_refused else None,
            )
    plain = prefix + route.path_format.format(
        **{name: "2026-03" if name == "month" else LEAD for name in names}
    )
    query = [field.alias for field in _all_query_params(route.dependant)]
    for name in (*query, "nobody_reads_this"):
        for what, value, is_refused in _values(name):
            target = f"{plain}?{name}={quote(value, safe='')}"
            yield f"{name}: {what}", target, name if is_refused else None
        yield f"{name} as a name", f"{plain}?%00{name}=1", "query"


def _all_query_params(dependant: Any) -> Iterator[Any]:
    yield from dependant.query_params
    for inner in dependant.dependencies:
        yield from _all_query_params(inner)


def _wrong(answer: Any, field: str | None) -> bool:
    if answer.status_code >= 500:
        return True
    if field is None:
        return False
    if answer.status_code in (404, 415):
        return False  # addresses that are no route, and posts without a form, name no field
    return not (400 <= answer.status_code < 500 and field in answer.text)


@ON_EITHER
def test_every_parameter_of_every_page(place, browser) -> None:
    place.client.put(f"/v1/leads/{LEAD}", json={}).raise_for_status()
    wrong = []
    n = 0
    for route in place.app.routes:
        if not isinstance(route, APIRoute):
            continue
        (method,) = route.methods & {"GET", "POST"}
        for what, target, field in _addresses(route, ""):
            answer = browser.request(method, target)
            n += 1
            if _wrong(answer, field):
                wrong.append((method, route.path_format, what, answer.status_code))

    assert wrong == []
    assert n > 400


@ON_EITHER
def test_every_parameter_of_the_api(place) -> None:
    place.client.put(f"/v1/leads/{LEAD}", json={}).raise_for_status()
    wrong = []
    (api,) = (route.app for route in place.app.routes if route.name == "api")
    for route in api.routes:
        (method,) = route.methods & {"GET", "POST", "PUT"}
        for what, target, field in _addresses(route, "/v1"):
            answer = place.client.request(method, target, json=None if method == "GET" else {})
            if _wrong(answer, field):
                wrong.append((method, route.path_format, what, answer.status_code))

    assert wrong == []


BODIES: dict[str, dict[str, Any]] = {
    "put_lead": {
        "created_at": AGO,
        "person": {"name": "a", "name_kana": "a", "email": "a", "phone": "1", "company": "c"},
        "facts": [{"attribute": "budget", "value": 1, "known_at": AGO}],
        "hubspot_id": "1",
        "salesforce_id": "1",
    },
    "send_facts": {"facts": [{"attribute": "budget", "value": "1", "known_at": AGO}]},
    "send_event": {
        "event_id": "E",
        "lead_id": LEAD,
        "behaviour": "webinar",
        "occurred_at": AGO,
        "known_at": AGO,
        "amount": 1.0,
    },
    "send_events": {
        "events": [
            {
                "event_id": "E",
                "lead_id": LEAD,
                "behaviour": "webinar",
                "occurred_at": AGO,
                "known_at": AGO,
                "amount": 1.0,
            }
        ]
    },
    "score_request": {
        "created_at": AGO,
        "as_of": datetime.now(UTC).isoformat(),
        "events": [{"behaviour": "webinar", "occurred_at": AGO, "known_at": AGO, "amount": 1.0}],
        "facts": [{"attribute": "budget", "value": True, "known_at": AGO}],
    },
    "send_verdict": {
        "answer": "accepted",
        "reason": "clear_need",
        "comment": "c",
        "easy_to_act_on": True,
        "by": "b",
    },
    "send_outcome": {
        "stage": "won",
        "occurred_at": AGO,
        "known_at": AGO,
        "reason": "r",
        "value": 1.0,
        "retracted": False,
    },
}
"""A body with every field of each route that takes one."""

RAW = {
    "NUL": rb'"a\u0000b"',
    "half a character": rb'"a\ud800b"',
    "Shift-JIS": b'"' + "ミ".encode("shift_jis") + b'"',
    "1 MB": b'"' + b"x" * MEGABYTE + b'"',
    "400 digits": b"9" * 400,
    "5,000 digits": b"9" * 5_000,
    "NaN": b"NaN",
    "infinity": b"-Infinity",
    "1e999": b"1e999",
    "nested": b"[" * 100_000,
}


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items: Any = value.items() if isinstance(value, dict) else ()
    for key, inner in enumerate(value) if isinstance(value, list) else items:
        yield from _places(inner, (*path, key))


def _with(body: Any, place: tuple[Any, ...], raw: bytes) -> bytes:
    """A body as JSON with something else, as it is, in one of its places."""
    copy = json.loads(json.dumps(body))
    inner = copy
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = "(here)"
    return json.dumps(copy).encode().replace(b'"(here)"', raw)


@ON_EITHER
def test_every_field_of_every_body(place) -> None:
    place.client.put(f"/v1/leads/{LEAD}", json={}).raise_for_status()
    (api,) = (route.app for route in place.app.routes if route.name == "api")
    taking = {route.name: route for route in api.routes if route.body_field is not None}
    wrong = []
    for name, route in taking.items():
        (method,) = route.methods
        for where in _places(BODIES[name]):
            for what, raw in RAW.items():
                answer = place.client.request(
                    method,
                    "/v1" + route.path_format.format(lead_id=LEAD),
                    content=_with(BODIES[name], where, raw),
                    headers={"content-type": "application/json"},
                )
                field = next(str(key) for key in reversed(where) if isinstance(key, str))
                is_named = answer.status_code in (400, 413) or field in answer.text
                if not (400 <= answer.status_code < 500 and is_named):
                    wrong.append((name, where, what, answer.status_code, answer.text[:200]))

    assert wrong == []
    assert set(taking) == set(BODIES)


FORMS = {
    "/sign-in": ("login", "password", "next"),
    "/language": ("language", "next"),
    "/sign-in/code": ("code", "next"),
    "/set-password/unknown": ("password", "again"),
    "/account/password": ("current", "password", "again"),
    "/account/sessions": ("session",),
    "/account/second-factor": ("action", "current", "secret", "code"),
    "/people": ("login", "name", "role", "team"),
    "/people/admin": ("action", "name", "role", "team"),
    "/sign-out": ("other",),
    f"/leads/{LEAD}/verdict": ("answer", "reason", "comment", "easy_to_act_on", "seen", "next"),
    f"/leads/{LEAD}/note": ("note",),
    f"/leads/{LEAD}/owner": ("owner",),
    "/digest/unknown": ("wanted",),
    "/today/answers": ("answer", "comment", f"lead_{LEAD}", "next"),
    "/views": ("name", "path"),
    "/views/remove": ("name", "next"),
    "/review/2026-03": ("screen", "what", "owner", "due", "kpi", "withdraw"),
    "/review/2026-03/details": ("other",),
    "/changes/1": ("action", "text"),
    "/propose/sales": ("action", "at.capacity_per_month", "at.response_time_hours"),
    "/trial": (
        "name",
        "hypothesis_ja",
        "hypothesis_en",
        "share",
        "learned_share",
        "starts_on",
        "months",
        "worthwhile",
        "expected_accounts",
        "present_marketing",
        "present_sales",
        "why",
    ),
    "/trial/end": ("present", "why", "without_answer"),
    "/decide": (
        "agreed",
        "why",
        "effective",
        "replaces",
        "per_month",
        "set_rulebook.mql.points",
        "set_kpis",
        "drop_kpis.mqls",
        "back_to",
        "rulebook",
    ),
}


def test_every_form_is_known_here(place) -> None:
    posts = [r for r in place.app.routes if isinstance(r, APIRoute) and "POST" in r.methods]

    reached = [[path for path in FORMS if r.path_regex.match(path)] for r in posts]

    assert [r.path for r, paths in zip(posts, reached, strict=True) if not paths] == []
    assert {path for paths in reached for path in paths} == set(FORMS)


@pytest.mark.long
def test_every_field_of_every_form(place, browser) -> None:
    place.client.put(f"/v1/leads/{LEAD}", json={}).raise_for_status()
    found = re.search(r'name="form_token" value="(\w+)"', browser.get("/definition").text)
    assert found
    wrong = []
    for path, names in FORMS.items():
        if path == "/sign-out":
            continue  # ends the session that the others need; its one field is the token
        for name in (*names, "form_token"):
            values = (*_values("text"), ("1 MB", b"x" * MEGABYTE, True))
            for what, value, is_refused in values:
                if what == "long":
                    continue  # forms hold long texts; what is too long for one is cut
                form = {"form_token": found[1]} | {name: value}
                answer = browser.post(
                    path,
                    content=urlencode(form),
                    headers={"content-type": "application/x-www-form-urlencoded"},
                )
                is_named = answer.status_code == 413 or name in answer.text
                is_right = answer.status_code < 500 and (
                    not is_refused or (answer.status_code >= 400 and is_named)
                )
                if not is_right:
                    wrong.append((path, name, what, answer.status_code))

    assert wrong == []


HEADERS = ("referer", "accept-language", "cookie", "authorization", "host")
HOSTILE = (
    b"http://[",
    b"a\x00b",
    b"\x83\x7e",
    b"x" * 70_000,
    b"awase_done=accepted%20a%00b",
    b"9" * 400,
)


@ON_EITHER
def test_every_header(place, browser) -> None:
    wrong = []
    for method, path in (("GET", "/worklist"), ("POST", "/sign-in"), ("GET", "/v1/worklist")):
        for client in (browser, place.client):
            for name, value in itertools.product(HEADERS, HOSTILE):
                answer = client.request(method, path, headers=[(name.encode(), value)])
                if answer.status_code >= 500:
                    wrong.append((method, path, name, value[:20], answer.status_code))

    assert wrong == []


def test_two_ids_that_are_no_utf8_do_not_become_one_lead(place) -> None:
    for name in ("ミ", "ム"):
        target = f"/v1/leads/{quote(name.encode('shift_jis'), safe='')}"
        assert place.client.put(target, json={}).status_code == 422

    with place.store.engine.connect() as connection:
        assert connection.scalars(select(lead.c.lead_id)).all() == []


def test_an_id_in_full_width_is_an_id_of_its_own(place) -> None:
    ids = {"12", "\uff11\uff12"}
    for lead_id in ids:
        assert place.client.put(f"/v1/leads/{quote(lead_id)}", json={}).status_code == 200

    with place.store.engine.connect() as connection:
        assert set(connection.scalars(select(lead.c.lead_id))) == ids


def test_a_lead_whose_id_holds_slashes_is_reached_everywhere(place, browser) -> None:
    """Ids are whatever a CRM calls things; a page finds each by the link that names it."""
    path = f"/leads/{quote('ACME/Tokyo/1', safe='')}"

    stored = place.client.put(f"/v1{path}", json={})
    at = datetime.now(UTC).isoformat()
    scored = place.client.get(f"/v1{path}/score")
    won = place.client.post(f"/v1{path}/outcomes", json={"stage": "won", "occurred_at": at})
    card = browser.get(path)

    assert [answer.status_code for answer in (stored, scored, won, card)] == [200] * 4
    assert scored.json()["lead_id"] == "ACME/Tokyo/1"
    assert "ACME/Tokyo/1" in card.text
