"""Messages of the outbox into Salesforce: fields in collections, arrivals as tasks, each once.

A task is found again among its person's by our key. A lead that has been converted can no longer be
written; its contact is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, TypeVar

from serving.crm.client import Json
from serving.crm.inbound.records import SalesAnswer
from serving.crm.outbound.batch import CrmBatch, Unwritten
from serving.crm.outbound.log_entry import log_lines
from serving.crm.outbound.sender import OutboundSender, Values
from serving.crm.salesforce.client import ALIVE, PER_COLLECTION, SalesforceClient
from serving.crm.salesforce.history import tracked_fields
from serving.crm.salesforce.people import ANSWERS, People
from serving.crm.salesforce.values import KEY_FIELD, as_fields
from serving.ledger.outbox.claim import Claimed

K = TypeVar("K")

VERDICT_FIELD = ANSWERS[0]
KIND_OF = {"00Q": "Lead", "003": "Contact"}

MAY_PASS = frozenset({"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "REQUEST_RUNNING_TOO_LONG"})
"""Reasons for refusing a record that another moment may not have."""

IS_GONE = frozenset({"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND"})
"""Reasons that say that there is no such record any more."""

LONGEST_SUBJECT = 255


@dataclass(kw_only=True)
class SalesforceSender(OutboundSender):
    """Sender of the channel ``salesforce``."""

    client: SalesforceClient
    channel: ClassVar[str] = SalesforceClient.vendor
    per_call: ClassVar[int] = PER_COLLECTION
    batch_size: ClassVar[int] = PER_COLLECTION
    # Kinds of records for which the history of answers is kept.
    _with_history: dict[str, bool] = field(default_factory=dict, init=False)

    def prepare(self, batch: CrmBatch) -> None:
        """Follow converted leads to their contacts; keep answers that have no history.

        Such an answer was given when its record was last changed, by whom it was: our own writing
        would stand in their place.
        """
        self._follow_conversions(batch)
        written = {key for m in (*batch.told, *batch.arrived) if (key := batch.record(m))}
        self.keep_answers(batch, self._answered_without_history(sorted(written)))

    def _follow_conversions(self, batch: CrmBatch) -> None:
        leads = sorted({key for key in batch.records.values() if key.startswith("00Q")})
        contacts = {
            row["Id"]: row["ConvertedContactId"]
            for row in self.client.rows_of(
                "SELECT Id, ConvertedContactId FROM Lead WHERE Id",
                leads,
                f"AND IsConverted = TRUE {ALIVE}",
            )
        }
        batch.records |= {
            lead: contacts[key]
            for lead, key in batch.records.items()
            if contacts.get(key) is not None
        }

    def _answered_without_history(self, record_ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for prefix, kind in KIND_OF.items():
            if kind not in self._with_history:
                self._with_history[kind] = VERDICT_FIELD in tracked_fields(self.client, kind)
            if self._with_history[kind] or VERDICT_FIELD not in self.client.fields(kind):
                continue
            own = [key for key in record_ids if key.startswith(prefix)]
            answered = f"AND {VERDICT_FIELD} != null {ALIVE}"
            rows = self.client.rows_of(f"SELECT Id FROM {kind} WHERE Id", own, answered)
            found |= {str(row["Id"]) for row in rows}
        return found

    def write(self, records: Values) -> dict[str, Unwritten]:
        """Write fields of leads and contacts."""
        unwritten = {
            key: Unwritten(reason="the record is neither a lead nor a contact")
            for key in records
            if key[:3] not in KIND_OF
        }
        for prefix, kind in KIND_OF.items():
            own = {key: told for key, told in records.items() if key.startswith(prefix)}
            if own:
                rows = [{"id": key} | as_fields(told) for key, told in own.items()]
                unwritten |= _not_done(own, self.client.update(kind, rows))
        return unwritten

    def create(self, batch: CrmBatch, messages: Sequence[Claimed]) -> Mapping[int, Unwritten]:
        """Log hand-overs as tasks."""
        results = self.client.insert("Task", [self._task(batch, m) for m in messages])
        return _not_done([m.message_id for m in messages], results)

    def find_entries(self, batch: CrmBatch, messages: Sequence[Claimed]) -> set[str]:
        """External ids of those of some messages whose task is there."""
        people = sorted({key for m in messages if (key := batch.record(m)) is not None})
        soql, more = f"SELECT {KEY_FIELD} FROM Task WHERE WhoId", f"AND {KEY_FIELD} != null {ALIVE}"
        found = {str(row[KEY_FIELD]) for row in self.client.rows_of(soql, people, more)}
        return found & {m.message.external_id for m in messages}

    def read_answers(self, record_ids: Sequence[str]) -> Iterable[SalesAnswer]:
        """What sales have answered on some leads and contacts."""
        return People(client=self.client, fields=(), history=()).fetch(record_ids).answers

    def _task(self, batch: CrmBatch, message: Claimed) -> Json:
        payload = message.message.payload
        first, *lines = log_lines(payload, self.languages, self.definition.zone)
        at = datetime.fromisoformat(str(payload["handed_over_at"])).astimezone(self.definition.zone)
        return {
            "WhoId": batch.record(message),
            "Subject": first[:LONGEST_SUBJECT],
            "Description": "\n".join(lines),
            "Status": "Completed",
            "ActivityDate": f"{at:%Y-%m-%d}",
            KEY_FIELD: message.message.external_id,
        }


def _not_done(keys: Iterable[K], results: Iterable[Json]) -> dict[K, Unwritten]:
    """Why some records were not written."""
    found: dict[K, Unwritten] = {}
    for key, result in zip(keys, results, strict=True):
        if not result.get("success"):
            error = (result.get("errors") or [{}])[0]
            code = str(error.get("statusCode", ""))
            reason = f"{code}: {error.get('message', '')}"
            found[key] = Unwritten(
                reason=reason, may_pass=code in MAY_PASS, is_gone=code in IS_GONE
            )
    return found
