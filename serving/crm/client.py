"""Calls to a CRM: what is tried again, how long one waits, and what is said where nothing helps.

Reading is tried again after a cut connection, an error of the server or a 429; so is writing where
a second time changes nothing. Creating is not: whoever creates looks first whether it was done.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

import httpx2

from features.core.errors import LeadDataError
from features.crms import CRMS
from serving.crm.account import CrmAccount
from serving.crm.errors import CrmRefused, CrmUnavailable, QuotaSpent, TokenRefused, UncertainReply
from serving.crm.token import Token

ATTEMPTS = 6
ATTEMPTS_WHEN_BUSY = 40
"""A 429 is no fault, only a wait: other programs of the account may take its calls for minutes."""
LONGEST_WAIT = 30.0
"""Seconds between two attempts at most, unless the server asks for more."""
LONGEST_ASKED = 600.0
"""A server that asks for a longer wait than this is taken for one that does not answer."""
TIMEOUT = 60.0

Json = dict[str, Any]
T = TypeVar("T")


@dataclass(kw_only=True)
class CrmClock:
    """Time as a client sees and spends it; tests give one that does not wait."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(kw_only=True)
class CrmClient(ABC):
    """Calls within one account of a CRM.

    Attributes
    ----------
    server_time : datetime
        What the server's clock said last; ours may be wrong.
    """

    vendor: ClassVar[str]
    clock: CrmClock = field(default_factory=CrmClock)
    server_time: datetime = field(default_factory=lambda: datetime.now(UTC), init=False)
    _account: CrmAccount | None = field(default=None, init=False)

    @property
    def title(self) -> str:
        """The CRM as people call it."""
        return CRMS[self.vendor]

    def account(self) -> CrmAccount:
        """The account we are in; asked for once."""
        if self._account is None:
            account_id, is_sandbox = self.ask_account()
            self._account = CrmAccount(
                vendor=self.vendor, account_id=account_id, is_sandbox=is_sandbox
            )
        return self._account

    @abstractmethod
    def ask_account(self) -> tuple[str, bool]:
        """Number of the account, and whether it is one for trying things."""

    @abstractmethod
    def close(self) -> None:
        """Give back all connections."""

    def look_at_clock(self, headers: Mapping[str, str]) -> None:
        """Remember what time it is there."""
        if "date" in headers:
            self.server_time = parsedate_to_datetime(headers["date"]).astimezone(UTC)

    def wait(self, attempt: int) -> None:
        """Wait before another attempt, longer each time."""
        self.clock.sleep(min(LONGEST_WAIT, 0.5 * 2**attempt))

    def unavailable(self, path: str, *, last: str, n_attempts: int) -> CrmUnavailable:
        """The error that nothing came of several attempts.

        Parameters
        ----------
        path : str
            What was called.
        last : str
            What came of the last attempt.
        n_attempts : int
        """
        msg = (
            f"{self.title} must answer; got {last} to {n_attempts} attempts at {path}. "
            "What was stored stays: try again later."
        )
        return CrmUnavailable(msg)

    def uncertain(self, path: str) -> UncertainReply:
        """The error that nobody knows whether something was created."""
        msg = (
            f"{self.title} must say whether it did what was sent to {path}; got no answer. "
            "It is looked up before it is sent again."
        )
        return UncertainReply(msg)

    def refused(self, path: str, *, status: int, said: str) -> CrmRefused:
        """The error that a request is not accepted as a whole.

        Parameters
        ----------
        path : str
            What was called.
        status : int
            HTTP status.
        said : str
            The CRM's own words.
        """
        msg = f"{self.title} must accept a request to {path}; got {status}. Its words: {said[:300]}"
        return CrmRefused(msg, status=status, said=said)


