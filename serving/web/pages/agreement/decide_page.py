"""Deciding: what a choice changes, who agreed to it and why, and the new version."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from starlette.responses import RedirectResponse, Response

from features.core.clock import from_second, start_of_day
from features.core.errors import AwaseError, LeadDataError
from features.core.text import Text
from features.definition.terms import Signature
from serving.agreement.choice import ChosenChanges, signed
from serving.agreement.draft import DraftAgreement, draft
from serving.decisions.in_force.change import adopt_text
from serving.ledger.access.users import Role
from serving.ledger.agreements import AgreementDecision
from serving.web.access import PageRouter
from serving.web.request.page_request import Opened, PageRequest, SentForm
from serving.web.words.page_words import PAGE_WORDS

router = PageRouter()

LONGEST = 2_000
"""Characters of what people write about a decision."""

WRITTEN = ("present_marketing", "present_sales", "agreed", "why", "effective")


@dataclass(frozen=True, kw_only=True)
class DecidePage:
    """A choice before it is agreed on.

    Attributes
    ----------
    draft : DraftAgreement
    fault : Text or None
        What is wrong with what was written, to mend and send again.
    written : mapping of str to str
        What was written so far.
    number : int
        Of the version that it would become.
    """

    draft: DraftAgreement
    fault: Text | None
    written: Mapping[str, str]
    number: int
    today: date


# Marketing keeps the agreement; the form asks who of sales was present.
@router.page("/decide", name="decide", roles={Role.MARKETING, Role.ADMIN})
def decide(page_request: Opened) -> Response:
    """Show what a choice changes, and ask who agreed and why."""
    return _page(page_request, dict(page_request.request.query_params))


@router.page("/decide", name="send_decision", roles={Role.MARKETING, Role.ADMIN}, method="POST")
def send_decision(page_request: Opened, form: SentForm) -> Response:
    """Make the next version of what was agreed, and show it."""
    found = _draft(page_request, form)
    if form.get("replaces") != str(found.replaces.number):
        return _page(page_request, form, PAGE_WORDS["overtaken"])
    if found.faults or not found.changes:
        return _page(page_request, form, PAGE_WORDS["faults" if found.faults else "nothing_chosen"])
    signatures = _signatures(form)
    if signatures is None or not _said(form, "agreed") or not _said(form, "why"):
        return _page(page_request, form, PAGE_WORDS["say_all"])
    try:
        effective = _effective(page_request, form)
    except ValueError:
        return _page(page_request, form, PAGE_WORDS["day_wrong"])
    try:
        adopted = adopt_text(
            page_request.services.workspace,
            page_request.services.store,
            _text(page_request, found, form, signatures),
            decision=_decision(page_request, form, signatures),
            effective_from=effective,
            replaces=found.replaces.number,
        )
    except LeadDataError:
        return _page(page_request, form, PAGE_WORDS["overtaken"])
    return RedirectResponse(f"/definition?version={adopted.after.number}", status_code=303)


def _page(
    page_request: PageRequest, fields: Mapping[str, str], fault: Text | None = None
) -> Response:
    found = _draft(page_request, fields)
    page = DecidePage(
        draft=found,
        fault=fault,
        written={name: fields.get(name, "") for name in WRITTEN},
        number=found.replaces.number + 1,
        today=_today(page_request),
    )
    return page_request.page("decide.html", page, status=200 if fault is None else 400)


def _draft(page_request: PageRequest, fields: Mapping[str, str]) -> DraftAgreement:
    services = page_request.services
    found = services.proposals()
    learned = None if found is None or found.rulebook is None else found.rulebook.rulebook
    try:
        choice = ChosenChanges.of(fields)
    except AwaseError as fault:
        empty = draft(ChosenChanges(), services.agreed(), learned)
        return replace(empty, faults=(str(fault),))
    return draft(choice, services.agreed(), learned)


def _text(
    page_request: PageRequest,
    found: DraftAgreement,
    form: Mapping[str, str],
    signatures: tuple[Signature, ...],
) -> str:
    if found.choice.back_to is not None:
        # An earlier version says exactly what it said; the new reason stands in the history.
        return found.text
    return signed(found.text, on=_today(page_request), by=signatures, why=_said(form, "why"))


def _decision(
    page_request: PageRequest, form: Mapping[str, str], signatures: tuple[Signature, ...]
) -> AgreementDecision:
    return AgreementDecision(
        by=page_request.user.login,
        present=", ".join(signature.name for signature in signatures),
        what=_said(form, "agreed"),
        why=_said(form, "why"),
    )


def _signatures(form: Mapping[str, str]) -> tuple[Signature, ...] | None:
    """Who was present, for which team; None unless both teams were there."""
    marketing, sales = _names(form, "present_marketing"), _names(form, "present_sales")
    if not marketing or not sales:
        return None
    return (
        *(Signature(team="marketing", name=name) for name in marketing),
        *(Signature(team="sales", name=name) for name in sales),
    )


def _names(form: Mapping[str, str], field: str) -> list[str]:
    names = form.get(field, "").replace("、", ",").split(",")
    return [name.strip()[:120] for name in names if name.strip()]


def _said(form: Mapping[str, str], field: str) -> str:
    return " ".join(form.get(field, "").split())[:LONGEST]


def _effective(page_request: PageRequest, form: Mapping[str, str]) -> datetime | None:
    """The instant at which a day begins; None for today, which means now.

    Raises
    ------
    ValueError
        If it is no day, or a past one.
    """
    text, today = form.get("effective", "").strip(), _today(page_request)
    day = date.fromisoformat(text) if text else today
    if day < today:
        raise ValueError(text)
    if day == today:
        return None
    return from_second(start_of_day(day, page_request.services.definition().zone))


def _today(page_request: PageRequest) -> date:
    return datetime.now(UTC).astimezone(page_request.services.definition().zone).date()
