"""Messages of the outbox into HubSpot: fields in batches, arrivals as notes, each only once.

Writing a field twice is harmless. Creating a note is not: where an earlier attempt may have reached
HubSpot, the contact's notes are looked through for our external id before one is created.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from features.errors import AwaseError
from features.store import Store
from features.store.crm import Pushed, read_pushed_of, read_record_ids_of, write_pushed
from features.store.outbox_claims import Claimed, Receipt
from features.text import Language
from serving.crm.fields import PUSHED
from serving.crm.hubspot.client import PER_BATCH, HubspotClient, Json
from serving.crm.hubspot.contacts import ANSWERS, CONTACTS
from serving.crm.hubspot.names import property_name
from serving.crm.hubspot.paths import objects
from serving.crm.hubspot.reading import read_belonging, read_records
from serving.crm.hubspot.values import as_property, as_time
from serving.crm.log_entry import log_lines
from serving.crm.push import ARRIVAL, LEAD_TOLD
from serving.crm.refusals import CrmRefused, QuotaSpent, UncertainReply
from serving.delivery.sender import Pause, Sent

CHANNEL = "hubspot"
NOTES = "notes"
NOTE_TO_CONTACT = 202
"""HubSpot's number of the association from a note to a contact."""

KEY_MARK = "Awase-ID: "
"""Before our external id, at the end of a note's text."""

NO_RECORD = "the lead has no record in HubSpot any more"
OUTAGE = timedelta(minutes=5)
UNTIL_TOMORROW = timedelta(hours=6)

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
        work = _Batch(sender=self, messages=messages)
        self.stopped_by = None
        pause = None
        try:
            work.run()
        except AwaseError as error:
            # Nothing else will get through either: what was not tried waits its turn.
            self.stopped_by = error
            lasts = UNTIL_TOMORROW if isinstance(error, QuotaSpent) else OUTAGE
            pause = Pause(lasts=lasts, reason=str(error))
        return Sent(receipts=tuple(work.receipts()), pause=pause)


