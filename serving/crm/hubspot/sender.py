"""Messages of the outbox into HubSpot: fields in batches, arrivals as notes, each only once.

A note is found again among its contact's by our external id, which stands at its end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from serving.crm.client import Json
from serving.crm.hubspot.client import (
    PER_BATCH,
    HubspotClient,
    as_property,
    as_time,
    objects,
    property_name,
)
from serving.crm.hubspot.contacts import CONTACTS, Contacts
from serving.crm.hubspot.reading import read_belonging, read_records
from serving.crm.inbound.records import SalesAnswer
from serving.crm.outbound.batch import CrmBatch, Unwritten
from serving.crm.outbound.fields import PUSHED
from serving.crm.outbound.log_entry import as_note, is_note_of, log_lines
from serving.crm.outbound.sender import OutboundSender, Values
from serving.ledger.outbox.claim import Claimed

NOTES = "notes"
NOTE_TO_CONTACT = 202
"""HubSpot's number of the association from a note to a contact."""

NOT_FOUND = "OBJECT_NOT_FOUND"
"""HubSpot's category of a record that it does not have."""

_TIMES = frozenset(item.name for item in PUSHED if item.kind == "time")


@dataclass(kw_only=True)
class HubspotSender(OutboundSender):
    """Sender of the channel ``hubspot``."""

    client: HubspotClient
    channel: ClassVar[str] = HubspotClient.vendor
    per_call: ClassVar[int] = PER_BATCH
    batch_size: ClassVar[int] = PER_BATCH

    def write(self, records: Values) -> dict[str, Unwritten]:
        """Write fields of contacts."""
        inputs = [{"id": key, "properties": _properties(told)} for key, told in records.items()]
        answer = self.client.write(objects(CONTACTS, "/batch/update"), {"inputs": inputs})
        return {
            str(key): Unwritten(
                reason=f"{error.get('category', '')}: {error.get('message', '')}",
                is_gone=error.get("category") == NOT_FOUND,
            )
            for error in answer.get("errors", ())
            for key in error.get("context", {}).get("ids", ())
        }

    def create(self, batch: CrmBatch, messages: Sequence[Claimed]) -> Mapping[int, Unwritten]:
        """Log hand-overs as notes."""
        notes = {"inputs": [self._note(batch, message) for message in messages]}
        self.client.create(objects(NOTES, "/batch/create"), notes)
        return {}

    def _note(self, batch: CrmBatch, message: Claimed) -> Json:
        payload = message.message.payload
        lines = log_lines(payload, self.languages, self.definition.zone)
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": NOTE_TO_CONTACT}]
        return {
            "properties": {
                "hs_timestamp": as_time(str(payload["handed_over_at"])),
                "hs_note_body": as_note(lines, message.message.external_id),
            },
            "associations": [{"to": {"id": batch.record(message)}, "types": types}],
        }

    def find_entries(self, batch: CrmBatch, messages: Sequence[Claimed]) -> set[str]:
        """External ids of those of some messages whose note is there."""
        contacts = sorted({key for m in messages if (key := batch.record(m)) is not None})
        if not contacts:
            return set()
        notes = read_belonging(self.client, CONTACTS, NOTES, ids=contacts)
        ids = sorted({key for keys in notes.values() for key in keys})
        found = read_records(self.client, NOTES, ids, fields=("hs_note_body",))
        bodies = [str(item["properties"].get("hs_note_body") or "") for item in found]
        keys = {m.message.external_id for m in messages}
        return {key for key in keys if any(is_note_of(body, key) for body in bodies)}

    def read_answers(self, record_ids: Sequence[str]) -> Iterable[SalesAnswer]:
        """What sales have answered on some contacts, earlier answers included."""
        return Contacts.of(self.client, (), ()).read(record_ids, {}).answers


def _properties(told: Mapping[str, Any]) -> dict[str, str]:
    return {
        property_name(name): as_time(value) if name in _TIMES and value else as_property(value)
        for name, value in told.items()
    }
