"""Many who try passwords at once: none gets more tries, and the server still answers."""

import http.client
import socket
import statistics
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from serving.web.sign_in.passwords import TRIES_PER_ADDRESS, TRIES_PER_LOGIN_AND_ADDRESS
from tests.served import served

ROOT = Path(__file__).parents[4]
PARALLEL = 60
SECONDS_TO_START = 120


@pytest.fixture
def port(site) -> Iterator[int]:
    """A server in this process."""
    with served(site.app) as address:
        yield int(address.rpartition(":")[2])


@pytest.fixture
def port_elsewhere(site) -> Iterator[int]:
    """A server in a process of its own, so that only its own work slows it down."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [ROOT / ".venv/bin/awase", "serve", "--port", str(port), "--plain-http"]
    process = subprocess.Popen(
        [*command, "-w", site.workspace.folder], stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _wait_until_it_answers(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_until_it_answers(port: int) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        try:
            _get(port, "/health")
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server never answered")


class Hashing:
    """Counts how many passwords are hashed, and how many at most at one time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.n, self.most, self._now = 0, 0, 0
        self._lock = threading.Lock()
        verify = Argon2Hasher.verify

        def counted(hasher, password, hash_):
            with self._lock:
                self.n, self._now = self.n + 1, self._now + 1
                self.most = max(self.most, self._now)
            try:
                return verify(hasher, password, hash_)
            finally:
                with self._lock:
                    self._now -= 1

        monkeypatch.setattr(Argon2Hasher, "verify", counted)


def _get(port: int, path: str) -> tuple[http.client.HTTPResponse, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


def _try(port: int, login: str) -> int:
    """One wrong password, as a browser sends it."""
    page, html = _get(port, "/sign-in")
    token = html.split('name="form_token" value="')[1].split('"')[0]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(
        "POST",
        "/sign-in",
        urlencode({"login": login, "password": "wrong", "form_token": token}),
        {
            "cookie": str(page.headers["set-cookie"]).partition(";")[0],
            "content-type": "application/x-www-form-urlencoded",
        },
    )
    status = connection.getresponse().status
    connection.close()
    return status


def test_tries_at_once_are_counted_before_they_are_checked(port, monkeypatch) -> None:
    hashing = Hashing(monkeypatch)

    with ThreadPoolExecutor(PARALLEL) as pool:
        told = Counter(pool.map(lambda _: _try(port, "sales"), range(PARALLEL)))

    n = TRIES_PER_LOGIN_AND_ADDRESS
    assert told == {401: n, 429: PARALLEL - n}
    assert hashing.n == n


def test_at_most_two_passwords_are_hashed_at_once(port, monkeypatch) -> None:
    hashing = Hashing(monkeypatch)

    with ThreadPoolExecutor(PARALLEL) as pool:
        told = Counter(pool.map(lambda i: _try(port, f"login-{i}"), range(PARALLEL)))

    assert told == {401: TRIES_PER_ADDRESS, 429: PARALLEL - TRIES_PER_ADDRESS}
    assert hashing.most == 2


def test_health_answers_while_passwords_are_hashed(port_elsewhere) -> None:
    """Compared with the tries' own answers, since the machine that tests has other work, too."""
    took, tried, over = [], [], threading.Event()

    def ask() -> None:
        while not over.is_set():
            began = time.perf_counter()
            answer, _ = _get(port_elsewhere, "/health")
            took.append(time.perf_counter() - began)
            assert answer.status == 200
            time.sleep(0.01)

    def attempt(number: int) -> None:
        began = time.perf_counter()
        if _try(port_elsewhere, f"login-{number}") == 401:
            tried.append(time.perf_counter() - began)

    asking = threading.Thread(target=ask)
    asking.start()
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(attempt, range(PARALLEL)))
    over.set()
    asking.join()

    assert statistics.quantiles(took, n=10)[-1] < statistics.median(tried) / 2
