"""The reading side of a CRM: what a vendor says of itself, and what all of them do alike.

A stream is read from a position on; the last step's position is where the next walk begins. Each
walk begins a little before the one before it began: a change that takes long is stamped before it
can be seen. Our clock is not asked: what the server took for now when the walk began counts.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar

from features.importing.mapping.mapping import Mapping as ImportMapping
from serving.crm.client import CrmClient, Json
from serving.crm.inbound.deal_ends import DealReader
from serving.crm.inbound.needs import admits, entries_of, fields_of
from serving.crm.inbound.records import Deletion, Page, Position
from serving.crm.outbound.fields import CrmField

R = TypeVar("R", bound=DealReader)


@dataclass(frozen=True, kw_only=True)
class Step:
    """Some records as the CRM gave them, and where the walk goes on.

    Attributes
    ----------
    back : sequence of str
        Records that are in the bin no more: taken out again, or gone for good.
    """

    records: list[Json]
    position: Position
    back: Sequence[str] = ()


def follow(
    client: CrmClient,
    position: Position,
    *,
    overlap: timedelta,
    read: Callable[[Json], tuple[list[Json], Json | None]],
    end: Callable[[str], Json] = lambda began: {"since": began},
) -> Iterator[Step]:
    """Follow a CRM's pages from a position.

    Parameters
    ----------
    client : CrmClient
    position : mapping
    overlap : timedelta
        How much before this walk the next one begins.
    read : callable
        Gives the records at a place, and the place after them; None after the last.
    end : callable, optional
        Makes the position of the next walk of the time at which it begins.
    """
    place = dict(position)
    began = place.get("began")
    while True:
        records, after = read(place)
        began = began or as_utc(client.server_time - overlap)
        if after is None:
            yield Step(records=records, position=end(began))
            return
        place = after | {"began": began}
        yield Step(records=records, position=place)


def as_utc(instant: datetime) -> str:
    """An instant to the second, as positions and queries hold it; sorts as it reads."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def deletions_of(kind: str, record_ids: Sequence[str]) -> list[Deletion]:
    """Say of some records that what they gave before stands no more."""
    return [Deletion(object=kind, record_id=key) for key in record_ids]


def absent(
    asked: Mapping[str, Sequence[str]], there: Callable[[str], Container[str]]
) -> dict[str, tuple[str, ...]]:
    """Fields that are asked for and not there, by object.

    Parameters
    ----------
    asked : mapping
    there : callable
        Gives the fields of an object.
    """
    found = {}
    for kind, names in asked.items():
        known = there(kind) if names else ()
        found[kind] = tuple(name for name in dict.fromkeys(names) if name not in known)
    return {kind: names for kind, names in found.items() if names}


@dataclass(kw_only=True)
class Source(ABC):
    """Reads what a mapping asks for; an object it has no entry for is not read.

    Attributes
    ----------
    vendor : str
        Name of the vendor, in small letters.
    lead_object : str
        Object whose records are leads.
    deals : str
        The one of :attr:`about_leads` whose records are won or lost.
    about_leads : tuple of str
        Objects about leads, each read by a stream of its name.
    traceless : bool
        Whether nothing tells what was deleted, so that all that is there is listed at every pull.
    answers : tuple of CrmField
        What sales fill in; a CRM that numbers choices is read by it.
    """

    client: Any
    mapping: ImportMapping
    answers: tuple[CrmField, ...] = ()
    vendor: ClassVar[str]
    lead_object: ClassVar[str]
    deals: ClassVar[str]
    about_leads: ClassVar[tuple[str, ...]]
    traceless: ClassVar[bool] = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """Those of :attr:`about_leads` that the mapping reads."""
        return tuple(kind for kind in self.about_leads if entries_of(self.mapping, kind))

    def reader_of_deals(
        self, reader: type[R], *, column: str, made: Collection[str], more: Sequence[str] = ()
    ) -> R:
        """Make the reader of deals that the mapping asks for.

        Parameters
        ----------
        reader : type
        column : str
            Column whose values say which deals count.
        made : collection of str
            Columns that are no field of a deal.
        more : sequence of str, optional
            Further fields.
        """
        named = (name for name in fields_of(self.mapping, self.deals) if name not in made)
        return reader(
            client=self.client,
            counts=lambda value: admits(self.mapping, self.deals, column=column, value=value),
            fields=(*named, *more),
        )

    @property
    def compared(self) -> tuple[str, ...]:
        """Those of :attr:`kinds` whose links to leads change without a stamp, at every pull."""
        return self.kinds if self.traceless else ()

    @property
    def now(self) -> datetime:
        """What the CRM's clock says."""
        now: datetime = self.client.server_time
        return now

    @property
    @abstractmethod
    def streams(self) -> tuple[str, ...]:
        """What is read, in order: leads before what is about them."""

    @abstractmethod
    def lacking(self) -> dict[str, tuple[str, ...]]:
        """Fields that the mapping reads and the account does not have or show, by object."""

    @abstractmethod
    def pages(self, stream: str, position: Position | None) -> Iterator[Page]:
        """Steps of a stream from a position, or from its beginning, until nothing newer is there.

        The last page's position is where the next pull begins.
        """

    def lead_name(self, record_id: str) -> str:
        """What a lead is called that is new here."""
        return record_id

    def row_id(self, _kind: str, key: str) -> str:
        """What a record of an object is called here; tells it from all others of its number."""
        return key

    def vanished(self, record_ids: Sequence[str]) -> Page:
        """What became of leads' records that are listed no more."""
        return Page(position={}, deletions=deletions_of(self.lead_object, record_ids))

    @abstractmethod
    def inventory(self, kind: str) -> Iterator[Mapping[str, Sequence[str]]]:
        """All records of an object, each with the leads' records that it is about."""

    @abstractmethod
    def hanging(self, record_ids: Sequence[str], kinds: Sequence[str]) -> Mapping[str, set[str]]:
        """Records of some objects that are about some leads, by object."""

    @abstractmethod
    def reread(self, kind: str, record_ids: Sequence[str]) -> Page:
        """Records of an object as they are now, in place of what was said of them before."""

    @abstractmethod
    def fetch(self, record_ids: Sequence[str]) -> Page:
        """Leads by their ids, with their changes; those that are gone are left out."""
