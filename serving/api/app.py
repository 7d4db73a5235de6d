"""The application under ``/v1``: routes, limits, documentation, and problems in place of errors."""

import time

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.limits import MOST_BYTES, MOST_EVENTS, BodyLimit
from serving.api.problems import install_handlers
from serving.api.routes import read as reading
from serving.api.routes import write as storing
from serving.api.services import ApiServices

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
    api.add_middleware(BodyLimit)
    api.add_middleware(Counting, api_services=api_services)
    for part in (reading, storing):  # the busiest route comes first
        # Not `include_router`, which hides the routes from the test that checks every one's rule.
        api.router.routes.extend(part.router.routes)
    return api


class Counting:
    """Counts every answered request by route and status, and how long it took."""

    def __init__(self, app: ASGIApp, *, api_services: ApiServices) -> None:
        self._app = app
        self._metrics = api_services.metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and count it when its answer begins."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = scope.get("route")
                name = route.name if isinstance(route, APIRoute) else "none"
                self._metrics.finished(name, message["status"], time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, counting)
