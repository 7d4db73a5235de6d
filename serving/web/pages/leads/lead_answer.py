"""What people write on a lead's card: the answer of sales, notes, who owns the lead."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from features.core.clock import from_second
from features.core.text import Text
from serving.ledger.access.users import Role
from serving.ledger.leads.assign import assign_owner
from serving.ledger.leads.lead_state import VERDICT_STAGES
from serving.ledger.leads.notes import write_note
from serving.ledger.leads.worklist import LeadPerson
from serving.ledger.verdicts import AnsweredMeanwhile, Seen, Verdict, record_verdict
from serving.web.access import EVERYBODY, PageRouter
from serving.web.links import lead_path
from serving.web.pages.leads.find_lead import find_lead
from serving.web.pages.leads.lead_history import HistoryEntry, list_history
from serving.web.request.flash import tell_next
from serving.web.request.kept_form import KeptForm, keep_form
from serving.web.request.page_request import Opened, PageRequest, SentForm, own_path
from serving.web.words.page_words import VERDICTS

router = PageRouter()

MOST_DIGITS = 12
"""Of a second since 1970 in a form."""


@dataclass(frozen=True, kw_only=True)
class MeanwhilePage:
    """A second answer that met a first one.

    Attributes
    ----------
    person : LeadPerson
    first : HistoryEntry
        The answer that is recorded.
    second, reason : Text, Text or None
        The answer that is not, and its reason.
    kept : KeptForm or None
        Sends the second answer, having seen the first.
    back : str
        Path to go to where the first answer stays.
    """

    person: LeadPerson
    first: HistoryEntry
    second: Text
    reason: Text | None
    kept: KeptForm | None
    back: str


# Sales answer hand-overs; marketing read the answers, they do not give them.
@router.page(
    "/leads/{lead_id:path}/verdict",
    name="send_verdict",
    roles={Role.SALES, Role.ADMIN},
    method="POST",
)
def send_verdict(page_request: Opened, form: SentForm, lead_id: str) -> Response:
    """Keep what sales answered, and go back to where they were."""
    _, person = find_lead(page_request, lead_id)
    verdict = Verdict(
        lead_id=lead_id,
        answer=read_answer(form.get("answer", "")),
        reason=form.get("reason", ""),
        comment=form.get("comment", "").strip(),
        easy_to_act_on={"yes": True, "no": False}.get(form.get("easy_to_act_on", "")),
        by=page_request.user.login,
        seen=_seen(form.get("seen")),
    )
    services = page_request.services
    try:
        record_verdict(services.store, verdict, services.definition())
    except AnsweredMeanwhile:
        return _show_first(page_request, person, verdict, form=form)
    response = RedirectResponse(own_path(form.get("next", "/")), status_code=303)
    secure = services.settings.secure_cookies
    tell_next(response, answer=verdict.answer, lead_id=lead_id, secure=secure)
    return response


def _show_first(
    page_request: PageRequest, person: LeadPerson, verdict: Verdict, *, form: Mapping[str, str]
) -> Response:
    """Show the answer that came first, and let whoever comes second choose."""
    services = page_request.services
    definition = services.definition()
    tables = services.store.read_lead(verdict.lead_id)
    first = next(
        entry for entry in list_history(tables, definition) if entry.stage in VERDICT_STAGES
    )
    again = dict(form) | {"seen": str(int(first.at.timestamp()))}
    kept = keep_form(
        f"{lead_path(verdict.lead_id)}/verdict",
        {"comment": ""} | again,
        token=page_request.session.form_token,
    )
    reasons = getattr(definition.verdict_reasons, verdict.answer)
    page = MeanwhilePage(
        person=person,
        first=first,
        second=VERDICTS[verdict.answer],
        reason=next((one.label for one in reasons if one.name == verdict.reason), None),
        kept=kept,
        back=own_path(form.get("next", "/")),
    )
    return page_request.page("lead_meanwhile.html", page, status=409)


@router.page("/leads/{lead_id:path}/note", name="send_note", roles=EVERYBODY, method="POST")
def send_note(page_request: Opened, form: SentForm, lead_id: str) -> Response:
    """Keep a note, and show it on the card."""
    find_lead(page_request, lead_id)
    text = form.get("note", "").strip()
    write_note(page_request.services.store, lead_id=lead_id, text=text, by=page_request.user.login)
    return RedirectResponse(f"{lead_path(lead_id)}#notes", status_code=303)


@router.page(
    "/leads/{lead_id:path}/owner",
    name="send_owner",
    roles={Role.SALES, Role.MARKETING, Role.ADMIN},
    method="POST",
)
def send_owner(page_request: Opened, form: SentForm, lead_id: str) -> Response:
    """Write down who owns the lead from now on."""
    find_lead(page_request, lead_id)
    services = page_request.services
    assign_owner(
        services.store,
        services.definition(),
        lead_id=lead_id,
        owner=form.get("owner", "").strip(),
        by=page_request.user.login,
    )
    return RedirectResponse(lead_path(lead_id), status_code=303)


def read_answer(text: str) -> Literal["accepted", "returned"]:
    """One of the two answers.

    Raises
    ------
    HTTPException
        400 for anything else.
    """
    if text == "accepted":
        return "accepted"
    if text == "returned":
        return "returned"
    raise HTTPException(400)


def _seen(text: str | None) -> Seen | None:
    """The newest answer as the form's page showed it; None of a form that does not say."""
    if text is None:
        return None
    if not text:
        return Seen(at=None)
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise HTTPException(400)
    return Seen(at=from_second(int(text)))
