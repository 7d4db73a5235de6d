"""``make soak``: five minutes of work on a copy of the demo, and whether anything grows.

People read lists and cards and sign in, programs send events and ask for scores, at a steady rate.
Once caches are full, the server's memory, its open files and the answers' times are noted each
second for five minutes. None of the three may have a slope that stands out from its noise (a line
through the medians of ten parts of the time, one-sided at 1 % by Student's t) and goes on in the
second half as in the first: what leaks grows in both, a cache that takes one more step in one.

The curve is printed and goes to ``build/soak.csv``; the exit code is 1 where something grew.
"""

import csv
import json
import math
import random
import re
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import numpy as np

from features.core.arrays import FloatArray
from serving.ledger.access.api_keys import Scope
from serving.ledger.access.sessions import hash_token, start_session
from serving.web.request.session import SESSION_COOKIE
from serving.workspace.api_keys import make_key
from serving.workspace.workspace import Workspace
from tests.patience import PATIENCE

AWASE = Path(sys.executable).with_name("awase")
SECONDS = 300
REQUESTS_PER_SECOND = 8
WARM_UP = 1_500
"""Requests before anything is measured, as fast as they are answered: by then caches are full."""

PARTS = 10
"""Seconds that follow each other are alike; medians of so many parts are told apart by noise."""

STUDENT = 2.896
"""Standard errors of a slope that noise exceeds once in a hundred; 8 degrees of freedom."""

N_LEADS = 100
"""Leads that are looked at: each has been, several times, when measuring begins."""

CURVE_LINES = 20
LEAST_GROWTH = {"memory_mb": 2.0, "files": 3.0, "median_ms": 5.0}
"""Below this nobody would notice, however even the curve."""


@dataclass
class Load:
    """Requests at a steady rate, and how long the answers of the last second took."""

    client: httpx2.Client
    key: str
    leads: list[str]
    took: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    is_over: bool = False
    number: int = 0

    def run(self) -> None:
        """Send one request after the other at a steady rate until it is over."""
        while not self.is_over:
            began = time.monotonic()
            self.send()
            time.sleep(max(0.0, 1 / REQUESTS_PER_SECOND - (time.monotonic() - began)))

    def send(self) -> None:
        """Send the next request."""
        kinds: list[Callable[[], httpx2.Response]] = [
            self._list, self._card, self._card, self._score, self._score, self._event, self._event,
            self._wrong_password,
        ]  # fmt: skip
        began = time.monotonic()
        try:
            answer = kinds[self.number % len(kinds)]()
            if answer.status_code >= 500:
                self.failed.append(f"{answer.status_code} {answer.url.path}")
        except httpx2.HTTPError as error:
            self.failed.append(type(error).__name__)
        self.took.append(time.monotonic() - began)
        self.number += 1

    def _list(self) -> httpx2.Response:
        return self.client.get("/worklist", follow_redirects=True)

    def _card(self) -> httpx2.Response:
        return self.client.get(f"/leads/{random.choice(self.leads)}")

    def _score(self) -> httpx2.Response:
        return self.client.get(f"/v1/leads/{random.choice(self.leads)}/score", headers=self._bearer)

    def _event(self) -> httpx2.Response:
        event = {
            "event_id": secrets.token_hex(8),
            "lead_id": random.choice(self.leads),
            "behaviour": "page_visit",
            "occurred_at": datetime.now(UTC).isoformat(),
        }
        return self.client.post("/v1/events", json=event, headers=self._bearer)

    def _wrong_password(self) -> httpx2.Response:
        with httpx2.Client(base_url=str(self.client.base_url)) as browser:
            page = browser.get("/sign-in").text
            token = re.search(r'name="form_token" value="(\w+)"', page)
            form = {"login": secrets.token_hex(4), "password": "x"}
            return browser.post(
                "/sign-in", data=form | {"form_token": "" if token is None else token[1]}
            )

    @property
    def _bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}