@dataclass(kw_only=True)
class RestClient(CrmClient):
    """Calls of an interface that speaks JSON and takes a token with every call."""

    token: Token
    url: str
    right: ClassVar[str] = "right"
    """What the token's holder is given where something is forbidden."""
    _http: httpx2.Client = field(init=False, repr=False)
    _wait_until: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        check_url(self.url)
        self._http = httpx2.Client(
            base_url=self.url,
            timeout=TIMEOUT,
            # Whoever sends us elsewhere would get the token.
            follow_redirects=False,
            headers={"User-Agent": "awase", "Accept": "application/json"},
        )

    def close(self) -> None:
        """Give back all connections."""
        self._http.close()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Json:
        """Read something."""
        return self.call("GET", path, query=query)

    def create(self, path: str, body: Json | list[Json]) -> Json:
        """Create something.

        Raises
        ------
        UncertainReply
            If no answer came: look whether it was created before trying again.
        """
        return self.call("POST", path, body=body, again=False)

    def change(self, path: str, body: Json) -> Json:
        """Change part of something; a second time changes nothing."""
        return self.call("PATCH", path, body=body)

    @abstractmethod
    def sign(self, token: str) -> dict[str, str]:
        """Headers that carry the token."""

    @abstractmethod
    def words_of(self, said: Json) -> str:
        """The reason in an answer that refuses."""

    @abstractmethod
    def is_spent(self, response: httpx2.Response) -> bool:
        """Whether a 429 says that the day's calls are spent."""

    def lacking_rights(self, _said: Json) -> str:
        """Rights that an answer names as missing, where it does."""
        return ""

    def rest_for(self, _headers: Mapping[str, str]) -> float:
        """Seconds until another call is welcome, by an answer's headers."""
        return 0.0

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Json | list[Json] | None = None,
        again: bool = True,
    ) -> Json:
        """Send a request and read its answer.

        Parameters
        ----------
        method : str
            HTTP method.
        path : str
        query : mapping, optional
            Query of the address.
        body : dict or list, optional
            Sent as JSON.
        again : bool
            Whether it may be sent twice: not where it creates something.
        """
        last, faults, waits = "", 0, 0
        while faults < ATTEMPTS and waits < ATTEMPTS_WHEN_BUSY:
            self._hold_back()
            headers = self.sign(self.token.reveal())
            try:
                response = self._http.request(
                    method, path, params=query, json=body, headers=headers
                )
            except httpx2.TransportError as error:
                if not again and not isinstance(error, httpx2.ConnectError):
                    raise self.uncertain(path) from None
                last = type(error).__name__
                self.wait(faults)
                faults += 1
                continue
            self.look_at_clock(response.headers)
            self._wait_until = self.clock.now() + self.rest_for(response.headers)
            if response.status_code == httpx2.codes.TOO_MANY_REQUESTS:
                last = "429"
                self._wait_as_asked(response, waits)
                waits += 1
            elif response.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
                if not again:
                    raise self.uncertain(path)
                last = str(response.status_code)
                self.wait(faults)
                faults += 1
            else:
                return self._answer(response, path)
        raise self.unavailable(path, last=last, n_attempts=faults + waits)

    def _hold_back(self) -> None:
        wait = self._wait_until - self.clock.now()
        if wait > 0:
            self.clock.sleep(wait)

    def _wait_as_asked(self, response: httpx2.Response, attempt: int) -> None:
        if self.is_spent(response):
            msg = (
                f"{self.title} allows so many calls a day; got word that today's are spent. What "
                "was stored stays: go on after midnight of the account's time zone."
            )
            raise QuotaSpent(msg)
        try:
            seconds = float(response.headers.get("Retry-After", ""))
        except ValueError:
            self.wait(attempt)
            return
        if seconds > LONGEST_ASKED:
            msg = (
                f"{self.title} must take calls within {LONGEST_ASKED:.0f} s; got word to wait "
                f"{seconds:.0f} s. What was stored stays: try again then."
            )
            raise CrmUnavailable(msg)
        self.clock.sleep(max(seconds, 0.0))

    def _answer(self, response: httpx2.Response, path: str) -> Json:
        status, said = response.status_code, json_of(response)
        if status in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
            lacking = self.lacking_rights(said)
            told = f" (missing: {lacking})" if lacking else ""
            msg = (
                f"{self.title} must accept the token for {path}; got {status}{told}. What was "
                f"stored stays: renew the token or give it that {self.right}, and run the command "
                "again."
            )
            raise TokenRefused(msg)
        if status >= httpx2.codes.MULTIPLE_CHOICES:
            raise self.refused(path, status=status, said=self.words_of(said))
        return said


def json_of(response: httpx2.Response) -> Json:
    """The object that an answer holds; an empty one where it holds none."""
    try:
        value = response.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def in_parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Anything in parts of a size."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def is_this_machine(url: str) -> bool:
    """Whether an address leads nowhere else."""
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")


def check_url(url: str) -> None:
    """Refuse an address to which a token would travel in the open.

    Raises
    ------
    LeadDataError
        If it is neither HTTPS nor on this machine.
    """
    parts = urlsplit(url)
    here = parts.scheme == "http" and is_this_machine(url)
    if not parts.hostname or (parts.scheme != "https" and not here):
        msg = f"a CRM is called over https; got {parts.scheme or 'no scheme'}. Change the address."
        raise LeadDataError(msg)
