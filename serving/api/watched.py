"""What happens to every request, whatever it asks for: a number, a count, and an end.

Why errors end here and not in the framework's outermost layer: that one raises them again, so that
the server logs them a second time, with a text that may hold data of a person.
"""

import logging
import secrets
import time
import traceback
from collections.abc import Awaitable, Callable

from fastapi.routing import APIRoute
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.metrics import ServiceMetrics

LOG = logging.getLogger("awase.requests")

REQUEST_ID_HEADER = "X-Request-ID"
_REQUEST_ID_BYTES = 6

Answer = Callable[[Scope, Exception], Awaitable[ASGIApp]]
"""Makes the answer to a request that met an error nobody expected."""


class Watched:
    """Numbers every request, counts its answer, and answers what nobody else answered."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: ServiceMetrics,
        answer: Answer,
        prefix: str = "",
        but_not: str | None = None,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._answer = answer
        self._prefix = prefix
        self._but_not = but_not

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; paths under ``but_not`` are somebody else's to watch."""
        if scope["type"] != "http" or self._is_elsewhere(scope):
            await self._app(scope, receive, send)
            return
        began, has_begun = time.perf_counter(), False
        request_id = secrets.token_hex(_REQUEST_ID_BYTES)
        scope.setdefault("state", {})["request_id"] = request_id

        async def counting(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
                seconds = time.perf_counter() - began
                self._metrics.finished(self._route(scope), message["status"], seconds)
            await send(message)

        try:
            await self._app(scope, receive, counting)
        except ClientDisconnect:
            return  # nobody is there to be told
        except Exception as error:  # noqa: BLE001 (the edge of the program)
            self._log(scope, error)
            if not has_begun:
                await (await self._answer(scope, error))(scope, receive, counting)

    def _is_elsewhere(self, scope: Scope) -> bool:
        return self._but_not is not None and str(scope["path"]).startswith(self._but_not)

    def _route(self, scope: Scope) -> str:
        route = scope.get("route")
        return f"{self._prefix}{route.name if isinstance(route, APIRoute) else 'none'}"

    def _log(self, scope: Scope, error: Exception) -> None:
        """Write down the kind and the place, once; the text may hold data of a person."""
        told = (type(error).__name__, request_id_of(scope), self._route(scope))
        if is_no_database(error):
            LOG.warning("no database: %s in request %s to %s", *told)
            return
        place = "".join(traceback.format_tb(error.__traceback__))
        LOG.error("unexpected %s in request %s to %s\n%s", *told, place)


def request_id_of(scope: Scope) -> str:
    """The number under which a request is found in the log."""
    return str(scope.get("state", {}).get("request_id", ""))


def is_no_database(error: Exception) -> bool:
    """Whether the database did not answer, which may pass."""
    return isinstance(error, OperationalError | InterfaceError | TimeoutError)
