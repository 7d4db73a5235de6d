"""Messages of the outbox into HubSpot: fields in batches, arrivals as notes, each only once.

Writing a field twice is harmless. Creating a note is not: where an earlier attempt may have reached
HubSpot, the contact's notes are looked through for our external id before one is created.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape
from zoneinfo import ZoneInfo

from features.core.errors import AwaseError
from features.core.text import Language
from features.store import Store
from serving.crm.errors import CrmRefused, UncertainReply
from serving.crm.hubspot.client import (
    PER_BATCH,
    HubspotClient,
    Json,
    as_property,
    as_time,
    objects,
    property_name,
)
from serving.crm.hubspot.contacts import ANSWERS, CONTACTS
from serving.crm.hubspot.reading import read_belonging, read_records
from serving.crm.outbound.batch import CrmBatch, pause_for
from serving.crm.outbound.fields import PUSHED
from serving.crm.outbound.log_entry import log_lines
from serving.delivery.sender import Sent
from serving.ledger.outbox.claim import Claimed

CHANNEL = "hubspot"
NOTES = "notes"
NOTE_TO_CONTACT = 202
"""HubSpot's number of the association from a note to a contact."""

KEY_MARK = "Awase-ID: "
"""Before our external id, at the end of a note's text."""

_TIMES = frozenset(item.name for item in PUSHED if item.kind == "time")


@dataclass(kw_only=True)
class HubspotSender:
    """Sender of the channel ``hubspot``.

    Attributes
    ----------
    languages : tuple of str
        In which the arrival log is written.
    zone : ZoneInfo
        In which it tells times.
    """

    client: HubspotClient
    store: Store
    languages: tuple[Language, ...]
    zone: ZoneInfo
    channel: str = CHANNEL
    batch_size: int = PER_BATCH
    lease: timedelta = timedelta(minutes=30)
    stopped_by: AwaseError | None = field(default=None, init=False)

    def send(self, messages: Sequence[Claimed]) -> Sent:
        """Send a batch; what HubSpot refuses is said record by record."""
        batch = CrmBatch(store=self.store, channel=CHANNEL, messages=messages)
        self.stopped_by = None
        pause = None
        try:
            self._log_arrivals(batch)
            self._write_fields(batch)
        except AwaseError as error:
            # Nothing else will get through either: what was not tried waits its turn.
            self.stopped_by, pause = error, pause_for(error)
        finally:
            batch.keep()
        return Sent(receipts=batch.receipts(), pause=pause)

    def _write_fields(self, batch: CrmBatch) -> None:
        inputs = [_input(batch, message) for message in batch.told]
        refused = update_contacts(self.client, inputs)
        for message, item in zip(batch.told, inputs, strict=True):
            if item["id"] in refused:
                batch.refused(message, refused[item["id"]])
            else:
                batch.written(message)

    def _log_arrivals(self, batch: CrmBatch) -> None:
        # A first attempt has left nothing behind; a later one may have.
        there = self._logged(batch, [m for m in batch.arrived if m.attempt > 1])
        for message in batch.arrived:
            if message.message.external_id in there:
                batch.logged(message, "found there")
        missing = [m for m in batch.arrived if m.message.external_id not in there]
        if missing:
            self._create(batch, missing)

    def _create(self, batch: CrmBatch, messages: Sequence[Claimed]) -> None:
        notes = {"inputs": [self._note(batch, message) for message in messages]}
        try:
            self.client.create(objects(NOTES, "/batch/create"), notes)
        except UncertainReply as uncertain:
            for message in messages:
                # Failed, not refused: the next attempt looks before it creates.
                batch.failed(message, str(uncertain))
        except CrmRefused as refused:
            # One bad note and the whole batch is refused: halve until it stands alone.
            if len(messages) == 1:
                batch.refused(messages[0], refused.said)
                return
            middle = len(messages) // 2
            self._create(batch, messages[:middle])
            self._create(batch, messages[middle:])
        else:
            for message in messages:
                batch.logged(message)
            self._empty_answers(batch, messages)

    def _note(self, batch: CrmBatch, message: Claimed) -> Json:
        payload = message.message.payload
        lines = log_lines(payload, self.languages, self.zone)
        lines.append(KEY_MARK + message.message.external_id)
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": NOTE_TO_CONTACT}]
        return {
            "properties": {
                "hs_timestamp": as_time(str(payload["handed_over_at"])),
                "hs_note_body": "<br>".join(escape(line) for line in lines),
            },
            "associations": [{"to": {"id": batch.record(message)}, "types": types}],
        }

    def _logged(self, batch: CrmBatch, messages: Sequence[Claimed]) -> set[str]:
        """External ids of those of some messages whose note is there."""
        contacts = sorted({key for m in messages if (key := batch.record(m)) is not None})
        if not contacts:
            return set()
        notes = read_belonging(self.client, CONTACTS, NOTES, ids=contacts)
        ids = sorted({key for keys in notes.values() for key in keys})
        found = read_records(self.client, NOTES, ids, fields=("hs_note_body",))
        bodies = [str(item["properties"].get("hs_note_body") or "") for item in found]
        marks = {m.message.external_id: escape(KEY_MARK + m.message.external_id) for m in messages}
        return {key for key, mark in marks.items() if any(body.endswith(mark) for body in bodies)}

    def _empty_answers(self, batch: CrmBatch, messages: Sequence[Claimed]) -> None:
        """A new cycle asks sales anew; what they answered before is in the property's history."""
        again = [m for m in messages if int(m.message.payload["cycle"]) > 1]
        empty = dict.fromkeys(ANSWERS, "")
        inputs = [{"id": batch.record(message), "properties": empty} for message in again]
        update_contacts(self.client, inputs)


def update_contacts(client: HubspotClient, inputs: Sequence[Json]) -> dict[str, str]:
    """Write fields of contacts; gives HubSpot's reason for each it refused, by contact.

    Parameters
    ----------
    inputs : sequence of dict
        ``id`` and ``properties`` of each.
    """
    refused: dict[str, str] = {}
    for begin in range(0, len(inputs), PER_BATCH):
        refused |= _update(client, inputs[begin : begin + PER_BATCH])
    return refused


def _update(client: HubspotClient, inputs: Sequence[Json]) -> dict[str, str]:
    try:
        answer = client.write(objects(CONTACTS, "/batch/update"), {"inputs": list(inputs)})
    except CrmRefused as refused:
        # One bad value and the whole batch is refused: halve until it stands alone.
        if len(inputs) == 1:
            return {inputs[0]["id"]: refused.said}
        middle = len(inputs) // 2
        return _update(client, inputs[:middle]) | _update(client, inputs[middle:])
    return {
        str(key): f"{error.get('category', '')}: {error.get('message', '')}"
        for error in answer.get("errors", ())
        for key in error.get("context", {}).get("ids", ())
    }


def _input(batch: CrmBatch, message: Claimed) -> Json:
    told = message.message.payload["fields"]
    properties = {
        property_name(name): as_time(value) if name in _TIMES and value else as_property(value)
        for name, value in told.items()
    }
    return {"id": batch.record(message), "properties": properties}
