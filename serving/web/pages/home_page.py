"""Home for managers: both teams' KPIs, what waits with whom, and what a week has changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query
from starlette.exceptions import HTTPException
from starlette.responses import Response

from features.core.text import Text
from features.store import Store
from serving.ledger.leads.waiting_by_owner import (
    MOVES,
    OwnerWaiting,
    leads_moved,
    waiting_by_owner,
)
from serving.review.make_review import read_review
from serving.review.month import Month
from serving.web.access import EVERYBODY, PageRouter, sees_all_teams
from serving.web.charts.kpi_rows import KpiGroup, kpi_groups
from serving.web.pages.leads_behind import Behind, show_leads_behind
from serving.web.pages.review.kept_reviews import reviewable
from serving.web.request.page_request import Opened
from serving.web.words.page_words import PAGE_WORDS, VERDICTS

router = PageRouter()

WEEK = timedelta(days=7)

MOVE_WORDS = VERDICTS | {"handed_over": PAGE_WORDS["handed_over"]}


@dataclass(frozen=True, kw_only=True)
class WeekMove:
    """How many leads moved so in the last seven days, and in the seven before."""

    name: str
    label: Text
    now: int
    before: int


@dataclass(frozen=True, kw_only=True)
class HomePage:
    """What a manager looks at first.

    Attributes
    ----------
    month : Month or None
        The month whose KPIs are shown; None while there are no leads.
    is_made : bool
        Whether its review is kept already.
    shared : KpiGroup or None
        KPIs of both teams.
    teams : tuple of KpiGroup
        Marketing's and sales', side by side.
    """

    month: Month | None
    is_made: bool
    shared: KpiGroup | None
    teams: tuple[KpiGroup, ...]
    owners: tuple[OwnerWaiting, ...]
    week: tuple[WeekMove, ...]


@router.page("/home", name="manager_home", roles=EVERYBODY)
def home(page_request: Opened) -> Response:
    """Show both teams' KPIs, what waits, and what moved."""
    services, user = page_request.services, page_request.user
    definition = page_request.definition
    span = reviewable(services.store, definition) if definition.dated else None
    # Made ahead by a thread beside the pages; whoever comes before that is not kept waiting.
    kept = None if span is None else read_review(services.store, definition, span[1])
    groups: tuple[KpiGroup, ...] = ()
    if kept is not None:
        groups = kpi_groups(kept.review, definition, only_agreed=True)
    team = None if sees_all_teams(user.role) else user.team
    clock = services.waiting_clock()
    page = HomePage(
        month=None if span is None else span[1],
        is_made=kept is not None,
        shared=next((group for group in groups if group.name == "shared"), None),
        teams=tuple(group for group in groups if group.name != "shared"),
        owners=waiting_by_owner(services.store, clock, team),
        week=_week(services.store, clock.now),
    )
    return page_request.page("home.html", page)


@router.page("/home/leads/{name}", name="home_leads", roles=EVERYBODY)
def home_leads(
    page_request: Opened,
    name: str,
    *,
    before: Annotated[bool, Query()] = False,
    start: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> Response:
    """List the leads that moved so in the last seven days, or in the seven before."""
    if name not in MOVES:
        raise HTTPException(404)
    until = page_request.services.waiting_clock().now - (WEEK if before else timedelta())
    label, week = MOVE_WORDS[name], PAGE_WORDS["week_before" if before else "this_week"]
    behind = Behind(
        title=Text(ja=f"{week.ja}: {label.ja}", en=f"{week.en}: {label.en}"),
        lead_ids=leads_moved(page_request.services.store, until - WEEK, until)[name],
        path=f"/home/leads/{name}{'?before=1' if before else ''}",
        back="/home",
    )
    return show_leads_behind(page_request, behind, start)


def _week(store: Store, now: datetime) -> tuple[WeekMove, ...]:
    recent = leads_moved(store, now - WEEK, now)
    older = leads_moved(store, now - 2 * WEEK, now - WEEK)
    return tuple(
        WeekMove(name=name, label=MOVE_WORDS[name], now=len(recent[name]), before=len(older[name]))
        for name in MOVES
    )
