"""Contacts: the lead's record, what became known when, what it was merged from, what sales said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from serving.crm.client import Json
from serving.crm.hubspot.client import HubspotClient, property_name
from serving.crm.hubspot.reading import read_archived, read_records, versions
from serving.crm.inbound.companies import PREFIX, Companies
from serving.crm.inbound.records import (
    FieldChange,
    Merge,
    Page,
    Position,
    Record,
    SalesAnswer,
    Version,
)
from serving.crm.inbound.sales_answers import answers_of
from serving.crm.outbound.fields import VERDICT, VERDICT_COMMENT, VERDICT_REASON

CONTACTS, COMPANIES = "contacts", "companies"
COMPANY = "associatedcompanyid"
"""The contact's property that holds its (primary) company."""
MERGED = "hs_merged_object_ids"

ANSWERS = tuple(property_name(item) for item in (VERDICT, VERDICT_REASON, VERDICT_COMMENT))


EMAIL = "email"


@dataclass(kw_only=True)
class Addresses:
    """Addresses that contacts used to have: a form was sent by whoever had its address then."""

    _held: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)

    def learn(self, item: Json) -> None:
        """Remember the former addresses of a contact, each with the seconds of its time."""
        told = versions(item, EMAIL)
        for version, after in pairwise(told):
            if version.value and version.value.casefold() != (after.value or "").casefold():
                held = self._held.setdefault(version.value.strip().casefold(), [])
                spell = (version.at, after.at, item["id"])
                if spell not in held:
                    held.append(spell)

    def holder(self, address: str, at: int) -> str | None:
        """The contact that had an address at a second and has another one now."""
        held = (contact for since, until, contact in self._held.get(address, ())
                if since <= at < until)  # fmt: skip
        return next(held, None)


@dataclass(frozen=True, kw_only=True)
class Contacts:
    """Reads contacts as the engine takes them.

    Attributes
    ----------
    fields : tuple of str
        Properties read as they stand.
    history : tuple of str
        Properties read with their history; ``company.`` before a name means the company's.
    addresses : Addresses
        Former addresses of those that were read.
    """

    client: HubspotClient
    fields: tuple[str, ...]
    history: tuple[str, ...]
    companies: Companies
    addresses: Addresses = field(default_factory=Addresses)

    @classmethod
    def of(cls, client: HubspotClient, fields: Sequence[str], history: Sequence[str]) -> "Contacts":
        """Make the reader of contacts and their companies for the properties a mapping reads.

        Parameters
        ----------
        client : HubspotClient
        fields : sequence of str
            Properties whose values of today are read.
        history : sequence of str
            Properties whose earlier values are read; those of companies begin with ``PREFIX``.
        """
        theirs = tuple(n.removeprefix(PREFIX) for n in history if n.startswith(PREFIX))
        return cls(
            client=client,
            fields=tuple(fields),
            history=tuple(history),
            companies=Companies(read=lambda ids: _histories(client, ids, theirs), fields=theirs),
        )

    @property
    def own_history(self) -> tuple[str, ...]:
        """Properties of the contact itself that are read with their history."""
        own = [name for name in self.history if not name.startswith(PREFIX)]
        if self.companies.fields:
            own.append(COMPANY)
        return tuple(dict.fromkeys((*own, EMAIL, *ANSWERS)))

    def read(self, ids: Sequence[str], position: Position) -> Page:
        """A page of contacts by id."""
        found = list(
            read_records(
                self.client,
                CONTACTS,
                ids,
                fields=(*self.fields, MERGED),
                with_history=self.own_history,
            )
        )
        for item in found:
            self.addresses.learn(item)
        stays = {item["id"]: versions(item, COMPANY) for item in found}
        if self.companies.fields:
            self.companies.load({v.value for own in stays.values() for v in own if v.value})
        return Page(
            position=position,
            records=[self._record(item) for item in found],
            changes=[change for item in found for change in self._changes(item, stays)],
            merges=[merge for item in found if (merge := _merge(item)) is not None],
            answers=[answer for item in found for answer in answers(item)],
        )

    def learn_addresses(self, ids: Sequence[str]) -> None:
        """Read which addresses contacts used to have, and nothing else of them."""
        for item in read_records(self.client, CONTACTS, ids, fields=(), with_history=(EMAIL,)):
            self.addresses.learn(item)

    def _record(self, item: Json) -> Record:
        told = item.get("properties", {})
        return Record(
            object=CONTACTS,
            record_id=item["id"],
            about=(item["id"],),
            fields={name: told.get(name) for name in self.fields},
        )

    def _changes(self, item: Json, stays: dict[str, list[Version]]) -> Iterator[FieldChange]:
        for name in self.history:
            if name.startswith(PREFIX):
                continue
            for version in versions(item, name):
                yield FieldChange(
                    record_id=item["id"], field=name, value=version.value, known_at=version.at
                )
        yield from self.companies.changes(item["id"], stays[item["id"]])


def answers(item: Json) -> Iterator[SalesAnswer]:
    """What sales entered about a contact."""
    said, reasons, comments = (versions(item, name) for name in ANSWERS)
    return answers_of(item["id"], said, reasons=reasons, comments=comments)


def merged_ids(item: Json) -> tuple[str, ...]:
    """Ids of the records that became part of one, which must have been read with ``MERGED``."""
    told = item.get("properties", {}).get(MERGED) or ""
    return tuple(key.strip() for key in told.split(";") if key.strip())


def _merge(item: Json) -> Merge | None:
    merged = merged_ids(item)
    return Merge(kept=item["id"], merged=merged) if merged else None


def _histories(
    client: HubspotClient, ids: Sequence[str], fields: Sequence[str]
) -> Iterator[tuple[str, dict[str, list[Version]]]]:
    """Histories of companies' properties, by company.

    A company in the bin is read, too: what it was remains what was known of its contacts then. Of
    merged ones each has the history of what became of them; HubSpot does not tell them apart.
    """
    found = list(read_records(client, COMPANIES, ids, fields=(MERGED,), with_history=fields))
    told = {key for record in found for key in (record["id"], *merged_ids(record))}
    lacking = [key for key in ids if key not in told]
    found += read_archived(client, COMPANIES, lacking, fields=(MERGED,), with_history=fields)
    for record in found:
        history = {name: versions(record, name) for name in fields}
        yield from ((key, history) for key in (record["id"], *merged_ids(record)))
