"""Proposing: what a choice changes, what is to be agreed and why; both teams then approve it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from starlette.responses import RedirectResponse, Response

from features.core.errors import AwaseError
from features.core.text import Text
from serving.agreement.choice import ChosenChanges
from serving.agreement.draft import DraftAgreement, draft
from serving.ledger.access.users import Role
from serving.ledger.change_proposals import TEAMS, NewProposal, add_remark, propose_change
from serving.web.access import PageRouter
from serving.web.pages.agreement.change_effect import ShownEffect, shown_effect
from serving.web.request.page_request import Opened, PageRequest, SentForm
from serving.web.services import PageServices
from serving.web.words.page_words import PAGE_WORDS

router = PageRouter()

LONGEST = 2_000
"""Characters of what people write about a decision."""

WRITTEN = ("agreed", "why", "effective")

PROPOSE = frozenset({Role.MARKETING, Role.SALES, Role.ADMIN})
"""Either team proposes; an administrator may, and approves for neither."""


@dataclass(frozen=True, kw_only=True)
class DecidePage:
    """A choice before it is agreed on.

    Attributes
    ----------
    draft : DraftAgreement
    effect : ShownEffect or None
        What it would bring.
    fault : Text or None
        What is wrong with what was written, to mend and send again.
    written : mapping of str to str
        What was written so far.
    number : int
        Of the version that it would become.
    """

    draft: DraftAgreement
    effect: ShownEffect | None
    fault: Text | None
    written: Mapping[str, str]
    number: int
    today: date


@router.page("/decide", name="decide", roles=PROPOSE)
def decide(page_request: Opened) -> Response:
    """Show what a choice changes, and ask what is to be agreed and why."""
    return _page(page_request, dict(page_request.request.query_params))


@router.page("/decide", name="send_decision", roles=PROPOSE, method="POST")
def send_decision(page_request: Opened, form: SentForm) -> Response:
    """Keep what is proposed, with the approval of the team that proposes it."""
    found = draft_of(page_request.services, form)
    if form.get("replaces") != str(found.replaces.number):
        return _page(page_request, form, PAGE_WORDS["overtaken"])
    if found.faults or not found.changes:
        return _page(page_request, form, PAGE_WORDS["faults" if found.faults else "nothing_chosen"])
    if not _said(form, "agreed") or not _said(form, "why"):
        return _page(page_request, form, PAGE_WORDS["say_all"])
    try:
        effective = _effective(page_request, form)
    except ValueError:
        return _page(page_request, form, PAGE_WORDS["day_wrong"])
    user, store = page_request.user, page_request.services.store
    proposal = NewProposal(
        replaces=found.replaces.number,
        fields=found.choice.fields,
        what=_said(form, "agreed"),
        why=_said(form, "why"),
        effective=effective,
        by=user.login,
    )
    number = propose_change(store, proposal)
    if user.role in TEAMS:
        add_remark(store, number, by=user.login, text="", approves_for=user.role.value)
    return RedirectResponse(f"/changes/{number}", status_code=303)


def _page(
    page_request: PageRequest, fields: Mapping[str, str], fault: Text | None = None
) -> Response:
    found = draft_of(page_request.services, fields)
    page = DecidePage(
        draft=found,
        effect=shown_effect(page_request, found),
        fault=fault,
        written={name: fields.get(name, "") for name in WRITTEN},
        number=found.replaces.number + 1,
        today=today_of(page_request.services),
    )
    return page_request.page("decide.html", page, status=200 if fault is None else 400)


def show_choice(page_request: PageRequest, fields: Mapping[str, str]) -> Response:
    """Show what a choice from another page changes, and ask what is to be agreed and why."""
    return _page(page_request, fields)


def draft_of(services: PageServices, fields: Mapping[str, str]) -> DraftAgreement:
    """The next version as a choice would make it."""
    found = services.proposals()
    learned = None if found is None or found.rulebook is None else found.rulebook.rulebook
    try:
        choice = ChosenChanges.of(fields)
    except AwaseError as fault:
        empty = draft(ChosenChanges(), services.agreed(), learned)
        return replace(empty, faults=(str(fault),))
    return draft(choice, services.agreed(), learned)


def _said(form: Mapping[str, str], field: str) -> str:
    return " ".join(form.get(field, "").split())[:LONGEST]


def _effective(page_request: PageRequest, form: Mapping[str, str]) -> date | None:
    """The day from which it is to hold; None for today, which means once both teams approved.

    Raises
    ------
    ValueError
        If it is no day, or a past one.
    """
    text, today = form.get("effective", "").strip(), today_of(page_request.services)
    day = date.fromisoformat(text) if text else today
    if day < today:
        raise ValueError(text)
    return None if day == today else day


def today_of(services: PageServices) -> date:
    """Today, where the definition's days begin."""
    return datetime.now(UTC).astimezone(services.definition().zone).date()
