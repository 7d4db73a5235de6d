"""What must survive: a killed server, a database that is gone, a broken release, a promotion.

Real servers in processes of their own, on loopback; real databases.
"""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2 as httpx
import pytest
from sqlalchemy import func, select

from features.store import Store
from features.store.schema import decision, event, hand_over, lead
from serving.ledger.access.api_keys import Scope
from serving.workspace.api_keys import make_key
from serving.workspace.workspace import Workspace
from tests.patience import PATIENCE, wait_until
from tests.postgres import postgres_server

ROOT = Path(__file__).parents[4]
N_EVENTS = 1_000
N_LEADS = 40
AGO = (datetime.now(UTC) - timedelta(hours=1)).isoformat()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _serving(folder: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """``awase serve`` on a free port; ends with the block if it has not before."""
    port = _free_port()
    command = [ROOT / ".venv/bin/awase", "serve", "--port", str(port), "-w", folder, *options]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(base, process)
        yield base, process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def _wait_until_ready(base: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"the server ended: {process.stderr.read().decode()}")
        try:
            if httpx.get(f"{base}/ready", timeout=PATIENCE).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail("the server never became ready")


def _events() -> list[dict[str, str]]:
    """Webinars and inquiries: each lead crosses the rulebook's 20 points somewhere on the way."""
    return [
        {
            "event_id": f"E{number}",
            "lead_id": f"L{number % N_LEADS}",
            "behaviour": "inquiry" if number % 3 else "webinar",
            "occurred_at": AGO,
        }
        for number in range(N_EVENTS)
    ]


def _put_leads(base: str, headers: dict[str, str], n: int) -> None:
    for number in range(n):
        url = f"{base}/v1/leads/L{number}"
        httpx.put(url, json={"created_at": AGO}, headers=headers, timeout=PATIENCE)


def _post(base: str, key: str, one: dict[str, str], end: float) -> int:
    """Send an event until it is answered, as a client should; gives how often it was sent."""
    sent = 0
    with httpx.Client(headers={"authorization": f"Bearer {key}"}, timeout=PATIENCE) as client:
        while time.monotonic() < end:
            sent += 1
            try:
                if client.post(f"{base}/v1/events", json=one).status_code == 200:
                    return sent
            except httpx.TransportError:
                pass
            time.sleep(0.2)
    return sent


def _answered(base: str, key: str, events: list[dict[str, str]], stop: threading.Event) -> None:
    with httpx.Client(headers={"authorization": f"Bearer {key}"}, timeout=PATIENCE) as client:
        for one in events:
            if stop.is_set():
                return
            try:
                client.post(f"{base}/v1/events", json=one)
            except httpx.TransportError:
                return


def _store_of(folder: Path) -> Store:
    return Workspace.at(folder).store()


def _count(store: Store, table) -> int:
    with store.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.mark.long
def test_killed_amid_a_thousand_events_nothing_is_lost_or_doubled(folder: Path) -> None:
    store = _store_of(folder)
    key = make_key(store, "test", scope=Scope.WRITE, days=1, by="test")
    events = _events()
    stop = threading.Event()
    with _serving(folder) as (base, process):
        headers = {"authorization": f"Bearer {key}"}
        _put_leads(base, headers, N_LEADS)
        with ThreadPoolExecutor(4) as senders:
            for part in range(4):
                senders.submit(_answered, base, key, events[part::4], stop)
            wait_until(lambda: _count(store, event) >= 150)
            process.send_signal(signal.SIGKILL)
            process.wait()
            stop.set()
    n_before = _count(store, event)

    with _serving(folder) as (base, _):
        batches = [events[start : start + 100] for start in range(0, N_EVENTS, 100)]
        with ThreadPoolExecutor(4) as senders:
            answers = list(
                senders.map(
                    lambda batch: httpx.post(
                        f"{base}/v1/events/batch",
                        json={"events": batch},
                        headers=headers,
                        timeout=PATIENCE,
                    ).json(),
                    batches,
                )
            )

    assert 150 <= n_before < N_EVENTS
    assert sum(answer["stored"] for answer in answers) == N_EVENTS - n_before
    assert sum(answer["known"] for answer in answers) == n_before
    assert _count(store, event) == N_EVENTS
    with store.engine.connect() as connection:
        rows = connection.execute(select(hand_over.c.lead_id, hand_over.c.cycle)).all()
    # Every lead has an inquiry and a webinar, 25 points, and is handed over exactly once.
    assert sorted(tuple(row) for row in rows) == sorted((f"L{n}", 1) for n in range(N_LEADS))
    store.close()


@pytest.mark.parametrize(
    "folder", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True
)
def test_a_server_asked_to_stop_answers_what_is_under_way(folder: Path) -> None:
    store = _store_of(folder)
    key = make_key(store, "test", scope=Scope.WRITE, days=1, by="test")
    body = json.dumps({"created_at": AGO}).encode()
    head = (
        f"PUT /v1/leads/L1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Expect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    with _serving(folder) as (base, process):
        address = ("127.0.0.1", int(base.rsplit(":", 1)[1]))
        with socket.create_connection(address, timeout=PATIENCE) as line:
            line.sendall(head.encode())
            # From here on the request is under way: the application asks for its body.
            assert line.recv(64).startswith(b"HTTP/1.1 100")
            process.terminate()
            wait_until(lambda: not _listens(address))
            line.sendall(body)
            answer = b"".join(iter(lambda: line.recv(65_536), b""))
        assert process.wait(timeout=PATIENCE) in (0, -signal.SIGTERM)
        told = process.stderr.read().decode()

    assert answer.startswith(b"HTTP/1.1 200"), told
    assert _count(store, lead) == _count(store, decision) == 1
    store.close()


def _listens(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=PATIENCE).close()
    except OSError:
        return False
    return True


@pytest.fixture
def own_postgres() -> Iterator[object]:
    """A PostgreSQL that a test may stop and start again."""
    with postgres_server() as server:
        yield server


def test_without_its_database_it_says_so_and_comes_back(
    template_folder: Path, tmp_path: Path, own_postgres
) -> None:
    url = own_postgres.get_uri()
    (template_folder / ".env").write_text(f"AWASE_DATABASE_URL={url}\n", encoding="utf-8")
    store = _store_of(template_folder)
    key = make_key(store, "test", scope=Scope.WRITE, days=1, by="test")
    store.close()
    headers = {"authorization": f"Bearer {key}"}
    one = _events()[0]
    with _serving(template_folder) as (base, _):
        _put_leads(base, headers, 1)
        own_postgres.get_postmaster_info().process.send_signal(signal.SIGQUIT)
        wait_until(lambda: httpx.get(f"{base}/ready", timeout=PATIENCE).status_code == 503)

        health = httpx.get(f"{base}/health", timeout=PATIENCE)
        gone = httpx.post(f"{base}/v1/events", json=one, headers=headers, timeout=PATIENCE)
        score = httpx.get(f"{base}/v1/leads/L0/score", headers=headers, timeout=PATIENCE)
        own_postgres.ensure_postgres_running()
        wait_until(lambda: httpx.get(f"{base}/ready", timeout=PATIENCE).status_code == 200)
        again = httpx.post(f"{base}/v1/events", json=one, headers=headers, timeout=PATIENCE)

    assert health.status_code == 200
    assert (gone.status_code, score.status_code) == (503, 503)
    assert gone.headers["retry-after"]
    assert gone.headers["content-type"] == "application/problem+json"
    assert again.json()["stored"] == 1
    store = _store_of(template_folder)
    assert (_count(store, event), _count(store, decision)) == (1, 2)
    store.close()


@pytest.mark.long
def test_several_workers_share_one_postgresql(template_folder: Path, postgres_url: str) -> None:
    (template_folder / ".env").write_text(f"AWASE_DATABASE_URL={postgres_url}\n", encoding="utf-8")
    store = _store_of(template_folder)
    key = make_key(store, "test", scope=Scope.WRITE, days=1, by="test")
    events = _events()[:120]
    with _serving(template_folder, "--workers", "2") as (base, process):
        end = time.monotonic() + PATIENCE
        headers = {"authorization": f"Bearer {key}"}
        _put_leads(base, headers, N_LEADS)
        # Every event twice, at the same time: whichever worker gets it.
        with ThreadPoolExecutor(8) as senders:
            list(senders.map(lambda one: _post(base, key, one, end), [*events, *events]))
        process.terminate()
        assert process.wait(timeout=PATIENCE) in (0, -signal.SIGTERM)

    assert _count(store, event) == 120
    with store.engine.connect() as connection:
        cycles = connection.execute(select(hand_over.c.lead_id, hand_over.c.cycle)).all()
    assert len(set(cycles)) == len(cycles) == N_LEADS
    store.close()


def test_several_workers_on_sqlite_are_refused(template_folder: Path) -> None:
    told = subprocess.run(
        [ROOT / ".venv/bin/awase", "serve", "--workers", "2", "-w", template_folder],
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 1
    assert "several workers need PostgreSQL" in told.stderr
