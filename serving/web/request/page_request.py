"""One request for a page: who asks, whether they may, what they sent, and the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from features.core.text import Text
from features.definition import LeadDefinition
from serving.decisions.suspension import current_suspension
from serving.ledger.access.users import Role, User
from serving.web.access import may_open
from serving.web.figures import Figures
from serving.web.rendering import Around, render
from serving.web.request.flash import DONE_COOKIE, FlashMessage, read_done
from serving.web.request.forms import check_origin, read_form
from serving.web.request.session import FORM_COOKIE, Session, read_visitor, set_cookie
from serving.web.services import PageServices


class SignInNeeded(Exception):
    """Nobody is signed in, and the route is not public."""


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """A request by somebody who may make it."""

    request: Request
    services: PageServices
    session: Session

    @property
    def user(self) -> User:
        """The signed-in person.

        Raises
        ------
        SignInNeeded
            On public pages, while nobody is.
        """
        if self.session.user is None:
            raise SignInNeeded
        return self.session.user

    @cached_property
    def definition(self) -> LeadDefinition:
        """The lead definition in force, looked up once a request."""
        return self.services.definition()

    @property
    def show(self) -> Figures:
        """Shows figures in the visitor's language and the definition's time zone."""
        return Figures(self.session.language, self.definition.zone)

    def page(self, template: str, page: object, *, status: int = 200) -> HTMLResponse:
        """Answer with a page.

        Parameters
        ----------
        template : str
            File name of the template.
        page : object
            Frozen record that the template reads as ``page``.
        status : int
            HTTP status.
        """
        response = render(
            template,
            page,
            session=self.session,
            around=Around(
                here=page_behind(self.request), done=self._done(), notices=self._notices()
            ),
            show=self.show,
            status=status,
        )
        if self.session.user is None and FORM_COOKIE not in self.request.cookies:
            set_cookie(
                response,
                FORM_COOKIE,
                self.session.secret,
                seconds=None,
                secure=self.services.settings.secure_cookies,
            )
        if DONE_COOKIE in self.request.cookies:
            response.delete_cookie(DONE_COOKIE, path="/")
        return response

    def _done(self) -> FlashMessage | None:
        if self.session.user is None:
            return None
        return read_done(self.request, self.services.store, self.session.user)

    def _notices(self) -> tuple[Text, ...]:
        user = self.session.user
        if user is None:
            return ()
        suspended = current_suspension(self.services.store)
        # Sales neither write the file nor decide about it.
        edited = None if user.role is Role.SALES else self.services.file_notice()
        found = (None if suspended is None else suspended.sentence, edited)
        return tuple(notice for notice in found if notice is not None)


def path_of(request: Request) -> str:
    """Path and query of a request."""
    return _with_query(request.url.path, request.url.query)


def page_behind(request: Request) -> str:
    """The page somebody is on: what was asked for, or where the form that was sent stands."""
    return path_of(request) if request.method == "GET" else sender_of(request)


def sender_of(request: Request) -> str:
    """The page of ours whose link or form sent a request; the start where no browser says so."""
    try:
        sender = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return "/"
    if sender.netloc != request.url.netloc:
        return "/"
    return own_path(_with_query(sender.path, sender.query))


def _with_query(path: str, query: str) -> str:
    return path + (f"?{query}" if query else "")


def open_visit(request: Request) -> PageRequest:
    """Let in who may open the route, and nobody else.

    Raises
    ------
    SignInNeeded
        If nobody is signed in and the route is not public.
    HTTPException
        403 if the person's role may not.
    """
    services: PageServices = request.app.state.services
    session = read_visitor(request, services)
    route = request.scope["route"].name
    role = None if session.user is None else session.user.role
    if not may_open(route, role):
        if session.user is None:
            raise SignInNeeded
        raise HTTPException(403)
    return PageRequest(request=request, services=services, session=session)


Opened = Annotated[PageRequest, Depends(open_visit)]


async def _sent_form(request: Request, page_request: Opened) -> Mapping[str, str]:
    form = await read_form(request)
    request.state.form = form  # to be given back, should it not be kept
    check_origin(request, form, page_request.session)
    return form


SentForm = Annotated[Mapping[str, str], Depends(_sent_form)]


def to_sign_in(request: Request) -> RedirectResponse:
    """Send somebody to the sign-in page, and back here afterwards; say if a form was lost."""
    here = page_behind(request)
    query = {} if here == "/" else {"next": here}
    if request.method != "GET" and request.url.path != "/sign-out":
        query |= {"why": "not_saved"}
    return RedirectResponse(_with_query("/sign-in", urlencode(query)), status_code=303)


def own_path(path: str) -> str:
    """A path to go on to, if it is one of ours; the start otherwise.

    Examples
    --------
    >>> own_path("//evil.example"), own_path("/worklist?waiting=1")
    ('/', '/worklist?waiting=1')
    """
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_ours and "\\" not in path else "/"
