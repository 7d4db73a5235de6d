"""Whatever happens in HubSpot, and whenever one pulls: the tables are those of one fresh pull."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from features.definition import LeadDefinition
from features.importing.mapping.mapping_file import parse_mapping
from features.store import Store
from serving.crm.client import CrmClock
from serving.crm.errors import TokenRefused
from serving.crm.hubspot.client import HubspotClient
from serving.crm.hubspot.propose import propose
from serving.crm.hubspot.source import HubspotSource
from serving.crm.pull import pull
from serving.crm.token import Token
from tests.contract.hubspot.account import Account, iso_time
from tests.contract.hubspot.example import DAY, HOUR, START, empty_account
from tests.contract.hubspot.server import TOKEN, HubspotServer, serving
from tests.serving.crm.histories import Rows, Stores, rows_of

KINDS = ("calls", "meetings", "deals")
STAGES = ("appointmentscheduled", "closedwon", "closedlost")
TITLES = ("課長", "部長", "社長")
INDUSTRIES = ("RETAIL", "BANKING", "FOOD_PRODUCTION")

OPS = (
    *("contact", "link", "unlink", "stage", "title", "archive", "restore", "merge", "submit"),
    *("address", "company", "join", "industry", "archive company", "merge companies"),
    *(*KINDS, *KINDS, "link", "archive", "restore", "pull", "pull", "killed pull"),
)
HISTORIES = st.lists(
    st.tuples(st.sampled_from(OPS), st.integers(0, 7), st.integers(0, 7)), min_size=4, max_size=24
)


class Story:
    """An account to which things happen, an hour or a day apart."""

    def __init__(self) -> None:
        self.clock = START
        self.account: Account = empty_account()
        self.account.now = lambda: self.clock
        self.contacts: list[str] = []
        self.companies: list[str] = []
        self.n_addresses = 0
        self.records: list[tuple[str, str]] = []

    def tick(self, far: int) -> None:
        self.clock += HOUR if far % 2 else DAY

    def alive(self) -> list[str]:
        return [key for key in self.contacts if self.account.find("contacts", key) is not None]

    def happen(self, what: str, one: int, other: int) -> None:
        self.tick(one + other)
        account, alive = self.account, self.alive()
        there = [pair for pair in self.records if account.find(*pair) is not None]
        if what == "contact":
            values = {"email": f"p{len(self.contacts)}@example.com", "lastname": "N"}
            self.contacts.append(account.create("contacts", values).id)
        elif what in KINDS:
            self._record(what, alive[one % len(alive)] if alive and other else None)
        elif what in ("link", "unlink") and alive and there:
            act = account.link if what == "link" else account.unlink
            act(*there[one % len(there)], "contacts", alive[other % len(alive)])
        elif what == "stage":
            deals = [key for kind, key in there if kind == "deals"]
            if deals:
                values = {"dealstage": STAGES[other % 3]}
                account.update("deals", deals[one % len(deals)], values)
        elif what == "title" and alive:
            values = {"jobtitle": TITLES[other % 3]}
            account.update("contacts", alive[one % len(alive)], values)
        elif what == "address" and alive:
            self.n_addresses += 1
            values = {"email": f"q{self.n_addresses}@example.com"}
            account.update("contacts", alive[one % len(alive)], values)
        elif what == "submit" and alive:
            address = account.things["contacts"][alive[one % len(alive)]].value("email")
            account.submit("f1", str(address), self.clock)
        elif what in ("join", "industry") or "compan" in what:
            self._company(what, one, other)
        else:
            self._bin_or_merge(what, one, other)

    def _company(self, what: str, one: int, other: int) -> None:
        account, alive = self.account, self.alive()
        there = [key for key in self.companies if account.find("companies", key) is not None]
        if what == "company":
            self.companies.append(account.create("companies", {"industry": "RETAIL"}).id)
        elif what == "join" and alive and there:
            contact, company = alive[one % len(alive)], there[other % len(there)]
            account.join_company(contact, company, self.clock)
        elif what == "industry" and there:
            values = {"industry": INDUSTRIES[other % 3]}
            account.update("companies", there[one % len(there)], values)
        elif what == "archive company" and there:
            account.archive("companies", there[one % len(there)])
        elif what == "merge companies" and len(there) > 1:
            pair = there[one % len(there)], there[other % len(there)]
            if pair[0] != pair[1]:
                self.companies = [key for key in self.companies if key not in pair]
                self.companies.append(account.merge("companies", *pair).id)

    def _record(self, kind: str, contact: str | None) -> None:
        values = {"hs_timestamp": iso_time(self.clock - HOUR)}
        if kind == "deals":
            values = {"dealstage": STAGES[0], "amount": "5"}
        made = self.account.create(kind, values).id
        self.records.append((kind, made))
        if contact is not None:
            self.account.link(kind, made, "contacts", contact)

    def _bin_or_merge(self, what: str, one: int, other: int) -> None:
        account, alive = self.account, self.alive()
        there = [pair for pair in self.records if account.find(*pair) is not None]
        everything = [*(("contacts", key) for key in alive), *there]
        if what == "archive" and everything:
            account.archive(*everything[(one * 8 + other) % len(everything)])
        elif what == "restore":
            binned = [
                (kind, key)
                for kind, things in account.things.items()
                for key, thing in things.items()
                if thing.archived_at is not None
            ]
            if binned:
                account.restore(*binned[(one * 8 + other) % len(binned)])
        elif what == "merge" and len(alive) > 1:
            pair = alive[one % len(alive)], alive[other % len(alive)]
            if pair[0] != pair[1]:
                self.contacts.append(account.merge("contacts", *pair).id)
                self.contacts = [key for key in self.contacts if key not in pair]


class Reader:
    """Pulls from whatever account is served, with one mapping and one client."""

    def __init__(self, server: HubspotServer, definition: LeadDefinition) -> None:
        self.server, self.definition = server, definition
        waits: list[float] = []
        clock = CrmClock(now=lambda: sum(waits), sleep=waits.append)
        self.client = HubspotClient(token=Token(TOKEN), url=server.url, clock=clock)
        self.mapping = parse_mapping(propose(self.client, definition), "proposed", definition)

    def pull(self, store: Store, rejects: Path) -> None:
        source = HubspotSource(client=self.client, mapping=self.mapping)
        pull(
            store,
            source,
            mapping=self.mapping,
            definition=self.definition,
            rejects_file=rejects,
        )


@pytest.fixture(scope="module")
def reader(definition: LeadDefinition) -> Iterator[Reader]:
    with serving(empty_account()) as running:
        running.remember = False
        made = Reader(running, definition)
        yield made
        made.client.close()


def _check(
    history: list[tuple[str, int, int]],
    stores: Stores,
    reader: Reader,
) -> None:
    story, server = Story(), reader.server
    server.account = story.account
    rejects = stores.folder / "rejects.csv"
    with stores.opened("incremental") as store, stores.opened("fresh") as fresh:
        for what, one, other in history:
            if what == "pull":
                reader.pull(store, rejects)
            elif what == "killed pull":
                server.faults.token_valid_for = 8 + 2 * one
                with suppress(TokenRefused):
                    reader.pull(store, rejects)
                server.faults.token_valid_for = None
            else:
                story.happen(what, one, other)
        story.tick(0)
        reader.pull(store, rejects)
        reader.pull(fresh, rejects)

        assert _told(store, story) == _told(fresh, story)


def _told(store: Store, story: Story) -> Rows:
    return rows_of(store, "hubspot", lambda key: story.account.current("contacts", key))


QUICKLY = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
FULLY = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])


AT_COMPANY = [("contact", 0, 0), ("company", 0, 0), ("join", 0, 0), ("pull", 0, 0)]
WON = [("contact", 0, 0), ("contact", 0, 0), ("deals", 0, 0), ("stage", 0, 1), ("pull", 0, 0)]


@QUICKLY
@example([*WON, ("link", 0, 0)])
@example([*WON, ("link", 0, 0), ("pull", 0, 0), ("unlink", 0, 0)])
@example([*WON, ("link", 0, 0), ("pull", 0, 0), ("archive", 0, 0), ("pull", 0, 0),
          ("restore", 0, 0)])  # fmt: skip
@example([*WON, ("calls", 0, 1), ("archive", 0, 0), ("pull", 0, 0), ("restore", 0, 0)])
@example([("contact", 0, 0), ("submit", 0, 0), ("address", 0, 0), ("killed pull", 7, 0),
          ("pull", 0, 0), ("submit", 0, 0), ("address", 0, 0)])  # fmt: skip
@example([("contact", 0, 0), ("contact", 0, 0), ("pull", 0, 0), ("merge", 1, 0)])
@example([("contact", 0, 0), ("contact", 0, 0), ("pull", 0, 0), ("merge", 1, 0),
          ("archive", 0, 0)])  # fmt: skip
@example([*AT_COMPANY, ("archive company", 0, 0)])
@example([*AT_COMPANY, ("archive company", 0, 0), ("pull", 0, 0), ("restore", 0, 0)])
@example([*AT_COMPANY, ("company", 0, 0), ("industry", 1, 1), ("join", 0, 1),
          ("archive company", 0, 0), ("title", 0, 0)])  # fmt: skip
@example([*AT_COMPANY, ("company", 0, 0), ("industry", 1, 1), ("merge companies", 0, 1)])
@example([*AT_COMPANY, ("company", 0, 0), ("industry", 1, 1), ("merge companies", 0, 1),
          ("archive company", 0, 0)])  # fmt: skip
@given(HISTORIES)
def test_incremental_equals_fresh(
    stores: Stores, reader: Reader, history: list[tuple[str, int, int]]
) -> None:
    _check(history, stores, reader)


@pytest.mark.long
@pytest.mark.parametrize("stores", ["sqlite", "postgresql"], indirect=True)
@FULLY
@given(HISTORIES)
def test_three_hundred_histories(
    stores: Stores, reader: Reader, history: list[tuple[str, int, int]]
) -> None:
    _check(history, stores, reader)
