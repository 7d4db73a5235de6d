"""Deciding: what a choice changes, who agreed to it and why, and the new version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from features.core.clock import from_second, start_of_day
from features.core.errors import AwaseError, LeadDataError
from features.core.text import Text
from features.definition.terms import Signature
from serving.agreement.choice import Choice, signed
from serving.agreement.draft import Draft, draft
from serving.decisions.in_force.change import adopt_text
from serving.ledger.agreements import Decision
from serving.web.request.page_request import Opened, SentForm, Visit
from serving.web.words.page_words import PAGE_WORDS

router = APIRouter(include_in_schema=False)

LONGEST = 2_000
"""Characters of what people write about a decision."""

WRITTEN = ("present_marketing", "present_sales", "agreed", "why", "effective")


@dataclass(frozen=True, kw_only=True)
class DecidePage:
    """A choice before it is agreed on.

    Attributes
    ----------
    draft : Draft
    fault : Text or None
        What is wrong with what was written, to mend and send again.
    written : mapping of str to str
        What was written so far.
    number : int
        Of the version that it would become.
    """

    draft: Draft
    fault: Text | None
    written: Mapping[str, str]
    number: int
    today: date


@router.get("/decide", name="decide")
def decide(visit: Opened) -> Response:
    """Show what a choice changes, and ask who agreed and why."""
    return _page(visit, dict(visit.request.query_params))


@router.post("/decide", name="send_decision")
def send_decision(visit: Opened, form: SentForm) -> Response:
    """Make the next version of what was agreed, and show it."""
    found = _draft(visit, form)
    if form.get("replaces") != str(found.replaces.number):
        return _page(visit, form, PAGE_WORDS["overtaken"])
    if found.faults or not found.changes:
        return _page(visit, form, PAGE_WORDS["faults" if found.faults else "nothing_chosen"])
    signatures = _signatures(form)
    if signatures is None or not _said(form, "agreed") or not _said(form, "why"):
        return _page(visit, form, PAGE_WORDS["say_all"])
    try:
        effective = _effective(visit, form)
    except ValueError:
        return _page(visit, form, PAGE_WORDS["day_wrong"])
    try:
        adopted = adopt_text(
            visit.office.workspace,
            visit.office.store,
            _text(visit, found, form, signatures),
            decision=_decision(visit, form, signatures),
            effective_from=effective,
            replaces=found.replaces.number,
        )
    except LeadDataError:
        return _page(visit, form, PAGE_WORDS["overtaken"])
    return RedirectResponse(f"/definition?version={adopted.after.number}", status_code=303)


def _page(visit: Visit, fields: Mapping[str, str], fault: Text | None = None) -> Response:
    found = _draft(visit, fields)
    page = DecidePage(
        draft=found,
        fault=fault,
        written={name: fields.get(name, "") for name in WRITTEN},
        number=found.replaces.number + 1,
        today=_today(visit),
    )
    return visit.page("decide.html", page, status=200 if fault is None else 400)


def _draft(visit: Visit, fields: Mapping[str, str]) -> Draft:
    office = visit.office
    found = office.proposals()
    learned = None if found is None or found.rulebook is None else found.rulebook.rulebook
    try:
        choice = Choice.of(fields)
    except AwaseError as fault:
        empty = draft(Choice(), office.agreed(), learned)
        return Draft(
            choice=Choice(),
            replaces=empty.replaces,
            text=empty.text,
            changes=(),
            faults=(str(fault),),
        )
    return draft(choice, office.agreed(), learned)


def _text(
    visit: Visit, found: Draft, form: Mapping[str, str], signatures: tuple[Signature, ...]
) -> str:
    if found.choice.back_to is not None:
        # An earlier version says exactly what it said; the new reason stands in the history.
        return found.text
    return signed(found.text, on=_today(visit), by=signatures, why=_said(form, "why"))


def _decision(visit: Visit, form: Mapping[str, str], signatures: tuple[Signature, ...]) -> Decision:
    return Decision(
        by=visit.user.login,
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


def _effective(visit: Visit, form: Mapping[str, str]) -> datetime | None:
    """The instant at which a day begins; None for today, which means now.

    Raises
    ------
    ValueError
        If it is no day, or a past one.
    """
    text, today = form.get("effective", "").strip(), _today(visit)
    day = date.fromisoformat(text) if text else today
    if day < today:
        raise ValueError(text)
    if day == today:
        return None
    return from_second(start_of_day(day, visit.office.definition().zone))


def _today(visit: Visit) -> date:
    return datetime.now(UTC).astimezone(visit.office.definition().zone).date()
