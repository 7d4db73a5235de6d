"""What differs between two versions of the agreement, in words."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from starlette.exceptions import HTTPException
from starlette.responses import Response

from features.core.errors import LeadDataError
from features.definition.diff import Change
from serving.ledger.agreements import AgreedVersion
from serving.web.access import EVERYBODY, PageRouter
from serving.web.pages.agreement.agreement_history import changes_between
from serving.web.request.page_request import Opened

router = PageRouter()

Number = Annotated[int | None, Query(ge=1, le=1_000_000)]


@dataclass(frozen=True, kw_only=True)
class DiffPage:
    """Two versions and what differs; all versions to choose others from."""

    before: AgreedVersion
    after: AgreedVersion
    changes: tuple[Change, ...]
    versions: tuple[AgreedVersion, ...]


@router.page("/definition/diff", name="definition_diff", roles=EVERYBODY)
def definition_diff(page_request: Opened, before: Number = None, after: Number = None) -> Response:
    """Show what differs; the newest two versions unless others are asked for."""
    agreed = page_request.services.agreed()
    newest = agreed.versions[0].number
    last = after or newest
    first = before or max(1, last - 1)
    try:
        page = DiffPage(
            before=agreed.numbered(first),
            after=agreed.numbered(last),
            changes=changes_between(agreed, first, last),
            versions=agreed.versions,
        )
    except LeadDataError:
        raise HTTPException(404) from None
    return page_request.page("definition_diff.html", page)
