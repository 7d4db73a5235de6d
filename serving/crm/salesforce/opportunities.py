"""Opportunities: when they came to be, and when they were won or lost, for everybody in them.

The close date is a plan that people edit. When an opportunity was won or lost is when it entered
the stage it is closed in, which OpportunityHistory keeps to the second; one that was opened again
was not lost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from features.core.clock import from_second
from serving.crm.inbound.links import outcome_tag
from serving.crm.inbound.records import Deletion, Page, Position, Record
from serving.crm.salesforce.client import Json, SalesforceClient, in_parts, listed
from serving.crm.salesforce.values import as_text, second

OPPORTUNITIES = "opportunities"
KIND = "Opportunity"
COLUMNS = ("CreatedDate", "Amount", "StageName", "IsClosed", "IsWon")
OPENED, WON, LOST = "opened", "won", "lost"
MADE = ("stage", "known")
"""Columns that come from the stages, not from a field of that name."""


@dataclass(kw_only=True)
class Opportunities:
    """Reads opportunities as the engine takes them.

    Attributes
    ----------
    fields : tuple of str
        Further fields that the mapping reads.
    """

    client: SalesforceClient
    fields: tuple[str, ...] = ()
    _ends: dict[str, str] | None = field(default=None, init=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Fields to ask for."""
        return (*COLUMNS, *self.fields)

    def page(self, found: Sequence[Json], position: Position) -> Page:
        """A page of opportunities; what they gave when they were read before is replaced."""
        alive = [row for row in found if not row["IsDeleted"]]
        ids = [row["Id"] for row in alive]
        people, entered = self.people(ids), self._entered(ids)
        return Page(
            position=position,
            records=[
                record
                for row in alive
                for record in self._rows(row, people[row["Id"]], entered.get(row["Id"]))
            ],
            deletions=[Deletion(object=OPPORTUNITIES, record_id=row["Id"]) for row in found],
        )

    def _rows(self, row: Json, people: tuple[str, ...], entered: int | None) -> Iterator[Record]:
        created = second(row["CreatedDate"])
        yield self._record(row, people, OPENED, created)
        if _flag(row["IsClosed"]):
            stage = WON if _flag(row["IsWon"]) else LOST
            yield self._record(row, people, stage, max(created, entered or created))

    def _record(self, row: Json, people: tuple[str, ...], stage: str, at: int) -> Record:
        made = {
            "stage": stage,
            "at": from_second(at).isoformat(),
            "known": from_second(at).isoformat(),
            "by": outcome_tag("salesforce", OPPORTUNITIES, row["Id"]),
        }
        own = {name: as_text(row.get(name)) for name in self.columns}
        return Record(
            object=OPPORTUNITIES,
            record_id=row["Id"],
            about=people,
            part=stage,
            fields=own | made,
        )

    def people(self, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Contacts with a role in each opportunity, and leads that were converted into it."""
        found: dict[str, dict[str, None]] = {key: {} for key in ids}
        for part in in_parts(ids):
            for row in self.client.rows(
                "SELECT OpportunityId, ContactId FROM OpportunityContactRole "
                f"WHERE OpportunityId IN {listed(part)} AND IsDeleted = FALSE"
            ):
                found[row["OpportunityId"]][row["ContactId"]] = None
            for row in self.client.rows(
                "SELECT Id, ConvertedOpportunityId, ConvertedContactId FROM Lead "
                f"WHERE ConvertedOpportunityId IN {listed(part)} AND IsDeleted = FALSE"
            ):
                people = found[row["ConvertedOpportunityId"]]
                # The lead stands for its contact: one person must not count twice.
                people.pop(row["ConvertedContactId"], None)
                people[row["Id"]] = None
        return {key: tuple(people) for key, people in found.items()}

    def of(self, *, leads: Sequence[str], contacts: Sequence[str]) -> set[str]:
        """Opportunities that contacts have a role in, or that leads were converted into."""
        roles = {
            row["OpportunityId"]
            for part in in_parts(contacts)
            for row in self.client.rows(
                "SELECT OpportunityId FROM OpportunityContactRole "
                f"WHERE ContactId IN {listed(part)} AND IsDeleted = FALSE"
            )
        }
        made = {
            row["ConvertedOpportunityId"]
            for part in in_parts(leads)
            for row in self.client.rows(
                "SELECT ConvertedOpportunityId FROM Lead "
                f"WHERE Id IN {listed(part)} AND ConvertedOpportunityId != null"
            )
        }
        return roles | made

    def _entered(self, ids: Sequence[str]) -> dict[str, int]:
        """Second at which each opportunity came to the end it is at now."""
        ends = self._ends_by_stage()
        stays: dict[str, list[tuple[int, str | None]]] = {}
        for part in in_parts(ids):
            for row in self.client.rows(
                "SELECT OpportunityId, StageName, CreatedDate FROM OpportunityHistory "
                f"WHERE OpportunityId IN {listed(part)} ORDER BY CreatedDate, Id"
            ):
                stay = (second(row["CreatedDate"]), ends.get(row["StageName"]))
                stays.setdefault(row["OpportunityId"], []).append(stay)
        return {key: at for key, rows in stays.items() if (at := _since(rows)) is not None}

    def _ends_by_stage(self) -> dict[str, str]:
        if self._ends is None:
            rows = self.client.rows(
                "SELECT ApiName, IsWon FROM OpportunityStage WHERE IsClosed = TRUE"
            )
            self._ends = {row["ApiName"]: WON if _flag(row["IsWon"]) else LOST for row in rows}
        return self._ends


def _since(stays: Sequence[tuple[int, str | None]]) -> int | None:
    """When the last unbroken stay at the end it is at now began."""
    since, end = None, None
    for at, here in stays:
        if here != end:
            since, end = (None if here is None else at), here
    return since


def _flag(value: object) -> bool:
    return value is True or value == "true"
