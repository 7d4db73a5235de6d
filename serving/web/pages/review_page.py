"""The monthly review: the page both teams look at together, and its files to take away."""

import threading
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, func, select, type_coerce
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from features.core.clock import DAY, from_second
from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.store import Store
from features.store.releases import read_champion
from features.store.schema import hand_over, lead, outcome
from serving.ledger.access.audit import write_audit
from serving.ledger.access.users import User
from serving.review.lead_sections import Sees
from serving.review.make_review import KeptReview, make_review, read_review
from serving.review.month import Month, month_of, parse_month
from serving.review.records import Review
from serving.review.review_document import REVIEW_FORMATS, review_document
from serving.web.access import EVERYBODY, PageRouter, sees_team
from serving.web.pages.agreement.proposals_page import (
    PerMonth,
    ProposalsPage,
    to_decide,
    with_slider,
)
from serving.web.request.page_request import Opened, PageRequest, SentForm
from serving.web.services import PageServices
from training.reports.document.blocks import Document
from training.reports.document.formats import MEDIA_TYPES
from training.reports.document.view import View

router = PageRouter()

FORMAT_NAMES = {"xlsx": "Excel", "html": "HTML", "pdf": "PDF", "md": "Markdown"}

_MAKING = threading.Lock()
"""One review is made at a time: each holds all lead tables in memory."""


@dataclass(frozen=True, kw_only=True)
class ReviewPage:
    """A month's review as one person sees it.

    Attributes
    ----------
    view : View
        Reads the parts in the visitor's language.
    earlier, later : Month or None
        The months beside it that can be reviewed.
    is_current : bool
        False: tables, decisions, release or definition have moved since it was made.
    files : tuple of (path, name)
    deciding : ProposalsPage
        What there is to decide, after all that was looked at.
    """

    document: Document
    view: View
    month: Month
    earlier: Month | None
    later: Month | None
    made_at: datetime
    is_current: bool
    files: tuple[tuple[str, str], ...]
    deciding: ProposalsPage


# Figures are everybody's; single leads in them are shown by team.
@router.page("/review", name="review", roles=EVERYBODY)
def newest_review(page_request: Opened) -> Response:
    """Lead to the last complete month that leads came in."""
    services = page_request.services
    span = _span(services.store, services.definition())
    if span is None:
        msg = "a review needs leads; got none. Import some with `awase import`."
        raise LeadDataError(msg)
    return RedirectResponse(f"/review/{span[1].name}", status_code=303)


@router.page("/review/{month}", name="review_month", roles=EVERYBODY)
def show_review(page_request: Opened, month: str, per_month: PerMonth = None) -> Response:
    """Show a month's review; the first time it is made, which may take some seconds."""
    services = page_request.services
    definition = services.definition()
    wanted = parse_month(month)
    kept = _kept(services, definition, wanted)
    span = _span(services.store, definition)
    earlier, later = wanted.earlier(1), wanted.earlier(-1)
    page = ReviewPage(
        document=_document(page_request, definition, kept.review),
        view=View(language=page_request.session.language, zone=definition.zone, linked=True),
        month=wanted,
        earlier=earlier if span is not None and earlier >= span[0] else None,
        later=later if span is not None and later <= span[2] else None,
        made_at=kept.made_at,
        is_current=kept.is_current,
        files=tuple((f"/review/{wanted.name}/{form}", name) for form, name in FORMAT_NAMES.items()),
        deciding=to_decide(page_request, per_month),
    )
    return with_slider(page_request.page("review.html", page), page.deciding)


@router.page("/review/{month}", name="send_review", roles=EVERYBODY, method="POST")
def send_review(page_request: Opened, month: str, form: SentForm) -> Response:  # noqa: ARG001 (checked)
    """Make a month's review anew."""
    wanted = parse_month(month)
    _make(page_request.services, page_request.services.definition(), wanted)
    return RedirectResponse(f"/review/{wanted.name}", status_code=303)


@router.page("/review/{month}/{form}", name="review_file", roles=EVERYBODY)
def review_file(page_request: Opened, month: str, form: str) -> Response:
    """Send a month's review as a file; who took it is recorded."""
    if form not in REVIEW_FORMATS:
        raise HTTPException(404)
    services = page_request.services
    definition = services.definition()
    wanted = parse_month(month)
    kept = _kept(services, definition, wanted)
    document = _document(page_request, definition, kept.review)
    content = REVIEW_FORMATS[form](document, page_request.session.language)
    _record(page_request, wanted, form)
    return Response(
        content,
        media_type=MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="review-{wanted.name}.{form}"'},
    )


def _document(page_request: PageRequest, definition: LeadDefinition, review: Review) -> Document:
    """A review with the leads and comments that this person sees."""
    sees = _sees(page_request.user)
    return review_document(page_request.services.store, definition, review, sees=sees)


def _record(page_request: PageRequest, month: Month, form: str) -> None:
    with page_request.services.store.engine.begin() as connection:
        subject = f"{month.name} {form}"
        write_audit(
            connection, by=page_request.user.login, action="review_exported", subject=subject
        )


def _sees(user: User) -> Sees:
    """Whether somebody sees single leads of a team; figures are everybody's."""
    return lambda team: sees_team(user, team)


def _kept(services: PageServices, definition: LeadDefinition, month: Month) -> KeptReview:
    return read_review(services.store, definition, month) or _make(services, definition, month)


def _make(services: PageServices, definition: LeadDefinition, month: Month) -> KeptReview:
    with _MAKING:
        kept = read_review(services.store, definition, month)
        if kept is not None and kept.is_current:
            return kept  # somebody else made it while we waited
        champion = read_champion(services.store)
        maker = None if champion is None else services.card_maker(champion.release_id)
        release = None if maker is None else maker.release
        make_review(services.store, definition, month, release=release)
    made = read_review(services.store, definition, month)
    if made is None:
        msg = f"the review of {month.name} must be kept; it is gone. Load the page again."
        raise LeadDataError(msg)
    return made


def _span(store: Store, definition: LeadDefinition) -> tuple[Month, Month, Month] | None:
    """The first month of the tables, the one to open, and the last; None without leads.

    To open is the last complete month in which leads were created: one answer given months after
    the data end, as in a simulated company, makes no month worth a meeting.
    """
    instants = (
        func.min(lead.c.created_at),
        func.max(lead.c.created_at),
        select(func.max(hand_over.c.handed_over_at)).scalar_subquery(),
        select(func.max(outcome.c.known_at)).scalar_subquery(),
    )
    with store.engine.connect() as connection:
        found = connection.execute(
            select(*(type_coerce(instant, BigInteger) for instant in instants))
        ).one()
    if found[0] is None:
        return None
    newest = max(instant for instant in found[1:] if instant is not None)
    zone = definition.zone
    first, last = month_of(found[0], zone), month_of(newest, zone)
    is_complete = newest >= last.end(zone) - DAY
    complete = last if is_complete else max(last.earlier(1), first)
    return first, _with_leads(store, complete, zone) or first, last


def _with_leads(store: Store, month: Month, zone: ZoneInfo) -> Month | None:
    """The last month up to one in which leads were created; None where there is none."""
    created = func.max(lead.c.created_at)
    before = lead.c.created_at < from_second(month.end(zone))
    with store.engine.connect() as connection:
        newest = connection.execute(
            select(type_coerce(created, BigInteger)).where(before)
        ).scalar_one()
    return None if newest is None else month_of(newest, zone)
