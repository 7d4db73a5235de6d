"""The page shown instead of one that cannot be: which words, in whose language, no more.

The page for what nobody expected asks neither database nor workspace, which may be what is broken;
should even that page fail, there is a plain one.
"""

import html
from dataclasses import dataclass
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
from serving.web.request.forms import BadFields, StaleForm
from serving.web.request.page_request import page_behind
from serving.web.request.session import Session, preferred_language, read_visitor
from serving.web.services import PageServices
from serving.web.words.page_words import FAULTS, STALE_FORM


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
    """

    status: int
    title: Text
    words: Text
    back: str
    detail: str | None = None
    fields: str | None = None
    request_id: str | None = None


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
        ),
        session=session,
        around=Around(here=page_behind(request)),
        show=Figures(session.language, ZoneInfo("UTC")),
        status=status,
    )


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
            FaultPage(status=status, title=title, words=words, back="/", request_id=request_id),
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
