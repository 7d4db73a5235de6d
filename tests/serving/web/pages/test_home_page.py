"""Home for managers: both teams' figures, what waits with whom, what moved; every number a link."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from features.core.clock import from_second
from serving.ledger.leads.queues import Clock
from serving.ledger.leads.waiting_by_owner import leads_moved, waiting_by_owner
from serving.ledger.leads.worklist import WorklistFilter, read_page
from serving.ledger.verdicts import Verdict, record_verdict
from serving.web.pages.review.kept_reviews import make_ahead

FIRST = from_second(1_700_000_000 + 20 * 86_400)


@pytest.fixture
def made(site):
    make_ahead(site.app.state.services)
    return site


def test_managers_start_at_home_and_sales_at_their_day(site) -> None:
    for login, start in (("marketing", "/home"), ("admin", "/home"), ("sales", "/today")):
        assert site.page_request(login).get("/").headers["location"] == start


def test_the_figures_of_both_teams_stand_above_those_of_each(made) -> None:
    page = made.page_request("marketing", language="ja").get("/home").text

    headings = re.findall(r'<h2 id="(\w+)-kpis">', page)
    shared = page[page.index("shared-kpis") : page.index("marketing-kpis")]

    assert headings == ["shared", "marketing", "sales"]
    assert "引き渡し後の商談化率" in shared
    assert "SQL数(営業が受け入れたもの)" in shared


def test_every_number_of_a_figure_leads_to_its_leads(made) -> None:
    client = made.page_request("marketing")
    page = client.get("/home").text

    links = set(re.findall(r'href="(/(?:review|home|worklist)[^"]*)"', page))

    assert len([link for link in links if "/leads/" in link]) > 12
    assert "/home/leads/handed_over?before=1" in links
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code in (200, 303), link


def test_before_the_months_figures_are_made_home_says_so_at_once(site) -> None:
    page = site.page_request("marketing").get("/home").text

    assert "being made" in page
    assert "shared-kpis" not in page


def test_what_waits_is_counted_by_owner_and_adds_up(site) -> None:
    waiting = read_page(site.store, WorklistFilter(waiting=True), limit=1000)
    open_leads = [state for state, _ in waiting if state.ended is None]
    clock = Clock(now=FIRST + timedelta(days=2), response_time=timedelta(hours=47, minutes=30))

    counted = waiting_by_owner(site.store, clock, None)
    east = waiting_by_owner(site.store, clock, "east")

    by_owner = {owner.owner: (owner.waiting, owner.overdue) for owner in counted}
    late = FIRST + timedelta(minutes=30)
    for name in {state.owner for state in open_leads}:
        own = [state for state in open_leads if state.owner == name]
        overdue = sum(state.handed_over_at < late for state in own)
        assert by_owner[name] == (len(own), overdue)
    assert sum(owner.waiting for owner in east) == sum(s.team == "east" for s in open_leads)


def test_what_moved_is_counted_once_a_lead(site) -> None:
    now = datetime.now(UTC)
    lead_id = read_page(site.store, WorklistFilter(waiting=True))[0][0].lead_id
    for _ in range(2):
        record_verdict(
            site.store,
            Verdict(
                lead_id=lead_id,
                answer="returned",
                reason=site.definition.verdict_reasons.returned[0].name,
                comment="",
                easy_to_act_on=None,
                by="sales",
            ),
            site.definition,
        )

    week = timedelta(days=7)
    moved = leads_moved(site.store, now - week, now + timedelta(minutes=1))
    handed = leads_moved(site.store, FIRST, FIRST + week)

    assert moved["returned"] == (lead_id,)
    assert moved["handed_over"] == ()
    assert len(handed["handed_over"]) == 40
