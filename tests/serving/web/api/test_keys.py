"""Which keys open which routes, and what else a key may be refused for."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select, update
from starlette.routing import Mount
from starlette.testclient import TestClient

from features.core.errors import LeadDataError
from features.store.schema import api_key
from serving.api import limits
from serving.api.access import RULES, may_call
from serving.cli.operate import key as key_command
from serving.ledger.access.api_keys import Scope, list_keys, revoke_key
from serving.web.app import create_app
from serving.web.web_settings import WebSettings
from serving.workspace.api_keys import check_key, make_key

READS = {
    "openapi",
    "metrics",
    "score_lead",
    "score_request",
    "read_decision",
    "read_worklist",
}
WRITES = {
    "put_lead",
    "send_facts",
    "send_event",
    "send_events",
    "decide_lead",
    "send_verdict",
    "send_outcome",
}
"""Written out by hand: what the documentation says of scopes, not what the code does."""


def _routes(site) -> list[APIRoute]:
    mounts = [route for route in site.app.routes if isinstance(route, Mount)]
    return [route for mount in mounts if mount.name == "api" for route in mount.routes]


def _call(client: TestClient, route: APIRoute) -> int:
    (method,) = route.methods
    path = "/v1" + route.path_format.replace("{lead_id}", "L003")
    # A body that no route takes: whoever gets past the door is told so with 422.
    return client.request(method, path, json=None if method == "GET" else {"?": 1}).status_code


def test_every_route_has_a_rule_and_every_rule_a_route(site) -> None:
    assert {route.name for route in _routes(site)} == set(RULES) == READS | WRITES


@pytest.mark.parametrize("scope", list(Scope))
def test_a_scope_opens_what_the_documentation_says_and_nothing_else(site, scope: Scope) -> None:
    key = make_key(site.store, "test", scope=scope, days=1, by="test")
    client = TestClient(site.app, headers={"authorization": f"Bearer {key}"})

    opened = {route.name for route in _routes(site) if _call(client, route) != 403}

    assert opened == (READS if scope is Scope.READ else READS | WRITES)


def _closed(site) -> dict[str, str]:
    """Headers that must open nothing."""
    key = make_key(site.store, "test", scope=Scope.WRITE, days=1, by="test")
    ended = make_key(site.store, "ended", scope=Scope.WRITE, days=1, by="test")
    revoked = make_key(site.store, "revoked", scope=Scope.WRITE, days=1, by="test")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    its_row = api_key.c.prefix == ended.split("_")[1]
    with site.store.engine.begin() as connection:
        connection.execute(update(api_key).where(its_row).values(ends_at=yesterday))
    revoke_key(site.store, revoked.split("_")[1], by="test")
    return {
        "none": "",
        "another scheme": f"Basic {key}",
        "a wrong secret": f"Bearer {key[:-1]}{'A' if key[-1] != 'A' else 'B'}",
        "a wrong prefix": f"Bearer awase_000000000000_{key.split('_', 2)[2]}",
        "ended": f"Bearer {ended}",
        "revoked": f"Bearer {revoked}",
        "nonsense": "Bearer " + "x" * 5000,
    }


def test_without_an_open_key_every_route_is_closed(site) -> None:
    for header in _closed(site).values():
        client = TestClient(site.app, headers={"authorization": header} if header else {})
        assert {_call(client, route) for route in _routes(site)} == {401}


def test_a_signed_in_person_has_no_way_in_without_a_key(site) -> None:
    assert site.page_request("admin").get("/v1/worklist").status_code == 401


def test_a_route_without_a_rule_is_open_to_nobody() -> None:
    assert not may_call("new_route", Scope.WRITE)
    assert not may_call("score_lead", None)


def test_only_a_hash_of_a_key_is_kept(site) -> None:
    key = make_key(site.store, "CRM", scope=Scope.READ, days=30, by="Ito")
    _, prefix, secret = key.split("_", 2)

    with site.store.engine.connect() as connection:
        rows = connection.execute(select(api_key).where(api_key.c.prefix == prefix)).all()
        found = check_key(connection, key)

    assert secret not in str(rows)
    assert len(secret) == 43  # 32 random bytes in base64
    assert found is not None
    assert (found.name, found.scope, found.made_by) == ("CRM", Scope.READ, "Ito")
    assert prefix in [kept.prefix for kept in list_keys(site.store)]


@pytest.mark.parametrize(
    ("name", "days", "message"),
    [("", 1, "a name of 1"), ("x", 0, "must last"), ("x", 9999, "must last")],
)
def test_a_key_has_a_name_and_an_end(site, name: str, days: int, message: str) -> None:
    with pytest.raises(LeadDataError, match=message):
        make_key(site.store, name, scope=Scope.READ, days=days, by="test")


def test_revoking_twice_is_refused(site) -> None:
    prefix = make_key(site.store, "test", scope=Scope.READ, days=1, by="test").split("_")[1]
    revoke_key(site.store, prefix, by="test")

    with pytest.raises(LeadDataError, match="only an open key"):
        revoke_key(site.store, prefix, by="test")


def test_a_key_that_calls_too_often_is_told_when_to_come_back(site, monkeypatch) -> None:
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: 0.0))  # Of one instant.
    app = create_app(site.workspace, WebSettings(requests_per_second=3))
    key = make_key(site.store, "test", scope=Scope.READ, days=1, by="test")
    client = TestClient(app, headers={"authorization": f"Bearer {key}"})

    answers = [client.get("/v1/worklist") for _ in range(4)]
    app.state.services.store.close()

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].headers["retry-after"] == "1"


def test_the_command_knows_the_stores_scopes() -> None:
    assert set(key_command.SCOPES) == {scope.value for scope in Scope}


def test_the_command_shows_a_key_once(site, awase) -> None:
    folder = site.workspace.folder
    made = awase("key", "create", "CRM", "--scope", "read", "-w", folder)
    key = made.stdout.strip().splitlines()[-1]
    prefix = key.split("_")[1]
    listed = awase("key", "list", "-w", folder)
    client = TestClient(site.app, headers={"authorization": f"Bearer {key}"})
    before = client.get("/v1/worklist").status_code
    revoked = awase("key", "revoke", prefix, "-w", folder)

    assert (made.returncode, listed.returncode, revoked.returncode) == (0, 0, 0)
    assert prefix in listed.stdout
    assert key not in listed.stdout
    assert (before, client.get("/v1/worklist").status_code) == (200, 401)
