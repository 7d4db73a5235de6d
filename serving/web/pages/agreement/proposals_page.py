"""What to agree on next: the capacity slider, the learned rulebook, what to add or drop."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from starlette.exceptions import HTTPException
from starlette.responses import Response

from serving.agreement.section import Capacity, ProposalsSection, capacity_of, make_section
from serving.ledger.change_proposals import ChangeProposal, open_proposals
from serving.web.access import EVERYBODY, PageRouter, may_open
from serving.web.headers import SCRIPT_POLICY
from serving.web.rendering import static_path
from serving.web.request.page_request import Opened
from serving.web.services import PageServices
from serving.workspace.workspace import agreed_text

router = PageRouter()

SCRIPT = "capacity.js"

PerMonth = Annotated[int | None, Query(ge=1, le=1_000_000)]


@dataclass(frozen=True, kw_only=True)
class ProposalsPage:
    """What there is to decide, and whether the visitor may.

    Attributes
    ----------
    waiting : tuple of ChangeProposal
        What somebody proposed and one team has yet to approve.
    script : str or None
        Path of the slider's script; None where there is no slider.
    """

    section: ProposalsSection
    waiting: tuple[ChangeProposal, ...]
    may_decide: bool
    script: str | None


@dataclass(frozen=True, kw_only=True)
class CapacityAnswer:
    """What one place of the slider would bring."""

    capacity: Capacity
    may_decide: bool


@router.page("/proposals", name="proposals", roles=EVERYBODY)
def proposals(page_request: Opened, per_month: PerMonth = None) -> Response:
    """Show what there is to decide."""
    section = proposals_section(page_request.services, per_month)
    page = ProposalsPage(
        section=section,
        waiting=open_proposals(page_request.services.store),
        may_decide=may_open("decide", page_request.user.role),
        script=None if section.capacity is None else static_path(SCRIPT),
    )
    response = page_request.page("proposals.html", page)
    if page.script is not None:
        response.headers["Content-Security-Policy"] = SCRIPT_POLICY
    return response


@router.page("/proposals/capacity", name="capacity", roles=EVERYBODY)
def capacity(page_request: Opened, per_month: PerMonth = None) -> Response:
    """Answer the slider with the part of the page that it changes."""
    services = page_request.services
    outlook = services.outlook()
    newest = agreed_text(services.agreed().versions[0])
    found = None
    if outlook is not None:
        found = capacity_of(outlook, newest, per_month=per_month, waiting=services.waiting())
    if found is None:
        raise HTTPException(404)
    answer = CapacityAnswer(capacity=found, may_decide=may_open("decide", page_request.user.role))
    return page_request.page("capacity.html", answer)


def proposals_section(services: PageServices, per_month: int | None = None) -> ProposalsSection:
    """What there is to decide about the newest version."""
    return make_section(
        services.agreed(),
        services.in_force(),
        outlook=services.outlook(),
        waiting=services.waiting(),
        found=services.proposals(),
        per_month=per_month,
    )
