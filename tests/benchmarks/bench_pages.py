"""CPU of the pages of a salesperson's day at the demo's size, beside the smallest page there is.

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
from datetime import timedelta
from pathlib import Path

from starlette.testclient import TestClient

from serving.cli.data.demo import make_demo_people
from serving.ledger.access.sessions import start_session
from serving.ledger.leads.worklist import WorklistFilter, read_page
from serving.web.app import create_app
from serving.web.request.session import SESSION_COOKIE, hash_token
from serving.workspace.workspace import Workspace

AWASE = Path(sys.executable).with_name("awase")
REFERENCE = "/sign-in"
REPEATS = 15


def main() -> None:
    """Print the median CPU of each page, and how often it holds that of the reference."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "workspace"
        subprocess.run([AWASE, "demo", "-w", folder], check=True, capture_output=True)
        medians = _medians(Workspace.at(folder))
    print(f"pages at the demo's size, median of {REPEATS}   CPU   to {REFERENCE}")
    for path, median in medians.items():
        print(f"  {path:30s} {1000 * median:10.1f} ms {median / medians[REFERENCE]:8.1f}")


def _medians(workspace: Workspace) -> dict[str, float]:
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
        return found | {path: _median(client, path) for path in paths}


def _median(client: TestClient, path: str) -> float:
    assert client.get(path).status_code == 200, path
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        client.get(path)
        times.append(time.process_time() - start)
    return statistics.median(times)
