"""One's own account: the password, the sessions, and for administrators a second factor."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Query
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from serving.ledger.access.sessions import ListedSession, end_sessions, hash_token, list_sessions
from serving.ledger.access.users import Role, User, set_password, set_totp
from serving.web.access import EVERYBODY, PageRouter, may_open
from serving.web.request.page_request import Opened, PageRequest, SentForm
from serving.web.sign_in.new_password import find_password_fault
from serving.web.sign_in.passwords import SHORTEST_PASSWORD, TooManyTries, address_of
from serving.web.sign_in.second_factor import app_address, find_step, new_secret

router = PageRouter()

Told = Literal["password_changed", "sessions_ended", "factor_on", "factor_off"]
"""Names of the words that say what was just done."""


@dataclass(frozen=True, kw_only=True)
class AccountPage:
    """What somebody may change of their own account.

    Attributes
    ----------
    here : str
        Name of the session in which the page is read.
    may_have_factor : bool
        Whether a second factor is offered.
    told, fault : str or None
        Name of the words that say what was done, or why it was not.
    """

    user: User
    sessions: tuple[ListedSession, ...]
    here: str
    may_have_factor: bool
    shortest: int = SHORTEST_PASSWORD
    told: str | None = None
    fault: str | None = None


@dataclass(frozen=True, kw_only=True)
class FactorPage:
    """How to set up an authenticator app."""

    secret: str
    address: str
    fault: str | None = None


@router.page("/account", name="account", roles=EVERYBODY)
def account(page_request: Opened, done: Annotated[Told | None, Query()] = None) -> Response:
    """Show one's own account."""
    return _page(page_request, told=done)


@router.page("/account/password", name="send_password", roles=EVERYBODY, method="POST")
async def send_password(page_request: Opened, form: SentForm) -> Response:
    """Change one's password; every other session ends."""
    password = form.get("password", "")
    fault = find_password_fault(page_request.user, password, form.get("again", ""))
    fault = fault or await _who_fault(page_request, form)
    if fault is not None:
        return await run_in_threadpool(_page, page_request, fault=fault)
    hashed = await page_request.services.passwords.hash(password)
    return await run_in_threadpool(_change, page_request, hashed)


@router.page("/account/sessions", name="send_sessions", roles=EVERYBODY, method="POST")
def send_sessions(page_request: Opened, form: SentForm) -> Response:
    """End one session, or all but this one."""
    login = page_request.user.login
    end_sessions(
        page_request.services.store,
        login,
        by=login,
        name=form.get("session") or None,
        but=hash_token(page_request.session.secret),
    )
    return _told("sessions_ended")


@router.page("/account/second-factor", name="second_factor", roles={Role.ADMIN})
def second_factor(page_request: Opened) -> Response:
    """Show a new secret for an authenticator app."""
    return _factor_page(page_request, new_secret())


# Whoever is no administrator any more may still turn theirs off.
@router.page("/account/second-factor", name="send_second_factor", roles=EVERYBODY, method="POST")
async def send_second_factor(page_request: Opened, form: SentForm) -> Response:
    """Ask for a code at every sign-in from now on, or no longer."""
    fault = await _who_fault(page_request, form)
    if form.get("action") == "off":
        if fault is not None:
            return await run_in_threadpool(_page, page_request, fault=fault)
        return await run_in_threadpool(_set_factor, page_request, None)
    secret = form.get("secret", "")
    if len(secret) != len(new_secret()) or not secret.isalnum() or not secret.isascii():
        raise HTTPException(400)
    if fault is None and _find_step(secret, form.get("code", "")) is None:
        fault = "code_wrong"
    if fault is not None:
        return await run_in_threadpool(_factor_page, page_request, secret, fault=fault)
    return await run_in_threadpool(_set_factor, page_request, secret)


def _find_step(secret: str, code: str) -> int | None:
    try:
        return find_step(secret, code)
    except ValueError:  # no base 32
        raise HTTPException(400) from None


async def _who_fault(page_request: PageRequest, form: Mapping[str, str]) -> str | None:
    """Words for why it is not certain that the owner sits there: a session is not enough."""
    try:
        user = await page_request.services.passwords.check(
            page_request.user.login,
            form.get("current", ""),
            address=address_of(page_request.request),
        )
    except TooManyTries:
        return "sign_in_paused"
    return None if user is not None else "password_wrong"


def _change(page_request: PageRequest, hashed: str) -> Response:
    login = page_request.user.login
    here = hash_token(page_request.session.secret)
    set_password(page_request.services.store, login, hashed, by=login, must_set=False, but=here)
    return _told("password_changed")


def _set_factor(page_request: PageRequest, secret: str | None) -> Response:
    login = page_request.user.login
    set_totp(page_request.services.store, login, secret, by=login)
    return _told("factor_off" if secret is None else "factor_on")


def _told(told: Told) -> Response:
    return RedirectResponse(f"/account?done={told}", status_code=303)


def _page(
    page_request: PageRequest, *, told: str | None = None, fault: str | None = None
) -> Response:
    services, user = page_request.services, page_request.user
    here = hash_token(page_request.session.secret)
    sessions = list_sessions(services.store, idle=services.settings.session_idle, login=user.login)
    page = AccountPage(
        user=user,
        sessions=sessions,
        here=next((one.name for one in sessions if here.startswith(one.name)), ""),
        may_have_factor=may_open("second_factor", user.role),
        told=told,
        fault=fault,
    )
    return page_request.page("account.html", page, status=200 if fault is None else 422)


def _factor_page(page_request: PageRequest, secret: str, *, fault: str | None = None) -> Response:
    page = FactorPage(secret=secret, address=app_address(page_request.user, secret), fault=fault)
    return page_request.page("second_factor.html", page, status=200 if fault is None else 422)
