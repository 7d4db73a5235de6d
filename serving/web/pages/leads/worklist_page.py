"""The worklist: open leads by probability, why, since when they wait, and the answer."""

import math
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from starlette.responses import Response

from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.terms import VerdictReasons
from serving.ledger.access.users import User
from serving.ledger.leads.queues import Clock, Queue
from serving.ledger.leads.worklist import (
    LeadState,
    PagePosition,
    WorklistFilter,
    count_listed,
    read_page,
)
from serving.web.access import EVERYBODY, PageRouter, may_open, sees_all_teams
from serving.web.pages.leads.lead_rows import LeadRow, lead_rows
from serving.web.request.forms import BadFields
from serving.web.request.page_request import Opened
from serving.web.services import PageServices
from serving.web.words.page_words import PAGE_WORDS, REACHED

router = PageRouter()

LONGEST_SEARCH = 100

TABS = ("SQL", "MQL", "accepted", "opportunity")
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
    view: Annotated[str, Query(max_length=20)] = "all",
    q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
    after: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """Show one page of the list."""
    services, user = page_request.services, page_request.user
    definition = services.definition()
    clock = clock_for(services, view)
    wanted = wanted_by(user, view=view, search=q.strip(), clock=clock)
    limit = services.settings.rows_per_page
    found = read_page(services.store, wanted, after=_place(after), limit=limit + 1)
    shown = found[:limit]
    last = shown[-1][0] if len(found) > limit else None
    page = WorklistPage(
        tabs=_tabs(services, user, view=view, search=q, clock=clock),
        rows=lead_rows(services, shown),
        search=q,
        view=view,
        here=_path(view, q, after),
        unsearched_path=_path(view, ""),
        next_path=None if last is None else _path(view, q, _after(last)),
        first_path=_path(view, q) if after else None,
        exports=tuple(
            Export(label=label, path=_path(view, q, to=path))
            for route, label, path in EXPORTS
            if may_open(route, user.role)
        ),
        answers=_answers(definition, user),
        response_hours=None if definition.sales is None else definition.sales.response_time_hours,
        why_empty=None if found else _why_empty(view, q, after),
    )
    return page_request.page("worklist.html", page)


def clock_for(services: PageServices, view: str) -> Clock | None:
    """From when waiting counts in a view, which only that of a queue asks."""
    return services.waiting_clock() if view in QUEUES else None


def wanted_by(
    user: User, *, view: str, search: str = "", clock: Clock | None = None
) -> WorklistFilter:
    """Choose which leads a view of the worklist shows to a person.

    Parameters
    ----------
    user : User
        Sees only leads of the own team, unless the role sees all teams.
    view : str
        One of ``TABS``, the name of a queue, ``waiting`` or ``all``.
    search : str
        What the person searches for; empty for no search.
    clock : Clock, optional
        From when waiting counts; the view of a queue needs it.
    """
    return WorklistFilter(
        team=None if sees_all_teams(user.role) else user.team,
        reached=view if view in TABS else None,
        waiting=view == "waiting",
        queue=(Queue(view), clock) if view in QUEUES and clock is not None else None,
        search=search,
        # Who looks for somebody among all wants to find them wherever they stand.
        listed_only=not (search and view == "all"),
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
    services: PageServices, user: User, *, view: str, search: str, clock: Clock | None
) -> tuple[Tab, ...]:
    labels = {"all": PAGE_WORDS["all"], "waiting": PAGE_WORDS["waiting"]}
    labels |= {name: REACHED[name] for name in TABS}
    if view in QUEUES:
        # Only where somebody came from today's page.
        labels[view] = PAGE_WORDS[view]
    return tuple(
        Tab(
            label=label,
            path=_path(name, search),
            count=None
            if search
            else count_listed(services.store, wanted_by(user, view=name, clock=clock)),
            here=name == view,
        )
        for name, label in labels.items()
    )


def _path(view: str, search: str, after: str = "", *, to: str = "/worklist") -> str:
    query = {"view": view, "q": search, "after": after}
    given = {name: value for name, value in query.items() if value and value != "all"}
    return to + (f"?{urlencode(given)}" if given else "")


def _after(last: LeadState) -> str:
    return f"{last.priority!r} {last.lead_id}"


def _place(after: str) -> PagePosition | None:
    """Where a page ends, as :func:`_after` writes it."""
    if not after:
        return None
    priority, _, lead_id = after.partition(" ")
    try:
        place = PagePosition(priority=float(priority), lead_id=lead_id)
    except ValueError:
        raise BadFields(("after",)) from None
    if not math.isfinite(place.priority) or not priority.isascii() or not lead_id:
        raise BadFields(("after",))
    return place
