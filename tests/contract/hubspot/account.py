"""A HubSpot account in memory: records, the history of every property, what belongs to what.

Written from the public documentation, for tests alone. Times are milliseconds since 1970.
"""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

COMPANIES, PRIMARY = "companies", "associatedcompanyid"
"""The contact's property that holds its primary company; it follows the links, and is stamped."""

CHANGED = {"contacts": "lastmodifieddate"}
USUALLY_CHANGED = "hs_lastmodifieddate"

DEALS_SHOW = (
    "amount closedate createdate dealname dealstage hs_lastmodifieddate hs_object_id pipeline"
)
DEFAULTS = {
    "contacts": (
        "createdate",
        "email",
        "firstname",
        "hs_object_id",
        "lastmodifieddate",
        "lastname",
    ),
    "companies": ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
    "deals": tuple(DEALS_SHOW.split()),
}
ELSE = ("hs_createdate", "hs_lastmodifieddate", "hs_object_id")

VERSIONS_KEPT = {"contacts": 45}
USUALLY_KEPT = 20
"""How many values of a property the interface gives."""


@dataclass(slots=True)
class Version:
    value: str
    at: int
    user: int | None = None


@dataclass(slots=True)
class Thing:
    """One record."""

    id: str
    created: int
    changed: int
    history: dict[str, list[Version]] = field(default_factory=dict)
    archived_at: int | None = None

    def value(self, name: str) -> str | None:
        versions = self.history.get(name)
        return versions[-1].value if versions else None


@dataclass(slots=True)
class Property:
    name: str
    label: str
    type: str = "string"
    field_type: str = "text"
    group: str = "contactinformation"
    options: list[dict[str, Any]] = field(default_factory=list)
    calculated: bool = False
    hubspot: bool = True


def _now() -> int:
    return int(time.time() * 1000)


