"""The page shown instead of one that cannot be: which words, in whose language, no more."""

import logging
import traceback
from dataclasses import dataclass

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from features.core.errors import AwaseError
from features.core.text import Text
from serving.web.figures import Figures
from serving.web.headers import HEADERS
from serving.web.rendering import Around, render
from serving.web.request.forms import StaleForm
from serving.web.request.page_request import page_behind
from serving.web.request.session import Session, preferred_language, read_visitor
from serving.web.services import PageServices
from serving.web.words.page_words import FAULTS, STALE_FORM

LOG = logging.getLogger("awase.web")


@dataclass(frozen=True, kw_only=True)
class FaultPage:
    """What went wrong, in words.

    Attributes
    ----------
    back : str
        Path of the page the visitor came from with a form; the start otherwise.
    detail : str or None
        One sentence with the next step, where the fault is the visitor's to mend.
    """

    status: int
    title: Text
    words: Text
    back: str
    detail: str | None


async def show_fault(request: Request, fault: Exception) -> Response:
    """Answer with words instead of a traceback; what was unexpected goes to the log."""
    status, detail = 500, None
    if isinstance(fault, HTTPException):
        status = fault.status_code
    elif isinstance(fault, AwaseError):
        status, detail = 400, str(fault)
    elif isinstance(fault, RequestValidationError):
        status = 422
    else:
        # Its text may hold data of a person; the log gets the kind and the place.
        place = "".join(traceback.format_tb(fault.__traceback__))
        LOG.error("unexpected %s\n%s", type(fault).__name__, place)
    said = STALE_FORM if isinstance(fault, StaleForm) else FAULTS.get(status, FAULTS[400])
    back = page_behind(request) if request.method != "GET" else "/"
    services: PageServices = request.app.state.services
    session = _visitor(request, services, is_broken=status == 500)
    response = render(
        "fault.html",
        FaultPage(status=status, title=said[0], words=said[1], back=back, detail=detail),
        session=session,
        around=Around(here=page_behind(request)),
        show=Figures(session.language, services.definition().zone),
        status=status,
    )
    if status == 500:  # answered outside the middleware that adds them otherwise
        response.headers.update(HEADERS)
    return response


def _visitor(request: Request, services: PageServices, *, is_broken: bool) -> Session:
    if is_broken:  # perhaps the store itself
        language = preferred_language(request.headers.get("accept-language", ""))
        return Session(user=None, language=language, secret="")
    return read_visitor(request, services.store)
