"""A lead that somebody asks for, if they work with it."""

from starlette.exceptions import HTTPException

from serving.ledger.leads.worklist import LeadPerson, LeadState, read_standing
from serving.web.access import sees_team
from serving.web.request.page_request import PageRequest


def find_lead(page_request: PageRequest, lead_id: str) -> tuple[LeadState, LeadPerson]:
    """Where a lead stands, and who it is.

    Raises
    ------
    HTTPException
        404 where there is none, or the visitor's team does not work with it.
    """
    found = read_standing(page_request.services.store, lead_id)
    # To somebody of another team a lead does not exist: 403 would say that it does.
    if found is None or not sees_team(page_request.user, found[0].team):
        raise HTTPException(404)
    return found
