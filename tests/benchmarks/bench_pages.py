"""CPU of the pages of a salesperson's day at the demo's size, beside the smallest page there is.

Then the time on the wall of a served page, for one visitor and for eight at once.

The sign-in page, without a lead on it, is what any page costs: routing, session, frame, templates.
Ratios to it hold on any machine; the CPU of the process is counted, not the wall, so that other
work on the machine does not show.
"""

import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx2
from starlette.testclient import TestClient

from serving.cli.data.demo import make_demo_people
from serving.ledger.access.sessions import hash_token, start_session
from serving.ledger.leads.worklist import WorklistFilter, read_page
from serving.web.app import create_app
from serving.web.request.session import SESSION_COOKIE
from serving.workspace.workspace import Workspace
from tests.served import served

AWASE = Path(sys.executable).with_name("awase")
REFERENCE = "/sign-in"
REPEATS = 15
VISITORS = 8


def main() -> None:
    """Print the median CPU of each page, and how often it holds that of the reference."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "workspace"
        subprocess.run([AWASE, "demo", "-w", folder], check=True, capture_output=True)
        medians, served = _medians(Workspace.at(folder))
    print(f"pages at the demo's size, median of {REPEATS}   CPU   to {REFERENCE}")
    for path, median in medians.items():
        print(f"  {path:30s} {1000 * median:10.1f} ms {median / medians[REFERENCE]:8.1f}")
    print(f"served by one worker, median      1 visitor   {VISITORS} at once")
    for path, (alone, crowded) in served.items():
        print(f"  {path:30s} {1000 * alone:10.1f} ms {1000 * crowded:8.1f} ms")


def _medians(workspace: Workspace) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    app = create_app(workspace)
    store = app.state.services.store
    make_demo_people(store)
    token = secrets.token_hex()
    start_session(store, "sales", token_hash=hash_token(token), lasts=timedelta(hours=1))
    ((lead, _),) = read_page(store, WorklistFilter(), limit=1)
    card = f"/leads/{lead.lead_id}"
    paths = ("/today", card, f"{card}/account", "/worklist", "/worklist?q=ab", "/worklist.csv")
    with TestClient(app, base_url="https://awase.test") as client:
        found = {REFERENCE: _median(client, REFERENCE)}
        client.cookies.set(SESSION_COOKIE, token, domain="awase.test")
        found |= {path: _median(client, path) for path in paths}
    # An application starts once: visitors come to another.
    with served(create_app(workspace)) as address:
        cookies = {SESSION_COOKIE: token}
        waits = {
            path: (_wait(address + path, cookies, 1), _wait(address + path, cookies, VISITORS))
            for path in paths[:3]
        }
    return found, waits


def _wait(url: str, cookies: dict[str, str], visitors: int) -> float:
    """The median wait of visitors who ask at the same time, each again and again."""

    def visit(_: int) -> list[float]:
        waits = []
        with httpx2.Client(cookies=cookies, timeout=None, follow_redirects=True) as client:
            for _ in range(REPEATS):
                start = time.perf_counter()
                assert client.get(url).status_code == 200, url
                waits.append(time.perf_counter() - start)
        return waits

    with ThreadPoolExecutor(visitors) as threads:
        return statistics.median(
            wait for waits in threads.map(visit, range(visitors)) for wait in waits
        )


def _median(client: TestClient, path: str) -> float:
    assert client.get(path).status_code == 200, path
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        client.get(path)
        times.append(time.process_time() - start)
    return statistics.median(times)
