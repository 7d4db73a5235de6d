"""HubSpot's REST interface: the one place that knows its version, its limits and its errors.

Limits are the documented ones of September 2026: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

import httpx2

from serving.crm.client import Json, RestClient, json_of

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


@dataclass(kw_only=True)
class HubspotClient(RestClient):
    """Calls with a private app's token."""

    vendor: ClassVar[str] = "hubspot"
    right: ClassVar[str] = "scope"
    url: str = URL
    _last_search: float = field(default=-1.0, init=False)

    def ask_account(self) -> tuple[str, bool]:
        """The portal, and whether it is no standard one."""
        told = self.get(ACCOUNT)
        return str(told["portalId"]), str(told.get("accountType")) != "STANDARD"

    def sign(self, token: str) -> dict[str, str]:
        """Headers that carry the token."""
        return {"Authorization": f"Bearer {token}"}

    def read(self, path: str, body: Json) -> Json:
        """Read something by a request that carries a body: a batch read or a search."""
        if path.endswith("/search"):
            self._pace_search()
        return self.call("POST", path, body=body)

    def write(self, path: str, body: Json) -> Json:
        """Write something that may be written twice, such as values of fields."""
        return self.call("POST", path, body=body)

    def listed(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[Json]:
        """All results of a list, page by page."""
        after: str | None = None
        while True:
            page = self.get(path, {**(query or {}), **({"after": after} if after else {})})
            yield from page.get("results", ())
            after = next_page(page)
            if after is None:
                return

    def words_of(self, said: Json) -> str:
        """The reason in an answer that refuses."""
        return str(said.get("message", ""))

    def is_spent(self, response: httpx2.Response) -> bool:
        """Whether a 429 says that the day's calls are spent."""
        return str(json_of(response).get("policyName", "")).upper() == "DAILY"

    def lacking_rights(self, said: Json) -> str:
        """Scopes that an answer names as missing."""
        found: set[str] = set()
        for error in said.get("errors", ()):
            found.update(error.get("context", {}).get("requiredGranularScopes", ()))
            found.update(error.get("context", {}).get("missingScopes", ()))
        return ", ".join(sorted(found))

    def rest_for(self, headers: Mapping[str, str]) -> float:
        """Seconds until another call is welcome: the rest of an interval that is used up."""
        remaining = headers.get("X-HubSpot-RateLimit-Remaining", "")
        interval = headers.get("X-HubSpot-RateLimit-Interval-Milliseconds", "")
        if remaining.isdigit() and interval.isdigit() and int(remaining) == 0:
            return int(interval) / 1000
        return 0.0

    def _pace_search(self) -> None:
        wait = self._last_search + 1 / SEARCHES_PER_SECOND - self.clock.now()
        if self._last_search >= 0 and wait > 0:
            self.clock.sleep(wait)
        self._last_search = self.clock.now()


def next_page(page: Json) -> str | None:
    """Where a list or a search goes on; None at its end."""
    after = page.get("paging", {}).get("next", {}).get("after")
    return None if after is None else str(after)