class Account:
    """What the server serves; tests fill it and look into it."""

    def __init__(self, now: Callable[[], int] | None = None) -> None:
        self.now = now or _now
        self._ids = itertools.count(101)
        self.things: dict[str, dict[str, Thing]] = {}
        self.links: dict[tuple[str, str], dict[str, dict[str, None]]] = {}
        self.cut: dict[tuple[str, str], list[tuple[str, str]]] = {}
        """What archived records belonged to."""
        self.merged_into: dict[str, dict[str, str]] = {}
        self.properties: dict[str, dict[str, Property]] = {}
        self.groups: dict[str, dict[str, str]] = {}
        self.forms: dict[str, dict[str, Any]] = {}
        self.submissions: dict[str, list[dict[str, Any]]] = {}
        self.pipelines: dict[str, list[dict[str, Any]]] = {}
        self.n_changes = 0
        self.portal, self.type = 24_681_357, "STANDARD"
        self._found_by: tuple[Any, dict[str, Thing]] = (None, {})

    def new_id(self) -> str:
        return str(next(self._ids))

    def create(
        self, kind: str, values: dict[str, str], *, at: int | None = None, user: int | None = None
    ) -> Thing:
        at = self.now() if at is None else at
        thing = Thing(id=self.new_id(), created=at, changed=at)
        self.things.setdefault(kind, {})[thing.id] = thing
        born = "createdate" if kind in DEFAULTS else "hs_createdate"
        iso = iso_time(at)
        self._set(kind, thing, {"hs_object_id": thing.id, born: iso} | values, at=at, user=user)
        return thing

    def update(
        self,
        kind: str,
        key: str,
        values: dict[str, str],
        *,
        at: int | None = None,
        user: int | None = None,
    ) -> Thing:
        thing = self.things[kind][self.current(kind, key)]
        self._set(kind, thing, values, at=self.now() if at is None else at, user=user)
        return thing

    def _set(
        self, kind: str, thing: Thing, values: dict[str, str], *, at: int, user: int | None
    ) -> None:
        self.n_changes += 1
        for name, value in values.items():
            if thing.value(name) != value:
                thing.history.setdefault(name, []).append(Version(value, at, user))
        thing.changed = max(thing.changed, at)
        changed = CHANGED.get(kind, USUALLY_CHANGED)
        thing.history[changed] = [Version(iso_time(thing.changed), thing.changed)]

    def link(self, kind: str, key: str, to_kind: str, *to: str) -> None:
        for other in to:
            self.links.setdefault((kind, to_kind), {}).setdefault(key, {})[other] = None
            self.links.setdefault((to_kind, kind), {}).setdefault(other, {})[key] = None

    def linked(self, kind: str, key: str, to_kind: str) -> list[str]:
        return list(self.links.get((kind, to_kind), {}).get(key, {}))

    def unlink(self, kind: str, key: str, to_kind: str, other: str) -> None:
        """Take a record off another; neither is stamped."""
        self.links.get((kind, to_kind), {}).get(key, {}).pop(other, None)
        self.links.get((to_kind, kind), {}).get(other, {}).pop(key, None)

    def restore(self, kind: str, key: str) -> None:
        """Take a record out of the bin, with what it belonged to; it is not stamped."""
        self.n_changes += 1
        self.things[kind][key].archived_at = None
        for to_kind, other in self.cut.pop((kind, key), ()):
            if (kept := self.find(to_kind, other)) is not None:
                self.link(kind, key, to_kind, kept.id)
                if kind == COMPANIES and to_kind == "contacts" and not kept.value(PRIMARY):
                    self.update(to_kind, kept.id, {PRIMARY: key})

    def join_company(self, contact: str, company: str, at: int) -> None:
        """What the interface's users see as the primary company, with its history."""
        self.link("contacts", contact, "companies", company)
        self.update("contacts", contact, {PRIMARY: company}, at=at)

    def archive(self, kind: str, key: str) -> None:
        self.n_changes += 1
        thing = self.things[kind].get(key)
        if thing is not None and thing.archived_at is None:
            thing.archived_at = self.now()
            self.cut[kind, key] = [
                (to_kind, other)
                for (from_kind, to_kind), table in self.links.items()
                if from_kind == kind
                for other in table.get(key, ())
            ]
            for (from_kind, to_kind), table in self.links.items():
                if from_kind == kind:
                    table.pop(key, None)
                elif to_kind == kind:
                    for others in table.values():
                        others.pop(key, None)
            if kind == COMPANIES:
                self._take_from_company(key)

    def _take_from_company(self, company: str) -> None:
        for contact in self.things.get("contacts", {}).values():
            if contact.value(PRIMARY) == company:
                self.update("contacts", contact.id, {PRIMARY: ""})

    def merge(self, kind: str, primary: str, other: str) -> Thing:
        """A new record with a new number, as HubSpot does since 2025; both others lead to it."""
        first, second = self.things[kind].pop(primary), self.things[kind].pop(other)
        at = self.now()
        merged = Thing(id=self.new_id(), created=min(first.created, second.created), changed=at)
        for name in first.history.keys() | second.history.keys():
            versions = first.history.get(name, []) + second.history.get(name, [])
            merged.history[name] = sorted(versions, key=lambda version: version.at)
        winner = {name: first.value(name) or second.value(name) or "" for name in merged.history}
        before = (first.value("hs_merged_object_ids"), second.value("hs_merged_object_ids"))
        ids = [primary, other, *(key for text in before if text for key in text.split(";"))]
        if second.value("email"):
            winner["hs_additional_emails"] = second.value("email") or ""
        self.things[kind][merged.id] = merged
        self._set(
            kind,
            merged,
            winner | {"hs_object_id": merged.id, "hs_merged_object_ids": ";".join(ids)},
            at=at,
            user=None,
        )
        for key in ids:
            self.merged_into.setdefault(kind, {})[key] = merged.id
        self._relink(kind, {primary, other}, merged.id)
        if kind == COMPANIES:
            for contact in self.things.get("contacts", {}).values():
                if contact.value(PRIMARY) in (primary, other):
                    self.update("contacts", contact.id, {PRIMARY: merged.id})
        return merged

    def _relink(self, kind: str, old: set[str], new: str) -> None:
        for (from_kind, to_kind), table in list(self.links.items()):
            if from_kind == kind:
                for key in old & table.keys():
                    for other in table.pop(key):
                        self.link(kind, new, to_kind, other)
            if to_kind == kind:
                for others in table.values():
                    for key in old & others.keys():
                        del others[key]

    def current(self, kind: str, key: str) -> str:
        """The record a number leads to: another one where it was merged."""
        return self.merged_into.get(kind, {}).get(key, key)

    def find(self, kind: str, key: str, *, archived: bool = False) -> Thing | None:
        thing = self.things.get(kind, {}).get(self.current(kind, key))
        return thing if thing is not None and (thing.archived_at is not None) == archived else None

    def by_property(self, kind: str, name: str, value: str) -> Thing | None:
        """A record by a property that only one has; a contact by any of its addresses."""
        stamp = (kind, name, self.n_changes)
        if self._found_by[0] != stamp:
            self._found_by = (stamp, dict(self._by_value(kind, name)))
        return self._found_by[1].get(value.lower())

    def _by_value(self, kind: str, name: str) -> Iterator[tuple[str, Thing]]:
        for thing in self.things.get(kind, {}).values():
            if thing.archived_at is None:
                own = [thing.value(name) or ""]
                if name == "email":
                    own += (thing.value("hs_additional_emails") or "").split(";")
                yield from ((text.lower(), thing) for text in own if text)

    def listed(self, kind: str, *, archived: bool) -> list[Thing]:
        things = self.things.get(kind, {}).values()
        chosen = [thing for thing in things if (thing.archived_at is not None) == archived]
        return sorted(chosen, key=lambda thing: int(thing.id))

    def page(
        self, kind: str, *, archived: bool, after: int, limit: int
    ) -> tuple[list[Thing], bool]:
        """Some records by id after one of them, and whether there are more."""
        rest = [t for t in self.listed(kind, archived=archived) if int(t.id) > after]
        return rest[:limit], len(rest) > limit

    def define(self, kind: str, properties: Iterable[Property]) -> None:
        self.properties.setdefault(kind, {}).update({item.name: item for item in properties})

    def submit(self, form: str, email: str, at: int) -> None:
        number = f"{form}-{len(self.submissions.setdefault(form, [])) + 1:06d}"
        self.submissions[form].append(
            {
                "conversionId": number,
                "submittedAt": at,
                "values": [{"name": "email", "value": email}],
                "pageUrl": "https://example.com/",
            }
        )


def iso_time(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:03d}Z"
