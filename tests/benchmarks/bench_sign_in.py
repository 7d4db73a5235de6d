"""``/health`` while sixty people sign in at once, beside ``/health`` while nobody does.

Each of the sixty comes from an address of its own (all of 127.0.0.0/8 is this machine), so that no
limit spares the server a hash. The client shares the machine's cores with the server, and both
share them with whatever else runs: read the ratio of the two rows.
"""

import asyncio
import statistics
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import numpy as np

from tests.benchmarks.bench_api import AWASE, _serving
from tests.serving.web.conftest import make_company

PARALLEL = 60
QUIET_SECONDS = 5.0
PAUSE_SECONDS = 0.005
GET = "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
HEAD = (
    "POST /sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: {cookie}\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
)


def main() -> None:
    """Print how long health takes, quiet and under load, and how long the sign-ins took."""
    with tempfile.TemporaryDirectory() as name:
        folder = make_company(Path(name) / "workspace")
        command = [AWASE, "serve", "-w", folder, "--plain-http", "--port"]
        with _serving(command, "/ready") as port:
            quiet, loaded, told = asyncio.run(_measure(port))
    print(f"  health, nobody signs in      {_row(quiet)}")
    print(f"  health, {PARALLEL} sign in at once   {_row(loaded)}")
    ratio = statistics.median(loaded) / statistics.median(quiet)
    print(f"  median under load: {ratio:.1f} times the quiet one")
    answers = Counter(status for status, _ in told)
    print(f"  sign-ins: {dict(answers)}, median {statistics.median(s for _, s in told):.2f} s")


async def _measure(port: int) -> tuple[list[float], list[float], list[tuple[int, float]]]:
    await _sign_in_all(port, "warm-up")
    quiet, loaded = [], []
    with suppress(TimeoutError):
        await asyncio.wait_for(_ask_health(port, quiet), QUIET_SECONDS)
    asking = asyncio.create_task(_ask_health(port, loaded))
    told = await _sign_in_all(port, "load")
    asking.cancel()
    return quiet, loaded, told


async def _ask_health(port: int, seconds: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await _ask(port, "127.0.0.1", GET.format(path="/health"))
        seconds.append(time.perf_counter() - began)
        await asyncio.sleep(PAUSE_SECONDS)


def _row(seconds: list[float]) -> str:
    median, late, most = 1e3 * np.quantile(seconds, (0.5, 0.99, 1.0))
    figures = f"median {median:6.1f} ms   99th {late:6.1f} ms   longest {most:6.1f} ms"
    return f"{figures}   ({len(seconds)} answers)"


async def _sign_in_all(port: int, name: str) -> list[tuple[int, float]]:
    return await asyncio.gather(*(_sign_in(port, f"{name}-{n}", n) for n in range(PARALLEL)))


async def _sign_in(port: int, login: str, number: int) -> tuple[int, float]:
    """Status and seconds of a wrong password, as a browser sends it."""
    address = f"127.0.1.{number + 1}"
    page = await _ask(port, address, GET.format(path="/sign-in"))
    cookie = page.split("set-cookie: ")[1].split(";")[0]
    token = page.split('name="form_token" value="')[1].split('"')[0]
    body = urlencode({"login": login, "password": "wrong", "form_token": token})
    began = time.perf_counter()
    answer = await _ask(port, address, HEAD.format(cookie=cookie, length=len(body)) + body)
    return int(answer.split(" ", 2)[1]), time.perf_counter() - began


async def _ask(port: int, address: str, request: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    writer.write(request.encode())
    answer = await reader.read()
    writer.close()
    return answer.decode()
