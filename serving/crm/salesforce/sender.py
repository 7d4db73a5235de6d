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
from serving.crm.outbound.batch import CrmBatch, Unwritten
from serving.crm.outbound.log_entry import log_lines
from serving.crm.outbound.sender import OutboundSender, Values
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

IS_GONE = frozenset({"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND"})
"""Reasons that say that there is no such record any more."""

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

    def update(self, records: Values) -> dict[str, Unwritten]:
        """Write fields of leads and contacts."""
        unwritten = {
            key: Unwritten(reason="the record is neither a lead nor a contact")
            for key in records
            if key[:3] not in KIND_OF
        }
        for prefix, kind in KIND_OF.items():
            own = sorted(key for key in records if key.startswith(prefix))
            for part in in_parts(own, PER_COLLECTION):
                rows = [{"id": key} | as_fields(records[key]) for key in part]
                results = self.client.update(kind, rows)
                found = zip(part, map(_why, results), strict=True)
                unwritten |= {key: why for key, why in found if why is not None}
        return unwritten

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
                why = _why(result)
                batch.logged(message) if why is None else batch.unwritten(message, why)

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


def _why(result: Json) -> Unwritten | None:
    """Why a record was not written; None where it was."""
    if result.get("success"):
        return None
    errors = result.get("errors") or [{}]
    code = str(errors[0].get("statusCode", ""))
    reason = f"{code}: {errors[0].get('message', '')}"
    return Unwritten(reason=reason, may_pass=code in MAY_PASS, is_gone=code in IS_GONE)
