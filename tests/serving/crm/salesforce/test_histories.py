"""Whatever happens in Salesforce, whenever one pulls: the tables are those of one fresh pull."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from features.importing.mapping.mapping_file import parse_mapping
from serving.crm.client import CrmClock
from serving.crm.errors import TokenRefused
from serving.crm.pull import pull
from serving.crm.salesforce.client import SalesforceClient
from serving.crm.salesforce.login import Login
from serving.crm.salesforce.propose import propose
from serving.crm.salesforce.source import SalesforceSource
from serving.crm.token import Token
from tests.contract.salesforce.example import empty_org
from tests.contract.salesforce.server import TOKEN, serving
from tests.serving.crm.histories import Stores, rows_of

OPS = (
    *("lead", "contact", "task", "task", "deal", "role", "role", "no role", "stage", "convert"),
    *("title", "industry", "move", "delete", "undelete", "merge", "pull", "pull", "killed pull"),
)
HISTORIES = st.lists(
    st.tuples(st.sampled_from(OPS), st.integers(0, 7), st.integers(0, 7)), min_size=4, max_size=24
)
STAGES = ("Prospecting", "Closed Won", "Closed Lost")
TITLES = ("課長", "部長", "社長")
INDUSTRIES = ("製造", "小売", "金融")
ROLE = "OpportunityContactRole"


class Story:
    """An organisation to which things happen, an hour or a day apart."""

    def __init__(self) -> None:
        self.org = empty_org()
        self.org.tick(days=1)

    def there(self, *kinds: str, deleted: bool = False) -> list[tuple[str, str]]:
        return [
            (kind, key)
            for kind in kinds
            for key, row in self.org.records[kind].items()
            if row["IsDeleted"] == deleted and not row.get("MasterRecordId")
        ]

    def happen(self, what: str, one: int, other: int) -> None:
        org = self.org
        org.tick(hours=1 if (one + other) % 2 else 24)
        leads = [key for _, key in self.there("Lead")]
        open_leads = [key for key in leads if not org.records["Lead"][key]["IsConverted"]]
        contacts = [key for _, key in self.there("Contact")]
        accounts = [key for _, key in self.there("Account")]
        deals = [key for _, key in self.there("Opportunity")]
        roles = [key for _, key in self.there(ROLE)]
        people = [*open_leads, *contacts]
        if what == "lead":
            org.insert("Lead", LastName="N", Email=f"p{org.counter}@example.com", Company="C")
        elif what == "contact":
            account = org.insert("Account", Name="A", Industry="製造")
            mail = f"p{org.counter}@example.com"
            org.insert("Contact", AccountId=account, LastName="N", Email=mail)
        elif what == "task" and people:
            values = {"TaskSubtype": "Call", "IsClosed": True, "CompletedDateTime": org.time()}
            org.insert("Task", WhoId=people[one % len(people)], **values)
        elif what == "deal":
            org.insert("Opportunity", AccountId=None, Name="d", StageName=STAGES[0], Amount=None)
        elif what == "role" and deals and contacts:
            pair = {"OpportunityId": deals[one % len(deals)],
                    "ContactId": contacts[other % len(contacts)]}  # fmt: skip
            org.insert(ROLE, **pair)
        elif what == "no role" and roles:
            org.delete(ROLE, roles[one % len(roles)])
        elif what == "stage" and deals:
            org.update("Opportunity", deals[one % len(deals)], StageName=STAGES[other % 3])
        elif what == "convert" and open_leads:
            org.convert(open_leads[one % len(open_leads)], opportunity=other % 2 == 0)
        elif what == "title" and people:
            key = people[one % len(people)]
            kind = "Lead" if key in open_leads else "Contact"
            org.update(kind, key, Title=TITLES[other % 3])
        elif what == "industry" and accounts:
            values = {"Industry": INDUSTRIES[other % 3]}
            org.update("Account", accounts[one % len(accounts)], **values)
        elif what == "move" and contacts and accounts:
            account = accounts[other % len(accounts)]
            org.update("Contact", contacts[one % len(contacts)], AccountId=account)
        else:
            self._bin_or_merge(what, one, other)

    def _bin_or_merge(self, what: str, one: int, other: int) -> None:
        org, number = self.org, one * 8 + other
        if what in ("delete", "undelete"):
            kinds = ("Lead", "Contact", "Task", "Opportunity", ROLE, "Account")
            chosen = self.there(*kinds, deleted=what == "undelete")
            if chosen:
                act = org.delete if what == "delete" else org.undelete
                act(*chosen[number % len(chosen)])
        elif what == "merge":
            kind = ("Lead", "Contact", "Account")[one % 3]
            keys = [
                key for _, key in self.there(kind) if not org.records[kind][key].get("IsConverted")
            ]
            if len(keys) > 1:
                master, loser = keys[one % len(keys)], keys[other % len(keys)]
                if master != loser:
                    org.merge(kind, master, [loser])

    def current(self, key: str) -> str:
        """The record that somebody is now: a converted lead's contact, a merge's master."""
        for kind in ("Lead", "Contact"):
            row = self.org.records[kind].get(key)
            after = row and (row.get("MasterRecordId") or row.get("ConvertedContactId"))
            if after:
                return self.current(after)
        return key


class Reader:
    """Pulls from whatever organisation is served, with one mapping and one client."""

    def __init__(self, server, definition) -> None:
        self.server, self.definition = server, definition
        self.client = self._client()
        self.mapping = parse_mapping(propose(self.client, definition), "proposed", definition)

    def _client(self) -> SalesforceClient:
        waits: list[float] = []
        return SalesforceClient(
            login=Login(url=self.server.url, token=Token(TOKEN)),
            clock=CrmClock(now=lambda: sum(waits), sleep=waits.append),
        )

    def pull(self, store, rejects: Path) -> None:
        client = self._client()
        try:
            pull(
                store,
                SalesforceSource(client=client, mapping=self.mapping),
                mapping=self.mapping,
                definition=self.definition,
                rejects_file=rejects,
            )
        finally:
            client.close()


@pytest.fixture(scope="module")
def reader(definition):
    with serving(empty_org()) as running:
        made = Reader(running, definition)
        yield made
        made.client.close()


def _told(store, story: Story):
    return rows_of(store, "salesforce", story.current)


def _check(history, stores: Stores, reader: Reader) -> None:
    story, server = Story(), reader.server
    server.org = story.org
    rejects = stores.folder / "rejects.csv"
    with stores.opened("incremental") as store, stores.opened("fresh") as fresh:
        for what, one, other in history:
            if what == "pull":
                reader.pull(store, rejects)
            elif what == "killed pull":
                server.faults.sessions_end_after = len(server.calls) + 6 + 2 * one
                with suppress(TokenRefused):
                    reader.pull(store, rejects)
                server.faults.sessions_end_after = None
                server.sessions.add(TOKEN)
            else:
                story.happen(what, one, other)
        story.org.tick(hours=1)
        reader.pull(store, rejects)
        reader.pull(fresh, rejects)

        assert _told(store, story) == _told(fresh, story)


QUICKLY = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
FULLY = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])


WON = [("contact", 0, 0), ("contact", 0, 0), ("deal", 0, 0), ("stage", 0, 1), ("pull", 0, 0)]
LEAD = [("lead", 0, 0), ("task", 0, 0), ("pull", 0, 0)]


@QUICKLY
@example([*WON, ("role", 0, 0)])
@example([*WON, ("role", 0, 0), ("pull", 0, 0), ("no role", 0, 0)])
@example([*LEAD, ("delete", 0, 0), ("pull", 0, 0), ("undelete", 0, 0)])
@example([*LEAD, ("lead", 0, 0), ("merge", 0, 1)])
@example([*WON, ("industry", 0, 1)])
@example([*WON, ("move", 0, 1), ("merge", 2, 1)])
@example([*WON, ("delete", 0, 4), ("pull", 0, 0), ("undelete", 0, 0)])
@given(HISTORIES)
def test_incremental_equals_fresh(stores: Stores, reader: Reader, history) -> None:
    _check(history, stores, reader)


@pytest.mark.long
@pytest.mark.parametrize("stores", ["sqlite", "postgresql"], indirect=True)
@FULLY
@given(HISTORIES)
def test_three_hundred_histories(stores: Stores, reader: Reader, history) -> None:
    _check(history, stores, reader)
