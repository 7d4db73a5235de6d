"""Salesforce as a source: people, what they and sales did, campaigns, opportunities."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from serving.crm.client import Json
from serving.crm.inbound.needs import fields_of, history_fields
from serving.crm.inbound.records import Page, Position, Record
from serving.crm.inbound.source import Source, as_utc, deletions_of
from serving.crm.salesforce.client import ALIVE, SalesforceClient
from serving.crm.salesforce.opportunities import KIND as OPPORTUNITY
from serving.crm.salesforce.opportunities import MADE, OPPORTUNITIES, RECORD_TYPE, Opportunities
from serving.crm.salesforce.people import KINDS, PEOPLE, People
from serving.crm.salesforce.values import as_text, value_of
from serving.crm.salesforce.walk import OVERLAP, SalesforceWalk, from_stamp

ACTIVITIES = {"tasks": "Task", "events": "Event"}
CAMPAIGN_MEMBERS = "campaign_members"
ROLES = "opportunity_roles"
ACCOUNTS = "accounts"

_OBJECTS = {**ACTIVITIES, CAMPAIGN_MEMBERS: "CampaignMember", OPPORTUNITIES: OPPORTUNITY}
_PEOPLE_OF = {
    "tasks": ("WhoId",),
    "events": ("WhoId",),
    CAMPAIGN_MEMBERS: ("LeadId", "ContactId"),
}
"""Columns that say whom a record is about."""


@dataclass(kw_only=True)
class SalesforceSource(Source):
    """Reads Salesforce.

    Attributes
    ----------
    like : SalesforceWalk, optional
        Sizes of steps, for tests.
    """

    client: SalesforceClient
    vendor: ClassVar[str] = SalesforceClient.vendor
    lead_object: ClassVar[str] = PEOPLE
    deals: ClassVar[str] = OPPORTUNITIES
    about_leads: ClassVar[tuple[str, ...]] = tuple(_OBJECTS)
    like: SalesforceWalk | None = None
    _people: People = field(init=False)
    _deals: Opportunities = field(init=False)

    def __post_init__(self) -> None:
        self._people = People(
            client=self.client,
            fields=fields_of(self.mapping, PEOPLE),
            history=history_fields(self.mapping),
        )
        self._deals = self.reader_of_deals(Opportunities, column=RECORD_TYPE, made=MADE)

    @property
    def streams(self) -> tuple[str, ...]:
        """Leads before contacts before what is about both."""
        roles = (ROLES,) if OPPORTUNITIES in self.kinds else ()
        return (*KINDS, ACCOUNTS, *self.kinds, *roles)

    def lacking(self) -> dict[str, tuple[str, ...]]:
        """Fields that the mapping reads and the organisation does not have or show, by object."""
        found = {PEOPLE: self._people.lacking()}
        for kind in self.kinds:
            own = set(MADE) if kind == OPPORTUNITIES else set()
            there = set(self._fields(kind))
            asked = fields_of(self.mapping, kind)
            found[kind] = tuple(name for name in asked if name not in there | own)
        return {kind: names for kind, names in found.items() if names}

    def _fields(self, kind: str) -> tuple[str, ...]:
        """Fields of an object that the mapping reads and the organisation has."""
        known = self.client.fields(_OBJECTS[kind])
        return tuple(n for n in fields_of(self.mapping, kind) if "." in n or n in known)

    def pages(self, stream: str, position: Position | None) -> Iterator[Page]:
        """Steps of a stream."""
        if stream in KINDS:
            for step in self._walk(stream, self._people.columns(stream)).steps(position):
                yield self._people.page(stream, step.records, step.position)
        elif stream == ACCOUNTS:
            yield from self._account_pages(position)
        elif stream == OPPORTUNITIES:
            for step in self._walk(OPPORTUNITY, self._deals.columns).steps(position):
                yield self._deals.page(step.records, step.position)
        elif stream == ROLES:
            yield from self._role_pages(position)
        else:
            yield from self._activity_pages(stream, position)

    def inventory(self, kind: str) -> Iterator[dict[str, tuple[str, ...]]]:
        """All records of an object, each with its people."""
        columns = "" if kind == OPPORTUNITIES else f", {', '.join(_PEOPLE_OF[kind])}"
        for rows in self.client.query(f"SELECT Id, IsDeleted{columns} FROM {_OBJECTS[kind]}"):
            alive = [row for row in rows if not row["IsDeleted"]]
            if kind == OPPORTUNITIES:
                yield self._deals.people([row["Id"] for row in alive])
            else:
                yield {row["Id"]: _about(row) for row in alive}

    def hanging(self, record_ids: Sequence[str], kinds: Sequence[str]) -> dict[str, set[str]]:
        """Records of some objects that belong to some people, by object."""
        contacts = self._people.contacts_of(record_ids)
        people = sorted({*record_ids, *contacts})
        found: dict[str, set[str]] = {}
        for kind in kinds:
            if kind == OPPORTUNITIES:
                found[kind] = self._deals.of(leads=record_ids, contacts=contacts)
                continue
            found[kind] = {
                row["Id"]
                for column in _PEOPLE_OF[kind]
                for row in self.client.rows_of(
                    f"SELECT Id FROM {_OBJECTS[kind]} WHERE {column}", people, ALIVE
                )
            }
        return found

    def reread(self, kind: str, record_ids: Sequence[str]) -> Page:
        """Records of an object as they are now, in place of what was said of them before."""
        fields = self._deals.columns if kind == OPPORTUNITIES else self._fields(kind)
        own = (*_PEOPLE_OF.get(kind, ()), *fields)
        columns = ", ".join(dict.fromkeys(("Id", "IsDeleted", *own)))
        soql = f"SELECT {columns} FROM {_OBJECTS[kind]} WHERE Id"
        rows = list(self.client.rows_of(soql, record_ids))
        if kind == OPPORTUNITIES:
            return self._deals.page(rows, {})
        return self._page(kind, rows, {}, fields=fields)

    def fetch(self, record_ids: Sequence[str]) -> Page:
        """People by their ids."""
        return self._people.fetch(record_ids)

    def _walk(self, kind: str, columns: Sequence[str]) -> SalesforceWalk:
        walk = SalesforceWalk(client=self.client, kind=kind, columns=tuple(columns))
        if self.like is None:
            return walk
        return replace(
            walk,
            bulk_from=self.like.bulk_from,
            page_size=self.like.page_size,
            bulk_page_size=self.like.bulk_page_size,
        )

    def _account_pages(self, position: Position | None) -> Iterator[Page]:
        """Contacts of accounts that changed; the first time the contacts' own stream did it."""
        if position is None:
            yield self._from_now_on("Account")
            return
        columns = ", ".join(dict.fromkeys(("Id", "IsDeleted", *self._people.columns("Contact"))))
        for step in self._walk("Account", ()).steps(position):
            ids = [row["Id"] for row in step.records if not row["IsDeleted"]]
            soql = f"SELECT {columns} FROM Contact WHERE AccountId"
            contacts = list(self.client.rows_of(soql, ids, ALIVE))
            yield self._people.page("Contact", contacts, step.position)

    def _role_pages(self, position: Position | None) -> Iterator[Page]:
        """Opportunities whose contact roles changed; the first time their own stream read them."""
        if position is None:
            yield self._from_now_on("OpportunityContactRole")
            return
        for step in self._walk("OpportunityContactRole", ("OpportunityId",)).steps(position):
            changed = sorted({row["OpportunityId"] for row in step.records})
            yield replace(self.reread(OPPORTUNITIES, changed), position=step.position)

    def _from_now_on(self, kind: str) -> Page:
        self.client.count(kind)
        return Page(position=from_stamp(as_utc(self.client.server_time - OVERLAP)))

    def _activity_pages(self, stream: str, position: Position | None) -> Iterator[Page]:
        fields = self._fields(stream)
        walk = self._walk(_OBJECTS[stream], (*_PEOPLE_OF[stream], *fields))
        for step in walk.steps(position):
            yield self._page(
                stream, step.records, step.position, fields=fields, again=bool(position)
            )

    def _page(
        self,
        stream: str,
        found: Sequence[Json],
        position: Position,
        *,
        fields: Sequence[str],
        again: bool = True,
    ) -> Page:
        return Page(
            position=position,
            records=[
                Record(
                    object=stream,
                    record_id=row["Id"],
                    about=_about(row),
                    fields={name: as_text(value_of(row, name)) for name in fields},
                )
                for row in found
                if _counts(row)
            ],
            # One that is about nobody, or another person than before, leaves what it said.
            deletions=deletions_of(
                stream, [row["Id"] for row in found if again or not _counts(row)]
            ),
        )


def _counts(row: Json) -> bool:
    return not row["IsDeleted"] and bool(_about(row))


def _about(row: Json) -> tuple[str, ...]:
    """The person of an activity; a member of a campaign stays a lead once it is a contact too."""
    who = row.get("WhoId") or row.get("LeadId") or row.get("ContactId")
    return (who,) if who else ()
