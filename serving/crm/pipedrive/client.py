"""Pipedrive's interface: the one place that knows its addresses, its limits and its errors.

Version 2 lists records; notes, histories of fields and the user exist in version 1 alone. Facts are
those of September 2026: https://developers.pipedrive.com/docs/api/v1
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import httpx2

from serving.crm.client import Json, RestClient, in_parts
from serving.crm.errors import CrmRefused
from serving.crm.pipedrive.fields import DEALS, FIELDS_OF, PipedriveField, field_of

URL = "https://api.pipedrive.com"
V1, V2 = "/api/v1", "/api/v2"

LISTS = {DEALS: (DEALS, f"{DEALS}/archived")}
"""Lists that hold an object's records, where there is more than one."""

PER_PAGE = 500
"""Records of one page of a list."""
PER_IDS = 100
"""Records that one call reads by their ids."""

NOT_FOUND = 404


@dataclass(kw_only=True)
class PipedriveClient(RestClient):
    """Calls with the token of a user."""

    vendor: ClassVar[str] = "pipedrive"
    right: ClassVar[str] = "permission"
    url: str = URL
    _fields: dict[str, dict[str, PipedriveField]] = field(
        default_factory=dict, init=False, repr=False
    )
    _home_currency: str = field(default="", init=False)

    def ask_account(self) -> tuple[str, bool]:
        """The company; Pipedrive does not say of one whether it is for trying things."""
        told = self.get(f"{V1}/users/me")["data"]
        self._home_currency = str(told.get("default_currency") or "")
        return str(told["company_id"]), False

    @property
    def home_currency(self) -> str:
        """The currency that the token's user works in."""
        self.account()
        return self._home_currency

    def sign(self, token: str) -> dict[str, str]:
        """Headers that carry the token."""
        return {"x-api-token": token}

    def words_of(self, said: Json) -> str:
        """The reason in an answer that refuses."""
        return " ".join(str(said[key]) for key in ("error", "error_info") if said.get(key))

    def is_spent(self, response: httpx2.Response) -> bool:
        """Whether a 429 says that the day's calls are spent, not those of two seconds."""
        return any(
            name.casefold().startswith("x-daily") and value.strip() == "0"
            for name, value in response.headers.items()
        )

    def rest_for(self, headers: Mapping[str, str]) -> float:
        """Seconds until another call is welcome: the rest of a window that is used up."""
        reset = headers.get("x-ratelimit-reset", "")
        used_up = headers.get("x-ratelimit-remaining", "") == "0"
        return float(reset) if used_up and reset.isdigit() else 0.0

    def page(self, path: str, query: Mapping[str, str]) -> tuple[list[Json], str | None]:
        """One page of a list of version 2, and where the next begins; None after the last."""
        told = self.get(path, {"limit": str(PER_PAGE), **query})
        after = (told.get("additional_data") or {}).get("next_cursor")
        return told.get("data") or [], after

    def listed(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[Json]:
        """All records of a list, page by page."""
        after: str | None = ""
        while after is not None:
            more = {"cursor": after} if after else {}
            records, after = self.page(path, {**(query or {}), **more})
            yield from records

    def by_id(self, kind: str, ids: Sequence[str]) -> Iterator[Json]:
        """Records by their ids; those that are gone are left out."""
        for part in in_parts(ids, PER_IDS):
            for path in paths_of(kind):
                found, _ = self.page(path, {"ids": ",".join(part)})
                yield from (item for item in found if not item.get("is_deleted"))

    def even_if_deleted(self, kind: str, key: str) -> Json | None:
        """A record, in the bin or not; None once Pipedrive has erased it, 30 days later."""
        try:
            found: Json | None = self.get(f"{V2}/{kind}/{key}").get("data")
        except CrmRefused as refused:
            if refused.status != NOT_FOUND:
                raise
            return None
        return found

    def about(self, kind: str, person: str) -> Iterator[Json]:
        """Records of an object that are about a person."""
        for path in paths_of(kind):
            yield from self.listed(path, {"person_id": person})

    def fields(self, kind: str) -> dict[str, PipedriveField]:
        """Fields of an object by their key; asked for once."""
        if kind not in self._fields:
            found = map(field_of, self.listed(f"{V2}/{FIELDS_OF[kind]}"))
            self._fields[kind] = {item.key: item for item in found}
        return self._fields[kind]

    def forget_fields(self) -> None:
        """Ask for fields again: some were made."""
        self._fields.clear()


def paths_of(kind: str) -> tuple[str, ...]:
    """Addresses of the lists that hold an object's records."""
    return tuple(f"{V2}/{name}" for name in LISTS.get(kind, (kind,)))
