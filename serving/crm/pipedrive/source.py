"""Pipedrive as a source: streams of persons, their organisations, activities and deals.

A list gives what changed since a time, and not what was deleted, restored or merged: nothing stamps
those. What there is is therefore listed at every pull, 500 records a call.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import ClassVar

from serving.crm.client import Json
from serving.crm.errors import CrmRefused
from serving.crm.inbound.companies import PREFIX
from serving.crm.inbound.needs import fields_of, history_fields
from serving.crm.inbound.records import Page, Position
from serving.crm.inbound.source import Source, Step, absent, deletions_of, follow
from serving.crm.pipedrive.client import PipedriveClient, paths_of
from serving.crm.pipedrive.deals import (
    OF_ACTIVITIES,
    OF_DEALS,
    PIPELINE,
    PipedriveDeals,
    activity_page,
    own_id,
    people_of,
    row_id,
)
from serving.crm.pipedrive.fields import ACTIVITIES, DEALS, ORGANIZATIONS, PERSONS, second
from serving.crm.pipedrive.persons import CREATED, Persons, persons_of

OVERLAP = timedelta(minutes=5)


@dataclass(kw_only=True)
class PipedriveSource(Source):
    """Reads Pipedrive."""

    client: PipedriveClient
    vendor: ClassVar[str] = PipedriveClient.vendor
    lead_object: ClassVar[str] = PERSONS
    deals: ClassVar[str] = DEALS
    about_leads: ClassVar[tuple[str, ...]] = (ACTIVITIES, DEALS)
    traceless: ClassVar[bool] = True
    _persons: Persons = field(init=False)
    _deals: PipedriveDeals = field(init=False)
    # When the persons that are known now began to be read.
    _read_since: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self._persons = Persons(
            client=self.client,
            fields=fields_of(self.mapping, PERSONS),
            history=history_fields(self.mapping),
            answers=self.answers,
        )
        self._deals = self.reader_of_deals(PipedriveDeals, column=PIPELINE, made=OF_DEALS)

    @property
    def streams(self) -> tuple[str, ...]:
        """Persons first, then what is about them."""
        companies = (ORGANIZATIONS,) if self._persons.companies.fields else ()
        return (PERSONS, *companies, *self.kinds)

    def lacking(self) -> dict[str, tuple[str, ...]]:
        """Fields that the mapping reads and the company does not have or show, by object."""
        own = (*self._persons.fields, *self._persons.history)
        asked = {
            PERSONS: [name for name in own if name != CREATED and not name.startswith(PREFIX)],
            ORGANIZATIONS: self._persons.companies.fields,
            DEALS: self._deals.fields,
            ACTIVITIES: self._more(ACTIVITIES, OF_ACTIVITIES),
        }
        return absent(asked, self.client.fields)

    def lead_name(self, record_id: str) -> str:
        """A lead's name; numbers as short as a person's are other leads' too."""
        return row_id("person", record_id)

    def row_id(self, kind: str, key: str) -> str:
        """What a deal or an activity is called here."""
        return row_id(kind, key)

    def pages(self, stream: str, position: Position | None) -> Iterator[Page]:
        """Steps of a stream."""
        if stream == ORGANIZATIONS:
            yield from self._organization_pages(position)
            return
        for step in self._walk(stream, position):
            if stream == PERSONS and not self._read_since:
                place = position or step.position
                self._read_since = place.get("since") or place["began"]
            yield self._page(stream, step.records, step.position)

    def _organization_pages(self, position: Position | None) -> Iterator[Page]:
        """Persons of organisations that changed since persons, and with them these, were read."""
        if position is None:
            yield Page(position={"since": self._read_since})
            return
        since = second(position["since"])
        for step in self._walk(ORGANIZATIONS, position):
            ids = [str(item["id"]) for item in step.records]
            changed = self._persons.companies.changed_since(ids, since)
            yield self._persons.page(list(persons_of(self.client, changed)), step.position)

    def inventory(self, kind: str) -> Iterator[dict[str, tuple[str, ...]]]:
        """All records of an object, each with its persons; of activities those that are done."""
        done = {"done": "true"} if kind == ACTIVITIES else {}
        for step in self._walk(kind, None, done):
            if kind == PERSONS:
                yield {str(item["id"]): () for item in step.records}
            else:
                yield {row_id(kind, item["id"]): people_of(item) for item in step.records}

    def hanging(self, record_ids: Sequence[str], kinds: Sequence[str]) -> dict[str, set[str]]:
        """Records of some objects that belong to some persons, by object."""
        return {
            kind: {
                row_id(kind, item["id"])
                for key in record_ids
                for item in self.client.about(kind, key)
            }
            for kind in kinds
        }

    def reread(self, kind: str, record_ids: Sequence[str]) -> Page:
        """Records of an object as they are now, in place of what was said of them before."""
        found = list(self.client.by_id(kind, [own_id(key) for key in record_ids]))
        page = self._page(kind, found, {})
        return replace(page, deletions=deletions_of(kind, record_ids))

    def fetch(self, record_ids: Sequence[str]) -> Page:
        """Persons by their ids."""
        return self._persons.read(record_ids, {})

    def vanished(self, record_ids: Sequence[str]) -> Page:
        """Persons that were merged into others, and those that were deleted."""
        return self._persons.vanished(record_ids)

    def _more(self, kind: str, made: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in fields_of(self.mapping, kind) if name not in made)

    def _page(self, kind: str, found: list[Json], position: Position) -> Page:
        if kind == PERSONS:
            return self._persons.page(found, position)
        if kind == DEALS:
            return self._deals.page(found, position)
        known = self.client.fields(ACTIVITIES)
        fields = {n: known[n] for n in self._more(ACTIVITIES, OF_ACTIVITIES) if n in known}
        return activity_page(found, position, fields)

    def _walk(
        self, kind: str, position: Position | None, more: dict[str, str] | None = None
    ) -> Iterator[Step]:
        """Everything from a position on, list by list and by id."""
        paths = paths_of(kind)

        def read(place: Json) -> tuple[list[Json], Json | None]:
            number = int(place.get("list", 0))
            query = dict(more or {})
            query |= {"updated_since": place["since"]} if "since" in place else {}
            here = query | ({"cursor": place["cursor"]} if "cursor" in place else {})
            try:
                found, after = self.client.page(paths[number], here)
            except CrmRefused:
                if "cursor" not in place or place.get("cursor") != (position or {}).get("cursor"):
                    raise
                # Kept by a pull that was cut short, and nobody says how long a cursor lasts.
                found, after = self.client.page(paths[number], query)
            kept = {"since": place["since"]} if "since" in place else {}
            if after is not None:
                return found, kept | {"list": number, "cursor": after}
            return found, kept | {"list": number + 1} if number + 1 < len(paths) else None

        return follow(self.client, position or {}, overlap=OVERLAP, read=read)
