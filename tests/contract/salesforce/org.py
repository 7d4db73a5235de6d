"""An organisation: records, their history, conversion, merges, the bin; no network here.

Behaves as the public documentation says: ids of 18 characters with the object's prefix, the bin
shown by queryAll alone, merged records in the bin under their master, history rows in pairs for
lookups, a date without a time as the day of a conversion.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.contract.salesforce.soql import Query, parse

Row = dict[str, Any]
START = datetime(2026, 1, 5, tzinfo=UTC)

PREFIXES = {
    "Lead": "00Q",
    "Contact": "003",
    "Account": "001",
    "Opportunity": "006",
    "Task": "00T",
    "Event": "00U",
    "Campaign": "701",
    "CampaignMember": "00v",
    "OpportunityContactRole": "00K",
    "OpportunityHistory": "008",
    "OpportunityStage": "01J",
    "LeadHistory": "017",
    "ContactHistory": "03F",
    "AccountHistory": "01w",
    "User": "005",
    "PermissionSet": "0PS",
    "FieldPermissions": "01k",
    "PermissionSetAssignment": "0Pa",
    "FieldDefinition": "000",
    "RecordType": "012",
    "CurrencyType": "01L",
    "DatedConversionRate": "04w",
}
ORGANISATION = "00D000000000001EAA"
HISTORIES = {"Lead": "LeadHistory", "Contact": "ContactHistory", "Account": "AccountHistory"}
PARENTS = {
    ("Account", "AccountId"),
    ("Owner", "OwnerId"),
    ("Campaign", "CampaignId"),
    ("Who", "WhoId"),
    ("CreatedBy", "CreatedById"),
    ("RecordType", "RecordTypeId"),
}
KIND_OF_PREFIX = {prefix: kind for kind, prefix in PREFIXES.items()}


@dataclass
class Field:
    name: str
    label: str
    type: str = "string"
    tracked: bool = False
    custom: bool = False
    external_id: bool = False
    values: list[dict[str, str]] = field(default_factory=list)
    shown: bool = True
    """Whether everybody sees it; what the tooling makes is seen by permission only."""


@dataclass
class Org:
    """Everything an organisation holds."""

    fields: dict[str, dict[str, Field]]
    records: dict[str, dict[str, Row]] = field(default_factory=dict)
    now: datetime = START
    user: str = "005000000000001AAA"
    counter: int = 0
    refuse: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Records that no write is accepted for: id to code and words."""
    refuse_inserts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Tasks that are not accepted: our key to code and words."""
    assigns_to: str | None = None
    """Owner that the active assignment rule gives a lead on every write that does not decline."""
    looks_alike: set[str] = field(default_factory=set)
    """Records that a duplicate rule warns of on every write that does not say to save anyhow."""
    workflows: list[tuple[str, str, Any]] = field(default_factory=list)
    """Rules that set a field once another one changes: watched field, field, value."""
    history_on: set[str] = field(default_factory=lambda: {"Lead", "Contact", "Account"})

    def __post_init__(self) -> None:
        for kind in PREFIXES:
            self.records.setdefault(kind, {})
        self.records["Organization"] = {
            ORGANISATION: {"Id": ORGANISATION, "IsSandbox": False, "IsDeleted": False}
        }
        for kind, declared in self.fields.items():
            for item in declared.values():
                self.insert(
                    "FieldDefinition",
                    QualifiedApiName=item.name,
                    IsFieldHistoryTracked=item.tracked,
                    **{"EntityDefinition.QualifiedApiName": kind},
                )

    def time(self) -> str:
        return self.now.strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    def tick(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def insert(self, kind: str, by: str | None = None, **values: Any) -> str:
        self.counter += 1
        # The last three characters say which of each five before them are capitals: bit 2 is E.
        capital = "E" if PREFIXES[kind][2].isupper() else "A"
        key = f"{PREFIXES[kind]}{self.counter:012d}{capital}AA"
        row = dict.fromkeys(self.fields.get(kind, ())) | values
        row |= {
            "Id": key,
            "CreatedDate": values.get("CreatedDate", self.time()),
            "CreatedById": by or self.user,
            "LastModifiedDate": self.time(),
            "LastModifiedById": by or self.user,
            "SystemModstamp": self.time(),
            "IsDeleted": False,
        }
        if kind in ("Lead", "Contact", "Account"):
            row.setdefault("MasterRecordId", None)
            row.setdefault("OwnerId", self.user)
        if kind == "Lead":
            empty = dict.fromkeys(
                ("ConvertedDate", "ConvertedContactId", "ConvertedAccountId",
                 "ConvertedOpportunityId")
            )  # fmt: skip
            row |= {"IsConverted": False} | empty
        self.records[kind][key] = row
        if kind in HISTORIES and kind in self.history_on:
            self._history(key, "created", None, None, by)
        if kind == "Opportunity":
            self._stage(row)
        return key

    def update(self, kind: str, key: str, by: str | None = None, **values: Any) -> None:
        row = self.records[kind][key]
        for name, value in values.items():
            before = row.get(name)
            declared = self.fields.get(kind, {}).get(name)
            row[name] = value
            if before == value or kind not in self.history_on:
                continue
            if name == "OwnerId" and declared is not None and declared.tracked:
                names = [self.records["User"].get(u, {}).get("Name") for u in (before, value)]
                self._history(key, "Owner", names[0], names[1], by)
                self._history(key, "Owner", before, value, by)
            elif declared is not None and declared.tracked:
                self._history(key, name, before, value, by)
        for watched, name, value in self.workflows:
            if watched in values:
                row[name] = value
        self._touch(row, by)
        if kind == "Opportunity" and "StageName" in values:
            self._stage(row)

    def convert(
        self,
        lead: str,
        *,
        opportunity: bool,
        account: str | None = None,
        contact: str | None = None,
    ) -> tuple[str, ...]:
        """Make an account, a contact and perhaps an opportunity of a lead; or take those named."""
        row = self.records["Lead"][lead]
        if contact is not None:
            account = self.records["Contact"][contact]["AccountId"]
        account = account or self.insert("Account", Name=row.get("Company"))
        contact = contact or self.insert(
            "Contact",
            AccountId=account,
            **{n: row.get(n) for n in ("FirstName", "LastName", "Email", "Phone", "Title")},
        )
        deal = None
        if opportunity:
            deal = self.insert(
                "Opportunity", AccountId=account, Name="deal", StageName="Prospecting", Amount=None
            )
            role = {"OpportunityId": deal, "ContactId": contact, "IsPrimary": True}
            self.insert("OpportunityContactRole", **role)
        row |= {
            "IsConverted": True,
            "ConvertedDate": self.now.strftime("%Y-%m-%d"),
            "ConvertedContactId": contact,
            "ConvertedAccountId": account,
            "ConvertedOpportunityId": deal,
            "Status": "Closed - Converted",
        }
        self._touch(row)
        if "Lead" in self.history_on:
            self._history(lead, "leadConverted", None, None)
        for kind in ("Task", "Event"):
            for activity in self.records[kind].values():
                if activity["WhoId"] == lead:
                    activity["WhoId"] = contact
                    self._touch(activity)
        for member in self.records["CampaignMember"].values():
            if member["LeadId"] == lead:
                member["ContactId"] = contact
                self._touch(member)
        return contact, account, deal or ""

    def merge(self, kind: str, master: str, losers: Iterable[str]) -> None:
        for loser in losers:
            row = self.records[kind][loser]
            row |= {"IsDeleted": True, "MasterRecordId": master}
            self._touch(row)
            for contact in self.records["Contact"].values():
                if contact["AccountId"] == loser:
                    contact["AccountId"] = master
                    self._touch(contact)
            for activity in (*self.records["Task"].values(), *self.records["Event"].values()):
                if activity["WhoId"] == loser:
                    activity["WhoId"] = master
                    self._touch(activity)
            for role in self.records["OpportunityContactRole"].values():
                if role["ContactId"] == loser:
                    role["ContactId"] = master
                    self._touch(role)
            for member in self.records["CampaignMember"].values():
                for name in ("LeadId", "ContactId"):
                    if member.get(name) == loser:
                        member[name] = master
                        self._touch(member)
            kept = self.records[kind][master]
            kept["CreatedDate"] = min(kept["CreatedDate"], row["CreatedDate"])
        self._touch(self.records[kind][master])

    def delete(self, kind: str, key: str) -> None:
        """Put a record into the bin; an account with its contacts."""
        self._put(kind, key, deleted=True)

    def undelete(self, kind: str, key: str) -> None:
        """Take a record out of the bin; an account with its contacts."""
        self._put(kind, key, deleted=False)

    def _put(self, kind: str, key: str, *, deleted: bool) -> None:
        rows = [self.records[kind][key]]
        if kind == "Account":
            people = self.records["Contact"].values()
            rows += (row for row in people if row["AccountId"] == key and not row["MasterRecordId"])
        for row in rows:
            row["IsDeleted"] = deleted
            self._touch(row)

    def sees(self, kind: str, name: str) -> bool:
        """Whether our user sees a field of an object."""
        declared = self.fields.get(kind, {}).get(name)
        if declared is None or declared.shown:
            return True
        mine = {
            row["PermissionSetId"]
            for row in self.records["PermissionSetAssignment"].values()
            if row["AssigneeId"] == self.user
        }
        return any(
            row["Field"] == f"{kind}.{name}" and row["ParentId"] in mine
            for row in self.records["FieldPermissions"].values()
        )

    def run(self, text: str, *, bin_too: bool) -> tuple[Query, list[Row]]:
        """Rows of a query, as the interface shows them."""
        query = parse(text)
        if query.kind not in self.records:
            raise LookupError(query.kind)
        hidden = [name for name in query.columns if not self.sees(query.kind, name)]
        if hidden:
            raise KeyError(hidden[0])
        rows = [
            row
            for row in self.records[query.kind].values()
            if (bin_too or not row.get("IsDeleted")) and query.where(self._reader(row))
        ]
        for name, down in reversed(query.order):
            rows.sort(key=lambda row: _sortable(self.value(row, name)), reverse=down)
        if query.limit is not None:
            rows = rows[: query.limit]
        return query, rows

    def shown(self, query: Query, row: Row) -> Row:
        """One row with the columns asked for; those of parents are nested."""
        out: Row = {"attributes": {"type": query.kind}}
        for column in query.columns:
            if "." not in column:
                if column not in row:
                    raise KeyError(column)
                out[column] = row[column]
                continue
            parent, _, name = column.partition(".")
            there = self._parent(row, parent)
            if there is None:
                out.setdefault(parent, None)
            else:
                nested = out.get(parent) or {"attributes": {"type": parent}}
                out[parent] = nested | {name: there.get(name)}
        return out

    def value(self, row: Row, name: str) -> Any:
        if name in row:
            return row[name]
        if "." not in name:
            raise KeyError(name)
        parent, _, rest = name.partition(".")
        there = self._parent(row, parent)
        return None if there is None else there.get(rest)

    def _reader(self, row: Row) -> Any:
        return lambda name: self.value(row, name)

    def _parent(self, row: Row, name: str) -> Row | None:
        key = row.get(f"{name}Id")
        if (name, f"{name}Id") not in PARENTS:
            raise KeyError(name)
        if not key:
            return None
        return self.records[KIND_OF_PREFIX[key[:3]]].get(key)

    def _touch(self, row: Row, by: str | None = None) -> None:
        row |= {
            "SystemModstamp": self.time(),
            "LastModifiedDate": self.time(),
            "LastModifiedById": by or self.user,
        }

    def _history(self, key: str, name: str, old: Any, new: Any, by: str | None = None) -> None:
        kind = KIND_OF_PREFIX[key[:3]]
        values = {f"{kind}Id": key, "Field": name, "OldValue": old, "NewValue": new}
        self.insert(HISTORIES[kind], by, **values)

    def _stage(self, row: Row) -> None:
        stage = next(
            (
                s
                for s in self.records["OpportunityStage"].values()
                if s["ApiName"] == row["StageName"]
            ),
            {"IsClosed": False, "IsWon": False},
        )
        row |= {"IsClosed": stage["IsClosed"], "IsWon": stage["IsWon"]}
        self.insert(
            "OpportunityHistory",
            OpportunityId=row["Id"],
            StageName=row["StageName"],
            Amount=row.get("Amount"),
        )


def _sortable(value: Any) -> Any:
    return (value is not None, value)
