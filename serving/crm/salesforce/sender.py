"""Messages of the outbox into Salesforce: fields in collections, arrivals as tasks, each once.

Writing a field twice is harmless. Creating a task is not: where an earlier attempt may have reached
Salesforce, the tasks of those people are looked through for our key before one is created. A lead
that has been converted can no longer be written; its contact is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from features.core.errors import AwaseError
from features.core.text import Language
from features.store import Store
from serving.crm.errors import UncertainReply
from serving.crm.outbound.batch import CrmBatch, pause_for
from serving.crm.outbound.log_entry import log_lines
from serving.crm.salesforce.client import PER_COLLECTION, Json, SalesforceClient, in_parts, listed
from serving.crm.salesforce.people import ANSWERS
from serving.crm.salesforce.values import KEY_FIELD, as_fields
from serving.delivery.sender import Sent
from serving.ledger.outbox.claim import Claimed

CHANNEL = "salesforce"
KIND_OF = {"00Q": "Lead", "003": "Contact"}

MAY_PASS = frozenset({"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "REQUEST_RUNNING_TOO_LONG"})
"""Reasons for refusing a record that another moment may not have."""

LONGEST_SUBJECT = 255


@dataclass(kw_only=True)
class SalesforceSender:
    """Sender of the channel ``salesforce``.

    Attributes
    ----------
    languages : tuple of str
        In which the arrival log is written.
    zone : ZoneInfo
        In which it tells times.
    """

    client: SalesforceClient
    store: Store
    languages: tuple[Language, ...]
    zone: ZoneInfo
    channel: str = CHANNEL
    batch_size: int = PER_COLLECTION
    lease: timedelta = timedelta(minutes=30)
    stopped_by: AwaseError | None = field(default=None, init=False)

    def send(self, messages: Sequence[Claimed]) -> Sent:
        """Send a batch; what Salesforce refuses is said record by record."""
        batch = CrmBatch(store=self.store, channel=CHANNEL, messages=messages)
        self.stopped_by = None
        pause = None
        try:
            self._follow_conversions(batch)
            self._log_arrivals(batch)
            self._write_fields(batch)
        except AwaseError as error:
            # Nothing else will get through either: what was not tried waits its turn.
            self.stopped_by, pause = error, pause_for(error)
        finally:
            batch.keep()
        return Sent(receipts=batch.receipts(), pause=pause)

    def _follow_conversions(self, batch: CrmBatch) -> None:
        leads = sorted({key for key in batch.records.values() if key.startswith("00Q")})
        contacts = {
            row["Id"]: row["ConvertedContactId"]
            for part in in_parts(leads)
            for row in self.client.rows(
                "SELECT Id, ConvertedContactId FROM Lead "
                f"WHERE Id IN {listed(part)} AND IsConverted = TRUE AND IsDeleted = FALSE"
            )
        }
        batch.records |= {
            lead: contacts[key]
            for lead, key in batch.records.items()
            if contacts.get(key) is not None
        }

    def _write_fields(self, batch: CrmBatch) -> None:
        for kind, messages in _by_kind(batch, batch.told):
            records = [
                {"id": batch.record(m)} | as_fields(m.message.payload["fields"]) for m in messages
            ]
            for message, result in zip(messages, self._update(kind, records), strict=True):
                if result.get("success"):
                    batch.written(message)
                else:
                    _refuse(batch, message, result)

    def _log_arrivals(self, batch: CrmBatch) -> None:
        # A first attempt has left nothing behind; a later one may have.
        there = self._logged(batch, [m for m in batch.arrived if m.attempt > 1])
        missing = []
        for message in batch.arrived:
            if message.message.external_id in there:
                batch.logged(message, "found there")
            else:
                missing.append(message)
        for part in in_parts(missing, PER_COLLECTION):
            try:
                results = self.client.insert("Task", [self._task(batch, m) for m in part])
            except UncertainReply as uncertain:
                for message in part:
                    # Failed, not refused: the next attempt looks before it creates.
                    batch.failed(message, str(uncertain))
                continue
            logged = []
            for message, result in zip(part, results, strict=True):
                if result.get("success"):
                    batch.logged(message)
                    logged.append(message)
                else:
                    _refuse(batch, message, result)
            self._empty_answers(batch, logged)

    def _logged(self, batch: CrmBatch, messages: Sequence[Claimed]) -> set[str]:
        """External ids of those of some messages whose task is there."""
        people = sorted({key for m in messages if (key := batch.record(m)) is not None})
        keys = [m.message.external_id for m in messages]
        found: set[str] = set()
        for part in in_parts(people):
            rows = self.client.rows(
                f"SELECT {KEY_FIELD} FROM Task WHERE WhoId IN {listed(part)} "
                f"AND {KEY_FIELD} != null AND IsDeleted = FALSE"
            )
            found |= {str(row[KEY_FIELD]) for row in rows}
        return found & set(keys)

    def _task(self, batch: CrmBatch, message: Claimed) -> Json:
        payload = message.message.payload
        first, *lines = log_lines(payload, self.languages, self.zone)
        at = datetime.fromisoformat(str(payload["handed_over_at"])).astimezone(self.zone)
        return {
            "WhoId": batch.record(message),
            "Subject": first[:LONGEST_SUBJECT],
            "Description": "\n".join(lines),
            "Status": "Completed",
            "ActivityDate": f"{at:%Y-%m-%d}",
            KEY_FIELD: message.message.external_id,
        }

    def _empty_answers(self, batch: CrmBatch, messages: Sequence[Claimed]) -> None:
        """A new cycle asks sales anew; what they answered before is in the field's history."""
        again = [m for m in messages if int(m.message.payload["cycle"]) > 1]
        for kind, part in _by_kind(batch, again):
            self._update(kind, [{"id": batch.record(m)} | dict.fromkeys(ANSWERS) for m in part])

    def _update(self, kind: str, records: Sequence[Json]) -> list[Json]:
        return [
            result
            for part in in_parts(records, PER_COLLECTION)
            for result in self.client.update(kind, part)
        ]


def _by_kind(batch: CrmBatch, messages: Iterable[Claimed]) -> list[tuple[str, list[Claimed]]]:
    kinds: dict[str, list[Claimed]] = {}
    for message in messages:
        kind = KIND_OF.get(str(batch.record(message))[:3])
        if kind is None:
            batch.refused(message, "the record is neither a lead nor a contact")
        else:
            kinds.setdefault(kind, []).append(message)
    return list(kinds.items())


def _refuse(batch: CrmBatch, message: Claimed, result: Json) -> None:
    errors = result.get("errors") or [{}]
    code = str(errors[0].get("statusCode", ""))
    reason = f"{code}: {errors[0].get('message', '')}"
    if code in MAY_PASS:
        batch.failed(message, reason)
    else:
        batch.refused(message, reason)
