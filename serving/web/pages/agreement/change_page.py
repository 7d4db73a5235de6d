"""One proposed change: what it changes and brings, what is said of it, who approves it.

Neither team alone puts a change in force: it becomes the next version with the second approval.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from features.core.clock import from_second, start_of_day
from features.core.errors import LeadDataError
from features.core.text import Text
from features.definition.terms import Signature
from serving.agreement.choice import signed
from serving.agreement.draft import DraftAgreement
from serving.decisions.in_force.change import adopt_text
from serving.ledger.access.users import User, list_users
from serving.ledger.agreements import AgreementDecision
from serving.ledger.change_proposals import (
    LONGEST_REMARK,
    TEAMS,
    ChangeProposal,
    add_remark,
    close_proposal,
    read_proposal,
)
from serving.ledger.minutes import (
    LONGEST_DECISION,
    LONGEST_OWNER,
    MeetingDecision,
    write_decision,
)
from serving.web.access import EVERYBODY, PageRouter
from serving.web.pages.agreement.change_effect import ShownEffect, shown_effect
from serving.web.pages.agreement.decide_page import PROPOSE, draft_of, today_of
from serving.web.pages.review.kept_reviews import reviewable
from serving.web.request.forms import BadFields
from serving.web.request.page_request import Opened, PageRequest, SentForm
from serving.web.services import PageServices
from serving.web.words.page_words import PAGE_WORDS

router = PageRouter()


@dataclass(frozen=True, kw_only=True)
class ChangePage:
    """A proposed change as one person sees it.

    Attributes
    ----------
    draft : DraftAgreement
        The version that it would become.
    effect : ShownEffect or None
        What it would bring; None once it has ended.
    is_overtaken : bool
        Whether another version was agreed on since; it must be proposed again then.
    approves_for : str or None
        The team whose approval the visitor can give, and has not.
    may_speak : bool
        Whether the visitor may comment, or take it back.
    names : mapping from str to str
        Of those who spoke, by login.
    """

    proposal: ChangeProposal
    draft: DraftAgreement
    effect: ShownEffect | None
    is_overtaken: bool
    approves_for: str | None
    may_speak: bool
    teams: tuple[str, ...]
    names: Mapping[str, str]
    fault: Text | None


@router.page("/changes/{number}", name="change", roles=EVERYBODY)
def show_change(page_request: Opened, number: int) -> Response:
    """Show a proposed change with what was said about it."""
    return _page(page_request, _proposal(page_request.services, number))


@router.page("/changes/{number}", name="send_change", roles=PROPOSE, method="POST")
def send_change(page_request: Opened, number: int, form: SentForm) -> Response:
    """Approve a proposed change, comment on it, or take it back."""
    services, user = page_request.services, page_request.user
    proposal = _proposal(services, number)
    action, text = form.get("action", ""), " ".join(form.get("text", "").split())[:LONGEST_REMARK]
    if action not in ("approve", "comment", "withdraw"):
        raise BadFields(("action",))
    if action == "comment":
        if not text:
            raise BadFields(("text",))
        add_remark(services.store, number, by=user.login, text=text)
        return RedirectResponse(f"/changes/{number}", status_code=303)
    if not proposal.is_open:
        return _page(page_request, proposal, PAGE_WORDS["change_closed"])
    if action == "withdraw":
        close_proposal(services.store, number, by=user.login)
        return RedirectResponse(f"/changes/{number}", status_code=303)
    return _approve(page_request, proposal, text)


def _approve(page_request: PageRequest, proposal: ChangeProposal, text: str) -> Response:
    """Keep an approval; with that of the other team, make the next version."""
    services, user = page_request.services, page_request.user
    team = _team(user)
    found = draft_of(services, proposal.proposed.fields)
    if team is None or found.faults or found.replaces.number != proposal.proposed.replaces:
        fault = "needs_other_team" if team is None else "faults" if found.faults else "overtaken"
        return _page(page_request, proposal, PAGE_WORDS[fault])
    if team in proposal.missing:
        add_remark(services.store, proposal.number, by=user.login, text=text, approves_for=team)
    approved = _proposal(services, proposal.number)
    if approved.missing:
        return RedirectResponse(f"/changes/{proposal.number}", status_code=303)
    try:
        version = _adopt(services, approved, found, by=user.login)
    except LeadDataError:
        return _page(page_request, approved, PAGE_WORDS["overtaken"])
    return RedirectResponse(f"/definition?version={version}", status_code=303)


def _adopt(
    services: PageServices, approved: ChangeProposal, found: DraftAgreement, *, by: str
) -> int:
    """Make the version, and say in the minutes and in the proposal that it was made."""
    names, proposed = _names(services), approved.proposed
    signatures = tuple(
        Signature(team=team, name=names.get(login, login))
        for team, login in sorted(approved.approvals.items())
    )
    present = ", ".join(signature.name for signature in signatures)
    # An earlier version says exactly what it said; the new reason stands in the history.
    text = found.text
    if found.choice.back_to is None:
        text = signed(text, on=today_of(services), by=signatures, why=proposed.why)
    day, zone = proposed.effective, services.definition().zone
    waits = day is not None and day > today_of(services)
    adopted = adopt_text(
        services.workspace,
        services.store,
        text,
        decision=AgreementDecision(
            by=proposed.by, present=present, what=proposed.what, why=proposed.why
        ),
        effective_from=from_second(start_of_day(day, zone)) if day is not None and waits else None,
        replaces=proposed.replaces,
    )
    number = adopted.after.number
    close_proposal(services.store, approved.number, by=by, version=number)
    span = reviewable(services.store, services.definition())
    if span is not None:
        minuted = MeetingDecision(
            month=span[1].name,
            screen="agreement",
            what=proposed.what[:LONGEST_DECISION],
            owner=present[:LONGEST_OWNER],
            due=day,
            kpi=None,
            by=by,
            version=number,
        )
        write_decision(services.store, minuted)
    return number


def _page(
    page_request: PageRequest, proposal: ChangeProposal, fault: Text | None = None
) -> Response:
    services, user = page_request.services, page_request.user
    found = draft_of(services, proposal.proposed.fields)
    team = _team(user)
    page = ChangePage(
        proposal=proposal,
        draft=found,
        effect=shown_effect(page_request, found) if proposal.is_open else None,
        is_overtaken=proposal.is_open and found.replaces.number != proposal.proposed.replaces,
        approves_for=team if team in proposal.missing and proposal.is_open else None,
        may_speak=user.role in PROPOSE,
        teams=TEAMS,
        names=_names(services),
        fault=fault,
    )
    return page_request.page("change.html", page, status=200 if fault is None else 400)


def _proposal(services: PageServices, number: int) -> ChangeProposal:
    found = read_proposal(services.store, number) if 0 < number < 1_000_000_000 else None
    if found is None:
        raise HTTPException(404)
    return found


def _team(user: User) -> str | None:
    """The team somebody approves for."""
    return user.role.value if user.role in TEAMS else None


def _names(services: PageServices) -> Mapping[str, str]:
    return {user.login: user.name for user in list_users(services.store)}
