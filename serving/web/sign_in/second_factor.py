"""The second step of signing in: a code of an authenticator app (RFC 6238).

A code opens once: whoever looked over a shoulder comes too late. Wrong codes count as wrong
passwords do.
"""

import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pyotp
from starlette.responses import RedirectResponse, Response

from serving.ledger.access.one_time_tokens import Purpose, add_token, read_token, use_token
from serving.ledger.access.sessions import hash_token
from serving.ledger.access.sign_in_attempts import forget_attempts, reserve_attempt
from serving.ledger.access.users import User, take_totp_step
from serving.web.access import PageRouter
from serving.web.request.page_request import Opened, PageRequest, SentForm, own_path
from serving.web.request.session import set_cookie
from serving.web.sign_in.opening import open_session
from serving.web.sign_in.passwords import LIMITS, address_of, hash_login

router = PageRouter()

CODE_COOKIE = "awase_code"
CODE_LASTS = timedelta(minutes=5)
"""Between the password and the code."""

STEP_SECONDS = 30
STEPS_APART = 1
"""How many half minutes the clocks of telephone and server may differ."""

ISSUER = "Awase"


@dataclass(frozen=True, kw_only=True)
class CodePage:
    """The form for a code."""

    onward: str
    fault: str | None = None


def ask_for_code(page_request: PageRequest, user: User, onward: str) -> Response:
    """Go on to the second step, once the password was right.

    Parameters
    ----------
    page_request : PageRequest
    user : User
        Who has an authenticator app.
    onward : str
        Path of the page to open afterwards.
    """
    token = secrets.token_urlsafe(32)
    add_token(
        page_request.services.store,
        user.login,
        token_hash=hash_token(token),
        purpose=Purpose.CODE,
        lasts=CODE_LASTS,
        by=user.login,
    )
    response = page_request.page("sign_in_code.html", CodePage(onward=onward))
    seconds = int(CODE_LASTS.total_seconds())
    secure = page_request.services.settings.secure_cookies
    set_cookie(response, CODE_COOKIE, token, seconds=seconds, secure=secure)
    return response


@router.page("/sign-in/code", name="send_sign_in_code", public=True, method="POST")
def send_sign_in_code(page_request: Opened, form: SentForm) -> Response:
    """Sign in, or say that the code is wrong."""
    store = page_request.services.store
    token_hash = hash_token(page_request.request.cookies.get(CODE_COOKIE, ""))
    user = read_token(store, token_hash, Purpose.CODE)
    if user is None:
        return RedirectResponse("/sign-in?why=code_late", status_code=303)
    counted = {
        "login_hash": hash_login(f"code {user.login}"),
        "address": address_of(page_request.request),
    }
    if not reserve_attempt(store, **counted, limits=LIMITS):
        return _again(page_request, form, "sign_in_paused", status=429)
    if not takes_code(page_request, user, form.get("code", "")):
        return _again(page_request, form, "code_wrong", status=401)
    if not use_token(store, token_hash):
        return RedirectResponse("/sign-in?why=code_late", status_code=303)
    forget_attempts(store, **counted)
    response = open_session(page_request, user, own_path(form.get("next", "/")))
    response.delete_cookie(CODE_COOKIE, path="/")
    return response


def takes_code(page_request: PageRequest, user: User, code: str) -> bool:
    """Whether a code is the app's of now, and was not used before; it is used up by asking.

    Parameters
    ----------
    page_request : PageRequest
    user : User
    code : str
        As it was typed.
    """
    step = None if user.totp_secret is None else find_step(user.totp_secret, code)
    return step is not None and take_totp_step(page_request.services.store, user.login, step)


def find_step(secret: str, code: str, *, at: float | None = None) -> int | None:
    """Half minute whose code this is, of those near an instant; None if it is none of them.

    Parameters
    ----------
    secret : str
        In base 32.
    code : str
        Six digits; spaces do not count.
    at : float, optional
        Seconds since 1970; now unless given.
    """
    typed = "".join(code.split()).encode()
    now = int(time.time() if at is None else at) // STEP_SECONDS
    app = pyotp.TOTP(secret)
    found = None
    for step in range(now - STEPS_APART, now + STEPS_APART + 1):
        if hmac.compare_digest(typed, app.generate_otp(step).encode()):
            found = step
    return found


def new_secret() -> str:
    """A secret for an authenticator app, in base 32."""
    return pyotp.random_base32()


def app_address(user: User, secret: str) -> str:
    """Address that opens an authenticator app on a telephone.

    Parameters
    ----------
    user : User
    secret : str
        In base 32.
    """
    return pyotp.TOTP(secret).provisioning_uri(name=user.login, issuer_name=ISSUER)


def _again(
    page_request: PageRequest, form: Mapping[str, str], fault: str, *, status: int
) -> Response:
    page = CodePage(onward=own_path(form.get("next", "/")), fault=fault)
    return page_request.page("sign_in_code.html", page, status=status)
