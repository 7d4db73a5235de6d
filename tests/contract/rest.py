"""An account behind a real socket: tokens, and the faults a test asks for."""

import asyncio
import json
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl

import uvicorn

from tests.patience import PATIENCE


@dataclass
class Call:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    body: Any

    @property
    def key(self) -> str:
        return json.dumps([self.method, self.path, self.query, self.body], sort_keys=True)


@dataclass
class Faults:
    """What goes wrong, and when."""

    cut_first_of_each: bool = False
    """Every request is carried out and its answer cut short; the second time it is answered."""
    cut_before: set[str] = field(default_factory=set)
    answers: deque[tuple[int, dict[str, str], dict[str, Any]]] = field(default_factory=deque)
    """Answers given instead of the next ones: status, headers, body."""
    token_valid_for: int | None = None
    """Requests until the token expires."""
    on_call: Callable[[int, Call], None] | None = None
    """Told the number of each request, before it is carried out."""
    lost_after: int | None = None
    """From this request on the answer is lost after the work was done."""


class RestServer(ABC):
    """One account, served; a vendor says how its token is shown and what it answers."""

    header: ClassVar[str]
    token: ClassVar[str]

    def __init__(self, account: Any) -> None:
        self.account = account
        self.faults = Faults()
        self.calls: list[Call] = []
        self.remember = True
        self.url = ""

    @abstractmethod
    def now(self) -> float:
        """Second that the account's clock shows."""

    @abstractmethod
    def respond(self, call: Call) -> tuple[int, Any]:
        """Status and body of the answer to a request."""

    @abstractmethod
    def expired(self) -> Any:
        """Body of the answer to a token that is valid no more."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        call = await _read(scope, receive)
        if self.remember:
            self.calls.append(call)
        if self.faults.on_call is not None:
            self.faults.on_call(len(self.calls), call)
        status, headers, body = self._answer(scope, call)
        cut = self.faults.cut_first_of_each and call.key not in self.faults.cut_before
        if cut:
            self.faults.cut_before.add(call.key)
        lost = self.faults.lost_after is not None and len(self.calls) > self.faults.lost_after
        headers = {"date": formatdate(self.now(), usegmt=True), **headers}
        await _send(send, status, headers, body, cut=cut or lost)

    def _answer(self, scope: dict[str, Any], call: Call) -> tuple[int, dict[str, str], Any]:
        given = dict(scope["headers"]).get(self.header.encode(), b"").decode()
        expired = self.faults.token_valid_for
        if expired is not None:
            self.faults.token_valid_for = expired - 1
        if given != self.token or (expired is not None and expired <= 0):
            return 401, {}, self.expired()
        if self.faults.answers:
            return self.faults.answers.popleft()
        status, body = self.respond(call)
        return status, {}, body


async def _read(scope: dict[str, Any], receive: Any) -> Call:
    content = b""
    while True:
        message = await receive()
        content += message.get("body", b"")
        if not message.get("more_body"):
            break
    return Call(
        method=scope["method"],
        path=scope["path"].rstrip("/"),
        query=dict(parse_qsl(scope["query_string"].decode())),
        body=json.loads(content) if content else {},
    )


async def _send(send: Any, status: int, headers: dict[str, str], body: Any, *, cut: bool) -> None:
    content = b"" if body is None else json.dumps(body).encode()
    given = {"content-type": "application/json", **headers}
    length = len(content) + (100 if cut else 0)
    if status != 204:
        given["content-length"] = str(length)
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(k.encode(), v.encode()) for k, v in given.items()],
        }
    )
    await send({"type": "http.response.body", "body": content, "more_body": cut})
    if cut:
        raise ConnectionAbortedError


S = TypeVar("S", bound=RestServer)


@contextmanager
def served(application: S) -> Iterator[S]:
    """An account on a port of this machine, until the block ends."""
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            host="127.0.0.1",
            port=0,
            log_level="critical",
            ws="none",
            lifespan="off",
            server_header=False,
            date_header=False,
        )
    )
    thread = threading.Thread(target=_run, args=(server,), daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            msg = "the server must start; its thread ended"
            raise RuntimeError(msg)
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    application.url = f"http://127.0.0.1:{port}"
    try:
        yield application
    finally:
        server.should_exit = True
        thread.join(timeout=PATIENCE)


def _run(server: uvicorn.Server) -> None:
    asyncio.run(server.serve())
