"""The leads behind a figure of any page, as a list to read."""

from collections.abc import Collection
from dataclasses import dataclass

from starlette.responses import Response

from features.core.text import Text
from serving.ledger.leads.worklist import read_standings
from serving.web.access import sees_team
from serving.web.pages.leads.lead_rows import LeadRow, lead_rows
from serving.web.request.page_request import PageRequest

LEADS_A_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Behind:
    """A figure: what it is called, its leads, where the list of them stands and leads back to."""

    title: Text
    lead_ids: Collection[str]
    path: str
    back: str


@dataclass(frozen=True, kw_only=True)
class LeadsBehindPage:
    """Leads that one figure counts, as one person may see them.

    Attributes
    ----------
    n_counted : int
        All that the figure counts.
    n_seen : int
        Those of them that the visitor may see.
    next_path : str or None
        The page after this one.
    """

    title: Text
    back: str
    n_counted: int
    n_seen: int
    rows: tuple[LeadRow, ...]
    next_path: str | None


def show_leads_behind(page_request: PageRequest, behind: Behind, start: int) -> Response:
    """List the leads that a figure counts, the likeliest first.

    Parameters
    ----------
    page_request : PageRequest
    behind : Behind
        The figure.
    start : int
        How many leads the pages before have shown.
    """
    services, user = page_request.services, page_request.user
    found = [
        (state, person)
        for state, person in read_standings(services.store, behind.lead_ids)
        if sees_team(user, state.team)
    ]
    after = start + LEADS_A_PAGE
    page = LeadsBehindPage(
        title=behind.title,
        back=behind.back,
        n_counted=len(behind.lead_ids),
        n_seen=len(found),
        rows=lead_rows(services, page_request.definition, found[start:after]),
        next_path=_next(behind.path, after) if len(found) > after else None,
    )
    return page_request.page("leads_behind.html", page)


def _next(path: str, start: int) -> str:
    return f"{path}{'&' if '?' in path else '?'}start={start}"