def main(demo: Path, seconds: int) -> int:
    """Put the load on a copy of a workspace; gives 1 where something grew."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "workspace"
        shutil.copytree(demo, folder)
        load = _prepare(folder)
        port = int(load.client.base_url.port or 0)
        command = [AWASE, "serve", "-w", folder, "--port", str(port), "--plain-http"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            try:
                rows = _measure(load, server.pid, seconds)
            finally:
                server.terminate()
    _keep(rows)
    return _report(rows, load)


def _prepare(folder: Path) -> Load:
    store = Workspace.at(folder).store()
    key = make_key(store, "soak", scope=Scope.WRITE, days=1, by="soak")
    token = secrets.token_hex()
    start_session(store, "admin", token_hash=hash_token(token), lasts=timedelta(hours=1))
    leads = [str(lead) for lead in store.read_table("lead").column("lead_id").to_pylist()]
    store.close()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE)
    client.cookies.set(SESSION_COOKIE, token)
    return Load(client=client, key=key, leads=random.Random(1).sample(leads, N_LEADS))


def _measure(load: Load, pid: int, seconds: int) -> list[dict[str, float]]:
    for _ in range(600):
        with suppress(httpx2.HTTPError):
            if load.client.get("/ready").status_code == 200:
                break
        time.sleep(0.2)
    for _ in range(WARM_UP):
        load.send()
    load.took.clear()
    thread = threading.Thread(target=load.run)
    thread.start()
    rows, began = [], time.monotonic()
    while (elapsed := time.monotonic() - began) < seconds:
        time.sleep(1)
        took, load.took = load.took, []
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        if took and found:
            rows.append(
                {
                    "second": round(elapsed, 1),
                    "memory_mb": int(found[1]) / 1024,
                    "files": float(len(list(Path(f"/proc/{pid}/fd").iterdir()))),
                    "median_ms": 1e3 * statistics.median(took),
                }
            )
    load.is_over = True
    thread.join()
    return rows


def _keep(rows: list[dict[str, float]]) -> None:
    path = Path("build/soak.csv")
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _print_curve(rows: list[dict[str, float]]) -> None:
    """Each figure over the time, a line per part of it."""
    sys.stdout.write(f"{'seconds':>8}{'memory MB':>11}{'open files':>12}{'median ms':>11}\n")
    length = max(1, len(rows) // CURVE_LINES)
    most = max(row["memory_mb"] for row in rows)
    for begin in range(0, len(rows), length):
        part = rows[begin : begin + length]
        memory, files, median = (statistics.median(r[n] for r in part) for n in LEAST_GROWTH)
        bar = "#" * round(40 * memory / most)
        second = part[-1]["second"]
        sys.stdout.write(f"{second:8.0f}{memory:11.1f}{files:12.0f}{median:11.1f}  {bar}\n")


def _report(rows: list[dict[str, float]], load: Load) -> int:
    _print_curve(rows)
    second = np.array([row["second"] for row in rows])
    figures, grew = {}, []
    for name, least in LEAST_GROWTH.items():
        value = np.array([row[name] for row in rows])
        growth, noise = fit_growth(second, value)
        minutes = (second[-1] - second[0]) / 60
        figures[name] = {
            "from": round(float(value[:10].mean()), 1),
            "to": round(float(value[-10:].mean()), 1),
            "slope_per_minute": round(growth / minutes, 3),
            "noise_per_minute": round(noise / minutes, 3),
        }
        if grows(second, value, least=least):
            grew.append(name)
    told = {"seconds": rows[-1]["second"], "figures": figures, "grew": grew}
    told["failed"] = sorted(set(load.failed))
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
    return int(bool(grew or load.failed))


def grows(second: FloatArray, value: FloatArray, *, least: float) -> bool:
    """Whether something grows from beginning to end, and not by one step.

    Parameters
    ----------
    second, value : ndarray of shape (n_seconds,)
        When it was measured, and what.
    least : float
        Growth that counts, in the unit of the values.
    """
    growth, noise = fit_growth(second, value)
    halves = zip(np.array_split(second, 2), np.array_split(value, 2), strict=True)
    of_halves = [fit_growth(when, what)[0] for when, what in halves]
    return growth > max(least, noise) and min(of_halves) > growth / 4


def fit_growth(second: FloatArray, value: FloatArray) -> tuple[float, float]:
    """Growth over a time by a straight line, and the growth that noise alone may show.

    Parameters
    ----------
    second, value : ndarray of shape (n_seconds,)
        When it was measured, and what.
    """
    parts = [
        (np.median(x), np.median(y))
        for x, y in zip(np.array_split(second, PARTS), np.array_split(value, PARTS), strict=True)
    ]
    x, y = np.array(parts).T
    slope, level = np.polyfit(x, y, 1)
    variance = np.sum((y - slope * x - level) ** 2) / (PARTS - 2)
    error = math.sqrt(variance / np.sum((x - x.mean()) ** 2))
    span = float(second[-1] - second[0])
    return float(slope) * span, STUDENT * error * span


if __name__ == "__main__":
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else SECONDS
    sys.exit(main(Path(sys.argv[1]), wanted))
