"""Records of a CRM into the store: every step can be repeated, so that none is lost or doubled.

A stream's steps are gathered until there are :data:`AT_ONCE` rows; those are stored, and only then
does the stream's position move. Whoever is killed in between reads the same pages again, and rows
with known keys change nothing. What is about a lead nobody has read yet makes that lead be fetched
first: it may have been created while the leads were read. Everything that hangs on a lead that is
new here, or comes back, is read with it: none of it need have changed.

Links without a stamp of their own are compared with what is stored, those of some objects at every
pull, all others every :data:`RECONCILE_AFTER`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.core.errors import LeadDataError
from features.core.progress import Progress, ignore_progress
from features.data_clock import read_future
from features.definition import LeadDefinition
from features.importing.import_files import store_intakes
from features.importing.mapping.mapping import Mapping
from features.importing.reporting.report import FileReport
from features.store import Store
from serving.crm.inbound.as_tables import by_object, make_intakes
from serving.crm.inbound.known_leads import KnownLeads
from serving.crm.inbound.links import (
    digest,
    leads_of_outcomes,
    outcome_tag,
    records_of_events,
    told_otherwise,
)
from serving.crm.inbound.needs import check_fields, company_attributes, standing_attributes
from serving.crm.inbound.pulled_records import PulledRecords
from serving.crm.inbound.records import Deletion, Page, Position, Record, SalesAnswer
from serving.crm.inbound.rejects import reject, rejects_of, write_rejects
from serving.crm.inbound.sales_answers import record_answer
from serving.crm.inbound.source import Source
from serving.crm.pull_report import PullReport
from serving.ledger.leads.join import note_alike
from serving.ledger.leads.lead_state import refresh_standings
from serving.ledger.leads.merge import delete_facts, delete_leads, delete_rows_of, merge_leads
from serving.ledger.outbox.crm_sync import move_position, read_positions

RECONCILE = "reconcile"
RECONCILE_AFTER = timedelta(days=7)

QUIET = "quiet "
"""Before an object: its records of which a mapping makes nothing, though they are about leads."""
UNLINKED = "without contact"
"""Deals that are about nobody."""

AT_ONCE = 50_000
"""Rows that are gathered before they are stored: enough for bulk writes, few enough for memory."""


def pull(
    store: Store,
    source: Source,
    *,
    mapping: Mapping,
    definition: LeadDefinition,
    rejects_file: Path,
    on_step: Progress = ignore_progress,
) -> PullReport:
    """Bring the store up to date with a CRM.

    Parameters
    ----------
    store : Store
    source : Source
        Reads the CRM.
    mapping : Mapping
        Which field is what; its files are the CRM's objects and ``changes``.
    definition : LeadDefinition
    rejects_file : path
        Where rejected values are listed.
    on_step : callable
        Called with the name of each stream's step, how many are done, and of how many.

    Raises
    ------
    LeadDataError
        If a field that the mapping reads is not there any more, unless it says to go on.
    AwaseError
        If the CRM refuses us or does not answer; what was stored stays, and the next pull goes on
        from there.
    """
    lacking = source.lacking()
    check_fields(source.vendor, lacking, mapping)
    work = _Pull(store=store, source=source, mapping=mapping, definition=definition)
    work.report.lacking = lacking
    try:
        for stream in source.streams:
            on_step(f"pull {stream}", 0, 1)
            work.follow(stream)
            on_step(f"pull {stream}", 1, 1)
        on_step("compare links", 0, 1)
        work.compare_links()
        on_step("compare links", 1, 1)
    finally:
        # Also where it was cut short: what has been stored is to be seen.
        work.report.unlinked = tuple(sorted(work.unlinked))
        work.report.files = by_object(work.files)
        if write_rejects(work.rejects, rejects_file):
            work.report.rejects_file = rejects_file
        refresh_standings(store, definition)
    work.report.future = read_future(store, definition)
    return work.report


@dataclass(kw_only=True)
class _Pull:
    store: Store
    source: Source
    mapping: Mapping
    definition: LeadDefinition
    report: PullReport = field(init=False)
    files: list[FileReport] = field(default_factory=list)
    rejects: list[pa.Table] = field(default_factory=list)
    known: KnownLeads = field(init=False)
    # Records that were merged into others: they keep no lead.
    ended: set[str] = field(default_factory=set)
    positions: dict[str, dict[str, Any]] = field(init=False)
    unlinked: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.report = PullReport(vendor=self.source.vendor)
        self.known = KnownLeads(store=self.store, vendor=self.source.vendor)
        self.positions = read_positions(self.store, self.source.vendor)
        self.unlinked = set(self.positions.get(UNLINKED, {}).get("records", ()))

    @property
    def leads(self) -> dict[str, str]:
        """Lead of each of the CRM's records of leads."""
        return self.known.leads

    def follow(self, stream: str) -> None:
        """Read a stream from where it stands to its end."""
        pulled = PulledRecords()
        position: Position | None = self.positions.get(stream)
        for page in self.source.pages(stream, position):
            position = page.position
            pulled.add(page)
            self.report.read[stream] = self.report.read.get(stream, 0) + len(page.records)
            if pulled.n_rows >= AT_ONCE:
                self._keep(stream, pulled, position)
                pulled = PulledRecords()
        if position is not None:
            self._keep(stream, pulled, position)

    def compare_links(self) -> None:
        """Read again what is about other leads here than there."""
        last = self.positions.get(RECONCILE, {}).get("since")
        now = self.source.now
        was_read = self.positions.keys() >= set(self.source.streams)
        due = was_read and (
            last is None or now - datetime.fromisoformat(str(last)) >= RECONCILE_AFTER
        )
        if self.source.traceless and self.source.lead_object in self.positions:
            self._compare_leads()
        kinds = self.source.kinds if due else self.source.compared
        for kind in kinds:
            # What was read from its beginning just now is as the CRM says.
            if kind in self.positions:
                self._compare(kind)
        if due or not self.positions:
            self._move(RECONCILE, {"since": now.isoformat()})

    def _compare_leads(self) -> None:
        """Let go of leads that are there no more, and read those that came back."""
        seen: set[str] = set()
        for listed in self.source.inventory(self.source.lead_object):
            seen |= listed.keys()
        pulled = PulledRecords()
        if back := seen - self.leads.keys():
            pulled.add(self.source.fetch(sorted(self.known.without_forgotten(back))))
        if gone := set(self.known.records.values()) - seen - self.ended:
            pulled.add(self.source.vanished(sorted(gone)))
        self._store(pulled)

    def _compare(self, kind: str) -> None:
        quiet = dict(self.positions.get(QUIET + kind, {}))
        outcomes = leads_of_outcomes(self.store, self.source.vendor, kind)
        seen: set[str] = set()
        again: dict[str, tuple[str, ...]] = {}
        pulled = PulledRecords()
        for listed in self.source.inventory(kind):
            seen |= listed.keys()
            there = {key: self.known.without_forgotten(own) for key, own in listed.items()}
            wrong = [
                key
                for key in told_otherwise(self.store, outcomes, there=there, leads=self.leads)
                if quiet.get(key) != digest(there[key])
            ]
            if wrong:
                again |= {key: there[key] for key in wrong}
                pulled.add(self.source.reread(kind, wrong))
            if pulled.n_rows >= AT_ONCE:
                self._store(pulled)
                pulled = PulledRecords()
        here = set(outcomes)
        if self.source.traceless:
            here |= records_of_events(self.store, self.source.row_id(kind, ""))
        gone = sorted(here - seen)
        deletions = [Deletion(object=kind, record_id=key) for key in gone]
        pulled.add(Page(position={}, deletions=deletions))
        self._store(pulled)
        still = self._quiet_records(kind, again)
        n_gone = 0 if self.source.traceless else len(gone)
        if n_mended := n_gone + len(again) - len(still):
            self.report.mended[kind] = self.report.mended.get(kind, 0) + n_mended
        kept = {key: told for key, told in quiet.items() if key in seen and key not in again}
        if kept | still != quiet:
            self._move(QUIET + kind, kept | still)

    def _quiet_records(self, kind: str, again: dict[str, tuple[str, ...]]) -> dict[str, str]:
        """Records that give none of their leads anything, by what was read of them."""
        if not again:
            return {}
        outcomes = leads_of_outcomes(self.store, self.source.vendor, kind)
        still = told_otherwise(self.store, outcomes, there=again, leads=self.leads)
        return {key: digest(again[key]) for key in still}

    def _keep(self, stream: str, pulled: PulledRecords, position: Position) -> None:
        self._store(pulled)
        self._move(stream, position)

    def _move(self, stream: str, position: Position) -> None:
        move_position(self.store, self.source.vendor, stream=stream, position=position)

    def _store(self, pulled: PulledRecords) -> None:
        known = frozenset(self.leads)
        self._merge(pulled)
        self._complete(pulled, known)
        self._delete(pulled)
        self._let_companies_go(pulled)
        self._name_leads(pulled.records.values())
        imported_files = make_intakes(
            map(self.known.by_its_record, pulled.records.values()),
            pulled.changes.values(),
            leads=self.leads,
            mapping=self.mapping,
            definition=self.definition,
        )
        if imported_files:
            self.files.extend(store_intakes(self.store, imported_files))
            self.rejects.extend(rejects_of(imported_files))
        for answer in pulled.answers:
            self._answer(answer)
        self._note_alike(pulled)
        self._note_unlinked(pulled)

    def _merge(self, pulled: PulledRecords) -> None:
        self.ended |= pulled.ended
        for kept, merged in pulled.merges.items():
            known = [self.leads[key] for key in (kept, *merged) if key in self.leads]
            if not known and any(map(self.known.is_forgotten, (kept, *merged))):
                self.known.forget((kept, *merged))
                continue
            # A lead keeps its own name even where the CRM gives the merged record a new number.
            name = known[0] if known else self.source.lead_name(kept)
            ours = self.leads.get(kept)
            lost = {self.leads[key] for key in merged if key in self.leads and
                    key in pulled.replaced and self.leads[key] != ours}  # fmt: skip
            if lost:
                # The kept record is as old as the oldest now: what it says is read anew, too.
                delete_facts(self.store, lost | ({ours} if ours else set()))
            gone = {self.leads[key] for key in merged if key in self.leads and
                    key in self.ended - pulled.replaced and self.leads[key] != ours}  # fmt: skip
            if gone:
                # Changes live on in the kept record's history; what merely stood there does not.
                standing = standing_attributes(self.mapping, self.source.lead_object)
                delete_facts(self.store, gone | ({ours} if ours else set()), attributes=standing)
            others = {lead_id for lead_id in known if lead_id != name}
            if others:
                merge_leads(self.store, name, others, by=self.source.vendor)
                self.report.merged += len(others)
            self.leads.update(dict.fromkeys((kept, *merged), name))

    def _complete(self, pulled: PulledRecords, known: frozenset[str]) -> None:
        """Read leads that nobody has read yet, and what hangs on those that are new here."""
        kinds = [kind for kind in self.source.kinds if kind in self.positions]
        asked: set[str] = set()
        hung = set(known)
        while True:
            own = {key for record in pulled.records.values() if self._is_lead(record)
                   for key in record.about}  # fmt: skip
            about = {key for record in pulled.records.values() for key in record.about}
            unknown = set(self.known.without_forgotten(about - own - self.leads.keys() - asked))
            if unknown:
                asked |= unknown
                pulled.add(self.source.fetch(sorted(unknown)))
                self._merge(pulled)
                continue
            new = set(self.known.without_forgotten((own | pulled.merges.keys()) - hung))
            if not new or not kinds:
                return
            hung |= new
            for kind, ids in self.source.hanging(sorted(new), kinds).items():
                pulled.add(self.source.reread(kind, sorted(ids)))

    def _delete(self, pulled: PulledRecords) -> None:
        leads, records, tags = set(), set(), set()
        for deletion in pulled.deletions:
            if deletion.object == self.source.lead_object:
                leads.add(self.known.gone(deletion.record_id))
            else:
                records.add(deletion.record_id)
                tags.add(outcome_tag(self.source.vendor, deletion.object, deletion.record_id))
        if leads:
            # A contact goes; the lead that it was converted from stays.
            there = {lead for record, lead in self.leads.items() if record not in self.ended}
            gone = {lead_id for lead_id in leads if lead_id} - there
            self.report.deleted += delete_leads(self.store, gone, by=self.source.vendor)
        delete_rows_of(self.store, records, said_by=tags)

    def _let_companies_go(self, pulled: PulledRecords) -> None:
        """Delete what was known of companies whose past is about to be told otherwise."""
        leads = {self.leads[key] for key in pulled.rewritten if key in self.leads}
        if leads:
            delete_facts(self.store, leads, attributes=company_attributes(self.mapping))

    def _is_lead(self, record: Record) -> bool:
        return record.object == self.source.lead_object

    def _name_leads(self, records: Iterable[Record]) -> None:
        """A lead that is new here goes by the number the CRM gave it."""
        for record in records:
            if self._is_lead(record) and not self.known.is_forgotten(record.record_id):
                name = self.source.lead_name(record.record_id)
                self.leads.setdefault(record.record_id, name)

    def _note_unlinked(self, pulled: PulledRecords) -> None:
        """Remember deals that are about nobody, until they are about somebody or gone."""
        told = {d.record_id for d in pulled.deletions if d.object == self.source.deals}
        deals = [r for r in pulled.records.values() if r.object == self.source.deals]
        after = self.unlinked - told - {r.record_id for r in deals}
        after |= {r.record_id for r in deals if not r.about}
        if after != self.unlinked:
            self.unlinked = after
            self._move(UNLINKED, {"records": sorted(after)})

    def _note_alike(self, pulled: PulledRecords) -> None:
        """Remember for a proposal whom the CRM takes for one person."""
        leads = [(self.leads.get(one), self.leads.get(other)) for one, other in pulled.alike]
        pairs = [(one, other) for one, other in leads if one and other and one != other]
        if pairs:
            note_alike(self.store, self.source.vendor, pairs)

    def _answer(self, answer: SalesAnswer) -> None:
        lead_id = self.leads.get(answer.record_id)
        if lead_id is None:
            return
        if not answer.reason:
            self.report.verdicts_without_reason += 1
            return
        try:
            new = record_answer(self.store, answer, lead_id=lead_id, definition=self.definition)
        except LeadDataError as error:
            # A reason that is not, or no longer, in the agreement must not stop the others.
            self.rejects.append(
                reject(
                    self.source.lead_object,
                    answer.record_id,
                    column="verdict",
                    reason=str(error),
                )
            )
        else:
            self.report.verdicts += new
