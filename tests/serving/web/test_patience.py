"""A client that is too slow, sends too much or does not read holds nothing for ever."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import uvicorn

from serving.web.patience import PatientProtocol
from serving.web.server import Listening, server_options
from tests.patience import PATIENCE


class HastyProtocol(PatientProtocol):
    head_seconds = 0.5
    body_seconds = 0.5
    read_seconds = 0.5
    most_connections = 8

    def connection_made(self, transport: Any) -> None:
        # The system would take megabytes for a client that does not read.
        pipe = transport.get_extra_info("socket")
        pipe.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8_192)
        super().connection_made(transport)


@pytest.fixture
def port(site) -> Iterator[int]:
    options = server_options(Listening(host="127.0.0.1", port=0)) | {"http": HastyProtocol}
    server = uvicorn.Server(uvicorn.Config(site.app, **options))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(timeout=PATIENCE)


@pytest.fixture
def connect(port: int) -> Iterator[Callable[[], socket.socket]]:
    """Opens connections to the server; they are closed afterwards."""
    opened: list[socket.socket] = []

    def connect() -> socket.socket:
        client = socket.socket()
        opened.append(client)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.1", port))
        return client

    yield connect
    for client in opened:
        client.close()


def _answer(client: socket.socket) -> bytes:
    """Everything until the server closes."""
    answer = b""
    while piece := client.recv(65_536):
        answer += piece
    return answer


def _is_closed(client: socket.socket) -> bool:
    """Whether the server has closed, once what it said before is read."""
    try:
        while client.recv(65_536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


HEAD = b"POST /sign-in HTTP/1.1\r\nHost: awase.test\r\nContent-Length: 1000\r\n"
TYPE = b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "begins"),
    [
        (b"", b"HTTP/1.1 408"),
        (b"GET /health HTTP/1.1\r\nHo", b"HTTP/1.1 408"),
        (HEAD, b"HTTP/1.1 408"),
        (HEAD + TYPE + b"login=a", b"HTTP/1.1 408"),
        (b"GET /health HTTP/1.1\r\nHost: awase.test\r\n\r\nGET /he", b"HTTP/1.1 200"),
    ],
    ids=["nothing", "half a line", "half a head", "half a body", "half a second request"],
)
def test_a_half_sent_request_is_closed_after_a_time(connect, sent: bytes, begins: bytes) -> None:
    client = connect()
    client.sendall(sent)

    assert _answer(client).startswith(begins)


def test_a_byte_now_and_then_does_not_buy_time(connect) -> None:
    client = connect()
    client.sendall(b"GET /health HTTP/1.1\r\n")

    def send_for_ever() -> None:
        for _ in range(300):
            client.sendall(b"a: b\r\n")
            time.sleep(0.1)  # well within the time for a head

    with pytest.raises(ConnectionError):
        send_for_ever()


def test_a_head_without_end_is_refused(connect, monkeypatch) -> None:
    monkeypatch.setattr(HastyProtocol, "head_seconds", float(PATIENCE))
    client = connect()
    client.sendall(b"GET /health HTTP/1.1\r\nx: ")

    with suppress(ConnectionError):
        for _ in range(40):
            client.sendall(b"a" * 4_096)

    assert _is_closed(client)


def test_one_connection_too_many_is_closed_at_once_and_others_still_work(
    connect, monkeypatch
) -> None:
    monkeypatch.setattr(HastyProtocol, "head_seconds", float(PATIENCE))
    held = [connect() for _ in range(8)]

    late = connect()
    try:
        got = late.recv(100)
    except ConnectionResetError:
        got = b""
    held[0].sendall(b"GET /health HTTP/1.1\r\nHost: awase.test\r\nConnection: close\r\n\r\n")

    assert got == b""
    assert _answer(held[0]).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "sent", [HEAD + TYPE + b"login=a", b"POST /v1/events HTTP/1.1\r\nHost: a\r\n" + HEAD[-22:]]
)
def test_a_client_that_leaves_during_a_post_leaves_no_trace(connect, sent, caplog) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(3):
        client = connect()
        client.sendall(sent)
        time.sleep(0.1)
        client.close()
    time.sleep(0.5)

    told = [r for r in caplog.records if r.name.startswith(("awase", "uvicorn", "asyncio"))]
    assert [record.getMessage() for record in told if record.levelno > logging.INFO] == []


def test_a_client_that_does_not_read_is_dropped(connect) -> None:
    asked = b"GET /static/awase.css HTTP/1.1\r\nHost: awase.test\r\n\r\n"
    client = connect()

    # Requests until the server takes no more, as it waits for us to read, and then gives up.
    client.settimeout(0.2)
    is_dropped, n_waits = False, 0
    while not is_dropped and n_waits < 600:
        try:
            client.send(asked * 100)
        except TimeoutError:
            n_waits += 1
        except OSError:
            is_dropped = True

    assert is_dropped
