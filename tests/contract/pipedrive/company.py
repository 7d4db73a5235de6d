"""A Pipedrive company in memory: records, the log of their fields, notes, what was merged.

Written from the public documentation, for tests alone. Times are seconds since 1970. What no stamp
tells here has none there either: a deletion, a restoration, a merge.
"""

import hashlib
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

KINDS = ("persons", "organizations", "deals", "activities")
LISTS = {"emails": "email", "phones": "phone"}
"""What a record calls a person's addresses, and what fields and the log do."""


@dataclass
class Log:
    """A change of one field."""

    key: str
    old: Any
    new: Any
    at: int
    user: int


@dataclass
class Row:
    """One record."""

    id: int
    added: int
    updated: int
    values: Json = field(default_factory=dict)
    custom: Json = field(default_factory=dict)
    log: list[Log] = field(default_factory=list)
    deleted: bool = False
    archived: bool = False


@dataclass
class Field:
    """A field of an object; a custom one has a key of 40 characters."""

    code: str
    name: str
    type: str = "varchar"
    description: str = ""
    options: dict[int, str] = field(default_factory=dict)
    custom: bool = False


class Company:
    """What the server serves; tests fill it and look into it."""

    def __init__(self, now: Callable[[], int] | None = None) -> None:
        self.now = now or (lambda: int(time.time()))
        self.number, self.user, self.currency = 7_654_321, 31, "JPY"
        self.rows: dict[str, dict[int, Row]] = {kind: {} for kind in KINDS}
        self._ids = {kind: itertools.count(1) for kind in (*KINDS, "notes")}
        self._options = itertools.count(1)
        self.fields: dict[str, dict[str, Field]] = {kind: {} for kind in KINDS}
        self.pipelines: dict[int, str] = {}
        self.stages: dict[int, int] = {}
        self.notes: dict[int, Json] = {}
        self.merged_into: dict[int, int] = {}

    def define(self, kind: str, name: str, **about: Any) -> Field:
        """A field; a custom one unless it has a code."""
        custom = "code" not in about
        code = about.pop("code", None) or hashlib.sha1(f"{kind} {name}".encode()).hexdigest()
        labels = about.pop("options", ())
        made = Field(code=code, name=name, custom=custom, **about)
        made.options = {next(self._options): label for label in labels}
        self.fields[kind][code] = made
        return made

    def add_options(self, made: Field, labels: list[str]) -> None:
        made.options |= {next(self._options): label for label in labels}

    def add(self, kind: str, at: int | None = None, **values: Any) -> Row:
        at = self.now() if at is None else at
        row = Row(id=next(self._ids[kind]), added=at, updated=at)
        self.rows[kind][row.id] = row
        for name, value in values.items():
            self._place(kind, row, name)[name] = value
        return row

    def change(
        self, kind: str, key: int, *, user: int | None = None, at: int | None = None, **values: Any
    ) -> Row:
        row, at = self.rows[kind][key], self.now() if at is None else at
        for name, value in values.items():
            place = self._place(kind, row, name)
            old = place.get(name)
            if old != value:
                place[name] = value
                code = LISTS.get(name, name)
                row.log.append(Log(code, _logged(old), _logged(value), at, user or self.user))
        row.updated = max(row.updated, at)
        return row

    def _place(self, kind: str, row: Row, name: str) -> Json:
        known = self.fields[kind].get(name)
        return row.custom if known is not None and known.custom else row.values

    def find(self, kind: str, key: int) -> Row | None:
        row = self.rows[kind].get(key)
        return None if row is None or row.deleted else row

    def listed(self, kind: str) -> list[Row]:
        return [row for row in self.rows[kind].values() if not row.deleted]

    def delete(self, kind: str, key: int) -> None:
        """Put a record into the bin; it is not stamped."""
        self.rows[kind][key].deleted = True

    def archive(self, key: int, *, archived: bool = True) -> None:
        """Put a deal aside, or take it back: it is then in another list, and cannot be edited."""
        self.rows["deals"][key].archived = archived

    def restore(self, kind: str, key: int) -> None:
        self.rows[kind][key].deleted = False

    def merge(self, key: int, with_key: int) -> None:
        """The first person becomes part of the second, whose values count where both have some."""
        gone, kept = self.rows["persons"][key], self.rows["persons"][with_key]
        news: Json = {}
        for name, value in {**gone.values, **gone.custom}.items():
            place = self._place("persons", kept, name)
            if name in LISTS:
                news[name] = [*(place.get(name) or []), *({**v, "primary": False} for v in value)]
            elif place.get(name) in (None, ""):
                news[name] = value
        self.change("persons", with_key, **news)
        for kind in ("deals", "activities"):
            for row in self.rows[kind].values():
                if row.values.get("person_id") == key:
                    row.values["person_id"] = with_key
                people = row.values.get("participants")
                if people:
                    ids = dict.fromkeys(
                        with_key if p["person_id"] == key else p["person_id"] for p in people
                    )
                    row.values["participants"] = [{"person_id": one} for one in ids]
        for note in self.notes.values():
            note["person_id"] = with_key if note["person_id"] == key else note["person_id"]
        gone.deleted = True
        self.merged_into[key] = with_key

    def current(self, key: str) -> str:
        """The person a number leads to: another one where it was merged."""
        number = int(key)
        while number in self.merged_into:
            number = self.merged_into[number]
        return str(number)

    def note(self, person: int, content: str) -> Json:
        number = next(self._ids["notes"])
        made = {"id": number, "person_id": person, "content": content, "active_flag": True}
        self.notes[number] = made
        return made


def _logged(value: Any) -> Any:
    """A value as the log holds it: text, of lists the first."""
    if isinstance(value, list):
        value = next((one["value"] for one in value if one.get("primary")), None)
    return None if value is None else str(value)
