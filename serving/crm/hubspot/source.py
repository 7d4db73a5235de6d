"""HubSpot as a source: streams of contacts, companies, engagements, forms, deals and deletions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import ClassVar

from serving.crm.client import Json
from serving.crm.hubspot.client import HubspotClient, properties
from serving.crm.hubspot.contacts import COMPANIES, CONTACTS, MERGED, Contacts, merged_ids
from serving.crm.hubspot.deals import CURRENCY, DEALS, MADE, PIPELINE, Deals
from serving.crm.hubspot.forms import FORM_SUBMISSIONS, Forms
from serving.crm.hubspot.reading import leads_of, read_belonging, read_records, second
from serving.crm.hubspot.walk import HubSpotWalk
from serving.crm.inbound.companies import PREFIX
from serving.crm.inbound.needs import entries_of, fields_of, history_fields
from serving.crm.inbound.records import Page, Position, Record
from serving.crm.inbound.source import Source, absent, deletions_of

ENGAGEMENTS = ("calls", "meetings", "emails", "tasks", "communications")
DELETED = "deleted "
"""Before the name of an object: the stream of what was put into the bin."""

LINKS_AGAIN = timedelta(days=30)
"""How long the contacts of an engagement are read anew at every pull."""


@dataclass(kw_only=True)
class HubspotSource(Source):
    """Reads HubSpot."""

    client: HubspotClient
    vendor: ClassVar[str] = HubspotClient.vendor
    lead_object: ClassVar[str] = CONTACTS
    deals: ClassVar[str] = DEALS
    # Forms are about addresses.
    about_leads: ClassVar[tuple[str, ...]] = (*ENGAGEMENTS, DEALS)
    _contacts: Contacts = field(init=False)
    _deals: Deals = field(init=False)
    # When the contacts that are known now began to be read.
    _read_since: str = field(default="", init=False)
    # Whether all contacts were read here, with the addresses that they used to have.
    _began_here: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        fields = fields_of(self.mapping, CONTACTS)
        self._contacts = Contacts.of(self.client, fields, history_fields(self.mapping))
        # What was given in another currency needs the currency, too.
        more = (CURRENCY,) if "given" in fields_of(self.mapping, DEALS) else ()
        self._deals = self.reader_of_deals(Deals, column=PIPELINE, made=MADE, more=more)

    @property
    def streams(self) -> tuple[str, ...]:
        """Contacts first; deletions last, so that what was read meanwhile is met by them."""
        forms = [FORM_SUBMISSIONS] if entries_of(self.mapping, FORM_SUBMISSIONS) else []
        companies = [COMPANIES] if self._contacts.companies.fields else []
        gone = [DELETED + kind for kind in (*self.kinds, CONTACTS)]
        return (CONTACTS, *companies, *self.kinds, *forms, *gone)

    def lacking(self) -> dict[str, tuple[str, ...]]:
        """Properties that the mapping reads and the account does not have or show, by object."""
        own = (n for n in self._contacts.history if not n.startswith(PREFIX))
        asked = {
            CONTACTS: (*self._contacts.fields, *own),
            COMPANIES: self._contacts.companies.fields,
            DEALS: self._deals.fields,
        }
        return absent(asked, self._properties)

    def _properties(self, kind: str) -> set[str]:
        return {item["name"] for item in self.client.get(properties(kind)).get("results", ())}

    def pages(self, stream: str, position: Position | None) -> Iterator[Page]:
        """Steps of a stream."""
        if stream == CONTACTS:
            return self._contact_pages(position)
        if stream == COMPANIES:
            return self._company_pages(position)
        if stream == FORM_SUBMISSIONS:
            return self._form_pages(position)
        if stream == DEALS:
            return self._deal_pages(position)
        if stream.startswith(DELETED):
            return self._deleted(stream.removeprefix(DELETED), position)
        return self._engagement_pages(stream, position)

    @property
    def compared(self) -> tuple[str, ...]:
        """Deals: what a customer was won by must not depend on when it was pulled."""
        return tuple(kind for kind in self.kinds if kind == DEALS)

    def inventory(self, kind: str) -> Iterator[dict[str, tuple[str, ...]]]:
        """All records of an object, each with its contacts."""
        for step in HubSpotWalk(client=self.client, kind=kind, with_leads=True).steps(None):
            leads = leads_of(self.client, kind, step.records)
            yield {item["id"]: leads.get(item["id"], ()) for item in step.records}

    def hanging(self, record_ids: Sequence[str], kinds: Sequence[str]) -> dict[str, set[str]]:
        """Records of some objects that belong to some contacts, by object."""
        found = {}
        for kind in kinds:
            belonging = read_belonging(self.client, CONTACTS, kind, ids=record_ids)
            found[kind] = {key for keys in belonging.values() for key in keys}
        return found

    def reread(self, kind: str, record_ids: Sequence[str]) -> Page:
        """Records of an object as they are now, in place of what was said of them before."""
        if kind == DEALS:
            return self._deals.read([{"id": key} for key in record_ids], {})
        fields = fields_of(self.mapping, kind)
        found = list(read_records(self.client, kind, record_ids, fields=fields))
        page = self._engagements(kind, found, {})
        return replace(page, deletions=deletions_of(kind, record_ids))

    def fetch(self, record_ids: Sequence[str]) -> Page:
        """Contacts by their ids."""
        return self._contacts.read(record_ids, {})

    def _contact_pages(self, position: Position | None) -> Iterator[Page]:
        self._began_here = position is None
        for step in HubSpotWalk(client=self.client, kind=CONTACTS).steps(position):
            if not self._read_since:
                place = position or step.position
                self._read_since = place.get("since") or place["began"]
            yield self._contacts.read([item["id"] for item in step.records], step.position)

    def _company_pages(self, position: Position | None) -> Iterator[Page]:
        """Contacts of companies that changed since contacts, and with them companies, were read."""
        walk = HubSpotWalk(client=self.client, kind=COMPANIES, fields=(MERGED,))
        if position is None:
            yield Page(position={"since": self._read_since})
            return
        since = second(position["since"])
        for step in walk.steps(position):
            ids = [item["id"] for item in step.records]
            merged = {item["id"] for item in step.records if merged_ids(item)}
            changed = merged.union(self._contacts.companies.changed_since(ids, since))
            there = read_belonging(self.client, COMPANIES, CONTACTS, ids=sorted(changed))
            contacts = sorted({key for keys in there.values() for key in keys})
            rewritten = sorted({key for company in merged for key in there.get(company, ())})
            yield replace(self._contacts.read(contacts, step.position), rewritten=rewritten)

    def _form_pages(self, position: Position | None) -> Iterator[Page]:
        if position is None and not self._began_here:
            # Contacts were read by a pull that was cut short, and their former addresses with it.
            for step in HubSpotWalk(client=self.client, kind=CONTACTS).steps(None):
                self._contacts.learn_addresses([item["id"] for item in step.records])
            self._began_here = True
        yield from Forms(client=self.client, holder=self._contacts.addresses.holder).pages(position)

    def _engagement_pages(self, kind: str, position: Position | None) -> Iterator[Page]:
        fields = fields_of(self.mapping, kind)
        again = position is not None and "since" in position
        walk = HubSpotWalk(
            client=self.client, kind=kind, fields=fields, with_leads=True, again=LINKS_AGAIN
        )
        for step in walk.steps(position):
            page = self._engagements(kind, step.records, step.position)
            ids = [item["id"] for item in step.records]
            yield replace(page, deletions=deletions_of(kind, ids)) if again else page

    def _engagements(self, kind: str, found: Sequence[Json], position: Position) -> Page:
        fields = fields_of(self.mapping, kind)
        leads = leads_of(self.client, kind, found)
        return Page(
            position=position,
            records=[
                Record(
                    object=kind,
                    record_id=item["id"],
                    about=leads.get(item["id"], ()),
                    fields={name: item["properties"].get(name) for name in fields},
                )
                for item in found
            ],
        )

    def _deal_pages(self, position: Position | None) -> Iterator[Page]:
        for step in HubSpotWalk(client=self.client, kind=DEALS, with_leads=True).steps(position):
            yield self._deals.read(step.records, step.position)

    def _deleted(self, kind: str, position: Position | None) -> Iterator[Page]:
        fields = (MERGED,) if kind == CONTACTS else ()
        for step in HubSpotWalk(client=self.client, kind=kind, fields=fields).gone(position):
            page = self._back(kind, step.back)
            # With a merged contact those go that nobody saw become part of it.
            ids = [key for item in step.records for key in (item["id"], *merged_ids(item))]
            gone = deletions_of(kind, ids)
            yield replace(page, position=step.position, deletions=[*gone, *page.deletions])

    def _back(self, kind: str, record_ids: Sequence[str]) -> Page:
        """Records that were taken out of the bin; a contact with the forms it had sent."""
        if not record_ids:
            return Page(position={})
        if kind != CONTACTS:
            return self.reread(kind, record_ids)
        page, back = self.fetch(record_ids), set(record_ids)
        forms = self._form_pages(None)
        asked = entries_of(self.mapping, FORM_SUBMISSIONS)
        sent = [
            record
            for step in (forms if asked else ())
            for record in step.records
            if back.intersection(record.about)
        ]
        return replace(page, records=[*page.records, *sent])
