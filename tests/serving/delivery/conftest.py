"""A real receiver on this machine that answers, stalls, hangs up or redirects as it is told."""

import base64
import hashlib
import hmac
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest


def answer(status: int, body: bytes = b"", **headers: str) -> Callable[[Any], None]:
    def send(handler: Any) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return send


def hang_up(handler: Any) -> None:
    """End the connection without a word."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def stall(handler: Any) -> None:
    """Say nothing until the sender has gone; hang up on one that waits for ever."""
    handler.connection.settimeout(60)
    with suppress(OSError):
        handler.connection.recv(1)
    hang_up(handler)


def drip(handler: Any) -> None:
    """Send a byte at a time, each soon enough, and hang up on whoever reads all of them."""
    handler.send_response(500)
    handler.send_header("Content-Length", "200")
    handler.end_headers()
    try:
        for _ in range(100):
            handler.wfile.write(b".")
            handler.wfile.flush()
            time.sleep(0.1)
        hang_up(handler)
    except OSError:
        handler.close_connection = True


@dataclass
class Receiver:
    """What came, and what is to be answered next; 204 once nothing is left to say."""

    url: str = ""
    answers: list[Callable[[Any], None]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def will(self, *answers: Callable[[Any], None]) -> None:
        """Say these to the next requests, one each."""
        self.answers.extend(answers)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body after its headers would wait 40 ms for an answer

    def do_POST(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with receiver.lock:
            receiver.bodies.append(body)
            receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
            receiver.ids.append(self.headers["webhook-id"])
            say = receiver.answers.pop(0) if receiver.answers else answer(204)
        say(self)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on standard error."""


@pytest.fixture
def says() -> SimpleNamespace:
    """What a receiver may say."""
    return SimpleNamespace(answer=answer, hang_up=hang_up, stall=stall, drip=drip)


@pytest.fixture
def signed_by() -> Callable[[str, dict[str, str], bytes], bool]:
    """Verify a signature from the specification's words, not with the code under test."""
    return _signed_by


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.receiver = Receiver(url=f"http://127.0.0.1:{server.server_port}/hook")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.receiver  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


def _signed_by(secret: str, headers: dict[str, str], body: bytes) -> bool:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in headers["webhook-signature"].split()
