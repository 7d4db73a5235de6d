"""Messages of the outbox into HubSpot: fields in batches, arrivals as notes, each only once.

A note is found again among its contact's by our external id, which stands at its end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar

from serving.crm.account import CrmAccount
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
from serving.crm.hubspot.contacts import CONTACTS, Contacts
from serving.crm.hubspot.reading import read_belonging, read_records
from serving.crm.inbound.records import SalesAnswer
from serving.crm.outbound.batch import CrmBatch, Unwritten
from serving.crm.outbound.fields import PUSHED
from serving.crm.outbound.log_entry import log_lines
from serving.crm.outbound.sender import OutboundSender, Values
from serving.ledger.outbox.claim import Claimed

CHANNEL = "hubspot"
NOTES = "notes"
NOTE_TO_CONTACT = 202
"""HubSpot's number of the association from a note to a contact."""

KEY_MARK = "Awase-ID: "
"""Before our external id, at the end of a note's text."""

NOT_FOUND = "OBJECT_NOT_FOUND"
"""HubSpot's category of a record that it does not have."""

_TIMES = frozenset(item.name for item in PUSHED if item.kind == "time")


@dataclass(kw_only=True)
class HubspotSender(OutboundSender):
    """Sender of the channel ``hubspot``."""

    client: HubspotClient
    channel: ClassVar[str] = CHANNEL
    batch_size: ClassVar[int] = PER_BATCH

    def account(self) -> CrmAccount:
        """Which account is written to."""
        return self.client.account()

    def update(self, records: Values) -> dict[str, Unwritten]:
        """Write fields of contacts."""
        inputs = [
            {"id": key, "properties": _properties(told)} for key, told in sorted(records.items())
        ]
        return {
            key: Unwritten(reason=said, is_gone=said.startswith(NOT_FOUND))
            for key, said in update_contacts(self.client, inputs).items()
        }

    def create_entries(self, batch: CrmBatch, messages: Sequence[Claimed]) -> None:
        """Log hand-overs as notes, and tell the batch what became of each."""
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
            self.create_entries(batch, messages[:middle])
            self.create_entries(batch, messages[middle:])
        else:
            for message in messages:
                batch.logged(message)

    def _note(self, batch: CrmBatch, message: Claimed) -> Json:
        payload = message.message.payload
        lines = log_lines(payload, self.languages, self.definition.zone)
        lines.append(KEY_MARK + message.message.external_id)
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": NOTE_TO_CONTACT}]
        return {
            "properties": {
                "hs_timestamp": as_time(str(payload["handed_over_at"])),
                "hs_note_body": "<br>".join(escape(line) for line in lines),
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
        marks = {m.message.external_id: escape(KEY_MARK + m.message.external_id) for m in messages}
        return {key for key, mark in marks.items() if any(body.endswith(mark) for body in bodies)}

    def read_answers(self, record_ids: Sequence[str]) -> Iterable[SalesAnswer]:
        """What sales have answered on some contacts, earlier answers included."""
        return Contacts.of(self.client, (), ()).read(record_ids, {}).answers


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


def _properties(told: Mapping[str, Any]) -> dict[str, str]:
    return {
        property_name(name): as_time(value) if name in _TIMES and value else as_property(value)
        for name, value in told.items()
    }
