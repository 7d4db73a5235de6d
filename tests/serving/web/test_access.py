"""Who may open what, for every route of the application and every role."""

import re

import pytest
from fastapi import FastAPI
from starlette.routing import Mount, Route

from serving.ledger.access.users import Role
from serving.web.access import RULES, may_open

LOGIN_OF = {
    Role.SALES: "sales",
    Role.MARKETING: "marketing",
    Role.DATA_SCIENCE: "scientist",
    Role.ADMIN: "admin",
}
EXPECTED = {
    "home": set(Role),
    "today": set(Role),
    "worklist": set(Role),
    "worklist_csv": {Role.SALES, Role.MARKETING, Role.ADMIN},
    "worklist_xlsx": {Role.SALES, Role.MARKETING, Role.ADMIN},
    "lead_card": set(Role),
    "send_verdict": {Role.SALES, Role.ADMIN},
    "send_note": set(Role),
    "send_owner": {Role.SALES, Role.MARKETING, Role.ADMIN},
    "lead_account": set(Role),
    "account_of_lead": set(Role),
    "answer_several": {Role.SALES, Role.ADMIN},
    "save_view": set(Role),
    "remove_view": set(Role),
    "send_sign_out": set(Role),
    "definition": set(Role),
    "definition_diff": set(Role),
    "proposals": set(Role),
    "capacity": set(Role),
    "decide": {Role.SALES, Role.MARKETING, Role.ADMIN},
    "send_decision": {Role.SALES, Role.MARKETING, Role.ADMIN},
    "part": {Role.SALES, Role.MARKETING, Role.ADMIN},
    "send_part": {Role.SALES, Role.MARKETING, Role.ADMIN},
    "change": set(Role),
    "send_change": {Role.SALES, Role.MARKETING, Role.ADMIN},
    "trial": set(Role),
    "agree_trial": {Role.MARKETING, Role.ADMIN},
    "end_trial": {Role.MARKETING, Role.ADMIN},
    "review": set(Role),
    "review_month": set(Role),
    "manager_home": set(Role),
    "home_leads": set(Role),
    "send_decided": set(Role),
    "review_details": set(Role),
    "review_leads": set(Role),
    "send_review": set(Role),
    "review_file": set(Role),
    "account": set(Role),
    "send_password": set(Role),
    "send_sessions": set(Role),
    "second_factor": {Role.ADMIN},
    "send_second_factor": set(Role),
    "people": {Role.ADMIN},
    "add_person": {Role.ADMIN},
    "person": {Role.ADMIN},
    "send_person": {Role.ADMIN},
}
"""Written out by hand: what the agreement on roles says, not what the code does."""

PUBLIC = {
    "static",
    "api",
    "health",
    "ready",
    "sign_in",
    "send_sign_in",
    "send_sign_in_code",
    "new_password",
    "send_new_password",
    "digest",
    "send_digest",
    "company_sign_in",
    "company_signed_in",
    "send_language",
}


def _routes(app: FastAPI) -> list[Route]:
    return [route for route in app.routes if isinstance(route, Route)]


def _open(client, route: Route) -> int:
    path = re.sub(r"\{\w+\}", "L003", route.path_format)
    if "POST" not in (route.methods or ()):
        return client.get(path).status_code
    return client.post(path, data={"form_token": _token(client), "answer": "?"}).status_code


def _token(client) -> str:
    found = re.search(r'name="form_token" value="(\w+)"', client.get("/definition").text)
    return found[1] if found else ""


def test_every_route_has_a_rule_and_every_rule_a_route(site) -> None:
    names = {route.name for route in site.app.routes if isinstance(route, Route | Mount)}

    assert names == set(RULES) == set(EXPECTED) | PUBLIC


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_a_role_opens_what_the_agreement_says_and_nothing_else(site, role: Role) -> None:
    outcomes = {}
    for route in _routes(site.app):
        if route.name not in PUBLIC:
            status = _open(site.page_request(LOGIN_OF[role]), route)
            outcomes[route.name] = status != 403

    assert outcomes == {name: role in roles for name, roles in EXPECTED.items()}


def test_nobody_gets_further_than_the_sign_in_page(site) -> None:
    client = site.page_request()
    for route in _routes(site.app):
        if route.name not in PUBLIC:
            path = re.sub(r"\{\w+\}", "L003", route.path_format)
            method = "POST" if "POST" in (route.methods or ()) else "GET"
            response = client.request(method, path)
            assert (response.status_code, response.headers["location"][:8]) == (303, "/sign-in")


def test_a_route_without_a_rule_is_open_to_nobody() -> None:
    assert not may_open("new_page", Role.ADMIN)
    assert not may_open("new_page", None)
