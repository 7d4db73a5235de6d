"""Stopping the digest by the link in it, without signing in.

Reading the address changes nothing, as mail programs and their guards open every link. Stopping is
a POST without a form's token: the link's own signature says whose it is, and programs send it with
one click (RFC 8058).
"""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from features.core.errors import LeadDataError
from serving.digest.recipients import find_recipient, read_keys
from serving.ledger.access.users import User, list_users, read_user, set_digest
from serving.web.access import PageRouter
from serving.web.request.forms import read_form
from serving.web.request.page_request import Opened, PageRequest

router = PageRouter()


@dataclass(frozen=True, kw_only=True)
class DigestPage:
    """What somebody chose about the digest.

    Attributes
    ----------
    path : str
        Where the form is sent.
    """

    path: str
    is_stopped: bool


@router.page("/digest/{token}", name="digest", public=True)
def digest(page_request: Opened, token: str) -> Response:
    """Show the button that stops the digest."""
    return _page(page_request, _owner(page_request, token), token)


@router.page("/digest/{token}", name="send_digest", public=True, method="POST")
async def send_digest(request: Request, page_request: Opened, token: str) -> Response:
    """Stop the digest of whom the link was sent to, or start it again."""
    wanted = (await read_form(request)).get("wanted") == "1"
    return await run_in_threadpool(_set, page_request, token, wanted)


def _set(page_request: PageRequest, token: str, wanted: bool) -> Response:
    store, login = page_request.services.store, _owner(page_request, token).login
    set_digest(store, login, wanted=wanted)
    return _page(page_request, read_user(store, login), token)


def _owner(page_request: PageRequest, token: str) -> User:
    services = page_request.services
    try:
        keys = read_keys(services.workspace)
    except LeadDataError:
        raise HTTPException(404) from None
    user = find_recipient(list_users(services.store), keys, token)
    if user is None:
        raise HTTPException(404)
    return user


def _page(page_request: PageRequest, user: User | None, token: str) -> Response:
    is_stopped = user is not None and user.digest_stopped_at is not None
    page = DigestPage(path=f"/digest/{token}", is_stopped=is_stopped)
    return page_request.page("digest.html", page)
