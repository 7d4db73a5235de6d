"""A line to PostgreSQL that counts statements, and is cut at one of them.

A process of its own between the driver and the server, so that every driver is counted and none of
our code. Told what to do, and asked, through a second port: ``{"kind": ..., "n": ..., "pid": ...}``
counts anew and cuts at the n-th statement; the answer is how many were seen before.

``backend`` cuts before the statement arrives, ``answer_lost`` after it was carried out (a commit,
perhaps), ``process`` kills the process before it arrives.
"""

import json
import os
import signal
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

STATEMENTS = b"QEc"
"""Simple query, execution of a prepared one, end of copied rows."""

READY = b"Z\x00\x00\x00\x05"
SEND_ROWS = b"G\x00"
"""The beginning of the answer to COPY: the server waits for rows and will not say more."""


@dataclass
class Line:
    """What is counted on all connections together, and what happens at which statement."""

    upstream: str
    kind: str = "count"
    at: int = 0
    pid: int = 0
    seen: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, told: dict[str, Any]) -> int:
        """Count anew; gives how many statements were seen before."""
        with self.lock:
            seen, self.seen = self.seen, 0
            self.kind, self.at, self.pid = told["kind"], told["n"], told["pid"]
        return seen

    def is_due(self) -> bool:
        """Count a statement; whether it is the one."""
        with self.lock:
            self.seen += 1
            return self.kind != "count" and self.seen == self.at


def start_line(upstream: str) -> tuple[int, int, int]:
    """Start the process; gives its id and the ports of the line and of what it is told through."""
    with _listening() as line, _listening() as told:
        ports = line.getsockname()[1], told.getsockname()[1]
        pid = os.fork() or _run(line, told, upstream)
    return (pid, *ports)


def tell_line(port: int, kind: str, n: int) -> int:
    """Say at which statement of the calling process what happens; how many were seen before."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(json.dumps({"kind": kind, "n": n, "pid": os.getpid()}).encode())
        line.shutdown(socket.SHUT_WR)
        return int(line.recv(64))


def _listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def _run(line: socket.socket, told: socket.socket, upstream: str) -> Any:
    state = Line(upstream)
    threading.Thread(target=_hear, args=(state, told), daemon=True).start()
    while True:
        client, _ = line.accept()
        threading.Thread(target=_carry, args=(state, client), daemon=True).start()


def _hear(state: Line, told: socket.socket) -> None:
    while True:
        caller, _ = told.accept()
        with caller:
            caller.sendall(str(state.tell(json.loads(caller.recv(1_024)))).encode())


def _carry(state: Line, client: socket.socket) -> None:
    server = socket.socket(socket.AF_UNIX)
    server.connect(state.upstream)
    losing = threading.Event()
    back = threading.Thread(target=_carry_back, args=(server, client, losing), daemon=True)
    back.start()
    stream = client.makefile("rb")
    try:
        # The first message has no kind: only its length.
        (length,) = struct.unpack("!i", stream.read(4))
        server.sendall(struct.pack("!i", length) + stream.read(length - 4))
        while head := stream.read(5):
            (length,) = struct.unpack("!i", head[1:])
            body = stream.read(length - 4)
            if head[:1] in STATEMENTS and state.is_due():
                if state.kind == "process":
                    os.kill(state.pid, signal.SIGKILL)
                if state.kind != "answer_lost":
                    break
                losing.set()
            server.sendall(head + body)
    except (OSError, struct.error):
        pass
    finally:
        _hang_up(client, server)


def _carry_back(server: socket.socket, client: socket.socket, losing: threading.Event) -> None:
    try:
        while content := server.recv(1 << 16):
            if losing.is_set():
                while not _is_answer(content) and (more := server.recv(1 << 16)):
                    content = content[-len(READY) :] + more
                break
            client.sendall(content)
    except OSError:
        pass
    finally:
        _hang_up(client, server)


def _is_answer(content: bytes) -> bool:
    return READY in content or content.startswith(SEND_ROWS)


def _hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
