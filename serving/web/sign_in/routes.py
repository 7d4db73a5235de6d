"""Signing in and out, and choosing the language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from features.core.text import LANGUAGES
from serving.ledger.access.sessions import end_session, hash_token
from serving.ledger.access.users import User, set_language
from serving.web.access import EVERYBODY, PageRouter
from serving.web.request.page_request import Opened, PageRequest, SentForm, own_path
from serving.web.request.session import (
    LANGUAGE_COOKIE,
    LANGUAGE_KEPT_SECONDS,
    SESSION_COOKIE,
    set_cookie,
)
from serving.web.sign_in.accounts import FIRST_LASTS, make_password_link
from serving.web.sign_in.opening import open_session
from serving.web.sign_in.passwords import TooManyTries, address_of
from serving.web.sign_in.second_factor import ask_for_code

router = PageRouter()

Why = Literal["not_saved", "no_cookie", "password_set", "code_late"]
"""Names of the words that say why somebody finds themselves here."""

STATUS = {"sign_in_failed": 401, "sign_in_paused": 429}
"""Of the answer to an attempt that did not work, by the words that say so."""


@dataclass(frozen=True, kw_only=True)
class SignInPage:
    """The form for login and password.

    Attributes
    ----------
    onward : str
        Path to open afterwards.
    fault : str or None
        Name of the words that say why the last attempt did not work.
    by_company : bool
        Whether the company's own accounts may be used.
    why : str or None
        Name of the words that say why the visitor is here and not where they wanted to go.
    """

    onward: str
    login: str
    fault: str | None
    by_company: bool
    why: str | None = None


@router.page("/sign-in", name="sign_in", public=True)
def sign_in(
    page_request: Opened,
    *,
    onward: Annotated[str, Query(alias="next")] = "/",
    why: Why | None = None,
) -> Response:
    """Show the form, unless somebody is signed in already."""
    if page_request.session.user is not None:
        return RedirectResponse(own_path(onward), status_code=303)
    onward = own_path(onward)
    told = why or (None if onward == "/" else "sign_in_first")
    return page_request.page("sign_in.html", _page(page_request, onward, why=told))


@router.page("/sign-in", name="send_sign_in", public=True, method="POST")
async def send_sign_in(page_request: Opened, form: SentForm) -> Response:
    """Sign in, or say that it did not work; which of the two was wrong is not said.

    Holds no thread of requests while it waits for its turn to hash.
    """
    try:
        user = await page_request.services.passwords.check(
            form.get("login", ""),
            form.get("password", ""),
            address=address_of(page_request.request),
        )
    except TooManyTries:
        return await run_in_threadpool(_not_signed_in, page_request, form, "sign_in_paused")
    if user is None:
        return await run_in_threadpool(_not_signed_in, page_request, form, "sign_in_failed")
    onward = own_path(form.get("next", "/"))
    return await run_in_threadpool(_go_on, page_request, user, onward)


def _not_signed_in(page_request: PageRequest, form: Mapping[str, str], fault: str) -> Response:
    onward = own_path(form.get("next", "/"))
    page = _page(page_request, onward, login=form.get("login", ""), fault=fault)
    return page_request.page("sign_in.html", page, status=STATUS[fault])


def _go_on(page_request: PageRequest, user: User, onward: str) -> Response:
    """What follows the right password: a password of one's own, a code, or the page."""
    if user.must_set_password:
        store = page_request.services.store
        path = make_password_link(store, user.login, by=user.login, lasts=FIRST_LASTS)
        return RedirectResponse(path, status_code=303)
    if user.totp_secret is not None:
        return ask_for_code(page_request, user, onward)
    return open_session(page_request, user, onward)


def _page(
    page_request: PageRequest,
    onward: str,
    *,
    login: str = "",
    fault: str | None = None,
    why: str | None = None,
) -> SignInPage:
    by_company = page_request.services.oidc_client is not None
    return SignInPage(onward=onward, login=login, fault=fault, by_company=by_company, why=why)


@router.page("/sign-out", name="send_sign_out", roles=EVERYBODY, method="POST")
def send_sign_out(page_request: Opened, form: SentForm) -> Response:  # noqa: ARG001 (checks the token)
    """End the session here and in the store."""
    end_session(page_request.services.store, hash_token(page_request.session.secret))
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


@router.page("/language", name="send_language", public=True, method="POST")
def send_language(page_request: Opened, form: SentForm) -> Response:
    """Switch the language, here and for the next time."""
    response = RedirectResponse(own_path(form.get("next", "/")), status_code=303)
    for language in LANGUAGES:
        if form.get("language") == language:
            if page_request.session.user is not None:
                set_language(page_request.services.store, page_request.session.user.login, language)
            set_cookie(
                response,
                LANGUAGE_COOKIE,
                language,
                seconds=LANGUAGE_KEPT_SECONDS,
                secure=page_request.services.settings.secure_cookies,
            )
    return response
