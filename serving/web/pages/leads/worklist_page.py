"""The worklist: open leads by probability, why, since when they wait, and the answer."""

import json
import math
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from starlette.responses import Response

from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.terms import VerdictReasons
from serving.api.request_text import is_clean
from serving.ledger.access.users import User
from serving.ledger.leads.queues import Clock, Queue
from serving.ledger.leads.worklist import (
    LeadState,
    PagePosition,
    Sort,
    WorklistFilter,
    count_each,
    place_of,
    read_page,
)
from serving.web.access import EVERYBODY, PageRouter, may_open, sees_all_teams
from serving.web.pages.leads.lead_filters import FilterForm, Filters, LeadFilters, filter_form
from serving.web.pages.leads.lead_rows import LeadRow, lead_rows
from serving.web.request.forms import BadFields
from serving.web.request.page_request import Opened
from serving.web.services import PageServices
from serving.web.words.page_words import PAGE_WORDS, REACHED

router = PageRouter()

TABS = ("SQL", "MQL", "accepted", "opportunity")
PAST = ("returned", "won", "lost")
"""Views of leads that are no longer worked with."""

QUEUES = frozenset(Queue)


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One cut of the list, with how many leads are in it; not counted while somebody searches."""

    label: Text
    path: str
    count: int | None
    here: bool


EXPORTS = (
    ("worklist_csv", "export_csv", "/worklist.csv"),
    ("worklist_xlsx", "export_xlsx", "/worklist.xlsx"),
)
"""Route, label and path of each file the list is saved as."""


@dataclass(frozen=True, kw_only=True)
class Export:
    """A file the list is saved as; ``label`` names its words."""

    label: str
    path: str


@dataclass(frozen=True, kw_only=True)
class WorklistPage:
    """The list as one person sees it.

    Attributes
    ----------
    here : str
        Path to come back to after an answer.
    answers : VerdictReasons or None
        Reasons to choose from; None for those who only read.
    unsearched_path : str
        Path of the view without the search.
    response_hours : float or None
        Agreed time to answer a hand-over.
    why_empty : str or None
        Name of the words that say why there are no rows and what to do.
    """

    tabs: tuple[Tab, ...]
    rows: tuple[LeadRow, ...]
    search: str
    form: FilterForm
    view: str
    here: str
    unsearched_path: str
    next_path: str | None
    first_path: str | None
    exports: tuple[Export, ...]
    answers: VerdictReasons | None
    response_hours: float | None
    why_empty: str | None


@router.page("/worklist", name="worklist", roles=EVERYBODY)
def worklist(
    page_request: Opened,
    *,
    filters: Filters,
    view: Annotated[str, Query(max_length=20)] = "all",
    after: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """Show one page of the list."""
    services, user = page_request.services, page_request.user
    definition = page_request.definition
    clock = services.waiting_clock()
    wanted = listed_by(user, filters, view=view, clock=clock)
    limit = services.settings.rows_per_page
    found = read_page(services.store, wanted, after=_place(after, filters.sort), limit=limit + 1)
    shown = found[:limit]
    last = shown[-1][0] if len(found) > limit else None
    page = WorklistPage(
        tabs=_tabs(services, user, filters, view=view, clock=clock),
        rows=lead_rows(services, definition, shown),
        search=filters.q,
        form=filter_form(page_request, filters, action="/worklist", kept=_kept(view)),
        view=view,
        here=_path(view, filters, after),
        unsearched_path=_path(view, replace(filters, q="")),
        next_path=None if last is None else _path(view, filters, _after(last, filters.sort)),
        first_path=_path(view, filters) if after else None,
        exports=tuple(
            Export(label=label, path=_path(view, filters, to=path))
            for route, label, path in EXPORTS
            if may_open(route, user.role)
        ),
        answers=_answers(definition, user),
        response_hours=None if definition.sales is None else definition.sales.response_time_hours,
        why_empty=None if found else _why_empty(view, filters.q, after),
    )
    return page_request.page("worklist.html", page)


def listed_by(user: User, filters: LeadFilters, *, view: str, clock: Clock) -> WorklistFilter:
    """Choose which leads a view of the worklist shows to a person who narrows it.

    Parameters
    ----------
    user : User
        Sees only leads of the own team, unless the role sees all teams.
    filters : LeadFilters
        What the person chose.
    view : str
        As :func:`wanted_by` takes it.
    clock : Clock
        From when waiting counts.
    """
    wanted = filters.narrow(wanted_by(user, view=view, clock=clock), user, clock)
    # Who looks for somebody among all wants to find them wherever they stand.
    return replace(wanted, listed_only=False) if wanted.search and view == "all" else wanted


def wanted_by(user: User, *, view: str, clock: Clock) -> WorklistFilter:
    """Choose which leads a view of the worklist shows to a person.

    Parameters
    ----------
    user : User
        Sees only leads of the own team, unless the role sees all teams.
    view : str
        One of ``TABS`` or ``PAST``, the name of a queue, ``waiting`` or ``all``.
    clock : Clock
        From when waiting counts; the view of a queue needs it.
    """
    return WorklistFilter(
        team=None if sees_all_teams(user.role) else user.team,
        reached=view if view in TABS else None,
        waiting=view == "waiting",
        queue=(Queue(view), clock) if view in QUEUES else None,
        ended=view if view in ("won", "lost") else None,
        verdict="returned" if view == "returned" else None,
        listed_only=view not in PAST,
    )


def _why_empty(view: str, search: str, after: str) -> str:
    if search:
        return "nothing_found"
    if view == "waiting":
        return "nothing_waiting"
    return "nothing_scored" if view == "all" and not after else "nothing_listed"


def _answers(definition: LeadDefinition, user: User) -> VerdictReasons | None:
    return definition.verdict_reasons if may_open("send_verdict", user.role) else None


def _tabs(
    services: PageServices, user: User, filters: LeadFilters, *, view: str, clock: Clock
) -> tuple[Tab, ...]:
    labels = {"all": PAGE_WORDS["all"], "waiting": PAGE_WORDS["waiting"]}
    labels |= {name: REACHED[name] for name in TABS}
    labels |= {name: PAGE_WORDS[f"view_{name}"] for name in PAST}
    if view in QUEUES:
        # Only where somebody came from today's page.
        labels[view] = PAGE_WORDS[view]
    wanted = [listed_by(user, filters, view=name, clock=clock) for name in labels]
    counts: tuple[int | None, ...] = (None,) * len(labels)
    if not filters.q:
        counts = count_each(services.store, wanted)
    return tuple(
        Tab(label=label, path=_path(name, filters), count=count, here=name == view)
        for (name, label), count in zip(labels.items(), counts, strict=True)
    )


def _kept(view: str) -> dict[str, str]:
    return {} if view == "all" else {"view": view}


def _path(view: str, filters: LeadFilters, after: str = "", *, to: str = "/worklist") -> str:
    given = filters.chosen | ({"after": after} if after else {}) | _kept(view)
    return to + (f"?{urlencode(given)}" if given else "")


def _after(last: LeadState, sort: Sort) -> str:
    place = place_of(last, sort)
    return json.dumps([place.key, place.lead_id], ensure_ascii=False)


def _place(after: str, sort: Sort) -> PagePosition | None:
    """Where a page ends, as :func:`_after` writes it."""
    if not after:
        return None
    try:
        key, lead_id = json.loads(after)
    except (ValueError, TypeError, RecursionError):
        raise BadFields(("after",)) from None
    fits = isinstance(key, str) if sort is Sort.OWNER else type(key) in (int, float)
    if not fits or not isinstance(lead_id, str) or not lead_id:
        raise BadFields(("after",))
    if not is_clean(lead_id) or not (is_clean(key) if isinstance(key, str) else math.isfinite(key)):
        raise BadFields(("after",))
    return PagePosition(key=key, lead_id=lead_id)
