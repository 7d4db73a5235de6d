"""Today and the list, narrowed and sorted."""

import re
from html import unescape

import pytest
from sqlalchemy import select, update

from features.store.schema import fact, lead_state
from serving.ledger.leads.search_leads import read_values_of
from serving.ledger.leads.worklist import Sort, WorklistFilter, read_page

LEAD = re.compile(r'<th scope="row"[^>]*>\s*<a [^>]*href="/leads/(\w+)">')


def _shown(site, path: str, login: str = "sales") -> list[str]:
    return LEAD.findall(site.page_request(login).get(path).text)


def _leads_with(site, column, value) -> set[str]:
    listed = {lead.lead_id for lead, _ in read_page(site.store, WorklistFilter(), limit=1000)}
    with site.store.engine.connect() as connection:
        found = connection.execute(select(lead_state.c.lead_id).where(column == value)).scalars()
        return set(found) & listed


@pytest.mark.parametrize(
    ("query", "column", "value"),
    [
        ("owner=Lee", lead_state.c.owner, "Lee"),
        ("team=west", lead_state.c.team, "west"),
        ("phase=SQL", lead_state.c.reached, "SQL"),
    ],
)
def test_a_list_is_narrowed_by_owner_team_and_phase(site, query: str, column, value: str) -> None:
    object.__setattr__(site.app.state.services.settings, "rows_per_page", 200)

    shown = _shown(site, f"/worklist?{query}")

    assert set(shown) == _leads_with(site, column, value)
    assert shown


def test_a_list_is_narrowed_by_the_channel_last_known(site) -> None:
    object.__setattr__(site.app.state.services.settings, "rows_per_page", 200)
    with site.store.engine.connect() as connection:
        query = select(fact.c.lead_id).where(fact.c.attribute == "channel", fact.c.value == "web")
        expected = set(connection.execute(query).scalars())
    everything = set(_shown(site, "/worklist"))
    moved = sorted(expected & everything)[0]
    with site.store.engine.begin() as connection:
        first = select(fact).where(fact.c.lead_id == moved, fact.c.attribute == "channel")
        row = dict(connection.execute(first).mappings().one())
        later = row["known_at"].replace(year=row["known_at"].year + 1)
        connection.execute(fact.insert().values(row | {"value": "展示会", "known_at": later}))

    shown = set(_shown(site, "/worklist?channel=web"))

    assert shown == (expected & everything) - {moved}


def test_only_what_waits_too_long_is_overdue_in_any_view(site) -> None:
    overdue = set(_shown(site, "/worklist?view=overdue"))

    assert set(_shown(site, "/worklist?overdue=1")) == overdue
    assert set(_shown(site, "/worklist?view=waiting&overdue=1")) == overdue
    assert overdue


def test_today_is_narrowed_and_its_numbers_lead_to_the_same_leads(site) -> None:
    client = site.page_request("sales")

    html = client.get("/today?owner=Lee").text

    for path, count in re.findall(r'<li><a href="([^"]+)"><b[^>]*>(\d+)</b>', html):
        listed = client.get(unescape(path)).text
        assert len(LEAD.findall(listed)) == int(count)
        assert "owner=Lee" in path
    assert set(LEAD.findall(html)) <= _leads_with(site, lead_state.c.owner, "Lee")


def test_numbers_of_my_leads_lead_to_my_leads(site) -> None:
    with site.store.engine.begin() as connection:
        connection.execute(
            update(lead_state).where(lead_state.c.team == "east").values(owner="sales")
        )
    client = site.page_request("sales")
    html = client.get("/today?whose=mine").text

    path, count = re.search(r'<a href="([^"]+view=overdue)"><b[^>]*>(\d+)</b>', html).groups()

    listed = set(LEAD.findall(client.get(unescape(path)).text))
    assert len(listed) == int(count)
    assert listed <= _leads_with(site, lead_state.c.owner, "sales")


@pytest.mark.parametrize("sort", list(Sort))
def test_sorted_pages_follow_each_other_without_gap_or_repeat(site, sort: Sort) -> None:
    object.__setattr__(site.app.state.services.settings, "rows_per_page", 7)
    with site.store.engine.begin() as connection:
        # Equal keys, and nobody: where pages lose or repeat leads.
        connection.execute(update(lead_state).where(lead_state.c.priority < 0.5).values(owner=None))
    client = site.page_request("sales")
    seen: list[str] = []
    path: str | None = f"/worklist?sort={sort}"

    while path:
        html = client.get(path).text
        seen += LEAD.findall(html)
        following = re.search(r'<a href="([^"]+)" rel="next">', html)
        path = unescape(following[1]) if following else None

    found = read_page(site.store, WorklistFilter(sort=sort), limit=1000)
    assert seen == [lead.lead_id for lead, _ in found]
    assert len(set(seen)) == len(seen) > 14


def test_sorting_puts_the_longest_wait_first_and_nobodys_leads_last(site) -> None:
    with site.store.engine.begin() as connection:
        connection.execute(update(lead_state).where(lead_state.c.priority < 0.5).values(owner=None))

    waiting = read_page(site.store, WorklistFilter(sort=Sort.WAITING), limit=1000)
    owners = read_page(site.store, WorklistFilter(sort=Sort.OWNER), limit=1000)

    since = [lead.handed_over_at for lead, _ in waiting if lead.handed_over_at]
    names = [lead.owner for lead, _ in owners]
    assert since == sorted(since)
    assert names == sorted(filter(None, names)) + [None] * names.count(None)


def test_a_member_of_a_team_cannot_choose_another(site) -> None:
    assert _shown(site, "/worklist?team=west", "east") == []
    assert 'name="team"' not in site.page_request("east").get("/worklist").text


@pytest.mark.parametrize("view", ["returned", "won", "lost"])
def test_leads_that_are_over_have_lists(site, view: str) -> None:
    some = [lead.lead_id for lead, _ in read_page(site.store, WorklistFilter(), limit=3)]
    change = {"verdict": "returned"} if view == "returned" else {"ended": view}
    with site.store.engine.begin() as connection:
        connection.execute(
            update(lead_state).where(lead_state.c.lead_id.in_(some)).values(listed=False, **change)
        )

    shown = _shown(site, f"/worklist?view={view}")

    assert set(some) <= set(shown)
    expected = WorklistFilter(
        listed_only=False,
        ended=None if view == "returned" else view,
        verdict="returned" if view == "returned" else None,
    )
    assert shown == [lead.lead_id for lead, _ in read_page(site.store, expected)]


def test_owners_and_teams_are_read_once_each(site) -> None:
    assert read_values_of(site.store, "owner") == ("Lee", "佐藤")
    assert read_values_of(site.store, "team") == ("east", "west")
