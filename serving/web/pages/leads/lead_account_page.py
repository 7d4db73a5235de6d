"""An account: its leads and their owners, what they did, hand-overs, answers and deals."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from features.core.clock import from_second
from features.core.text import Text
from features.definition import LeadDefinition
from features.store.lead_tables import LeadTables
from serving.web.access import EVERYBODY, PageRouter
from serving.web.links import account_path, lead_path
from serving.web.pages.leads.colleagues import Colleague, account_of, list_colleagues
from serving.web.pages.leads.find_lead import find_lead
from serving.web.pages.leads.lead_history import HistoryEntry, list_history
from serving.web.request.page_request import Opened

router = PageRouter()

MOST_EVENTS = 30
"""Lines of the newest activity that is listed."""

DEALS = ("opportunity", "won", "lost")


@dataclass(frozen=True, kw_only=True)
class AccountEvent:
    """What a lead of the account did on a day, or sales did with it; ``count`` is how often."""

    day: datetime
    count: int
    label: Text
    is_sales: bool
    lead_id: str


@dataclass(frozen=True, kw_only=True)
class LeadAccountPage:
    """Everything known about one account.

    Attributes
    ----------
    account : str
        Its id.
    company : str or None
        What most of its leads call it.
    leads : tuple of Colleague
        The likeliest first.
    owners : tuple of (str, int)
        Whoever owns leads there, and how many.
    activity : tuple of AccountEvent
    hand_overs, deals : tuple of HistoryEntry
        Newest first; hand-overs with what sales answered.
    names : dict
        Of each lead's person.
    """

    account: str
    company: str | None
    leads: tuple[Colleague, ...]
    owners: tuple[tuple[str, int], ...]
    activity: tuple[AccountEvent, ...]
    hand_overs: tuple[HistoryEntry, ...]
    deals: tuple[HistoryEntry, ...]
    names: dict[str, str | None]


@router.page("/leads/{lead_id:path}/account", name="account_of_lead", roles=EVERYBODY)
def account_of_lead(page_request: Opened, lead_id: str) -> Response:
    """Go to the account of a lead, as lists link to it; to its card where none is known."""
    find_lead(page_request, lead_id)
    services = page_request.services
    account = account_of(services.store.read_lead(lead_id), services.definition())
    path = lead_path(lead_id) if account is None else account_path(account)
    return RedirectResponse(path, status_code=303)


@router.page("/accounts/{account:path}", name="lead_account", roles=EVERYBODY)
def lead_account(page_request: Opened, account: str) -> Response:
    """Show an account with the leads that the visitor works with."""
    leads = list_colleagues(page_request, None, account)
    # Who works with none of its leads does not learn that there is such an account.
    if not leads:
        raise HTTPException(404)
    services = page_request.services
    definition = services.definition()
    names = {lead.lead_state.lead_id: lead.person.name for lead in leads}
    tables = services.store.read_leads(tuple(names))
    history = list_history(tables, definition)
    companies = Counter(lead.person.company for lead in leads if lead.person.company)
    owners = Counter(lead.lead_state.owner for lead in leads if lead.lead_state.owner)
    page = LeadAccountPage(
        account=account,
        company=companies.most_common(1)[0][0] if companies else None,
        leads=leads,
        owners=tuple(owners.most_common()),
        activity=_activity(tables, definition),
        hand_overs=tuple(entry for entry in history if entry.stage not in DEALS),
        deals=tuple(entry for entry in history if entry.stage in DEALS),
        names=names,
    )
    return page_request.page("lead_account.html", page)


def _activity(tables: LeadTables, definition: LeadDefinition) -> tuple[AccountEvent, ...]:
    labels = {behaviour.name: behaviour.label for behaviour in definition.behaviours}
    on_days: dict[tuple[date, str, str, str], list[int]] = {}
    for row in tables.event.to_pylist():
        if row["behaviour"] in labels:
            day = from_second(row["occurred_at"]).astimezone(definition.zone).date()
            key = (day, row["lead_id"], row["behaviour"], row["actor"])
            on_days.setdefault(key, []).append(row["occurred_at"])
    newest = sorted(on_days.items(), key=lambda item: max(item[1]), reverse=True)
    return tuple(
        AccountEvent(
            day=from_second(max(seconds)),
            count=len(seconds),
            label=labels[behaviour],
            is_sales=actor == "sales",
            lead_id=lead_id,
        )
        for (_, lead_id, behaviour, actor), seconds in newest[:MOST_EVENTS]
    )
