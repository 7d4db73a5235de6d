"""How much a request may bring, and how many a key may make."""

import math
import threading
import time
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.problems import Problem, as_response

MOST_BYTES = 1024 * 1024
"""Bytes of a body: a thousand events fit, with room to spare."""

MOST_EVENTS = 1_000
"""Events of one batch; all of them are one transaction."""

MOST_FACTS = 200
"""Facts of one request."""

LONGEST_ID = 200
LONGEST_VALUE = 10_000
LONGEST_WORD = 500

_MOST_KEYS = 10_000


class BodyLimit:
    """Reads every body before it is looked at, up to the limit; beyond it the answer is 413."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its whole body, or refuse it."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > MOST_BYTES:
                await _too_large()(scope, receive, send)
                return
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, replay, send)


def _too_large() -> ASGIApp:
    msg = f"a body holds at most {MOST_BYTES:,} bytes; got more. Send it in parts."
    return as_response(
        Problem(status=413, kind="too-large", detail=msg, headers={"Connection": "close"})
    )


@dataclass(kw_only=True)
class RateLimit:
    """A bucket of requests per key, refilled steadily; a second's worth may come at once."""

    per_second: int
    _filled: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str) -> int:
        """Take one request; 0 if there was one, else the seconds to wait."""
        now = time.monotonic()
        with self._lock:
            level, since = self._filled.get(key, (float(self.per_second), now))
            level = min(level + (now - since) * self.per_second, float(self.per_second))
            if level < 1:
                self._filled[key] = (level, now)
                return math.ceil((1 - level) / self.per_second)
            if len(self._filled) > _MOST_KEYS:
                self._filled.clear()
            self._filled[key] = (level - 1, now)
            return 0
