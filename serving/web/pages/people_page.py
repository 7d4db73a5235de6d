"""Who may sign in, for administrators: accounts made, changed, closed and opened again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Query
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from features.core.errors import LeadDataError
from features.core.text import Text
from serving.ledger.access.sessions import ListedSession, end_sessions, list_sessions
from serving.ledger.access.users import (
    Role,
    User,
    change_user,
    disable_user,
    list_users,
    read_user,
    reopen_user,
    set_totp,
)
from serving.web.access import PageRouter
from serving.web.request.forms import BadFields
from serving.web.request.page_request import Opened, PageRequest, SentForm
from serving.web.sign_in.accounts import LONGEST_NAME, NewAccount, make_password_link, make_user
from serving.web.sign_in.passwords import unlock
from serving.web.words.page_words import ROLE_NAMES

router = PageRouter()

Told = Literal["changed", "closed", "reopened", "unlocked", "sessions_ended", "factor_off"]
"""Names of the words that say what was just done."""

ACTIONS: Mapping[str, Told] = {
    "change": "changed",
    "close": "closed",
    "reopen": "reopened",
    "unlock": "unlocked",
    "end_sessions": "sessions_ended",
    "factor_off": "factor_off",
}
"""What a form may ask for, and what is told afterwards; ``link`` shows a link instead."""


@dataclass(frozen=True, kw_only=True)
class PeoplePage:
    """All accounts, each with its role in words and how many sessions are open.

    Attributes
    ----------
    fault : str or None
        Name of the words that say why an account was not made.
    """

    people: tuple[tuple[User, Text, int], ...]
    roles: tuple[tuple[Role, Text], ...]
    fault: str | None = None


@dataclass(frozen=True, kw_only=True)
class PersonPage:
    """One account.

    Attributes
    ----------
    is_own : bool
        Whether it is the visitor's: nobody shuts themselves out.
    link : str or None
        One-time link just made, shown once.
    """

    user: User
    roles: tuple[tuple[Role, Text], ...]
    sessions: tuple[ListedSession, ...]
    is_own: bool
    link: str | None = None
    told: str | None = None


@router.page("/people", name="people", roles={Role.ADMIN})
def people(page_request: Opened) -> Response:
    """Show all accounts."""
    return _list(page_request)


@router.page("/people", name="add_person", roles={Role.ADMIN}, method="POST")
def add_person(page_request: Opened, form: SentForm) -> Response:
    """Make an account and show the link by which its owner sets a password."""
    store, by = page_request.services.store, page_request.user.login
    wanted = NewAccount(
        login=form.get("login", ""),
        name=form.get("name", ""),
        role=_role(form),
        team=_team(form),
    )
    try:
        user = make_user(store, wanted, None, by=by)
    except LeadDataError:
        return _list(page_request, fault="login_taken")
    return _person(page_request, user, link=_link(page_request, user))


@router.page("/people/{login}", name="person", roles={Role.ADMIN})
def person(
    page_request: Opened, login: str, done: Annotated[Told | None, Query()] = None
) -> Response:
    """Show one account."""
    return _person(page_request, _find(page_request, login), told=done)


@router.page("/people/{login}", name="send_person", roles={Role.ADMIN}, method="POST")
def send_person(page_request: Opened, form: SentForm, login: str) -> Response:
    """Change one account in one of the ways its page offers."""
    user, action = _find(page_request, login), form.get("action", "")
    if action == "link":
        if user.disabled_at is not None:
            raise HTTPException(400)
        return _person(page_request, user, link=_link(page_request, user))
    told = ACTIONS.get(action)
    if told is None:
        raise HTTPException(400)
    _act(page_request, user, action, form=form)
    return RedirectResponse(f"/people/{login}?done={told}", status_code=303)


def _act(page_request: PageRequest, user: User, action: str, *, form: Mapping[str, str]) -> None:
    store, by = page_request.services.store, page_request.user.login
    if user.login == by and action in ("change", "close"):
        raise HTTPException(403)
    if action == "change":
        name = form.get("name", "").strip()
        if not 1 <= len(name) <= LONGEST_NAME:
            raise BadFields(("name",))
        change_user(store, user.login, by=by, role=_role(form), name=name, team=_team(form))
    elif action == "close":
        disable_user(store, user.login, by=by)
    elif action == "reopen":
        reopen_user(store, user.login, by=by)
    elif action == "unlock":
        unlock(store, user.login, by=by)
    elif action == "end_sessions":
        end_sessions(store, user.login, by=by)
    else:
        set_totp(store, user.login, None, by=by)


def _role(form: Mapping[str, str]) -> Role:
    try:
        return Role(form.get("role", ""))
    except ValueError:
        raise BadFields(("role",)) from None


def _team(form: Mapping[str, str]) -> str | None:
    team = form.get("team", "").strip()
    if len(team) > LONGEST_NAME:
        raise BadFields(("team",))
    return team or None


def _find(page_request: PageRequest, login: str) -> User:
    user = read_user(page_request.services.store, login)
    if user is None:
        raise HTTPException(404)
    return user


def _link(page_request: PageRequest, user: User) -> str:
    """The whole address: it is copied into a message."""
    services = page_request.services
    path = make_password_link(services.store, user.login, by=page_request.user.login)
    public = services.workspace.public_url or str(page_request.request.base_url)
    return public.rstrip("/") + path


def _list(page_request: PageRequest, *, fault: str | None = None) -> Response:
    services = page_request.services
    sessions = list_sessions(services.store, idle=services.settings.session_idle)
    signed_in = [one.login for one in sessions]
    page = PeoplePage(
        people=tuple(
            (user, ROLE_NAMES[user.role], signed_in.count(user.login))
            for user in list_users(services.store)
        ),
        roles=tuple(ROLE_NAMES.items()),
        fault=fault,
    )
    return page_request.page("people.html", page, status=200 if fault is None else 422)


def _person(
    page_request: PageRequest, user: User, *, link: str | None = None, told: str | None = None
) -> Response:
    services = page_request.services
    idle = services.settings.session_idle
    page = PersonPage(
        user=user,
        roles=tuple(ROLE_NAMES.items()),
        sessions=list_sessions(services.store, idle=idle, login=user.login),
        is_own=user.login == page_request.user.login,
        link=link,
        told=told,
    )
    return page_request.page("person.html", page)
