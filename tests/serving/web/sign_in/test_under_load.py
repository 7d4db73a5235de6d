"""Many who try passwords at once: none gets more tries, and the server still answers."""

import asyncio
import http.client
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import httpx2
import pytest
from anyio import to_thread
from pwdlib.hashers.argon2 import Argon2Hasher

from serving.web.sign_in.passwords import (
    HASHED_AT_ONCE,
    HASHING_GIVES_WAY,
    TRIES_PER_ADDRESS,
    TRIES_PER_LOGIN_AND_ADDRESS,
)
from tests.served import served

PARALLEL = 60
SECONDS_TO_GIVE_UP = 600
"""Hashing gives way to all else that runs: beside other tests one may wait for minutes."""


@pytest.fixture
def port(site) -> Iterator[int]:
    """A server in this process."""
    with served(site.app) as address:
        yield int(address.rpartition(":")[2])


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
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_TO_GIVE_UP)
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


def _try(port: int, login: str) -> int:
    """One wrong password, as a browser sends it."""
    page, html = _get(port, "/sign-in")
    token = html.split('name="form_token" value="')[1].split('"')[0]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_TO_GIVE_UP)
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


@pytest.mark.skipif(sys.platform != "linux", reason="only there a thread has a priority")
def test_hashing_gives_way_to_the_threads_of_requests(port, monkeypatch) -> None:
    """The system serves others first: a hash keeps several cores busy, health needs a moment."""
    priorities = set()
    verify = Argon2Hasher.verify

    def seen(hasher, password, hash_):
        priorities.add(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return verify(hasher, password, hash_)

    monkeypatch.setattr(Argon2Hasher, "verify", seen)

    _try(port, "sales")

    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert priorities == {min(ours + HASHING_GIVES_WAY, 19)}


def test_health_waits_for_no_hash_no_thread_and_no_database(site, monkeypatch) -> None:
    goes_on, hashing = threading.Event(), threading.Semaphore(0)

    def held(*_) -> bool:
        hashing.release()
        goes_on.wait()
        return False

    monkeypatch.setattr(Argon2Hasher, "verify", held)

    async def while_all_is_busy() -> tuple[int, set[int]]:
        threads = to_thread.current_default_thread_limiter()
        client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(site.app), base_url="https://awase.test"
        )
        html = (await client.get("/sign-in")).text
        token = html.split('name="form_token" value="')[1].split('"')[0]
        form = {"login": "sales", "password": "wrong", "form_token": token}

        def attempt() -> asyncio.Task[httpx2.Response]:
            return asyncio.create_task(client.post("/sign-in", data=form))

        tries = [attempt() for _ in range(HASHED_AT_ONCE)]
        try:
            while hashing._value < HASHED_AT_ONCE:
                await asyncio.sleep(0.01)
            writer = site.store.engine.execution_options(begin="IMMEDIATE")
            with writer.begin():  # who writes meanwhile makes all others wait
                tries += [attempt() for _ in range(PARALLEL)]
                while threads.available_tokens:
                    await asyncio.sleep(0.01)
                answer = await asyncio.wait_for(client.get("/health"), SECONDS_TO_GIVE_UP)
                assert not threads.available_tokens
        finally:
            goes_on.set()
        return answer.status_code, {(await attempt).status_code for attempt in tries}

    assert asyncio.run(while_all_is_busy()) == (200, {401, 429})
