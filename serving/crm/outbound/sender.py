"""Messages of the outbox into a CRM: what every vendor's sender does alike.

Writing a field twice is harmless. Creating an entry of the log is not: where an earlier attempt may
have reached the CRM, the entry is looked for before one is created. What sales answered to the
hand-over before is kept in the ledger and emptied before the new one is logged: an entry that is
there says that this was done, and an answer given since then is about this hand-over.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from features.core.errors import AwaseError, LeadDataError
from features.core.text import Language
from features.definition import LeadDefinition
from features.store import Store
from serving.crm.account import meet_account
from serving.crm.client import CrmClient, in_parts
from serving.crm.errors import CrmRefused, UncertainReply
from serving.crm.inbound.records import SalesAnswer
from serving.crm.inbound.sales_answers import record_answer
from serving.crm.outbound.batch import CrmBatch, Unwritten, pause_for
from serving.crm.outbound.fields import ANSWERED, PUSHED
from serving.delivery.sender import Sent
from serving.ledger.outbox.claim import Claimed

T = TypeVar("T")
Values = Mapping[str, Mapping[str, Any]]
"""Our fields and what is to stand in them, by record."""

FOUND = "found there"
"""Answer kept of a message that an earlier try had delivered, whose own answer was lost."""


@dataclass(kw_only=True)
class OutboundSender(ABC):
    """Sender of a CRM's channel; a vendor says how its records are read and written.

    Attributes
    ----------
    channel : str
        The vendor's name.
    per_call : int
        Records of one call that writes.
    batch_size : int
        Messages that are claimed at once.
    definition : LeadDefinition
        Lists the answers of sales; its zone is that of the log's times.
    languages : tuple of str
        In which the arrival log is written.
    """

    client: CrmClient
    store: Store
    definition: LeadDefinition
    languages: tuple[Language, ...]
    channel: ClassVar[str]
    per_call: ClassVar[int]
    batch_size: ClassVar[int]
    lease: ClassVar[timedelta] = timedelta(minutes=30)
    stopped_by: AwaseError | None = field(default=None, init=False)

    def send(self, messages: Sequence[Claimed]) -> Sent:
        """Send a batch; what the CRM refuses is said record by record."""
        batch = CrmBatch(store=self.store, channel=self.channel, messages=messages)
        self.stopped_by, pause = None, None
        try:
            meet_account(self.store, self.client.account())
            self.prepare(batch)
            self._log_arrivals(batch)
            self.write_fields(batch, batch.told)
        except AwaseError as error:
            # Nothing else will get through either: what was not tried waits its turn.
            self.stopped_by, pause = error, pause_for(error)
        finally:
            batch.keep()
        return Sent(receipts=batch.receipts(), pause=pause)

    def prepare(self, batch: CrmBatch) -> None:  # noqa: B027 - most vendors need nothing
        """Find where the records of a batch are now, and keep what writing would blur."""

    @abstractmethod
    def write(self, records: Values) -> dict[str, Unwritten]:
        """Write fields of as many records as one call takes; gives those not written."""

    @abstractmethod
    def find_entries(self, batch: CrmBatch, messages: Sequence[Claimed]) -> set[str]:
        """External ids of those of some messages whose entry is in the log."""

    @abstractmethod
    def create(self, batch: CrmBatch, messages: Sequence[Claimed]) -> Mapping[int, Unwritten]:
        """Log as many hand-overs as one call takes; gives those not logged, by message."""

    @abstractmethod
    def read_answers(self, record_ids: Sequence[str]) -> Iterable[SalesAnswer]:
        """What sales have answered on some records."""

    def update(self, records: Values) -> dict[str, Unwritten]:
        """Write fields of records, by our names; None empties one. Gives those not written."""
        unwritten: dict[str, Unwritten] = {}
        for part in in_parts(sorted(records), self.per_call):
            unwritten |= self._write({key: records[key] for key in part})
        return unwritten

    def _write(self, records: Values) -> dict[str, Unwritten]:
        try:
            return self.write(records)
        except CrmRefused as refused:
            if not refused.may_be_one_record:
                raise
            if len(records) == 1:
                return dict.fromkeys(records, Unwritten(reason=refused.said))
        # One bad value and the whole batch is refused: halve until it stands alone.
        first, second = _halves(list(records.items()))
        return self._write(dict(first)) | self._write(dict(second))

    def write_fields(self, batch: CrmBatch, messages: Sequence[Claimed]) -> None:
        """Write the fields of messages, and tell the batch what became of each."""
        records = {str(batch.record(m)): m.message.payload["fields"] for m in messages}
        unwritten = self.update(records)
        for message in messages:
            why = unwritten.get(str(batch.record(message)))
            batch.written(message) if why is None else batch.unwritten(message, why)

    def empty_answers(self, batch: CrmBatch, messages: Sequence[Claimed]) -> None:
        """Empty what sales answered; where the CRM keeps history it stays there."""
        empty = dict.fromkeys(ANSWERED)
        unwritten = self.update({str(batch.record(m)): empty for m in messages})
        for message in messages:
            if (why := unwritten.get(str(batch.record(message)))) is not None:
                batch.unwritten(message, why)

    def clear(self, lead_id: str, record_id: str) -> str | None:
        """Empty all of our fields on a record; gives why the CRM does not take it.

        Parameters
        ----------
        lead_id : str
        record_id : str
            The lead's record; answers that stand on it are kept in the ledger first.
        """
        meet_account(self.store, self.client.account())
        batch = CrmBatch(store=self.store, channel=self.channel, messages=())
        batch.records = {lead_id: record_id}
        self.keep_answers(batch, {record_id})
        names = (*(item.name for item in PUSHED), *ANSWERED)
        why = self.update({record_id: dict.fromkeys(names)}).get(record_id)
        return None if why is None else why.reason

    def keep_answers(self, batch: CrmBatch, record_ids: Collection[str]) -> None:
        """Record in the ledger what sales have answered on some records.

        Parameters
        ----------
        batch : CrmBatch
            Knows the records' leads.
        record_ids : collection of str
        """
        leads = {record: lead_id for lead_id, record in batch.records.items()}
        for answer in self.read_answers(sorted(record_ids)) if record_ids else ():
            if answer.reason and answer.record_id in leads:
                # What is not in the agreement is listed by the next pull.
                with suppress(LeadDataError):
                    record_answer(
                        self.store,
                        answer,
                        lead_id=leads[answer.record_id],
                        definition=self.definition,
                    )

    def _log_arrivals(self, batch: CrmBatch) -> None:
        # A first attempt has left nothing behind; a later one may have.
        tried = [m for m in batch.arrived if m.attempt > 1]
        there = self.find_entries(batch, tried) if tried else set()
        for message in batch.arrived:
            if message.message.external_id in there:
                batch.logged(message, FOUND)
        missing = [m for m in batch.arrived if m.message.external_id not in there]
        # A new cycle asks sales anew.
        again = [m for m in missing if int(m.message.payload["cycle"]) > 1]
        if again:
            self.keep_answers(batch, {key for m in again if (key := batch.record(m))})
            self.empty_answers(batch, again)
        ready = [m for m in missing if not batch.is_settled(m)]
        for part in in_parts(ready, self.per_call):
            self._create(batch, part)

    def _create(self, batch: CrmBatch, messages: Sequence[Claimed]) -> None:
        try:
            unwritten = self.create(batch, messages)
        except UncertainReply as uncertain:
            for message in messages:
                # Failed, not refused: the next attempt looks before it creates.
                batch.failed(message, str(uncertain))
        except CrmRefused as refused:
            if not refused.may_be_one_record:
                raise
            if len(messages) == 1:
                batch.refused(messages[0], refused.said)
                return
            for half in _halves(messages):
                self._create(batch, half)
        else:
            for message in messages:
                why = unwritten.get(message.message_id)
                batch.logged(message) if why is None else batch.unwritten(message, why)


def _halves(items: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    middle = len(items) // 2
    return items[:middle], items[middle:]
