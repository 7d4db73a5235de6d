"""HubSpot's REST interface: the one place that knows its version, its limits and its errors.

Reading is tried again after a cut connection, an error of the server or a 429; so is writing where
a second time changes nothing. Creating is not: whoever creates looks first whether it was done.

Limits are the documented ones of September 2026: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2

from features.core.errors import LeadDataError
from serving.crm.account import CrmAccount
from serving.crm.errors import CrmRefused, CrmUnavailable, QuotaSpent, TokenRefused, UncertainReply
from serving.crm.token import Token

LONGEST_TEXT = 65_000
"""HubSpot holds 65,536 characters in a property."""


def as_property(value: str | float | None) -> str:
    """A value as text; empty clears the property."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value)[:LONGEST_TEXT]


def as_time(text: str) -> str:
    """An instant as milliseconds since 1970."""
    return str(int(datetime.fromisoformat(text).timestamp()) * 1000)


VERSION = "2026-03"
"""Version in the dated paths; supported for 18 months. To change it: 1. here; 2. read the change
log for what moved; 3. the contract tests."""

ACCOUNT = f"/account-info/{VERSION}/details"
FORMS = f"/marketing/forms/{VERSION}"
SUBMISSIONS = "/form-integrations/v1/submissions/forms"
"""The one path that has no dated successor yet."""


def objects(kind: str, rest: str = "") -> str:
    """Records of one kind."""
    return f"/crm/objects/{VERSION}/{kind}{rest}"


def associations(from_kind: str, to_kind: str) -> str:
    """Which records of one kind belong to which of another, for many at once."""
    return f"/crm/associations/{VERSION}/{from_kind}/{to_kind}/batch/read"


def properties(kind: str, rest: str = "") -> str:
    """The fields of a kind of records."""
    return f"/crm/properties/{VERSION}/{kind}{rest}"


def pipelines(kind: str) -> str:
    """Pipelines and their stages."""
    return f"/crm/pipelines/{VERSION}/{kind}"


PREFIX = "awase_"


def property_name(field: str) -> str:
    """Internal name of a property; never changes once an account has it."""
    return PREFIX + field


URL = "https://api.hubapi.com"

PER_LIST = 100
PER_SEARCH = 200
PER_BATCH = 100
"""Records of one page of a list, of a search, and of one batch that writes or reads."""
PER_HISTORY = 50
"""Records of one batch read with histories."""
PER_ASSOCIATION = 1_000
"""Records whose associations one request reads."""
SEARCHES_PER_SECOND = 5
"""Searches have a limit of their own, per account, and no headers that tell how near it is."""

ATTEMPTS = 6
ATTEMPTS_WHEN_BUSY = 40
"""A 429 is no fault, only a wait: other programs of the account may take its calls for minutes."""
LONGEST_WAIT = 30.0
"""Seconds between two attempts at most, unless the server asks for more."""
LONGEST_ASKED = 600.0
"""A server that asks for a longer wait than this is taken for one that does not answer."""
TIMEOUT = 60.0

Json = dict[str, Any]


