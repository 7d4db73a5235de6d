"""Today: whom sales call now, and with what they open.

Four numbers that lead to their leads, then the leads in groups: what stands at a cut-off, what is
overdue, what was handed over below the cut-off, and what was drawn by lot.
"""

from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import urlencode

from starlette.responses import Response

from features.core.text import Text
from features.definition.terms import VerdictReasons
from serving.ledger.access.users import Role, User
from serving.ledger.leads.queues import Queue
from serving.ledger.leads.waiting_by_owner import owns_any
from serving.ledger.leads.worklist import count_each, read_page
from serving.web.access import EVERYBODY, PageRouter, may_open
from serving.web.headers import SCRIPT_POLICY
from serving.web.pages.leads.lead_filters import (
    FilterForm,
    Filters,
    LeadFilters,
    filter_form,
    whose_choices,
)
from serving.web.pages.leads.lead_rows import LeadRow, lead_rows
from serving.web.pages.leads.worklist_page import wanted_by
from serving.web.rendering import static_path
from serving.web.request.page_request import Opened
from serving.web.services import PageServices
from serving.web.words.page_words import PAGE_WORDS

router = PageRouter()

TODAY = "/today"

NUMBERS = (Queue.OVERDUE, Queue.DUE_TODAY, Queue.NEW, Queue.NOBODY)
GROUPS = (Queue.ACT_NOW, Queue.OVERDUE, Queue.BELOW, Queue.EXPLORATION)

ROWS_OF_A_GROUP = 12
"""More are a click away: a day has no room for them."""


@dataclass(frozen=True, kw_only=True)
class TodayNumber:
    """How many leads want something, and the path of the list of them."""

    queue: Queue
    count: int
    path: str


@dataclass(frozen=True, kw_only=True)
class TodayGroup:
    """Leads that want the same of sales.

    Attributes
    ----------
    rows : tuple of LeadRow
        The most probable first.
    count : int
        Of all of them, shown or not.
    """

    queue: Queue
    rows: tuple[LeadRow, ...]
    count: int
    path: str


@dataclass(frozen=True, kw_only=True)
class Whose:
    """A choice of whose leads are shown."""

    label: Text
    path: str
    here: bool


@dataclass(frozen=True, kw_only=True)
class TodayPage:
    """The day as one person sees it.

    Attributes
    ----------
    answers : VerdictReasons or None
        Reasons to choose from; None for those who only read.
    """

    numbers: tuple[TodayNumber, ...]
    whose: tuple[Whose, ...]
    form: FilterForm
    groups: tuple[TodayGroup, ...]
    here: str
    script: str
    answers: VerdictReasons | None


@router.page(TODAY, name="today", roles=EVERYBODY)
def today(page_request: Opened, *, filters: Filters) -> Response:
    """Show what waits for somebody today."""
    services, user = page_request.services, page_request.user
    clock = services.waiting_clock()
    choices = whose_choices(user)
    chosen = filters.whose if filters.whose in choices else _first_choice(services, user)
    filters = replace(filters, whose=chosen)
    wanted = {
        queue: filters.narrow(wanted_by(user, view=queue, clock=clock), user, clock)
        for queue in {*NUMBERS, *GROUPS}
    }
    counts = dict(zip(wanted, count_each(services.store, list(wanted.values())), strict=True))
    groups = {
        queue: read_page(services.store, wanted[queue], limit=ROWS_OF_A_GROUP)
        for queue in GROUPS
        if counts[queue]
    }
    # One pass of the model's tables for the leads of all groups.
    found_leads = [lead for found in groups.values() for lead in found]
    rows = iter(lead_rows(services, page_request.definition, found_leads))
    answers = page_request.definition.verdict_reasons
    page = TodayPage(
        numbers=tuple(
            TodayNumber(queue=queue, count=counts[queue], path=_list(queue, filters))
            for queue in NUMBERS
        ),
        whose=tuple(
            Whose(
                label=PAGE_WORDS[name],
                path=_path(replace(filters, whose=name)),
                here=name == chosen,
            )
            for name in choices
        ),
        form=filter_form(page_request, filters, action=TODAY, kept={"whose": chosen}),
        groups=tuple(
            TodayGroup(
                queue=queue,
                rows=tuple(islice(rows, len(found))),
                count=counts[queue],
                path=_list(queue, filters),
            )
            for queue, found in groups.items()
        ),
        here=_path(filters),
        script=static_path("today.js"),
        answers=answers if may_open("send_verdict", user.role) else None,
    )
    response = page_request.page("today.html", page)
    response.headers["Content-Security-Policy"] = SCRIPT_POLICY
    return response


def first_page(user: User) -> str:
    """Path that somebody starts from: sales at today, everybody else at both teams' figures."""
    return TODAY if user.role is Role.SALES else "/home"


def _first_choice(services: PageServices, user: User) -> str:
    """The person's own leads if there are any; otherwise their team's, or all."""
    own = owns_any(services.store, (user.name, user.login))
    return "mine" if own else whose_choices(user)[1]


def _path(filters: LeadFilters) -> str:
    return f"{TODAY}?{urlencode(filters.chosen)}"


def _list(queue: Queue, filters: LeadFilters) -> str:
    chosen = filters.chosen
    if chosen["whose"] == "all":
        del chosen["whose"]
    return f"/worklist?{urlencode(chosen | {'view': queue.value})}"
