"""The leads behind a figure of a month's review."""

from typing import Annotated

from fastapi import Query
from starlette.exceptions import HTTPException
from starlette.responses import Response

from features.core.text import Text
from serving.review.figures.kpi_lines import kpi_label
from serving.review.meeting.screens import SCREEN_LEADS
from serving.review.month import parse_month
from serving.review.records import Review
from serving.web.access import EVERYBODY, PageRouter
from serving.web.pages.leads_behind import Behind, show_leads_behind
from serving.web.pages.review.kept_reviews import kept_review
from serving.web.request.page_request import Opened

router = PageRouter()

Start = Annotated[int, Query(ge=0, le=10_000_000)]


@router.page("/review/{month}/leads/{name}", name="review_leads", roles=EVERYBODY)
def show_review_leads(page_request: Opened, month: str, name: str, start: Start = 0) -> Response:
    """List the leads that a figure of the month counts."""
    definition = page_request.services.definition()
    wanted = parse_month(month)
    review = kept_review(page_request.services, definition, wanted).review
    lead_ids = _leads_of(review, name)
    if lead_ids is None:
        raise HTTPException(404)
    label = SCREEN_LEADS.get(name) or kpi_label(name, definition.kpis)
    behind = Behind(
        title=Text(ja=f"{wanted.label.ja}: {label.ja}", en=f"{wanted.label.en}: {label.en}"),
        lead_ids=lead_ids,
        path=f"/review/{wanted.name}/leads/{name}",
        back=f"/review/{wanted.name}",
    )
    return show_leads_behind(page_request, behind, start)


def _leads_of(review: Review, name: str) -> tuple[str, ...] | None:
    """The leads a figure counts; None where there is no such figure."""
    of_screens = {
        "converted": () if review.converted is None else review.converted.first,
        "easy": review.verdicts.easy_leads,
        "near": () if review.nurture is None else review.nurture.near,
    }
    of_kpis = {line.name: line.lead_ids for line in review.kpis if line.measured}
    return (of_kpis | of_screens).get(name)
