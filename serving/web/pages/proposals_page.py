"""What to agree on next: the capacity slider, the learned rulebook, what to add or drop."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.responses import Response

from serving.agreement.section import Capacity, ProposalsSection, capacity_of, make_section
from serving.web.access import may_open
from serving.web.headers import SLIDER_POLICY
from serving.web.rendering import static_path
from serving.web.request.page_request import Opened, Visit
from serving.web.services import Office
from serving.workspace.workspace import agreed_text

router = APIRouter(include_in_schema=False)

SCRIPT = "capacity.js"

PerMonth = Annotated[int | None, Query(ge=1, le=1_000_000)]


@dataclass(frozen=True, kw_only=True)
class ProposalsPage:
    """What there is to decide, and whether the visitor may.

    Attributes
    ----------
    script : str or None
        Path of the slider's script; None where there is no slider.
    """

    section: ProposalsSection
    may_decide: bool
    script: str | None


@dataclass(frozen=True, kw_only=True)
class CapacityAnswer:
    """What one place of the slider would bring."""

    capacity: Capacity
    may_decide: bool


@router.get("/proposals", name="proposals")
def proposals(visit: Opened, per_month: PerMonth = None) -> Response:
    """Show what there is to decide."""
    page = to_decide(visit, per_month)
    return with_slider(visit.page("proposals.html", page), page)


@router.get("/proposals/capacity", name="capacity")
def capacity(visit: Opened, per_month: PerMonth = None) -> Response:
    """Answer the slider with the part of the page that it changes."""
    office = visit.office
    outlook = office.outlook()
    newest = agreed_text(office.agreed().versions[0])
    found = None if outlook is None else capacity_of(outlook, newest, per_month)
    if found is None:
        raise HTTPException(404)
    answer = CapacityAnswer(capacity=found, may_decide=may_open("decide", visit.user.role))
    return visit.page("capacity.html", answer)


def to_decide(visit: Visit, per_month: int | None) -> ProposalsPage:
    """What there is to decide, for this page and for the last part of the monthly review."""
    section = proposals_section(visit.office, per_month)
    return ProposalsPage(
        section=section,
        may_decide=may_open("decide", visit.user.role),
        script=None if section.capacity is None else static_path(SCRIPT),
    )


def with_slider(response: Response, page: ProposalsPage) -> Response:
    """The response of a page; our own script may run there if the slider is on it."""
    if page.script is not None:
        response.headers["Content-Security-Policy"] = SLIDER_POLICY
    return response


def proposals_section(office: Office, per_month: int | None = None) -> ProposalsSection:
    """What there is to decide about the newest version."""
    return make_section(
        office.agreed(),
        office.in_force(),
        outlook=office.outlook(),
        found=office.proposals(),
        per_month=per_month,
    )
