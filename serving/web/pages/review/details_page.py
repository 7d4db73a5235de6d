"""The figures in detail: every table of a month's review, and its files to take away."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Query
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from features.core.text import Language, both_from
from features.definition import LeadDefinition
from serving.ledger.access.audit import write_audit
from serving.review.month import Month, parse_month
from serving.review.records import Review
from serving.review.review_document import REVIEW_FORMATS, review_document
from serving.web.access import EVERYBODY, PageRouter, sees_team
from serving.web.pages.review.kept_reviews import kept_review, make_kept
from serving.web.request.page_request import Opened, PageRequest, SentForm
from serving.web.words.page_words import PAGE_WORDS
from training.reports.document.blocks import Document
from training.reports.document.formats import MEDIA_TYPES
from training.reports.document.pdf import can_write_pdf
from training.reports.document.view import View

router = PageRouter()

FORMAT_NAMES = {"xlsx": "Excel", "html": "HTML", "pdf": "PDF", "md": "Markdown"}


@dataclass(frozen=True, kw_only=True)
class DetailsPage:
    """A month's tables as one person sees them.

    Attributes
    ----------
    view : View
        Reads the parts in the visitor's language.
    is_current : bool
        False: tables, decisions, release or definition have moved since it was made.
    files : tuple of (path, name)
    """

    document: Document
    view: View
    month: Month
    made_at: datetime
    is_current: bool
    files: tuple[tuple[str, str], ...]


# Figures are everybody's; single leads in them are shown by team.
@router.page("/review/{month}/details", name="review_details", roles=EVERYBODY)
def show_details(page_request: Opened, month: str) -> Response:
    """Show every table of a month's review."""
    services = page_request.services
    definition = page_request.definition
    wanted = parse_month(month)
    kept = kept_review(services, definition, wanted)
    page = DetailsPage(
        document=_document(page_request, definition, kept.review),
        view=View(
            language=page_request.session.language,
            zone=definition.zone,
            linked=True,
            leads_behind=f"/review/{wanted.name}/leads",
        ),
        month=wanted,
        made_at=kept.made_at,
        is_current=kept.is_current,
        files=_files(wanted, page_request.session.language),
    )
    return page_request.page("review_details.html", page)


@router.page("/review/{month}/details", name="send_review", roles=EVERYBODY, method="POST")
def send_review(page_request: Opened, month: str, form: SentForm) -> Response:  # noqa: ARG001 (checked)
    """Make a month's review anew."""
    wanted = parse_month(month)
    make_kept(page_request.services, page_request.definition, wanted)
    return RedirectResponse(f"/review/{wanted.name}", status_code=303)


@router.page("/review/{month}/{form}", name="review_file", roles=EVERYBODY)
def review_file(
    page_request: Opened, month: str, form: str, both: Annotated[bool, Query()] = False
) -> Response:
    """Send a month's review as a file, in both languages on request; who took it is recorded."""
    if form not in REVIEW_FORMATS or (form == "pdf" and not can_write_pdf()):
        raise HTTPException(404)
    services = page_request.services
    definition = page_request.definition
    wanted = parse_month(month)
    kept = kept_review(services, definition, wanted)
    document = _document(page_request, definition, kept.review)
    first = page_request.session.language
    content = REVIEW_FORMATS[form](document, both_from(first) if both else (first,))
    _record(page_request, wanted, form)
    return Response(
        content,
        media_type=MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="review-{wanted.name}.{form}"'},
    )


def _files(month: Month, language: Language) -> tuple[tuple[str, str], ...]:
    """Path and name of each file; without the extra for PDF, the page that prints as one."""
    names = dict(FORMAT_NAMES)
    if not can_write_pdf():
        del names["pdf"]
        names["html"] = PAGE_WORDS["prints_as_pdf"].read(language)
    here, both = f"/review/{month.name}", PAGE_WORDS["in_both_languages"].read(language)
    in_both = (
        (f"{here}/{form}?both=1", f"{names[form]} {both}")
        for form in ("xlsx", "pdf", "md")
        if form in names
    )
    return (*((f"{here}/{form}", name) for form, name in names.items()), *in_both)


def _document(page_request: PageRequest, definition: LeadDefinition, review: Review) -> Document:
    """A review with the leads and comments that this person sees."""
    user = page_request.user
    return review_document(
        page_request.services.store, definition, review, sees=lambda team: sees_team(user, team)
    )


def _record(page_request: PageRequest, month: Month, form: str) -> None:
    with page_request.services.store.engine.begin() as connection:
        subject = f"{month.name} {form}"
        write_audit(
            connection, by=page_request.user.login, action="review_exported", subject=subject
        )
