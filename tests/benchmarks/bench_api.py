"""The API under load on loopback, one worker, beside MLflow's own model server in the same run.

Steady: 50 requests a second are sent when they are due, whether or not the ones before are
answered, and each is timed from when it was due. Saturated: 16 connections, each sending its next
request as soon as the last is answered; both servers stand at once and are asked in turns, and the
median of the rounds counts. The client shares the machine's cores with the server.

Of a company of 3,000 leads in nine months the release is refused, and what answers is the rulebook
alone. So the first answer is read, and must hold the model's probability.
"""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np

from features.store import Store
from serving.ledger.access.api_keys import Scope
from serving.workspace.api_keys import make_key
from serving.workspace.workspace import Workspace

AWASE = Path(sys.executable).with_name("awase")
N_LEADS, N_MONTHS = 6_000, 12
STEADY_PER_SECOND, STEADY_SECONDS = 50, 20
SATURATED_SECONDS, ROUNDS, CONNECTIONS = 5, 3, 16
MLFLOW = "MLflow's server"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A server and the requests it is sent, in turn."""

    name: str
    port: int
    requests: tuple[bytes, ...]


def main() -> None:
    """Print latencies at a steady rate and requests per second when saturated."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "workspace"
        company = ["--leads", str(N_LEADS), "--months", str(N_MONTHS)]
        subprocess.run([AWASE, "demo", *company, "-w", folder], check=True, capture_output=True)
        place = Workspace.at(folder)
        store = place.store()
        key = make_key(store, "bench", scope=Scope.READ, days=1, by="bench")
        ids = _lead_ids(store)
        awase = _serving([AWASE, "serve", "-w", folder, "--port"], "/ready")
        with awase as port, _mlflow(place, Path(name)) as mlflow:
            paths = [f"/v1/leads/{lead_id}/score" for lead_id in ids]
            with_reasons = _gets("score and reasons", port, key, paths)
            without = _gets("score alone", port, key, [f"{p}?reasons=false" for p in paths])
            asyncio.run(_check_model_answers(with_reasons))
            _print_steady(asyncio.run(_steady(with_reasons)))
            rates = _rates((with_reasons, without, mlflow))
        store.close()
    for target, rate in rates.items():
        print(f"  {target:20s} saturated {rate:8.0f} requests/s")
    for name in ("score and reasons", "score alone"):
        ratio = rates[name] / rates[MLFLOW]
        print(f"  {name} answers {ratio:.1f} times as many as MLflow's server with points")


def _rates(targets: Sequence[Target]) -> dict[str, float]:
    """Requests per second when saturated: of each target, the median of its rounds."""
    rounds = [[asyncio.run(_saturated(target)) for target in targets] for _ in range(ROUNDS)]
    medians = np.median(rounds, axis=0).tolist()
    return {target.name: median for target, median in zip(targets, medians, strict=True)}


async def _check_model_answers(target: Target) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    answer = json.loads(await _ask(reader, writer, target.requests[0]))
    writer.close()
    if answer["probability"] is None or not answer["reasons"]:
        sys.exit("the model must answer; got the rulebook alone. Simulate more leads.")


def _print_steady(seconds: list[float]) -> None:
    median, last = statistics.median(seconds), np.quantile(seconds, 0.99)
    print(f"score and reasons for one stored lead, one worker, {N_LEADS:,} leads on SQLite")
    print(
        f"  at {STEADY_PER_SECOND} requests/s: median {1e3 * median:.1f} ms, "
        f"99th percentile {1e3 * last:.1f} ms ({len(seconds):,} requests)"
    )


def _lead_ids(store: Store) -> list[str]:
    ids = store.read_table("lead").column("lead_id").to_pylist()
    return [str(lead_id) for lead_id in np.random.default_rng(1).permutation(ids)]


def _gets(name: str, port: int, key: str, paths: list[str]) -> Target:
    head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n"
    requests = tuple(f"GET {path} HTTP/1.1\r\n{head}".encode() for path in paths)
    return Target(name=name, port=port, requests=requests)


@contextmanager
def _mlflow(place: Workspace, folder: Path) -> Iterator[Target]:
    """MLflow's server with the same release, and the ready-made row it is sent."""
    import mlflow

    (release,) = [path for path in place.releases_dir.iterdir() if not path.name.startswith(".")]
    code = Path(__file__).parents[2] / "training" / "tracking" / "mlflow_pyfunc.py"
    model = folder / "model"
    mlflow.pyfunc.save_model(
        model, python_model=str(code), artifacts={"release": str(release)}, pip_requirements=[]
    )
    catalogue = json.loads((release / "catalogue.json").read_text(encoding="utf-8"))
    # A column in words takes no number; missing, it is one of those that any release knows.
    row = {f["name"]: None if f["unit"] == "level" else 1.0 for f in catalogue["features"]}
    body = json.dumps({"dataframe_split": {"columns": [*row], "data": [[*row.values()]]}})
    head = "POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(model)]
    with _serving([*command, "--env-manager", "local", "--workers", "1", "-p"], "/ping") as port:
        yield Target(name=MLFLOW, port=port, requests=(request,))


@contextmanager
def _serving(command: list[str | Path], ready: str) -> Iterator[int]:
    """A server on a free port, named last on its command line, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    # MLflow's command looks for uvicorn on the path.
    path = f"{AWASE.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "PATH": path}
    process = subprocess.Popen(
        [*command, str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        asyncio.run(_until_ready(port, ready))
        yield port
    finally:
        # Its whole group: MLflow's command starts the server as a process of its own.
        os.killpg(process.pid, 15)
        process.wait()


async def _until_ready(port: int, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    for _ in range(600):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await _ask(reader, writer, request)
            writer.close()
        except (OSError, RuntimeError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.2)
        else:
            return
    sys.exit(f"a server must become ready within two minutes; the one on port {port} did not.")


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    """The body of an answer that must be 200."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length")
    )
    body = await reader.readexactly(length)
    status = head.split(b" ", 2)[1]
    if status != b"200":
        msg = f"a request must be answered with 200; got {status.decode()}."
        raise RuntimeError(msg)
    return body


async def _saturated(target: Target) -> float:
    """Requests per second with every connection always busy."""
    requests = cycle(target.requests)
    await _busy(target.port, requests, time.monotonic() + 1)  # warms up
    end = time.monotonic() + SATURATED_SECONDS
    counts = await asyncio.gather(*(_busy(target.port, requests, end) for _ in range(CONNECTIONS)))
    return sum(counts) / SATURATED_SECONDS


async def _busy(port: int, requests: Iterator[bytes], end: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    n = 0
    while time.monotonic() < end:
        await _ask(reader, writer, next(requests))
        n += 1
    writer.close()
    return n


async def _steady(target: Target) -> list[float]:
    """Seconds from when each request was due until it was answered."""
    idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        idle.put_nowait(await asyncio.open_connection("127.0.0.1", target.port))
    requests = cycle(target.requests)
    start = time.monotonic() + 0.5
    seconds: list[float] = []

    async def send(due: float) -> None:
        await asyncio.sleep(due - time.monotonic())
        reader, writer = await idle.get()
        await _ask(reader, writer, next(requests))
        seconds.append(time.monotonic() - due)
        idle.put_nowait((reader, writer))

    n_requests = STEADY_PER_SECOND * STEADY_SECONDS
    await asyncio.gather(*(send(start + n / STEADY_PER_SECOND) for n in range(n_requests)))
    return seconds