@dataclass(kw_only=True)
class _Batch:
    sender: HubspotSender
    messages: Sequence[Claimed]
    # What became of each message, by its number: result and answer.
    results: dict[int, tuple[Any, str]] = field(default_factory=dict)
    records: dict[str, str] = field(init=False)
    pushed: dict[str, Pushed] = field(init=False)

    def __post_init__(self) -> None:
        leads = sorted({m.message.lead_id for m in self.messages if m.message.lead_id})
        self.records = read_record_ids_of(self.sender.store, "hubspot_id", leads)
        self.pushed = read_pushed_of(self.sender.store, CHANNEL, leads)

    def run(self) -> None:
        told: list[Claimed] = []
        arrived: list[Claimed] = []
        for message in self.messages:
            if message.message.kind not in (LEAD_TOLD, ARRIVAL):
                # The next push tells all that matters; this was meant for other channels.
                self.results[message.message_id] = ("delivered", "told with the lead's fields")
            elif self._record(message) is None:
                self.results[message.message_id] = ("refused", NO_RECORD)
            else:
                (told if message.message.kind == LEAD_TOLD else arrived).append(message)
        try:
            self._log_arrivals(arrived)
            self._write_fields(told)
        finally:
            write_pushed(self.sender.store, CHANNEL, self.pushed.values())

    def receipts(self) -> Iterator[Receipt]:
        for message in self.messages:
            result, answer = self.results.get(message.message_id, ("untried", ""))
            yield Receipt(
                message_id=message.message_id, lease=message.lease, result=result, answer=answer
            )

    def _record(self, message: Claimed) -> str | None:
        return self.records.get(message.message.lead_id or "")

    def _write_fields(self, messages: Sequence[Claimed]) -> None:
        inputs = {m.message_id: self._input(m) for m in messages}
        refused = update_contacts(self.sender.client, list(inputs.values()))
        for message in messages:
            key = inputs[message.message_id]["id"]
            if key in refused:
                self.results[message.message_id] = ("refused", refused[key])
                self._remember(message, problem=refused[key])
            else:
                self.results[message.message_id] = ("delivered", "")
                fingerprint = str(message.message.payload["fingerprint"])
                self._remember(message, fingerprint=fingerprint)

    def _input(self, message: Claimed) -> Json:
        told = message.message.payload["fields"]
        properties = {
            property_name(name): as_time(value) if name in _TIMES and value else as_property(value)
            for name, value in told.items()
        }
        return {"id": self._record(message), "properties": properties}

    def _log_arrivals(self, messages: Sequence[Claimed]) -> None:
        if not messages:
            return
        # A first attempt has left nothing behind; a later one may have.
        again = [m for m in messages if m.attempt > 1]
        there = self._logged(again)
        missing = [m for m in messages if m.message.external_id not in there]
        for message in messages:
            if message.message.external_id in there:
                self._logged_as(message, "found there")
        if not missing:
            return
        try:
            self._create(missing)
        except UncertainReply as uncertain:
            for message in missing:
                # Failed, not refused: the next attempt looks before it creates.
                self.results[message.message_id] = ("failed", str(uncertain))

    def _create(self, messages: Sequence[Claimed]) -> None:
        try:
            self.sender.client.create(
                objects(NOTES, "/batch/create"), {"inputs": [self._note(m) for m in messages]}
            )
        except CrmRefused as refused:
            # One bad note and the whole batch is refused: halve until it stands alone.
            if len(messages) > 1:
                middle = len(messages) // 2
                self._create(messages[:middle])
                self._create(messages[middle:])
                return
            self.results[messages[0].message_id] = ("refused", refused.said)
            self._remember(messages[0], problem=refused.said)
            return
        for message in messages:
            self._logged_as(message, "")
        self._empty_answers([m for m in messages if int(m.message.payload["cycle"]) > 1])

    def _logged_as(self, message: Claimed, answer: str) -> None:
        self.results[message.message_id] = ("delivered", answer)
        self._remember(message, logged_cycle=int(message.message.payload["cycle"]))

    def _note(self, message: Claimed) -> Json:
        payload = message.message.payload
        lines = log_lines(payload, self.sender.languages, self.sender.zone)
        lines.append(KEY_MARK + message.message.external_id)
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": NOTE_TO_CONTACT}]
        return {
            "properties": {
                "hs_timestamp": as_time(str(payload["handed_over_at"])),
                "hs_note_body": "<br>".join(escape(line) for line in lines),
            },
            "associations": [{"to": {"id": self._record(message)}, "types": types}],
        }

    def _logged(self, messages: Sequence[Claimed]) -> set[str]:
        """External ids of those of some messages whose note is there."""
        contacts = sorted({key for m in messages if (key := self._record(m)) is not None})
        if not contacts:
            return set()
        notes = read_belonging(self.sender.client, CONTACTS, NOTES, ids=contacts)
        ids = sorted({key for keys in notes.values() for key in keys})
        found = read_records(self.sender.client, NOTES, ids, fields=("hs_note_body",))
        bodies = [str(item["properties"].get("hs_note_body") or "") for item in found]
        marks = {m.message.external_id: escape(KEY_MARK + m.message.external_id) for m in messages}
        return {key for key, mark in marks.items() if any(body.endswith(mark) for body in bodies)}

    def _empty_answers(self, messages: Sequence[Claimed]) -> None:
        """A new cycle asks sales anew; what they answered before is in the property's history."""
        inputs = [
            {"id": self._record(m), "properties": dict.fromkeys(ANSWERS, "")} for m in messages
        ]
        update_contacts(self.sender.client, inputs)

    def _remember(self, message: Claimed, **news: Any) -> None:
        lead_id = str(message.message.lead_id)
        before = self.pushed.get(lead_id)
        known: dict[str, Any] = {} if before is None else vars(before)
        self.pushed[lead_id] = Pushed(
            **{
                "lead_id": lead_id,
                "fingerprint": known.get("fingerprint"),
                "logged_cycle": known.get("logged_cycle"),
                "pushed_at": datetime.now(UTC),
                "problem": None,
                "record_id": self._record(message),
                **news,
            }
        )


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
