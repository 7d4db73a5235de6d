"""Forms as they arrive: small, in UTF-8, from our own pages.

Read here and not with a multipart parser: Awase's forms send no files, and the limits stand where
they can be seen.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

from serving.api.request_text import TextFault, parse_pairs
from serving.web.request.session import Session

MOST_BYTES = 64 * 1024
MOST_FIELDS = 80
TOKEN_FIELD = "form_token"

FORM_TYPE = "application/x-www-form-urlencoded"


class StaleForm(HTTPException):
    """A form that is not one of this visitor's pages of now; nothing of it was kept."""

    def __init__(self) -> None:
        super().__init__(403)


class BadFields(HTTPException):
    """Fields of a form or parameters of an address that do not hold what they must."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(422)
        self.names = names


async def read_form(request: Request) -> Mapping[str, str]:
    """Fields of a form by name; the last of two with one name counts.

    Raises
    ------
    HTTPException
        If the body is no form of ours: another type, or too large.
    BadFields
        If a field is not clean text in UTF-8.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != FORM_TYPE:
        raise HTTPException(415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413)
    if not body.isascii():
        raise HTTPException(400)
    try:
        return dict(parse_pairs(bytes(body), longest=MOST_BYTES, most=MOST_FIELDS))
    except TextFault as fault:
        raise BadFields((fault.name,)) from None


def check_origin(request: Request, form: Mapping[str, str], session: Session) -> None:
    """Refuse a form that did not come from a page of ours.

    Parameters
    ----------
    request : Request
    form : mapping from str to str
        Fields of the form.
    session : Session
        Who sends it.

    Raises
    ------
    StaleForm
        If its token is not the visitor's, or the browser says another site sent it.
    """
    if not is_from_here(request) or not session.owns(form.get(TOKEN_FIELD, "")):
        raise StaleForm


def is_from_here(request: Request) -> bool:
    """Whether the browser says that our own page sent a form; older ones say only which site."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return True
    public = request.app.state.services.workspace.public_url
    # Behind a proxy only the settings may know the name by which browsers know us.
    ours = {request.url.netloc, *(() if public is None else (urlsplit(public).netloc,))}
    return origin.partition("://")[2] in ours
