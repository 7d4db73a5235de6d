"""The page shown instead of one that cannot be: which words, in whose language, no more.

The page for what nobody expected asks neither database nor workspace, which may be what is broken;
should even that page fail, there is a plain one.
"""

import html
from dataclasses import dataclass
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from features.core.errors import AwaseError
from features.core.text import Text
from serving.api.request_text import TextFault
from serving.api.watched import is_no_database, request_id_of
from serving.web.figures import Figures
from serving.web.rendering import Around, render
from serving.web.request.forms import BadFields, StaleForm, is_from_here, read_form
from serving.web.request.kept_form import KeptForm, keep_form
from serving.web.request.page_request import page_behind
from serving.web.request.session import Session, preferred_language, read_visitor
from serving.web.services import PageServices
from serving.web.words.fault_words import FAULTS, SESSION_ENDED, STALE_FORM


@dataclass(frozen=True, kw_only=True)
class FaultPage:
    """What went wrong, in words.

    Attributes
    ----------
    back : str
        Path of the page the visitor came from with a form; the start otherwise.
    detail : str or None
        One sentence with the next step, where the fault is the visitor's to mend.
    fields : str or None
        Names of the fields that must be mended.
    request_id : str or None
        Under which the log has what happened, where the fault is ours.
    kept : KeptForm or None
        What was typed, to be sent again.
    sign_in : str or None
        Path of the sign-in page, where the session ended.
    """

    status: int
    title: Text
    words: Text
    back: str
    detail: str | None = None
    fields: str | None = None
    request_id: str | None = None
    kept: KeptForm | None = None
    sign_in: str | None = None


async def show_fault(request: Request, fault: Exception) -> Response:
    """Answer with words what the visitor can mend, or cannot have."""
    status, detail = 400, None
    if isinstance(fault, HTTPException):
        status = fault.status_code
    elif isinstance(fault, AwaseError):
        detail = str(fault)
    elif isinstance(fault, RequestValidationError):
        status = 422
    said = STALE_FORM if isinstance(fault, StaleForm) else FAULTS.get(status, FAULTS[400])
    services: PageServices = request.app.state.services
    session = read_visitor(request, services)
    return render(
        "fault.html",
        FaultPage(
            status=status,
            title=said[0],
            words=said[1],
            back=page_behind(request) if request.method != "GET" else "/",
            detail=detail,
            fields=_fields(fault),
            kept=_kept(request, token=session.form_token),
        ),
        session=session,
        around=Around(here=page_behind(request)),
        show=Figures(session.language, ZoneInfo("UTC")),
        status=status,
    )


async def show_session_ended(request: Request) -> Response | None:
    """Give back what was typed on a card when the session had ended; None of any other request."""
    if request.method != "POST" or not is_from_here(request):
        return None
    try:
        request.state.form = await read_form(request)
    except HTTPException:
        return None
    kept = _kept(request)
    if kept is None:
        return None
    services: PageServices = request.app.state.services
    session = read_visitor(request, services)
    return render(
        "fault.html",
        FaultPage(
            status=401,
            title=SESSION_ENDED[0],
            words=SESSION_ENDED[1],
            back="/",
            kept=kept,
            sign_in=f"/sign-in?{urlencode({'next': page_behind(request)})}",
        ),
        session=session,
        around=Around(here=page_behind(request)),
        show=Figures(session.language, ZoneInfo("UTC")),
        status=401,
    )


def _kept(request: Request, *, token: str | None = None) -> KeptForm | None:
    form = request.scope.get("state", {}).get("form")
    # What another site sent is nobody's typing.
    if form is None or not is_from_here(request):
        return None
    path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii", "replace")
    return keep_form(path, form, token=token)


def _fields(fault: Exception) -> str | None:
    """Names of the fields or parameters that must be mended."""
    names: tuple[str, ...] = ()
    if isinstance(fault, BadFields):
        names = fault.names
    elif isinstance(fault, RequestValidationError):
        names = tuple(str(found["loc"][-1]) for found in fault.errors())
    return ", ".join(dict.fromkeys(names)) or None


async def refuse_address(scope: Scope, fault: TextFault) -> Response:
    """Answer a request whose address is no clean text."""
    return await show_fault(Request(readable(scope)), BadFields((fault.name,)))


def readable(scope: Scope) -> Scope:
    """A request as far as it can be shown: its address may be what is wrong with it."""
    headers = [header for header in scope["headers"] if header[0] not in (b"host", b"referer")]
    return {**scope, "path": "/", "raw_path": b"/", "query_string": b"", "headers": headers}


async def show_defect(scope: Scope, error: Exception) -> Response:
    """Answer a request that met an error nobody handled; :class:`Watched` has logged it."""
    status = 503 if is_no_database(error) else 500
    request_id = request_id_of(scope)
    try:
        language = preferred_language(Headers(scope=scope).get("accept-language", ""))
        title, words = FAULTS[500]
        return render(
            "fault.html",
            FaultPage(
                status=status,
                title=title,
                words=words,
                back="/",
                request_id=request_id,
                kept=_kept(Request(scope)),
            ),
            session=Session(user=None, language=language, secret=""),
            around=Around(here="/"),
            show=Figures(language, ZoneInfo("UTC")),
            status=status,
        )
    except Exception:  # noqa: BLE001 (whatever it was: the visitor is told)
        return HTMLResponse(_plain(request_id), status_code=status)


def _plain(request_id: str) -> str:
    """The page when no page can be made: nothing in it can fail."""
    title, words = FAULTS[500]
    lines = (title.ja, words.ja, title.en, words.en, request_id)
    told = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    return f'<!doctype html><html lang="ja"><meta charset="utf-8"><title>Awase</title>{told}</html>'