@dataclass(kw_only=True)
class HubSpotClock:
    """Time as the client sees and spends it; tests give one that does not wait."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(kw_only=True)
class HubspotClient:
    """Calls with a private app's token.

    Attributes
    ----------
    server_time : datetime
        What the server's clock said last; ours may be wrong.
    """

    token: Token
    url: str = URL
    clock: HubSpotClock = field(default_factory=HubSpotClock)
    server_time: datetime = field(default_factory=lambda: datetime.now(UTC), init=False)
    _account: CrmAccount | None = field(default=None, init=False)
    _http: httpx2.Client = field(init=False, repr=False)
    _last_search: float = field(default=-1.0, init=False)
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

    def account(self) -> CrmAccount:
        """The account of our token; asked for once."""
        if self._account is None:
            told = self.get(ACCOUNT)
            self._account = CrmAccount(
                vendor="hubspot",
                account_id=str(told["portalId"]),
                is_sandbox=str(told.get("accountType")) != "STANDARD",
            )
        return self._account

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Json:
        """Read something."""
        return self._call("GET", path, query=query)

    def read(self, path: str, body: Json) -> Json:
        """Read something by a request that carries a body: a batch read or a search."""
        if path.endswith("/search"):
            self._pace_search()
        return self._call("POST", path, body=body)

    def write(self, path: str, body: Json) -> Json:
        """Write something that may be written twice, such as values of fields."""
        return self._call("POST", path, body=body)

    def create(self, path: str, body: Json) -> Json:
        """Create something.

        Raises
        ------
        UncertainReply
            If no answer came: look whether it was created before trying again.
        """
        return self._call("POST", path, body=body, again=False)

    def change(self, path: str, body: Json) -> Json:
        """Change part of something; a second time changes nothing."""
        return self._call("PATCH", path, body=body)

    def listed(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[Json]:
        """All results of a list, page by page."""
        after: str | None = None
        while True:
            page = self.get(path, {**(query or {}), **({"after": after} if after else {})})
            yield from page.get("results", ())
            after = next_page(page)
            if after is None:
                return

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Json | None = None,
        again: bool = True,
    ) -> Json:
        last, faults, waits = "", 0, 0
        while faults < ATTEMPTS and waits < ATTEMPTS_WHEN_BUSY:
            self._hold_back()
            try:
                response = self._http.request(
                    method,
                    path,
                    params=query,
                    json=body,
                    headers={"Authorization": f"Bearer {self.token.reveal()}"},
                )
            except httpx2.TransportError as error:
                if not again and not isinstance(error, httpx2.ConnectError):
                    raise _uncertain(path) from None
                last = type(error).__name__
                self._wait(faults)
                faults += 1
                continue
            self._look_at_clock(response)
            if response.status_code == httpx2.codes.TOO_MANY_REQUESTS:
                last = "429"
                self._wait_as_asked(response, waits)
                waits += 1
            elif response.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
                if not again:
                    raise _uncertain(path)
                last = str(response.status_code)
                self._wait(faults)
                faults += 1
            else:
                return _answer(response, path)
        msg = (
            f"HubSpot must answer; got {last} to {faults + waits} attempts at {path}. "
            "What was stored stays: try again later."
        )
        raise CrmUnavailable(msg)

    def _pace_search(self) -> None:
        wait = self._last_search + 1 / SEARCHES_PER_SECOND - self.clock.now()
        if self._last_search >= 0 and wait > 0:
            self.clock.sleep(wait)
        self._last_search = self.clock.now()

    def _hold_back(self) -> None:
        wait = self._wait_until - self.clock.now()
        if wait > 0:
            self.clock.sleep(wait)

    def _look_at_clock(self, response: httpx2.Response) -> None:
        if "date" in response.headers:
            self.server_time = parsedate_to_datetime(response.headers["date"])
        remaining = response.headers.get("X-HubSpot-RateLimit-Remaining", "")
        interval = response.headers.get("X-HubSpot-RateLimit-Interval-Milliseconds", "")
        if remaining.isdigit() and interval.isdigit() and int(remaining) == 0:
            self._wait_until = self.clock.now() + int(interval) / 1000

    def _wait(self, attempt: int) -> None:
        self.clock.sleep(min(LONGEST_WAIT, 0.5 * 2**attempt))

    def _wait_as_asked(self, response: httpx2.Response, attempt: int) -> None:
        said = _json(response)
        if str(said.get("policyName", "")).upper() == "DAILY":
            msg = (
                "HubSpot allows so many calls a day; got word that today's are spent. What was "
                "stored stays: go on after midnight of the account's time zone."
            )
            raise QuotaSpent(msg)
        asked = response.headers.get("Retry-After", "")
        try:
            seconds = float(asked)
        except ValueError:
            self._wait(attempt)
            return
        if seconds > LONGEST_ASKED:
            msg = (
                f"HubSpot must take calls within {LONGEST_ASKED:.0f} s; got word to wait "
                f"{seconds:.0f} s. What was stored stays: try again then."
            )
            raise CrmUnavailable(msg)
        self.clock.sleep(max(seconds, 0.0))


def check_url(url: str) -> None:
    """Refuse an address to which a token would travel in the open.

    Raises
    ------
    LeadDataError
        If it is neither HTTPS nor on this machine.
    """
    parts = urlsplit(url)
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and here):
        msg = f"a CRM is called over https; got {parts.scheme or 'no scheme'}. Change the address."
        raise LeadDataError(msg)


def next_page(page: Json) -> str | None:
    """Where a list or a search goes on; None at its end."""
    after = page.get("paging", {}).get("next", {}).get("after")
    return None if after is None else str(after)


def _answer(response: httpx2.Response, path: str) -> Json:
    status = response.status_code
    if status in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
        lacking = _missing_scopes(_json(response))
        told = f" (missing: {lacking})" if lacking else ""
        msg = (
            f"HubSpot must accept the token for {path}; got {status}{told}. What was stored stays: "
            "renew the token or give the private app that scope, and run the command again."
        )
        raise TokenRefused(msg)
    if status >= httpx2.codes.MULTIPLE_CHOICES:
        said = str(_json(response).get("message", ""))
        msg = f"HubSpot must accept a request to {path}; got {status}. Its words: {said[:300]}"
        raise CrmRefused(msg, status=status, said=said)
    return _json(response) if response.content else {}


def _missing_scopes(said: Json) -> str:
    found: set[str] = set()
    for error in said.get("errors", ()):
        found.update(error.get("context", {}).get("requiredGranularScopes", ()))
        found.update(error.get("context", {}).get("missingScopes", ()))
    return ", ".join(sorted(found))


def _json(response: httpx2.Response) -> Json:
    try:
        value = response.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _uncertain(path: str) -> UncertainReply:
    msg = (
        f"HubSpot must say whether it created what was sent to {path}; got no answer. "
        "It is looked up before it is sent again."
    )
    return UncertainReply(msg)
