"""What to agree on next: the capacity slider, the learned rulebook, what to add or drop."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.responses import Response

from serving.proposals.section import Capacity, ProposalsSection, capacity_of, make_section
from serving.web.access import may_open
from serving.web.headers import SLIDER_POLICY
from serving.web.office import Office
from serving.web.rendering import static_path
from serving.web.visit import Opened
from serving.workspace import agreed_text

router = APIRouter(include_in_schema=False)

SCRIPT = "capacity.js"

PerMonth = Annotated[int | None, Query(ge=1, le=1_000_000)]


@dataclass(frozen=True, kw_only=True)
class ProposalsPage:
    """What there is to decide, and whether the visitor may.

    Attributes
    ----------
    script : str
        Path of the slider's script.
    """

    section: ProposalsSection
    may_decide: bool
    script: str


@dataclass(frozen=True, kw_only=True)
class CapacityAnswer:
    """What one place of the slider would bring."""

    capacity: Capacity
    may_decide: bool


@router.get("/proposals", name="proposals")
def proposals(visit: Opened, per_month: PerMonth = None) -> Response:
    """Show what there is to decide."""
    page = ProposalsPage(
        section=proposals_section(visit.office, per_month),
        may_decide=may_open("decide", visit.user.role),
        script=static_path(SCRIPT),
    )
    response = visit.page("proposals.html", page)
    response.headers["Content-Security-Policy"] = SLIDER_POLICY
    return response


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


def proposals_section(office: Office, per_month: int | None = None) -> ProposalsSection:
    """What there is to decide, for this page and for the monthly review."""
    return make_section(
        office.agreed(),
        office.in_force(),
        outlook=office.outlook(),
        found=office.proposals(),
        per_month=per_month,
    )
