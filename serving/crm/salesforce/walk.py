"""All records of a kind once, then those that changed: pages that can be taken up anywhere.

A kind with many records is read the first time by a bulk query, whose job stays for days and gives
its pages by locator. Otherwise, and later, records are read in the order of ``SystemModstamp`` and
id, each page by a query of its own: whoever is cut off goes on after the last one, and a record
that changes meanwhile comes again. Each walk begins :data:`OVERLAP` before the end of the one
before, since a transaction that takes long is stamped before it can be seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from serving.crm.client import Json
from serving.crm.inbound.records import Position
from serving.crm.inbound.source import Step, as_utc, follow
from serving.crm.salesforce.client import PER_BULK_PAGE, PER_QUERY, SalesforceClient, quoted

OVERLAP = timedelta(minutes=10)

NUMBERS = frozenset({"int", "double", "currency", "percent", "long"})
"""Types of fields that a page of JSON gives as numbers and a bulk query as text."""

BULK_FROM = 20_000
"""Records from which on a bulk query costs less than pages."""

NO_ID = "000000000000000AAA"
"""Sorts before every id."""


@dataclass(frozen=True, kw_only=True)
class SalesforceWalk:
    """The records of one kind, those in the bin included.

    Attributes
    ----------
    columns : tuple of str
        Fields to read besides id, stamp and whether it is in the bin.
    page_size, bulk_page_size : int
        Rows of a step.
    """

    client: SalesforceClient
    kind: str
    columns: tuple[str, ...]
    bulk_from: int = BULK_FROM
    page_size: int = PER_QUERY
    bulk_page_size: int = PER_BULK_PAGE

    def steps(self, position: Position | None) -> Iterator[Step]:
        """Everything from a position on; the last step's position is where the next walk begins."""
        place = dict(position or {})
        if "job" in place and self.client.bulk_done(str(place["job"])):
            yield from self._bulk(place)
            return
        if not place:
            n_records = self.client.count(self.kind)
            if n_records >= self.bulk_from:
                yield from self._start_bulk()
                return
        yield from self._pages(place)

    def _start_bulk(self) -> Iterator[Step]:
        began = as_utc(self.client.server_time - OVERLAP)
        job = self.client.start_bulk(self._select())
        place: Json = {"job": job, "locator": "", "began": began}
        # Kept before its result is there: whoever is killed now finds the job again.
        yield Step(records=[], position=place)
        if not self.client.bulk_done(job):
            # The vendor gave it up; pages cost more calls and always work.
            yield from self._pages({})
            return
        yield from self._bulk(place)

    def _bulk(self, place: Json) -> Iterator[Step]:
        locator = str(place["locator"])
        while True:
            rows, locator = self.client.bulk_page(str(place["job"]), locator, self.bulk_page_size)
            records = [_nested(row, self._numbers()) for row in rows]
            if not locator:
                yield Step(records=records, position=from_stamp(str(place["began"])))
                return
            yield Step(records=records, position=place | {"locator": locator})

    def _pages(self, place: Json) -> Iterator[Step]:
        return follow(self.client, place, overlap=OVERLAP, read=self._page, end=from_stamp)

    def _page(self, place: Json) -> tuple[list[Json], Json | None]:
        stamp, last = place.get("stamp"), str(place.get("id", NO_ID))
        records = self.client.rows(self._after(stamp, last))
        if len(records) < self.page_size:
            return records, None
        stamp = as_utc(datetime.fromisoformat(records[-1]["SystemModstamp"]))
        return records, {"stamp": stamp, "id": records[-1]["Id"]}

    def _numbers(self) -> frozenset[str]:
        """Columns that hold numbers; those of parents are not asked about but by their object."""
        found = set()
        for column in self.columns:
            parent, dot, name = column.rpartition(".")
            kind = parent if dot else self.kind
            if kind in ("Owner", "Who", "What", "CreatedBy", "RecordType"):
                continue
            if self.client.fields(kind).get(name, {}).get("type") in NUMBERS:
                found.add(column)
        return frozenset(found)

    def _select(self) -> str:
        columns = dict.fromkeys(("Id", "SystemModstamp", "IsDeleted", *self.columns))
        return f"SELECT {', '.join(columns)} FROM {self.kind}"

    def _after(self, stamp: object, last: str) -> str:
        where = ""
        if stamp is not None:
            same = f"(SystemModstamp = {stamp} AND Id > {quoted(last)})"
            where = f" WHERE SystemModstamp > {stamp} OR {same}"
        return f"{self._select()}{where} ORDER BY SystemModstamp, Id LIMIT {self.page_size}"


def from_stamp(stamp: str) -> Json:
    """Make the position from which all that is stamped later is read."""
    return {"stamp": stamp, "id": NO_ID}


def _nested(row: Json, numbers: frozenset[str]) -> Json:
    """A row of a bulk query as the pages of a query give it: parents nested, words as values."""
    out: Json = {}
    for name, value in row.items():
        plain = _plain(value, name in numbers)
        parent, dot, field = name.partition(".")
        if not dot:
            out[name] = plain
        elif value is not None:
            out[parent] = (out.get(parent) or {}) | {field: plain}
        else:
            out.setdefault(parent, None)
    return out


def _plain(value: str | None, is_number: bool) -> object:
    if value is None:
        return None
    if is_number:
        return float(value)
    return {"true": True, "false": False}.get(value, value)
