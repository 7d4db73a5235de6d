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
from typing import Any, ClassVar

from features.core.errors import AwaseError, LeadDataError
from features.core.text import Language
from features.definition import LeadDefinition
from features.store import Store
from serving.crm.account import CrmAccount, meet_account
from serving.crm.inbound.records import SalesAnswer
from serving.crm.inbound.sales_answers import record_answer
from serving.crm.outbound.batch import CrmBatch, Unwritten, pause_for
from serving.crm.outbound.fields import ANSWERED, PUSHED
from serving.delivery.sender import Sent
from serving.ledger.outbox.claim import Claimed

Values = Mapping[str, Mapping[str, Any]]
"""Our fields and what is to stand in them, by record."""


@dataclass(kw_only=True)
class OutboundSender(ABC):
    """Sender of a CRM's channel; a vendor says how its records are read and written.

    Attributes
    ----------
    definition : LeadDefinition
        Lists the answers of sales; its zone is that of the log's times.
    languages : tuple of str
        In which the arrival log is written.
    """

    store: Store
    definition: LeadDefinition
    languages: tuple[Language, ...]
    channel: ClassVar[str]
    batch_size: ClassVar[int]
    lease: ClassVar[timedelta] = timedelta(minutes=30)
    stopped_by: AwaseError | None = field(default=None, init=False)

    def send(self, messages: Sequence[Claimed]) -> Sent:
        """Send a batch; what the CRM refuses is said record by record."""
        batch = CrmBatch(store=self.store, channel=self.channel, messages=messages)
        self.stopped_by, pause = None, None
        try:
            meet_account(self.store, self.account())
            self.prepare(batch)
            self._log_arrivals(batch)
            self.write_fields(batch, batch.told)
        except AwaseError as error:
            # Nothing else will get through either: what was not tried waits its turn.
            self.stopped_by, pause = error, pause_for(error)
        finally:
            batch.keep()
        return Sent(receipts=batch.receipts(), pause=pause)

    @abstractmethod
    def account(self) -> CrmAccount:
        """Which account is written to."""

    def prepare(self, batch: CrmBatch) -> None:  # noqa: B027 - most vendors need nothing
        """Find where the records of a batch are now, and keep what writing would blur."""

    @abstractmethod
    def update(self, records: Values) -> dict[str, Unwritten]:
        """Write fields of records, by our names; None empties one. Gives those not written."""

    @abstractmethod
    def find_entries(self, batch: CrmBatch, messages: Sequence[Claimed]) -> set[str]:
        """External ids of those of some messages whose entry is in the log."""

    @abstractmethod
    def create_entries(self, batch: CrmBatch, messages: Sequence[Claimed]) -> None:
        """Log hand-overs, and tell the batch what became of each."""

    @abstractmethod
    def read_answers(self, record_ids: Sequence[str]) -> Iterable[SalesAnswer]:
        """What sales have answered on some records."""

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
        meet_account(self.store, self.account())
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
                batch.logged(message, "found there")
        missing = [m for m in batch.arrived if m.message.external_id not in there]
        # A new cycle asks sales anew.
        again = [m for m in missing if int(m.message.payload["cycle"]) > 1]
        if again:
            self.keep_answers(batch, {key for m in again if (key := batch.record(m))})
            self.empty_answers(batch, again)
        ready = [m for m in missing if not batch.is_settled(m)]
        if ready:
            self.create_entries(batch, ready)
