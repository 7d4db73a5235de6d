"""The application under ``/v1``: routes, limits, documentation, and problems in place of errors."""

from fastapi import FastAPI
from starlette.types import ASGIApp, Scope

from serving.api.limits import MOST_BYTES, MOST_EVENTS, BodyLimit
from serving.api.problems import (
    RequestFault,
    as_response,
    install_handlers,
    invalid,
    unexpected,
)
from serving.api.request_text import CheckedAddress, TextFault
from serving.api.routes import read as reading
from serving.api.routes import write as storing
from serving.api.services import ApiServices
from serving.api.watched import Watched

VERSION = "1"

DESCRIPTION = f"""
Events and facts in, decisions with reasons out. Every request carries the header
`Authorization: Bearer <key>`; make keys with `awase key create`. Bodies hold at most {MOST_BYTES:,}
bytes, a batch at most {MOST_EVENTS:,} events. Errors are problem details (RFC 9457) that name the
field.
"""


def create_api(api_services: ApiServices) -> FastAPI:
    """The API on a station."""
    api = FastAPI(
        title="Awase",
        version=VERSION,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        servers=[{"url": "/v1"}],
        redirect_slashes=False,
    )
    api.state.api_services = api_services
    install_handlers(api)
    api.add_middleware(CheckedAddress, refuse=_refuse)
    api.add_middleware(BodyLimit)
    api.add_middleware(Watched, metrics=api_services.metrics, answer=unexpected)
    for part in (reading, storing):  # the busiest route comes first
        # Not `include_router`, which hides the routes from the test that checks every one's rule.
        api.router.routes.extend(part.router.routes)
    return api


async def _refuse(_: Scope, fault: TextFault) -> ASGIApp:
    return as_response(invalid([RequestFault(pointer=fault.name, detail=fault.must)]))
