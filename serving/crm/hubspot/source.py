"""HubSpot as a source: streams of contacts, companies, engagements, forms, deals and deletions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from features.importing import Mapping
from serving.crm.hubspot.client import HubspotClient
from serving.crm.hubspot.contacts import CONTACTS, Contacts
from serving.crm.hubspot.deals import DEALS, Deals
from serving.crm.hubspot.forms import FORM_SUBMISSIONS, Forms
from serving.crm.hubspot.reading import leads_of, read_belonging, second
from serving.crm.hubspot.walk import HubSpotWalk
from serving.crm.inbound.needs import entries_of, fields_of, history_fields
from serving.crm.inbound.records import Deletion, Page, Position, Record

ENGAGEMENTS = ("calls", "meetings", "emails", "tasks", "communications")
COMPANIES = "companies"
DELETED = "deleted "
"""Before the name of an object: the stream of what was put into the bin."""

MADE_BY_DEALS = ("stage", "known")
"""Columns of deals that come from their stages, not from a property of that name."""


@dataclass(kw_only=True)
class HubspotSource:
    """Reads what a mapping asks for; an object it has no entry for is not read."""

    client: HubspotClient
    mapping: Mapping
    vendor: str = "hubspot"
    lead_object: str = CONTACTS
    _contacts: Contacts = field(init=False)
    _deals: Deals = field(init=False)
    # When the contacts that are known now began to be read.
    _read_since: str = field(default="", init=False)

    def __post_init__(self) -> None:
        fields = fields_of(self.mapping, CONTACTS)
        self._contacts = Contacts.of(self.client, fields, history_fields(self.mapping))
        more = [n for n in fields_of(self.mapping, DEALS) if n not in MADE_BY_DEALS]
        self._deals = Deals(client=self.client, fields=tuple(more))

    @property
    def streams(self) -> tuple[str, ...]:
        """Contacts first; deletions last, so that what was read meanwhile is met by them."""
        kinds = [kind for kind in (*ENGAGEMENTS, DEALS) if entries_of(self.mapping, kind)]
        forms = [FORM_SUBMISSIONS] if entries_of(self.mapping, FORM_SUBMISSIONS) else []
        companies = [COMPANIES] if self._contacts.companies.fields else []
        gone = [DELETED + kind for kind in (*kinds, CONTACTS)]
        return (CONTACTS, *companies, *kinds, *forms, *gone)

    def pages(self, stream: str, position: Position | None) -> Iterator[Page]:
        """Steps of a stream."""
        if stream == CONTACTS:
            return self._contact_pages(position)
        if stream == COMPANIES:
            return self._company_pages(position)
        if stream == FORM_SUBMISSIONS:
            return Forms(client=self.client).pages(position)
        if stream == DEALS:
            return self._deal_pages(position)
        if stream.startswith(DELETED):
            return self._deleted(stream.removeprefix(DELETED), position)
        return self._engagement_pages(stream, position)

    def fetch(self, record_ids: Sequence[str]) -> Page:
        """Contacts by their ids."""
        return self._contacts.read(record_ids, {})

    def _contact_pages(self, position: Position | None) -> Iterator[Page]:
        for step in HubSpotWalk(client=self.client, kind=CONTACTS).steps(position):
            if not self._read_since:
                place = position or step.position
                self._read_since = place.get("since") or place["began"]
            yield self._contacts.read([item["id"] for item in step.records], step.position)

    def _company_pages(self, position: Position | None) -> Iterator[Page]:
        """Contacts of companies that changed since contacts, and with them companies, were read."""
        walk = HubSpotWalk(client=self.client, kind=COMPANIES)
        if position is None:
            yield Page(position={"since": self._read_since})
            return
        since = second(position["since"])
        for step in walk.steps(position):
            ids = [item["id"] for item in step.records]
            changed = self._contacts.companies.changed_since(ids, since)
            belonging = read_belonging(self.client, COMPANIES, CONTACTS, ids=changed)
            contacts = sorted({key for keys in belonging.values() for key in keys})
            yield self._contacts.read(contacts, step.position)

    def _engagement_pages(self, kind: str, position: Position | None) -> Iterator[Page]:
        fields = fields_of(self.mapping, kind)
        walk = HubSpotWalk(client=self.client, kind=kind, fields=fields, with_leads=True)
        for step in walk.steps(position):
            leads = leads_of(self.client, kind, step.records)
            yield Page(
                position=step.position,
                records=[
                    Record(
                        object=kind,
                        record_id=item["id"],
                        about=leads.get(item["id"], ()),
                        fields={name: item["properties"].get(name) for name in fields},
                    )
                    for item in step.records
                ],
            )

    def _deal_pages(self, position: Position | None) -> Iterator[Page]:
        for step in HubSpotWalk(client=self.client, kind=DEALS, with_leads=True).steps(position):
            yield self._deals.read(step.records, step.position)

    def _deleted(self, kind: str, position: Position | None) -> Iterator[Page]:
        for step in HubSpotWalk(client=self.client, kind=kind).gone(position):
            yield Page(
                position=step.position,
                deletions=[Deletion(object=kind, record_id=item["id"]) for item in step.records],
            )
