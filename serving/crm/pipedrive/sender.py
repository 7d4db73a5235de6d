"""Messages of the outbox into Pipedrive: fields person by person, arrivals as notes, each once.

A note is found again among its person's by our external id, which stands at its end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from serving.crm.client import Json
from serving.crm.errors import CrmRefused
from serving.crm.inbound.records import SalesAnswer
from serving.crm.outbound.batch import CrmBatch, Unwritten
from serving.crm.outbound.fields import PUSHED, answer_fields
from serving.crm.outbound.log_entry import as_note, is_note_of, log_lines
from serving.crm.outbound.sender import OutboundSender, Values
from serving.crm.pipedrive.client import NOT_FOUND, V1, V2, PipedriveClient
from serving.crm.pipedrive.fields import PERSONS, as_value, ours
from serving.crm.pipedrive.persons import Persons
from serving.ledger.outbox.claim import Claimed

NOTES = f"{V1}/notes"
PER_NOTES = 100
"""Notes of one page."""


@dataclass(kw_only=True)
class PipedriveSender(OutboundSender):
    """Sender of the channel ``pipedrive``."""

    client: PipedriveClient
    channel: ClassVar[str] = PipedriveClient.vendor
    per_call: ClassVar[int] = 1
    batch_size: ClassVar[int] = 100

    def write(self, records: Values) -> dict[str, Unwritten]:
        """Write fields of a person."""
        ((key, told),) = records.items()
        try:
            self.client.change(f"{V2}/{PERSONS}/{key}", {"custom_fields": self._values(told)})
        except CrmRefused as refused:
            gone = refused.status == NOT_FOUND
            return {key: Unwritten(reason=refused.said, is_gone=gone)}
        return {}

    def create(self, batch: CrmBatch, messages: Sequence[Claimed]) -> Mapping[int, Unwritten]:
        """Log a hand-over as a note."""
        (message,) = messages
        lines = log_lines(message.message.payload, self.languages, self.definition.zone)
        note = as_note(lines, message.message.external_id)
        self.client.create(NOTES, {"person_id": int(str(batch.record(message))), "content": note})
        return {}

    def find_entries(self, batch: CrmBatch, messages: Sequence[Claimed]) -> set[str]:
        """External ids of those of some messages whose note is there."""
        people = sorted({key for m in messages if (key := batch.record(m)) is not None})
        notes = [str(note.get("content") or "") for key in people for note in self._notes(key)]
        keys = {m.message.external_id for m in messages}
        return {key for key in keys if any(is_note_of(note, key) for note in notes)}

    def read_answers(self, record_ids: Sequence[str]) -> Iterable[SalesAnswer]:
        """What sales have answered on some persons."""
        answers = answer_fields(self.definition)
        persons = Persons(client=self.client, fields=(), history=(), answers=answers)
        return persons.read(record_ids, {}).answers

    def _values(self, told: Mapping[str, Any]) -> Json:
        fields = (*PUSHED, *answer_fields(self.definition))
        there = ours(fields, self.client.fields(PERSONS))
        return {
            there[field.name].key: as_value(
                field, there[field.name], value=told[field.name], zone=self.definition.zone
            )
            for field in fields
            if field.name in told and field.name in there
        }

    def _notes(self, person: str) -> Iterable[Json]:
        start: int | None = 0
        while start is not None:
            query = {"person_id": person, "start": str(start), "limit": str(PER_NOTES)}
            told = self.client.get(NOTES, query)
            yield from told.get("data") or ()
            place = (told.get("additional_data") or {}).get("pagination") or {}
            start = place.get("next_start") if place.get("more_items_in_collection") else None
