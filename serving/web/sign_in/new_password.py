"""Setting a password of one's own, by a link that works once."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from features.core.errors import LeadDataError
from serving.ledger.access.one_time_tokens import Purpose, read_token, use_token
from serving.ledger.access.sessions import hash_token
from serving.ledger.access.users import User, set_password
from serving.web.access import PageRouter
from serving.web.request.page_request import Opened, PageRequest, SentForm
from serving.web.sign_in.passwords import SHORTEST_PASSWORD, TooManyTries, check_new_password

router = PageRouter()


@dataclass(frozen=True, kw_only=True)
class NewPasswordPage:
    """The form for a new password.

    Attributes
    ----------
    path : str
        Where the form is sent.
    fault : str or None
        Name of the words that say why the last attempt did not work.
    """

    login: str
    path: str
    shortest: int = SHORTEST_PASSWORD
    fault: str | None = None


# Who has the link is its owner.
@router.page("/set-password/{token}", name="new_password", public=True)
def new_password(page_request: Opened, token: str) -> Response:
    """Show the form to whom the link was given."""
    return _form(page_request, _owner(page_request, token), token)


@router.page("/set-password/{token}", name="send_new_password", public=True, method="POST")
async def send_new_password(page_request: Opened, form: SentForm, token: str) -> Response:
    """Set the password, use the link up, end all sessions, and go to sign in."""
    user = await run_in_threadpool(_owner, page_request, token)
    password = form.get("password", "")
    fault = find_password_fault(user, password, form.get("again", ""))
    if fault is None:
        try:
            hashed = await page_request.services.passwords.hash(password)
        except TooManyTries:
            fault = "sign_in_paused"
    if fault is not None:
        return await run_in_threadpool(_form, page_request, user, token, fault=fault)
    return await run_in_threadpool(_set, page_request, user, token, hashed)


def find_password_fault(user: User, password: str, again: str) -> str | None:
    """Name of the words that say what is wrong with a new password; None if nothing is.

    Parameters
    ----------
    user : User
    password, again : str
        As typed twice.
    """
    if password != again:
        return "passwords_differ"
    try:
        check_new_password(user.login, password)
    except LeadDataError:
        return "password_weak"
    return None


def _owner(page_request: PageRequest, token: str) -> User:
    user = read_token(page_request.services.store, hash_token(token), Purpose.PASSWORD)
    if user is None:
        raise HTTPException(404)
    return user


def _set(page_request: PageRequest, user: User, token: str, hashed: str) -> Response:
    store = page_request.services.store
    if not use_token(store, hash_token(token)):
        raise HTTPException(404)
    set_password(store, user.login, hashed, by=user.login, must_set=False)
    return RedirectResponse("/sign-in?why=password_set", status_code=303)


def _form(
    page_request: PageRequest, user: User, token: str, *, fault: str | None = None
) -> Response:
    page = NewPasswordPage(login=user.login, path=f"/set-password/{token}", fault=fault)
    return page_request.page("new_password.html", page, status=200 if fault is None else 422)
