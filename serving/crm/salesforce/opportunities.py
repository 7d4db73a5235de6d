"""Opportunities: when they came to be, and when they were won or lost, for everybody in them.

The close date is a plan that people edit. When an opportunity was won or lost is when it entered
the stage it is closed in, which OpportunityHistory keeps to the second; one that was opened again
was not lost. Where the organisation has several currencies, its own rates make one of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from serving.crm.client import Json
from serving.crm.inbound.deal_ends import LOST, OPENED, WON, DealReader, Stay, end_of
from serving.crm.inbound.records import Deletion, Page, Position, Record
from serving.crm.salesforce.client import ALIVE, SalesforceClient
from serving.crm.salesforce.rates import Rates
from serving.crm.salesforce.values import as_text, second, value_of

OPPORTUNITIES = "opportunities"
KIND = "Opportunity"
AMOUNT = "Amount"
COLUMNS = ("CreatedDate", "StageName", "IsClosed", "IsWon")
RECORD_TYPE = "RecordType.DeveloperName"
HOME_AMOUNT = "amount_in_home_currency"
MADE = ("stage", "known", "primary", "given", HOME_AMOUNT)
"""Columns that come from stages, contact roles and rates, not from a field of that name."""


@dataclass(kw_only=True)
class Opportunities(DealReader):
    """Reads opportunities; those count whose record type does."""

    client: SalesforceClient
    _ends: dict[str, str] | None = field(default=None, init=False)
    _rates: Rates = field(init=False)

    def __post_init__(self) -> None:
        self._rates = Rates(client=self.client, kind=KIND)

    @property
    def columns(self) -> tuple[str, ...]:
        """Fields to ask for."""
        known = self.client.fields(KIND)
        asked = (AMOUNT, *self.fields)
        there = (name for name in asked if "." in name or name in known)
        return tuple(dict.fromkeys((*COLUMNS, *self._rates.columns, *there)))

    def page(self, found: Sequence[Json], position: Position) -> Page:
        """A page of opportunities; what they gave when they were read before is replaced."""
        alive = [row for row in found if not row["IsDeleted"]]
        ids = [row["Id"] for row in alive]
        people, entered = self._roles(ids), self._entered(ids)
        return Page(
            position=position,
            records=[
                record
                for row in alive
                for record in self._rows(row, people[row["Id"]], entered.get(row["Id"]))
            ],
            deletions=[Deletion(object=OPPORTUNITIES, record_id=row["Id"]) for row in found],
        )

    def _rows(self, row: Json, people: dict[str, bool], entered: int | None) -> Iterator[Record]:
        if not self.counts(as_text(value_of(row, RECORD_TYPE))):
            return
        created = second(row["CreatedDate"])
        yield from self._records(row, people, OPENED, created)
        if _flag(row["IsClosed"]):
            stage = WON if _flag(row["IsWon"]) else LOST
            yield from self._records(row, people, stage, max(created, entered or created))

    def _records(self, row: Json, people: dict[str, bool], stage: str, at: int) -> Iterator[Record]:
        stay = Stay(pipeline="", at=at, end=stage)
        made = self.cells(stay, kind=OPPORTUNITIES, record_id=row["Id"]) | {
            HOME_AMOUNT: self._rates.at_home(row),
            "given": self._rates.given(row),
        }
        own = {name: as_text(value_of(row, name)) for name in self.columns}
        for primary in (True, False):
            about = tuple(key for key, is_primary in people.items() if is_primary == primary)
            if about or (primary and not people):
                yield Record(
                    object=OPPORTUNITIES,
                    record_id=row["Id"],
                    about=about,
                    part=stage if primary else f"{stage} others",
                    fields=own | made | {"primary": "true" if primary else "false"},
                )

    def people(self, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Contacts with a role in each opportunity, and leads that were converted into it."""
        return {key: tuple(people) for key, people in self._roles(ids).items()}

    def _roles(self, ids: Sequence[str]) -> dict[str, dict[str, bool]]:
        """The people of each opportunity, and whether each is its primary contact."""
        found: dict[str, dict[str, bool]] = {key: {} for key in ids}
        for row in self.client.rows_of(
            "SELECT OpportunityId, ContactId, IsPrimary FROM OpportunityContactRole "
            "WHERE OpportunityId",
            ids,
            ALIVE,
        ):
            people = found[row["OpportunityId"]]
            was = people.get(row["ContactId"], False)
            people[row["ContactId"]] = was or _flag(row["IsPrimary"])
        for row in self.client.rows_of(
            "SELECT Id, ConvertedOpportunityId, ConvertedContactId FROM Lead "
            "WHERE ConvertedOpportunityId",
            ids,
            ALIVE,
        ):
            people = found[row["ConvertedOpportunityId"]]
            # The lead stands for its contact: one person must not count twice.
            people[row["Id"]] = people.pop(row["ConvertedContactId"], False)
        return found

    def of(self, *, leads: Sequence[str], contacts: Sequence[str]) -> set[str]:
        """Opportunities that contacts have a role in, or that leads were converted into."""
        roles = {
            row["OpportunityId"]
            for row in self.client.rows_of(
                "SELECT OpportunityId FROM OpportunityContactRole WHERE ContactId", contacts, ALIVE
            )
        }
        made = {
            row["ConvertedOpportunityId"]
            for row in self.client.rows_of(
                "SELECT ConvertedOpportunityId FROM Lead WHERE Id",
                leads,
                "AND ConvertedOpportunityId != null",
            )
        }
        return roles | made

    def _entered(self, ids: Sequence[str]) -> dict[str, int]:
        """Second at which each opportunity came to the end it is at now."""
        ends = self._ends_by_stage()
        stays: dict[str, list[Stay]] = {}
        for row in self.client.rows_of(
            "SELECT OpportunityId, StageName, CreatedDate FROM OpportunityHistory "
            "WHERE OpportunityId",
            ids,
            "ORDER BY CreatedDate, Id",
        ):
            end = ends.get(row["StageName"])
            stay = Stay(pipeline="", at=second(row["CreatedDate"]), end=end)
            stays.setdefault(row["OpportunityId"], []).append(stay)
        found = {key: end_of(rows) for key, rows in stays.items()}
        return {key: end.at for key, end in found.items() if end is not None}

    def _ends_by_stage(self) -> dict[str, str]:
        if self._ends is None:
            rows = self.client.rows(
                "SELECT ApiName, IsWon FROM OpportunityStage WHERE IsClosed = TRUE"
            )
            self._ends = {row["ApiName"]: WON if _flag(row["IsWon"]) else LOST for row in rows}
        return self._ends


def _flag(value: object) -> bool:
    return value is True or value == "true"
