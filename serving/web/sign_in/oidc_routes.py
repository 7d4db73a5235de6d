"""Signing in through the company's own accounts."""

import hmac
import json
from dataclasses import asdict

from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.ledger.access.users import read_user
from serving.web.access import PageRouter
from serving.web.request.page_request import Opened, PageRequest, own_path
from serving.web.request.session import set_cookie
from serving.web.sign_in.oidc_client import Attempt, OidcClient, SignInRefused
from serving.web.sign_in.opening import open_session
from serving.web.sign_in.passwords import normalise_login
from serving.web.sign_in.routes import SignInPage

router = PageRouter()

ATTEMPT_COOKIE = "awase_sign_in"
ATTEMPT_SECONDS = 600


@router.page("/sign-in/company", name="company_sign_in", public=True)
def company_sign_in(page_request: Opened, next: str = "/") -> Response:
    """Send the browser to the company's provider."""
    oidc_client = _provider(page_request)
    attempt = Attempt.new(own_path(next))
    try:
        response = RedirectResponse(
            oidc_client.address(attempt, _back_to(page_request)), status_code=303
        )
    except SignInRefused:
        return _refused(page_request, attempt.onward, "company_sign_in_failed")
    set_cookie(
        response,
        ATTEMPT_COOKIE,
        json.dumps(asdict(attempt)).encode().hex(),
        seconds=ATTEMPT_SECONDS,
        secure=page_request.services.settings.secure_cookies,
    )
    return response


@router.page("/sign-in/company/back", name="company_signed_in", public=True)
def company_signed_in(page_request: Opened, code: str = "", state: str = "") -> Response:
    """Let in whom the provider has signed in, if an admin made an account for them."""
    oidc_client = _provider(page_request)
    attempt = _attempt(page_request.request)
    if attempt is None or not code or not _is_same(state, attempt.state):
        return _refused(page_request, "/", "company_sign_in_failed")
    try:
        login = normalise_login(oidc_client.login(attempt, code, _back_to(page_request)))
    except SignInRefused:
        return _refused(page_request, attempt.onward, "company_sign_in_failed")
    user = read_user(page_request.services.store, login)
    if user is None or user.disabled_at is not None:
        return _refused(page_request, attempt.onward, "company_sign_in_unknown")
    response = open_session(page_request, user, own_path(attempt.onward))
    response.delete_cookie(ATTEMPT_COOKIE, path="/")
    return response


def _provider(page_request: PageRequest) -> OidcClient:
    oidc_client = page_request.services.oidc_client
    if oidc_client is None:
        raise HTTPException(404)
    return oidc_client


def _back_to(page_request: PageRequest) -> str:
    """Our own address as the provider knows it; behind a proxy only the settings know it."""
    public = page_request.services.workspace.public_url
    path = page_request.request.url_for("company_signed_in")
    return str(path) if public is None else public.rstrip("/") + path.path


def _is_same(sent: str, kept: str) -> bool:
    # As bytes: texts are compared in constant time only where they are ASCII.
    return hmac.compare_digest(sent.encode(), kept.encode())


def _attempt(request: Request) -> Attempt | None:
    """What the browser kept of its attempt; None for a cookie that we did not set."""
    try:
        kept = bytes.fromhex(request.cookies.get(ATTEMPT_COOKIE, ""))
        return _ATTEMPT.validate_json(kept, strict=True)
    except ValueError:
        return None


_ATTEMPT = TypeAdapter(Attempt)


def _refused(page_request: PageRequest, onward: str, fault: str) -> Response:
    page = SignInPage(onward=onward, login="", fault=fault, by_company=True)
    response = page_request.page("sign_in.html", page, status=401)
    response.delete_cookie(ATTEMPT_COOKIE, path="/")
    return response
