"""Opening a session for somebody who has shown who they are."""

import secrets

from starlette.responses import RedirectResponse, Response

from serving.ledger.access.sessions import hash_token, start_session
from serving.ledger.access.users import User
from serving.web.request.page_request import PageRequest
from serving.web.request.session import SESSION_COOKIE, set_cookie


def open_session(page_request: PageRequest, user: User, onward: str) -> Response:
    """Open a session and go on to a page.

    Parameters
    ----------
    page_request : PageRequest
    user : User
    onward : str
        Path of the page to open.
    """
    # A new token at every sign-in: one that was planted before it opens nothing.
    token = secrets.token_urlsafe(32)
    settings = page_request.services.settings
    start_session(
        page_request.services.store,
        user.login,
        token_hash=hash_token(token),
        lasts=settings.session_lasts,
    )
    response = RedirectResponse(onward, status_code=303)
    seconds = int(settings.session_lasts.total_seconds())
    set_cookie(response, SESSION_COOKIE, token, seconds=seconds, secure=settings.secure_cookies)
    return response
