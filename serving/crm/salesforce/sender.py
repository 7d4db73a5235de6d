"""Messages of the outbox into Salesforce: fields in collections, arrivals as tasks, each once.

A task is found again among its person's by our key. A lead that has been converted can no longer be
written; its contact is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from serving.crm.account import CrmAccount
from serving.crm.errors import UncertainReply
from serving.crm.inbound.records import SalesAnswer
from serving.crm.outbound.batch import CrmBatch
from serving.crm.outbound.log_entry import log_lines
from serving.crm.outbound.sender import OutboundSender
from serving.crm.salesforce.client import PER_COLLECTION, Json, SalesforceClient, in_parts, listed
from serving.crm.salesforce.history import tracked_fields
from serving.crm.salesforce.people import ANSWERS, People
from serving.crm.salesforce.values import KEY_FIELD, as_fields
from serving.ledger.outbox.claim import Claimed

CHANNEL = "salesforce"
VERDICT_FIELD = ANSWERS[0]
KIND_OF = {"00Q": "Lead", "003": "Contact"}

MAY_PASS = frozenset({"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "REQUEST_RUNNING_TOO_LONG"})
"""Reasons for refusing a record that another moment may not have."""

LONGEST_SUBJECT = 255


@dataclass(kw_only=True)
class SalesforceSender(OutboundSender):
    """Sender of the channel ``salesforce``."""

    client: SalesforceClient
    channel: ClassVar[str] = CHANNEL
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

    def _answered_without_history(self, record_ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for prefix, kind in KIND_OF.items():
            if kind not in self._with_history:
                self._with_history[kind] = VERDICT_FIELD in tracked_fields(self.client, kind)
            if self._with_history[kind] or VERDICT_FIELD not in self.client.fields(kind):
                continue
            for part in in_parts([key for key in record_ids if key.startswith(prefix)]):
                rows = self.client.rows(
                    f"SELECT Id FROM {kind} WHERE Id IN {listed(part)} "
                    f"AND {VERDICT_FIELD} != null AND IsDeleted = FALSE"
                )
                found |= {str(row["Id"]) for row in rows}
        return found

    def account(self) -> CrmAccount:
        """Which account is written to."""
        return self.client.account()

    def write_fields(self, batch: CrmBatch, messages: Sequence[Claimed]) -> None:
        """Write the fields of messages, and tell the batch what became of each."""
        for kind, part in _by_kind(batch, messages):
            records = [
                {"id": batch.record(m)} | as_fields(m.message.payload["fields"]) for m in part
            ]
            for message, result in zip(part, self._update(kind, records), strict=True):
                if result.get("success"):
                    batch.written(message)
                else:
                    _refuse(batch, message, result)

    def create_entries(self, batch: CrmBatch, messages: Sequence[Claimed]) -> None:
        """Log hand-overs as tasks, and tell the batch what became of each."""
        for part in in_parts(messages, PER_COLLECTION):
            try:
                results = self.client.insert("Task", [self._task(batch, m) for m in part])
            except UncertainReply as uncertain:
                for message in part:
                    # Failed, not refused: the next attempt looks before it creates.
                    batch.failed(message, str(uncertain))
                continue
            for message, result in zip(part, results, strict=True):
                if result.get("success"):
                    batch.logged(message)
                else:
                    _refuse(batch, message, result)

    def find_entries(self, batch: CrmBatch, messages: Sequence[Claimed]) -> set[str]:
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

    def empty_answers(self, batch: CrmBatch, messages: Sequence[Claimed]) -> None:
        """Empty what sales answered; where history is kept it stays there."""
        for kind, part in _by_kind(batch, messages):
            records = [{"id": batch.record(m)} | dict.fromkeys(ANSWERS) for m in part]
            for message, result in zip(part, self._update(kind, records), strict=True):
                if not result.get("success"):
                    _refuse(batch, message, result)

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
