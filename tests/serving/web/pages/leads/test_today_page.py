"""Today: every lead that wants something of sales, once, where sales look first."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import event

from serving.ledger.leads.queues import Clock, Queue
from serving.ledger.leads.worklist import WorklistFilter, count_listed, read_page
from serving.web.pages.leads.lead_rows import weightiest
from serving.web.pages.leads.today_page import GROUPS

ROW = re.compile(r'<a id="lead-(\w+)"')


def _wanted(site, queue: Queue, **more) -> WorklistFilter:
    clock = site.app.state.services.waiting_clock()
    return WorklistFilter(queue=(queue, clock), **more)


def _ids(site, wanted: WorklistFilter) -> list[str]:
    return [state.lead_id for state, _ in read_page(site.store, wanted, limit=1000)]


def test_sales_start_from_today_and_managers_from_home(site) -> None:
    starts = {
        login: site.page_request(login).get("/").headers["location"]
        for login in ("sales", "marketing")
    }

    assert starts == {"sales": "/today", "marketing": "/home"}


def test_every_waiting_lead_and_every_candidate_nobody_has_is_in_one_group(site) -> None:
    grouped = [lead for queue in GROUPS for lead in _ids(site, _wanted(site, queue))]

    waiting = _ids(site, WorklistFilter(waiting=True))
    nobody = _ids(site, _wanted(site, Queue.NOBODY))
    assert sorted(grouped) == sorted([*waiting, *nobody])
    assert waiting
    assert len(set(grouped)) == len(grouped)


def test_waiting_is_overdue_once_the_agreed_time_is_over(site) -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    waiting = _ids(site, WorklistFilter(waiting=True))

    def late(response_time: timedelta | None) -> list[str]:
        clock = Clock(now=now, response_time=response_time)
        return _ids(site, WorklistFilter(queue=(Queue.OVERDUE, clock)))

    assert late(timedelta(hours=24)) == waiting
    assert late(timedelta(days=36_500)) == late(None) == []


def test_the_page_shows_each_group_by_probability_with_both_kinds_of_reason(site) -> None:
    html = site.page_request("sales").get("/today").text

    shown = ROW.findall(html)
    expected = [lead for queue in GROUPS for lead in _ids(site, _wanted(site, queue))[:12]]
    assert shown == expected
    assert "Webinar" in html


@pytest.mark.parametrize("queue", [Queue.OVERDUE, Queue.DUE_TODAY, Queue.NEW, Queue.NOBODY])
def test_each_number_leads_to_the_leads_it_counts(site, queue: Queue) -> None:
    client = site.page_request("sales")
    html = client.get("/today").text

    shown = re.search(rf'view={queue}"><b[^>]*>([\d,]+)</b>', html)

    listed = client.get(f"/worklist?view={queue}").text
    counted = count_listed(site.store, _wanted(site, queue))
    assert int(shown[1]) == counted
    assert len(re.findall(r'<th scope="row"', listed)) == counted


def test_mine_are_the_leads_that_carry_my_name(site) -> None:
    with site.store.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE standing SET owner = 'sales' WHERE handed_over_at IS NOT NULL"
        )
    client = site.page_request("sales")

    mine = ROW.findall(client.get("/today").text)

    assert set(mine) <= set(_ids(site, WorklistFilter(owners=("sales",))))
    assert mine == ROW.findall(client.get("/today?whose=mine").text)


def test_who_owns_only_what_is_no_longer_listed_starts_from_all(site) -> None:
    with site.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE standing SET owner = 'sales', listed = false")

    html = site.page_request("sales").get("/today").text

    assert 'href="/today?whose=all" aria-current="true"' in html


def test_a_member_of_a_team_sees_that_teams_leads_only(site) -> None:
    shown = ROW.findall(site.page_request("east").get("/today?whose=all").text)

    assert set(shown) <= set(_ids(site, WorklistFilter(team="east")))


def test_an_answer_leads_back_to_the_lead_that_follows(site) -> None:
    html = site.page_request("sales").get("/today").text

    first, second, *_ = ROW.findall(html)
    row = html[html.index(f'id="lead-{first}"') : html.index(f'id="lead-{second}"')]
    assert f'name="next" value="/today?whose=all#lead-{second}"' in row


@pytest.mark.parametrize("path", ["/today?whose=all", "/worklist"])
def test_a_page_of_leads_asks_the_database_as_often_for_many_as_for_few(site, path: str) -> None:
    client, asked = site.page_request("sales"), []
    client.get(path)
    event.listen(site.store.engine, "before_cursor_execute", lambda *query: asked.append(query[2]))
    client.get(path)

    questions = [statement for statement in asked if not statement.startswith("BEGIN")]
    assert len(ROW.findall(client.get(path).text) or "many") > 2
    assert 5 < len(questions) <= 20, questions


@pytest.mark.parametrize("path", ["/today?whose=all", "/worklist", "/home"])
def test_a_page_hardly_asks_twice_what_is_in_force(site, path: str) -> None:
    client, asked = site.page_request("sales"), []
    client.get(path)
    event.listen(site.store.engine, "before_cursor_execute", lambda *query: asked.append(query[2]))

    client.get(path)

    # For the page, for the clock by which leads wait, and for the release that gives the reasons.
    assert 1 <= len([statement for statement in asked if "max(agreed_version" in statement]) <= 3


def test_what_a_list_says_of_a_decision_is_put_into_words_once(site) -> None:
    client, asked = site.page_request("sales"), []
    first = client.get("/worklist.csv").text
    event.listen(site.store.engine, "before_cursor_execute", lambda *query: asked.append(query[2]))

    assert client.get("/worklist.csv").text == first

    assert asked
    assert not [statement for statement in asked if "feature_vector" in statement]


def test_a_row_gives_the_first_two_reasons_for_and_the_first_weighty_one_against() -> None:
    points = np.array([5.0, -7.0, 1.0, 8.0, -9.0, 6.0, -2.0])

    in_favour, against = weightiest(points)

    # Which are put into words: no other.
    assert points[in_favour].tolist() == [8.0, 6.0]
    assert against == 4


def test_a_row_without_a_weighty_reason_against_it_gives_none() -> None:
    in_favour, against = weightiest(np.array([4.0, -2.9, 1.0, -0.1]))

    assert in_favour == [0, 2]
    assert against is None
