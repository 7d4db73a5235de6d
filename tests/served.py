"""The application on a port of its own, for browsers and programs that ask as from outside."""

import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from features.store import Store
from serving.ledger.access.sessions import hash_token, start_session
from serving.web.request.session import SESSION_COOKIE
from tests.patience import PATIENCE

AXE_RULES = {
    "light": {"resultTypes": ["violations"]},
    "dark": {
        "resultTypes": ["violations"],
        "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    },
}
"""What axe checks in each scheme: in the second a page differs by its colours alone, which only two
of the rules look at."""


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """Serve an application on loopback in a thread, and give its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def session_token(store: Store, login: str) -> str:
    """Open a session, and give what its cookie holds; the form would hash a password each time."""
    token = secrets.token_hex()
    start_session(store, login, token_hash=hash_token(token), lasts=timedelta(hours=1))
    return token


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser; tests that need one are skipped where there is none."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="browser tests need the package playwright"
    )
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if path is None:
        pytest.skip("browser tests need Chromium; `apt-get install chromium` brings it")
    with playwright.sync_playwright() as driver:
        # Root in a container has no sandbox; the pages are our own.
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def address(site: Any) -> Iterator[str]:
    """Where the application is served for a browser."""
    with served(site.app) as address:
        yield address


@pytest.fixture
def open_as(chromium: Any, address: str, site: Any) -> Callable[..., Any]:
    """Open the first page of somebody who is signed in, in a browser of their own."""

    def opened(
        login: str, *, locale: str = "ja-JP", width: int = 1280, height: int = 800,
        script: bool = False, **options: Any,
    ) -> Any:  # fmt: skip
        context = chromium.new_context(
            locale=locale,
            viewport={"width": width, "height": height},
            java_script_enabled=script,
            **options,
        )
        context.set_default_timeout(1000 * PATIENCE)
        token = session_token(site.store, login)
        context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": address}])
        page = context.new_page()
        page.goto(address)
        return page

    return opened
