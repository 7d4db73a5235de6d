"""The server process, or several: one application in each, all on one database.

Asked to stop (SIGTERM, Ctrl+C), it takes no new connections, answers what is under way and ends.
"""

import os
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from features.core.errors import LeadDataError
from serving.web.app import create_app
from serving.web.web_settings import WebSettings
from serving.workspace.workspace import Workspace

MOST_ANSWERED = 500
"""Connections of one process beyond which the answer is 503."""

GRACE_SECONDS = 25
"""How long requests under way may take once the server is asked to stop."""

SECONDS_TO_START = 120
"""A process that does not answer its supervisor for so long is started anew. Imports alone take
seconds on a busy machine: with uvicorn's five, workers were ended before they had begun."""

TURN_SECONDS = 0.001
"""After which a thread lets another one run Python. What answers connections waits as many turns as
threads are busy: with Python's own 5 ms and forty of them health took 200 ms."""

if sys.platform != "win32":
    from serving.web.patience import PatientProtocol

_PLAIN_HTTP = "AWASE_SERVE_PLAIN_HTTP"


@dataclass(frozen=True, kw_only=True)
class Listening:
    """Where the server listens and with how many processes."""

    host: str
    port: int
    plain_http: bool = False
    workers: int = 1


def serve_pages(workspace: Workspace, listening: Listening) -> None:
    """Serve until asked to stop.

    Raises
    ------
    LeadDataError
        If several processes are asked for on SQLite.
    """
    options = server_options(listening)
    settings = _settings(workspace, plain_http=listening.plain_http)
    if listening.workers == 1:
        sys.setswitchinterval(TURN_SECONDS)
        uvicorn.run(create_app(workspace, settings), **options)
        return
    if workspace.database_url.startswith("sqlite"):
        msg = (
            f"several workers need PostgreSQL; got {listening.workers} on SQLite. "
            "Set AWASE_DATABASE_URL, or serve with one."
        )
        raise LeadDataError(msg)
    # Processes that uvicorn starts find their workspace in the environment.
    os.environ["AWASE_WORKSPACE"] = str(workspace.folder)
    os.environ[_PLAIN_HTTP] = "1" if listening.plain_http else ""
    target = f"{__name__}:application"
    uvicorn.run(
        target,
        factory=True,
        workers=listening.workers,
        timeout_worker_healthcheck=SECONDS_TO_START,
        **options,
    )


def server_options(listening: Listening) -> dict[str, Any]:
    """What uvicorn is told, by its own names."""
    options: dict[str, Any] = {
        "host": listening.host,
        "port": listening.port,
        "log_level": "warning",
        "ws": "none",
        "timeout_graceful_shutdown": GRACE_SECONDS,
        "server_header": False,
        "limit_concurrency": MOST_ANSWERED,
    }
    # Windows has no httptools; there a proxy must do what the protocol does here.
    if sys.platform != "win32":
        options["http"] = PatientProtocol
    return options


def application() -> FastAPI:
    """The application of one of several processes."""
    sys.setswitchinterval(TURN_SECONDS)
    place = Workspace.at(Path(os.environ["AWASE_WORKSPACE"]))
    return create_app(place, _settings(place, plain_http=bool(os.environ.get(_PLAIN_HTTP))))


def _settings(workspace: Workspace, *, plain_http: bool) -> WebSettings:
    idle = timedelta(minutes=workspace.idle_minutes)
    return WebSettings(secure_cookies=not plain_http, session_idle=idle)
