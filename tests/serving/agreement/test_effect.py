"""What a change would bring: said before anybody approves, and the same once it holds."""

import re

import pytest

from serving.decisions.score_leads import score_leads
from serving.ledger.decisions import read_open_decisions

STRICTER = {"set_rulebook.mql.points": "15"}


def _send(site, login: str, path: str, **fields: str):
    client = site.page_request(login)
    token = re.search(r'name="form_token" value="(\w+)"', client.get("/definition").text)[1]
    return client.post(path, data={"form_token": token} | fields)


def _propose(site, **fields: str) -> str:
    said = {"agreed": "x", "why": "y", "effective": "", "replaces": "1"}
    return _send(site, "sales", "/decide", **said, **fields).headers["location"]


def _standing(site, column: str) -> dict[str, str]:
    found = read_open_decisions(site.store)
    return dict(zip(found["lead_id"].to_pylist(), found[column].to_pylist(), strict=True))


@pytest.mark.parametrize(
    ("fields", "column", "heading"),
    [
        ({"per_month": "20"}, "qualification", "Leads whose qualification changes"),
        (STRICTER, "rulebook_qualification", "By the rulebook"),
    ],
)
def test_the_leads_it_counts_and_names_are_those_that_change(site, fields, column, heading) -> None:
    score_leads(site.place)
    before = _standing(site, column)
    path = _propose(site, **fields)
    page = site.page_request("marketing").get(path).text
    part = page[page.index(f"<h3>{heading}") :]

    _send(site, "marketing", path, action="approve")
    score_leads(site.place)

    after = _standing(site, column)
    flipped = {lead for lead in before if before[lead] != after[lead]}
    said = int(re.search(r'class="flip-count">(\d+) of the', part)[1])
    named = set(re.findall(r'href="/leads/([^"]+)"', part))
    assert said == len(flipped) > 0
    assert len(named) == min(10, said)
    assert named <= flipped


def test_a_change_of_words_moves_nobody(site) -> None:
    score_leads(site.place)

    page = site.page_request("marketing").get(_propose(site, **{"set_kpis.mqls.target": "35"})).text

    assert re.search(r'class="flip-count">None of the \d+ open leads', page)
    assert "By the rulebook" not in page


def test_what_has_to_be_learned_names_nobody_yet(site) -> None:
    page = (
        site.page_request("marketing")
        .get(_propose(site, **{"set_outcome.horizon_days": "60"}))
        .text
    )

    assert "which will show whose qualification changes" in page
    assert 'href="/leads/' not in page


def test_what_todays_cut_offs_bring_is_found_ahead_of_the_first_draft(site) -> None:
    services = site.app.state.services

    services.prepare()
    ahead = services.outlook().by.cache_info()
    site.page_request("marketing").get(_propose(site, per_month="20"))

    asked = services.outlook().by.cache_info()
    assert (ahead.currsize, ahead.hits) == (1, 0)
    # Of the draft only its own rules are worked out; today's are there.
    assert (asked.currsize, asked.hits) == (2, 1)


def test_the_slider_expects_the_hand_overs_that_the_change_does(site) -> None:
    score_leads(site.place)
    client = site.page_request("marketing")
    rows = r'<tr><th scope="row">(Hand-overs next month|Leads that reach it a month)</th>(.*?)</tr>'

    slider = dict(re.findall(rows, client.get("/proposals/capacity?per_month=20").text))
    change = dict(re.findall(rows, client.get(_propose(site, per_month="20")).text))

    assert len(slider) == 2
    assert slider == change
    # Never more than sales can work, however many reach the cut-off.
    assert re.findall(r'class="number">(\d+)', slider["Hand-overs next month"])[-1] == "20"
