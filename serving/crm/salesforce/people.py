"""Leads and contacts as one kind of person: a lead that is converted goes on as its contact.

The table ``people`` has the columns of a lead. A contact that never was a lead fills them from its
own fields and its account's; one that was does not make a second person: the lead keeps its name
here, and what becomes known of the contact becomes known of the lead.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from serving.crm.client import Json
from serving.crm.inbound.records import (
    Deletion,
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
from serving.crm.salesforce.client import ALIVE, SalesforceClient
from serving.crm.salesforce.history import (
    HistoryRow,
    changes_of,
    converted_at,
    oldest_row,
    read_history,
    tracked_fields,
)
from serving.crm.salesforce.values import as_text, field_name, second, value_of

PEOPLE = "people"
KINDS = ("Lead", "Contact")

MADE = ("converted_at", "opportunity")
"""Columns of people that are no field: when a lead was converted, and into which opportunity."""

FROM_CONTACT = {
    "Company": "Account.Name",
    "Industry": "Account.Industry",
    "NumberOfEmployees": "Account.NumberOfEmployees",
    "AnnualRevenue": "Account.AnnualRevenue",
    "Country": "MailingCountry",
    "State": "MailingState",
    "City": "MailingCity",
}
"""Fields of a lead, and where a contact has the same."""

OF_THE_CONTACT = ("FirstName", "LastName", "Email", "Phone")
"""Who a converted lead is, is kept at its contact from then on."""

_OF_LEADS = (
    "IsConverted",
    "ConvertedDate",
    "ConvertedContactId",
    "ConvertedOpportunityId",
)
_OF_ALL = ("CreatedDate", "MasterRecordId", "LastModifiedDate", "LastModifiedById")

ANSWERS = tuple(field_name(item) for item in (VERDICT, VERDICT_REASON, VERDICT_COMMENT))


@dataclass(kw_only=True)
class People:
    """Reads leads and contacts as the engine takes them.

    Attributes
    ----------
    fields : tuple of str
        Columns of the table ``people`` that a mapping reads.
    history : tuple of str
        Fields whose history it reads.
    """

    client: SalesforceClient
    fields: tuple[str, ...]
    history: tuple[str, ...]
    _tracked: dict[str, frozenset[str]] = field(default_factory=dict, init=False)
    _oldest: dict[str, int | None] = field(default_factory=dict, init=False)

    def columns(self, kind: str) -> tuple[str, ...]:
        """Fields of a lead or a contact to ask for."""
        wanted = [self._source(kind, name) for name in (*self.fields, *self.history)]
        more = _OF_LEADS if kind == "Lead" else ("AccountId",)
        ours = [name for name in ANSWERS if name in self.client.fields(kind)]
        named = [name for name in wanted if name is not None]
        return tuple(dict.fromkeys((*_OF_ALL, *more, *named, *ours)))

    def lacking(self) -> tuple[str, ...]:
        """Fields that a mapping reads and neither leads nor contacts have or show."""
        asked = dict.fromkeys((*self.fields, *self.history))
        return tuple(
            name
            for name in asked
            if name not in MADE and all(self._source(kind, name) is None for kind in KINDS)
        )

    def page(self, kind: str, found: Sequence[Json], position: Position) -> Page:
        """Make a page of leads or contacts, with the fate of those in the recycle bin.

        Parameters
        ----------
        kind : {"Lead", "Contact"}
        found : sequence of dict
            Rows of a query, deleted and merged ones among them.
        position : Position
            Where the stream goes on after this page.
        """
        alive = [row for row in found if not row["IsDeleted"]]
        gone = [row for row in found if row["IsDeleted"]]
        ids = [row["Id"] for row in alive]
        history = read_history(
            self.client, kind, ids=ids, fields=(*self._history_of(kind), *ANSWERS)
        )
        became = [row["ConvertedContactId"] for row in alive if row.get("ConvertedContactId")]
        origins = self._origins(ids if kind == "Contact" else sorted(set(became)))
        return Page(
            position=position,
            records=[self._record(kind, row, history[row["Id"]], origins) for row in alive],
            changes=[c for row in alive for c in self._changes(kind, row, history[row["Id"]])],
            merges=self._merges(kind, alive, gone, origins),
            deletions=[
                Deletion(object=PEOPLE, record_id=row["Id"])
                for row in gone
                if not row.get("MasterRecordId")
            ],
            answers=[
                a for row in alive for a in answers(row, history[row["Id"]], self.client.user_id)
            ],
            alike=[
                (row["Id"], first["Id"])
                for row in (alive if kind == "Lead" else ())
                if (first := origins.get(row["ConvertedContactId"])) and first["Id"] != row["Id"]
            ],
        )

    def fetch(self, ids: Sequence[str]) -> Page:
        """Leads and contacts by their ids; those in the bin are left out."""
        pages = []
        for kind, prefix in zip(KINDS, ("00Q", "003"), strict=True):
            own = [key for key in ids if key.startswith(prefix)]
            rows = self._by_id(kind, own)
            # A contact that was a lead is read as its lead too: the lead may be new here.
            leads = [row["Id"] for row in self._origins(own).values()] if kind == "Contact" else []
            if leads:
                pages.append(self.page("Lead", self._by_id("Lead", leads), {}))
            if rows:
                pages.append(self.page(kind, rows, {}))
        return Page(
            position={},
            records=[item for page in pages for item in page.records],
            changes=[item for page in pages for item in page.changes],
            merges=[item for page in pages for item in page.merges],
            answers=[item for page in pages for item in page.answers],
            alike=[item for page in pages for item in page.alike],
        )

    def contacts_of(self, ids: Sequence[str]) -> list[str]:
        """Contacts among some people, and those that leads among them became."""
        became = {
            row["ConvertedContactId"]
            for row in self.client.rows_of(
                "SELECT ConvertedContactId FROM Lead WHERE Id",
                [key for key in ids if key.startswith("00Q")],
                "AND ConvertedContactId != null",
            )
        }
        return sorted(became | {key for key in ids if key.startswith("003")})

    def _by_id(self, kind: str, ids: Sequence[str]) -> list[Json]:
        columns = ", ".join(dict.fromkeys(("Id", "IsDeleted", *self.columns(kind))))
        return list(self.client.rows_of(f"SELECT {columns} FROM {kind} WHERE Id", ids, ALIVE))

    def _origins(self, contacts: Sequence[str]) -> dict[str, Json]:
        """The lead that each contact was, where it was one; of several the one that came first."""
        columns = ", ".join(dict.fromkeys(("Id", *self.columns("Lead"))))
        soql = f"SELECT {columns} FROM Lead WHERE ConvertedContactId"
        rows = sorted(
            self.client.rows_of(soql, contacts, ALIVE),
            key=lambda row: (row["ConvertedDate"], row["Id"]),
            reverse=True,
        )
        return {row["ConvertedContactId"]: row for row in rows}

    def _record(
        self, kind: str, row: Json, history: Sequence[HistoryRow], origins: dict[str, Json]
    ) -> Record:
        origin = origins.get(row["Id"])
        if origin is not None:
            cells = self._cells("Lead", origin, ()) | {
                name: as_text(row.get(name)) for name in OF_THE_CONTACT if name in self.fields
            }
            # Said by the lead's own page, which knows it to the second.
            key, cells = origin["Id"], {n: v for n, v in cells.items() if n not in MADE}
        else:
            key, cells = row["Id"], self._cells(kind, row, history)
        return Record(object=PEOPLE, record_id=key, about=(key,), fields=cells)

    def _cells(self, kind: str, row: Json, history: Sequence[HistoryRow]) -> dict[str, str | None]:
        cells = {}
        for name in self.fields:
            source = self._source(kind, name)
            cells[name] = None if source is None else as_text(value_of(row, source))
        if kind == "Lead" and row["IsConverted"]:
            cells |= {
                "converted_at": converted_at(history, row["ConvertedDate"]),
                "opportunity": row["ConvertedOpportunityId"],
            }
        return {name: value for name, value in cells.items() if name in self.fields}

    def _changes(
        self, kind: str, row: Json, history: Sequence[HistoryRow]
    ) -> Iterator[FieldChange]:
        names = self._history_of(kind)
        values = {
            name: value_of(row, source)
            for name in names
            if (source := self._source(kind, name)) is not None
        }
        if values:
            yield from changes_of(
                row["Id"], row, history, values=values, oldest=self._oldest_of(kind)
            )

    def _merges(
        self,
        kind: str,
        alive: Sequence[Json],
        gone: Sequence[Json],
        origins: dict[str, Json],
    ) -> list[Merge]:
        merged: dict[str, list[str]] = {}
        for row in alive:
            contact = row["Id"] if kind == "Contact" else row["ConvertedContactId"]
            if contact in origins and (kind == "Contact" or origins[contact]["Id"] == row["Id"]):
                merged.setdefault(origins[contact]["Id"], []).append(contact)
        masters = {row["Id"]: row["MasterRecordId"] for row in gone if row.get("MasterRecordId")}
        lost: dict[str, list[str]] = {}
        # A lead that became the merged contact is known here by its own id.
        were = self._origins(sorted(masters)) if kind == "Contact" else {}
        for loser, master in self._last_masters(kind, masters).items():
            own = [were[loser]["Id"]] if loser in were else []
            lost.setdefault(master, []).extend([loser, *own])
        return [
            Merge(kept=kept, merged=tuple(others), replaced=replaced, lives_on=not replaced)
            for found, replaced in ((merged, False), (lost, True))
            for kept, others in found.items()
        ]

    def _last_masters(self, kind: str, masters: dict[str, str]) -> dict[str, str]:
        """Where each merged record ended up, however often its master was merged in turn."""
        ahead = dict(masters)
        unknown = sorted(set(ahead.values()) - ahead.keys())
        while unknown:
            soql = f"SELECT Id, MasterRecordId FROM {kind} WHERE Id"
            rows = [row for row in self.client.rows_of(soql, unknown) if row["MasterRecordId"]]
            ahead |= {row["Id"]: row["MasterRecordId"] for row in rows}
            unknown = sorted({row["MasterRecordId"] for row in rows} - ahead.keys())
        last = {}
        for loser, master in masters.items():
            seen = {loser}
            while master in ahead and master not in seen:
                seen.add(master)
                master = ahead[master]  # noqa: PLW2901 - one step along the chain
            last[loser] = master
        return last

    def _source(self, kind: str, name: str) -> str | None:
        """Where a lead or a contact has a column of people; None where it has nothing like it."""
        if name in MADE:
            return None
        known = self.client.fields(kind)
        if name in known or name == "Owner.Name":
            return name
        if kind == "Contact":
            there = FROM_CONTACT.get(name)
            if there is not None and (there in known or there.startswith("Account.")):
                return there
        return None

    def _history_of(self, kind: str) -> tuple[str, ...]:
        """Fields of the mapping whose history this object keeps."""
        if kind not in self._tracked:
            self._tracked[kind] = tracked_fields(self.client, kind)
        return tuple(name for name in self.history if name in self._tracked[kind])

    def _oldest_of(self, kind: str) -> int | None:
        if kind not in self._oldest:
            self._oldest[kind] = oldest_row(self.client, kind)
        return self._oldest[kind]


def answers(
    row: Json, history: Sequence[HistoryRow], our_user: Callable[[], str]
) -> Iterator[SalesAnswer]:
    """What sales entered about a person.

    Without history there is one answer, as old as the record's last change; where that change was
    ours, nobody knows who gave it.

    Parameters
    ----------
    row : dict
        A lead or contact.
    history : sequence of HistoryRow
        Of the record, the oldest first.
    our_user : callable
        Gives the id of the user we write as.
    """
    said, reasons, comments = (_values(row, history, name, our_user) for name in ANSWERS)
    return answers_of(row["Id"], said, reasons=reasons, comments=comments)


def _values(
    row: Json, history: Sequence[HistoryRow], name: str, our_user: Callable[[], str]
) -> list[Version]:
    kept = [
        Version(value=as_text(h.new), at=h.at, by=f"salesforce user {h.by}")
        for h in history
        if h.field == name
    ]
    value = as_text(row.get(name))
    if kept or value is None:
        return kept
    by = row["LastModifiedById"]
    who = "salesforce" if by == our_user() else f"salesforce user {by}"
    return [Version(value=value, at=second(row["LastModifiedDate"]), by=who)]
