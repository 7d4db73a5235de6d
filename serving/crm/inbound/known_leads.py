"""Which lead each of a CRM's records is: stored, joined by people, or forgotten for good."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import func, select

from features.core.parsing.record_ids import SHORT, one_spelling
from features.store import Store
from features.store.erased import hash_of, hash_of_record, read_forgotten, remember_forgotten
from features.store.schema import lead
from serving.crm.inbound.records import Record
from serving.ledger.leads.join import read_joined
from serving.ledger.outbox.crm_sync import read_record_ids


@dataclass(kw_only=True)
class KnownLeads:
    """Leads by their records in one CRM.

    Attributes
    ----------
    leads : dict of str to str
        Lead by the id of its record; a joined lead has several.
    records : dict of str to str
        The record that each lead goes by.
    """

    store: Store
    vendor: str
    leads: dict[str, str] = field(init=False)
    records: dict[str, str] = field(init=False)
    _joined: dict[str, str] = field(init=False)
    _forgotten: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.records = read_record_ids(self.store, self.vendor)
        self._joined = read_joined(self.store, self.vendor)
        self._forgotten = read_forgotten(self.store.engine)
        own = {record: lead_id for lead_id, record in self.records.items()}
        self.leads = _named_short(self.store) | self._joined | own

    def is_forgotten(self, record_id: str) -> bool:
        """Whether a record's person was forgotten, so that nothing of it comes back."""
        if record_id in self.leads or not self._forgotten:
            return False
        own = {hash_of(record_id), hash_of_record(self.vendor, record_id)}
        return not own.isdisjoint(self._forgotten)

    def without_forgotten(self, record_ids: Iterable[str]) -> tuple[str, ...]:
        """Those of some records whose person was not forgotten."""
        return tuple(key for key in record_ids if not self.is_forgotten(key))

    def forget(self, record_ids: Iterable[str]) -> None:
        """Leave out records too that a forgotten one became part of, now and later."""
        hashes = {hash_of_record(self.vendor, key) for key in record_ids} - self._forgotten
        if hashes:
            with self.store.engine.begin() as connection:
                remember_forgotten(connection, hashes)
            self._forgotten |= hashes

    def by_its_record(self, record: Record) -> Record:
        """A lead's record under the id that the lead goes by, where it has several."""
        lead_id = self.leads.get(record.record_id)
        own = self.records.get(lead_id or "")
        if own is None or record.record_id not in self._joined:
            return record
        return replace(record, record_id=own)

    def gone(self, record_id: str) -> str | None:
        """Let go of a record that is no more; gives the lead it was."""
        lead_id = self.leads.pop(record_id, None)
        if lead_id is not None and self.records.get(lead_id) == record_id:
            # Another of its records may stand for it.
            del self.records[lead_id]
        return lead_id


def _named_short(store: Store) -> dict[str, str]:
    """Leads that files named by the short form of an id, by the long one."""
    query = select(lead.c.lead_id).where(func.length(lead.c.lead_id) == SHORT)
    with store.engine.connect() as connection:
        found: Sequence[str] = connection.scalars(query).all()
    spelled = {one_spelling(lead_id): lead_id for lead_id in found}
    return {long: lead_id for long, lead_id in spelled.items() if long != lead_id}
