"""The leads behind a figure of a month's review."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Query
from starlette.exceptions import HTTPException
from starlette.responses import Response

from features.core.text import Text
from serving.review.make_review import read_leads_behind
from serving.review.month import parse_month
from serving.review.review_document import review_document
from serving.web.access import EVERYBODY, PageRouter
from serving.web.pages.leads_behind import Behind, show_leads_behind
from serving.web.pages.review.kept_reviews import kept_review
from serving.web.request.page_request import Opened
from training.reports.document.blocks import Document

router = PageRouter()

Start = Annotated[int, Query(ge=0, le=10_000_000)]


# A figure's name may hold what people typed: the value of a segment.
@router.page("/review/{month}/leads/{name:path}", name="review_leads", roles=EVERYBODY)
def show_review_leads(page_request: Opened, month: str, name: str, start: Start = 0) -> Response:
    """List the leads that a figure of the month counts."""
    services = page_request.services
    definition = services.definition()
    wanted = parse_month(month)
    review = kept_review(services, definition, wanted).review
    lead_ids = read_leads_behind(services.store, wanted, name)
    if lead_ids is None:
        raise HTTPException(404)
    label = _label(review_document(services.store, definition, review), name)
    behind = Behind(
        title=Text(
            ja=f"{wanted.label.ja}のレビュー: {label.ja}",
            en=f"Review of {wanted.label.en}: {label.en}",
        ),
        lead_ids=lead_ids,
        path=f"/review/{wanted.name}/leads/{quote(name)}",
        back=f"/review/{wanted.name}",
    )
    return show_leads_behind(page_request, behind, start)


def _label(document: Document, name: str) -> Text:
    """What a figure is called: its row and its column; where no table shows it, plainly leads."""
    for table in (table for section in document.sections for table in section.tables):
        for row in table.rows:
            for cell, column in zip(row.cells, table.columns, strict=True):
                if cell.counts == name:
                    what, which = row.cells[0].shown, column.label
                    return Text(ja=f"{what.ja}({which.ja})", en=f"{what.en} ({which.en})")
    return Text(ja="リード", en="leads")
