"""How long a client may take to send its request and to read the answer, and how many there may be.

Why here: uvicorn ends a connection that is idle between two requests and knows no other limit. Who
sends a byte now and then would hold a connection for ever, and a head without end would fill the
memory. A proxy in front may be stricter; these hold without one.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
"""From the connection, or the first byte of a further request, to the end of its headers."""

BODY_SECONDS = 60.0
"""From the headers to the end of the body, of which a page or program may send one megabyte."""

READ_SECONDS = 60.0
"""Without a client taking any of the answer that waits for it."""

MOST_HEAD_BYTES = 64 * 1024

MOST_CONNECTIONS = 800
"""Connections of one process beyond which a new one is closed at once: a process may have 1,024
files open on most systems, and the database needs some."""


class PatientProtocol(HttpToolsProtocol):
    """A connection that is closed when its client is too slow or sends too much."""

    head_seconds = HEAD_SECONDS
    body_seconds = BODY_SECONDS
    read_seconds = READ_SECONDS
    most_connections = MOST_CONNECTIONS

    _sending: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None
    _answering: Any = None
    _is_in_head = True
    _n_head_bytes = 0

    def connection_made(self, transport: Any) -> None:
        """Take a connection, if there are not too many."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            transport.abort()
            return
        self._wait_for_sender(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._stop_waiting()
        self._say_gone()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a piece of a request, if its head is not without end."""
        if self._is_in_head:
            self._n_head_bytes += len(data)
        super().data_received(data)
        if self._is_in_head and self._n_head_bytes > MOST_HEAD_BYTES:
            self._refuse("431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """Begin to wait for a head."""
        super().on_message_begin()
        if not self._is_in_head:
            self._is_in_head, self._n_head_bytes = True, 0
            self._wait_for_sender(self.head_seconds)

    def on_headers_complete(self) -> None:
        """Begin to wait for a body."""
        self._is_in_head = False
        self._wait_for_sender(self.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait no more: the rest is ours to do."""
        self._stop_waiting()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Begin to wait for a client that does not read."""
        super().pause_writing()
        self._reading = self.loop.call_later(self.read_seconds, self._drop)

    def resume_writing(self) -> None:
        """Go on: the client reads."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        super().resume_writing()

    def _wait_for_sender(self, seconds: float) -> None:
        self._stop_waiting()
        refuse: Callable[[str], None] = self._refuse
        self._sending = self.loop.call_later(seconds, refuse, "408 Request Timeout")

    def _stop_waiting(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def _drop(self) -> None:
        """Close at once."""
        self._say_gone()
        self.transport.abort()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        # Of requests sent one after the other without waiting, uvicorn knows only the newest.
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _say_gone(self) -> None:
        """Let what answers a request find that nobody is there."""
        if self._answering is not None:
            self._answering.disconnected = True
            self._answering.message_event.set()

    def _refuse(self, status: str) -> None:
        """Say why and close; nothing is said into an answer under way."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            self.transport.write(head.encode("ascii"))
        self._say_gone()
        self.transport.close()
