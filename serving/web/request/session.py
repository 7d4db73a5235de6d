"""Who is asking: the signed-in person, the language, and the token their forms carry.

The session cookie holds 32 random bytes and nothing else; the store knows their SHA-256. The token
of forms is derived from the same bytes, so that another site, which cannot read the cookie, cannot
send a form in somebody's name. Before signing in, a cookie of its own does the same for that form.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from features.core.text import LANGUAGES, Language
from serving.ledger.access.sessions import hash_token, read_session, touch_session
from serving.ledger.access.users import User
from serving.web.services import PageServices

SESSION_COOKIE = "awase_session"
FORM_COOKIE = "awase_form"
LANGUAGE_COOKIE = "awase_language"

LANGUAGE_KEPT_SECONDS = 365 * 86_400

DEFAULT_LANGUAGE: Language = "ja"


@dataclass(frozen=True, kw_only=True)
class Session:
    """Who is asking.

    Attributes
    ----------
    user : User or None
        None: nobody is signed in.
    secret : str
        What the token of forms is derived from; a new one if the browser sent none.
    """

    user: User | None
    language: Language
    secret: str

    @property
    def form_token(self) -> str:
        """What every form of this visitor carries."""
        return hmac.new(self.secret.encode(), b"form", hashlib.sha256).hexdigest()

    def owns(self, token: str) -> bool:
        """Whether a form carried this visitor's token."""
        return hmac.compare_digest(token.encode(), self.form_token.encode())


def read_visitor(request: Request, services: PageServices) -> Session:
    """Who sent a request; that their session is in use is written down."""
    token = request.cookies.get(SESSION_COOKIE)
    user = _signed_in(token, services) if token else None
    secret = token if user is not None else request.cookies.get(FORM_COOKIE)
    return Session(
        user=user, language=language_of(request, user), secret=secret or secrets.token_urlsafe(32)
    )


def _signed_in(token: str, services: PageServices) -> User | None:
    token_hash = hash_token(token)
    opened = read_session(services.store, token_hash, idle=services.settings.session_idle)
    if opened is None:
        return None
    if opened.is_stale:
        services.writer.write(partial(touch_session, token_hash=token_hash), patience=0)
    return opened.user


def set_cookie(
    response: Response, name: str, value: str, *, seconds: int | None, secure: bool
) -> None:
    """Set a cookie that scripts cannot read and other sites do not send along.

    Parameters
    ----------
    response : Response
    name : str
    value : str
    seconds : int or None
        How long the browser keeps it; None: until the browser is closed.
    secure : bool
        Whether the browser sends it over https only.
    """
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure, path="/"
    )


def language_of(request: Request, user: User | None) -> Language:
    """The language that was chosen, or else that of the person or the browser."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    for language in LANGUAGES:
        if language == chosen:
            return language
    if user is not None and user.language is not None:
        return user.language
    return preferred_language(request.headers.get("accept-language", ""))


def preferred_language(header: str) -> Language:
    """The language a browser likes best, of an Accept-Language header.

    Examples
    --------
    >>> preferred_language("fr;q=0.9, en-GB;q=0.8, ja;q=0.3")
    'en'
    """
    wishes = [
        (_quality(quality), language)
        for tag, _, quality in (wish.strip().partition(";q=") for wish in header.split(",")[:20])
        for language in LANGUAGES
        if tag.lower().split("-")[0] == language
    ]
    # `max` keeps the first of equals, which is the order in which the browser named them.
    return max(wishes, key=lambda wish: wish[0], default=(0.0, DEFAULT_LANGUAGE))[1]


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
