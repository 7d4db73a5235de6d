"""Many records at once: with histories, or with what belongs to them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from features.core.clock import to_second
from serving.crm.client import Json, in_parts
from serving.crm.hubspot.client import (
    PER_ASSOCIATION,
    PER_BATCH,
    PER_HISTORY,
    HubspotClient,
    associations,
    objects,
)
from serving.crm.inbound.records import Version


def read_records(
    client: HubspotClient,
    kind: str,
    ids: Sequence[str],
    *,
    fields: Sequence[str],
    with_history: Sequence[str] = (),
    by: str | None = None,
) -> Iterator[Json]:
    """Read records by id, in batches as large as HubSpot takes; records that are gone are left out.

    Parameters
    ----------
    client : HubspotClient
    kind : str
        HubSpot's name of the object, such as ``contacts``.
    ids : sequence of str
        Ids of the records, or values of the property ``by``.
    fields : sequence of str
        Properties whose values of today are read.
    with_history : sequence of str
        Properties whose earlier values are read.
    by : str, optional
        Unique property whose values the ids are, such as ``email``.
    """
    asked: dict[str, Any] = {"properties": fields, "propertiesWithHistory": with_history}
    if by is not None:
        asked["idProperty"] = by
    yield from _batches(client, objects(kind, "/batch/read"), ids, asked)


def read_archived(
    client: HubspotClient,
    kind: str,
    ids: Sequence[str],
    *,
    fields: Sequence[str],
    with_history: Sequence[str],
) -> Iterator[Json]:
    """Read those of some records that are in the bin.

    Parameters
    ----------
    client : HubspotClient
    kind : str
        HubSpot's name of the object, such as ``companies``.
    ids : sequence of str
    fields : sequence of str
        Properties whose values of today are read.
    with_history : sequence of str
        Properties whose earlier values are read.
    """
    asked = {"properties": fields, "propertiesWithHistory": with_history}
    yield from _batches(client, objects(kind, "/batch/read?archived=true"), ids, asked)


def _batches(
    client: HubspotClient, path: str, ids: Sequence[str], asked: dict[str, Any]
) -> Iterator[Json]:
    size = PER_HISTORY if asked["propertiesWithHistory"] else PER_BATCH
    for part in in_parts(ids, size):
        body = {"inputs": [{"id": key} for key in part], **asked}
        yield from client.read(path, body).get("results", ())


def read_belonging(
    client: HubspotClient, from_kind: str, to_kind: str, *, ids: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Read which records of another kind belong to each record, in HubSpot's order.

    Parameters
    ----------
    client : HubspotClient
    from_kind : str
        HubSpot's name of the object the ids are of, such as ``companies``.
    to_kind : str
        HubSpot's name of the object whose ids are wanted, such as ``contacts``.
    ids : sequence of str
    """
    found: dict[str, dict[str, None]] = {}
    waiting: list[dict[str, str]] = [{"id": key} for key in ids]
    while waiting:
        now, waiting = waiting[:PER_ASSOCIATION], waiting[PER_ASSOCIATION:]
        answer = client.read(associations(from_kind, to_kind), {"inputs": now})
        for result in answer.get("results", ()):
            key = str(result["from"]["id"])
            there = found.setdefault(key, {})
            there.update((str(to["toObjectId"]), None) for to in result["to"])
            after = result.get("paging", {}).get("next", {}).get("after")
            if after is not None:
                waiting.append({"id": key, "after": after})
    return {key: tuple(there) for key, there in found.items()}


def leads_of(
    client: HubspotClient, kind: str, records: Sequence[Json]
) -> dict[str, tuple[str, ...]]:
    """Find the contacts that records belong to, asking HubSpot only where a record does not say.

    Parameters
    ----------
    client : HubspotClient
    kind : str
        HubSpot's name of the object the records are, such as ``deals``.
    records : sequence of dict
        As HubSpot's list or search gave them, with ``associations`` where it added them.
    """
    told: dict[str, tuple[str, ...]] = {}
    for record in records:
        own = record.get("associations")
        if own is not None and "paging" not in own.get("contacts", {}):
            results = own.get("contacts", {}).get("results", ())
            told[record["id"]] = tuple(dict.fromkeys(str(item["id"]) for item in results))
    asked = [record["id"] for record in records if record["id"] not in told]
    if asked:
        told |= read_belonging(client, kind, "contacts", ids=asked)
    return told


def versions(record: Json, name: str) -> list[Version]:
    """Values that a property had, the oldest first."""
    told = record.get("propertiesWithHistory", {}).get(name)
    if not told:
        return []
    return [
        Version(value=item.get("value") or None, at=second(item["timestamp"]), by=_who(item))
        # HubSpot gives the newest first.
        for item in sorted(told, key=lambda item: item["timestamp"])
    ]


def second(text: str) -> int:
    """The second of one of HubSpot's times."""
    return to_second(datetime.fromisoformat(text))


def _who(item: Json) -> str:
    number = item.get("updatedByUserId")
    if number is None and str(item.get("sourceId", "")).startswith("userId:"):
        number = str(item["sourceId"]).removeprefix("userId:")
    return "hubspot" if number is None else f"hubspot user {number}"
