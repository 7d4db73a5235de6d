"""All records of a kind once, then those that changed: pages that can be taken up anywhere.

The first time the list is walked by id. Later a search asks for what changed since the walk before
began; it goes on by id too, because a search shows 10,000 results and no more, however it is paged.
A record that changes while we walk is found by this walk or by the next one: the next begins
:data:`OVERLAP` before this one began, which also covers the seconds a search lags behind.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from serving.crm.client import Json
from serving.crm.hubspot.client import PER_LIST, PER_SEARCH, HubspotClient, next_page, objects
from serving.crm.inbound.records import Position
from serving.crm.inbound.source import Step, as_utc, follow

OVERLAP = timedelta(minutes=5)

CHANGED = {"contacts": "lastmodifieddate"}
"""Field that says when a record changed, where it is not :data:`USUAL`."""
USUAL = "hs_lastmodifieddate"


@dataclass(frozen=True, kw_only=True)
class HubSpotWalk:
    """The records of one kind.

    Attributes
    ----------
    fields : tuple of str
        Properties to read.
    with_leads : bool
        Whether the list is to say at once which contacts a record belongs to.
    again : timedelta
        How long what changed is read anew at every walk: links change without a stamp.
    """

    client: HubspotClient
    kind: str
    fields: tuple[str, ...] = ()
    with_leads: bool = False
    again: timedelta = timedelta(0)

    def steps(self, position: Position | None) -> Iterator[Step]:
        """Everything from a position on; the last step's position is where the next walk begins."""
        position = position or {"after": ""}
        read = self._first if "after" in position else self._changed
        return follow(self.client, position, overlap=OVERLAP, read=read)

    def gone(self, position: Position | None) -> Iterator[Step]:
        """Records put into the bin since the walk before; the first time all that are there.

        Some of these may have been read by a first pull before they were put there. The last
        step's position tells all that are in the bin, and the step which have left it: whoever
        takes a record out again changes nothing else about it.
        """
        position = position or {"since": as_utc(datetime.fromtimestamp(0, UTC))}
        since, began, after = position["since"], position.get("began"), position.get("after", "")
        before, there = set(position.get("bin", ())), set(position.get("seen", ()))
        while True:
            page = self._page(after, {"archived": "true"})
            began = began or as_utc(self.client.server_time - OVERLAP)
            there |= {record["id"] for record in page.get("results", ())}
            records = [r for r in page.get("results", ()) if _second(r["archivedAt"]) >= since]
            after = next_page(page)
            if after is None:
                yield Step(
                    records=records,
                    position={"since": began, "bin": sorted(there)},
                    back=sorted(before - there),
                )
                return
            place = {"since": since, "began": began, "after": after}
            yield Step(
                records=records, position=place | {"bin": sorted(before), "seen": sorted(there)}
            )

    def _first(self, place: Json) -> tuple[list[Json], Json | None]:
        more = {"associations": "contacts"} if self.with_leads else {}
        page = self._page(str(place["after"]), more)
        after = next_page(page)
        return page.get("results", []), None if after is None else {"after": after}

    def _changed(self, place: Json) -> tuple[list[Json], Json | None]:
        since, last = str(place["since"]), str(place.get("id", "0"))
        page = self.client.read(objects(self.kind, "/search"), self._search(since, last))
        records: list[Json] = page.get("results", [])
        if len(records) < PER_SEARCH:
            return records, None
        return records, {"since": since, "id": records[-1]["id"]}

    def _page(self, after: str, more: Mapping[str, str]) -> Json:
        query = {"limit": str(PER_LIST), **more}
        if after:
            query["after"] = after
        if self.fields:
            query["properties"] = ",".join(self.fields)
        return self.client.get(objects(self.kind), query)

    def _search(self, since: str, last: str) -> dict[str, Any]:
        changed = CHANGED.get(self.kind, USUAL)
        since = as_utc(datetime.fromisoformat(since) - self.again)
        filters = [
            {"propertyName": changed, "operator": "GTE", "value": _milliseconds(since)},
            {"propertyName": "hs_object_id", "operator": "GT", "value": last},
        ]
        return {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": list(self.fields),
            "limit": PER_SEARCH,
        }


def _second(text: str) -> str:
    """A time of HubSpot's in the form of :func:`as_utc`, which sorts as it reads."""
    return as_utc(datetime.fromisoformat(text))


def _milliseconds(text: str) -> str:
    return str(int(datetime.fromisoformat(text).timestamp()) * 1000)
