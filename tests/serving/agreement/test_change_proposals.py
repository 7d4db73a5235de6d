"""Changes that one team proposes and the other approves; neither puts one in force alone."""

import re

import pytest

from serving.ledger.change_proposals import open_proposals, read_proposal
from serving.ledger.minutes import read_minutes
from serving.web.pages.review.kept_reviews import reviewable

SAID = {"agreed": "月60件まで引き渡す", "why": "営業が一人増えた", "effective": ""}


def _send(site, login: str, path: str, **fields: str):
    client = site.page_request(login)
    token = re.search(r'name="form_token" value="(\w+)"', client.get("/definition").text)[1]
    return client.post(path, data={"form_token": token} | fields)


def _propose(site, login: str, **fields: str) -> str:
    said = SAID | {"replaces": "1", "per_month": "60"} | fields
    return _send(site, login, "/decide", **said).headers["location"]


def _newest(site) -> int:
    return site.place.agreed_versions().versions[0].number


@pytest.mark.parametrize(("one", "other"), [("sales", "marketing"), ("marketing", "sales")])
def test_either_team_proposes_and_the_other_puts_it_in_force(site, one, other) -> None:
    path = _propose(site, one)
    before = _newest(site)

    answer = _send(site, other, path, action="approve", text="賛成です")

    assert (before, path) == (1, "/changes/1")
    assert answer.headers["location"] == "/definition?version=2"
    assert site.place.definition().cut_offs.mql.per_month == 60
    kept = read_proposal(site.store, 1)
    assert kept.version == 2
    assert dict(kept.approvals) == {"marketing": "marketing", "sales": "sales"}
    assert open_proposals(site.store) == ()


def test_no_team_puts_a_change_in_force_alone(site) -> None:
    path = _propose(site, "sales")

    again = _send(site, "sales", path, action="approve")
    admin = _send(site, "admin", path, action="approve")
    scientist = _send(site, "scientist", path, action="approve")

    assert (again.status_code, admin.status_code, scientist.status_code) == (303, 400, 403)
    assert _newest(site) == 1
    assert read_proposal(site.store, 1).missing == ("marketing",)


def test_what_an_administrator_proposes_takes_both_teams(site) -> None:
    path = _propose(site, "admin")

    _send(site, "marketing", path, action="approve")
    between = _newest(site)
    _send(site, "sales", path, action="approve")

    assert (between, _newest(site)) == (1, 2)


def test_a_change_is_overtaken_by_another_version(site) -> None:
    first, second = _propose(site, "sales"), _propose(site, "sales", per_month="50")
    _send(site, "marketing", second, action="approve")

    answer = _send(site, "marketing", first, action="approve")

    assert answer.status_code == 400
    assert "Another version was agreed on meanwhile" in answer.text
    assert _newest(site) == 2
    assert site.place.definition().cut_offs.mql.per_month == 50


def test_a_change_taken_back_can_no_longer_be_approved(site) -> None:
    path = _propose(site, "sales")
    _send(site, "sales", path, action="withdraw")

    answer = _send(site, "marketing", path, action="approve")

    assert answer.status_code == 400
    assert "ended already" in answer.text
    assert _newest(site) == 1


def test_what_it_would_bring_stands_beside_it(site) -> None:
    page = site.page_request("marketing").get(_propose(site, "sales")).text

    assert "What it would bring" in page
    assert "Hand-overs next month" in page
    assert "at most 40 a month → at most 60 a month" in page


def test_an_adopted_change_stands_in_the_minutes_with_its_version(site) -> None:
    _send(site, "marketing", _propose(site, "sales"), action="approve")

    month = reviewable(site.store, site.place.definition())[1].name
    (minuted,) = read_minutes(site.store, month)

    assert (minuted.screen, minuted.what, minuted.version) == ("agreement", SAID["agreed"], 2)


@pytest.mark.parametrize("fields", [{"action": "other"}, {"action": "comment", "text": " "}])
def test_what_cannot_be_said_names_its_field(site, fields) -> None:
    answer = _send(site, "sales", _propose(site, "sales"), **fields)

    assert answer.status_code == 422


def test_a_change_that_is_not_there_is_no_page(site) -> None:
    assert site.page_request("sales").get("/changes/9").status_code == 404
