"""Whatever happens in Pipedrive, and whenever one pulls: the tables are those of one fresh pull."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from features.importing.mapping.mapping_file import parse_mapping
from serving.crm.client import CrmClock
from serving.crm.errors import TokenRefused
from serving.crm.outbound.fields import answer_fields
from serving.crm.pipedrive.client import PipedriveClient
from serving.crm.pipedrive.propose import propose
from serving.crm.pipedrive.source import PipedriveSource
from serving.crm.pull import pull
from serving.crm.token import Token
from tests.contract.pipedrive.example import DAY, HOUR, START, email, empty_company, key_of
from tests.contract.pipedrive.server import TOKEN, iso_time, serving
from tests.serving.crm.histories import Stores, rows_of

STATUSES = ("open", "won", "lost")
TITLES = ("課長", "部長", "社長")
ABOUT = ("activities", "deals")

OPS = (
    *("person", "organization", "link", "unlink", "status", "stage", "title", "join", "industry"),
    *("delete", "restore", "merge", "address", "undo", "archive", *ABOUT, *ABOUT, "link", "delete"),
    *("restore", "pull", "pull", "killed pull"),
)
HISTORIES = st.lists(
    st.tuples(st.sampled_from(OPS), st.integers(0, 7), st.integers(0, 7)), min_size=4, max_size=24
)


class Story:
    """A company to which things happen, an hour or a day apart."""

    def __init__(self) -> None:
        self.clock = START
        self.company = empty_company()
        self.company.now = lambda: self.clock
        self.title = key_of(self.company, "役職")
        self.n_addresses = 0

    def tick(self, far: int) -> None:
        self.clock += HOUR if far % 2 else DAY

    def alive(self, kind: str) -> list[int]:
        return [row.id for row in self.company.listed(kind)]

    def one(self, kind: str, number: int) -> int | None:
        there = self.alive(kind)
        return there[number % len(there)] if there else None

    def happen(self, what: str, one: int, other: int) -> None:
        self.tick(one + other)
        company = self.company
        person = self.one("persons", one)
        if what == "person":
            self.n_addresses += 1
            address = email(f"p{self.n_addresses}@example.com")
            company.add("persons", name="N", last_name="N", emails=address)
        elif what == "organization":
            company.add("organizations", name="O", industry="retail")
        elif what in ABOUT:
            self._about(what, person if other else None)
        elif what in ("link", "unlink"):
            kind = ABOUT[one % 2]
            key, who = self.one(kind, other), self.one("persons", one)
            if key is not None and (what == "unlink" or who is not None):
                self._link(kind, key, None if what == "unlink" else who)
        elif what in ("status", "stage"):
            deal = self.one("deals", one)
            if deal is not None and not company.rows["deals"][deal].archived:
                news = {"status": STATUSES[other % 3]} if what == "status" else {
                    "stage_id": other % 3 + 1
                }  # fmt: skip
                company.change("deals", deal, **news)
        elif what == "archive" and (deal := self.one("deals", one)) is not None:
            company.archive(deal, archived=bool(other % 2))
        elif what == "undo" and (call := self.one("activities", one)) is not None:
            company.change("activities", call, done=bool(other % 2))
        elif what == "industry" and (firm := self.one("organizations", one)) is not None:
            company.change("organizations", firm, industry=("retail", "logistics")[other % 2])
        elif person is not None and what in ("title", "join", "address", "merge"):
            self._of_person(what, person, other)
        elif what in ("delete", "restore"):
            self._bin(what, one * 8 + other)

    def _about(self, kind: str, person: int | None) -> None:
        if kind == "deals":
            values = {"title": "D", "value": 5, "currency": "JPY", "status": "open", "stage_id": 1}
        else:
            values = {"type": "call", "done": True, "marked_as_done_time": iso_time(self.clock)}
        if person is not None:
            values |= {"person_id": person, "participants": [{"person_id": person}]}
        self.company.add(kind, **values)

    def _link(self, kind: str, key: int, person: int | None) -> None:
        people = [] if person is None else [{"person_id": person}]
        self.company.change(kind, key, person_id=person, participants=people)

    def _of_person(self, what: str, person: int, other: int) -> None:
        if what == "title":
            self.company.change("persons", person, **{self.title: TITLES[other % 3]})
        elif what == "address":
            self.n_addresses += 1
            address = email(f"p{self.n_addresses}@example.com")
            self.company.change("persons", person, emails=address)
        elif what == "join" and (firm := self.one("organizations", other)) is not None:
            self.company.change("persons", person, org_id=firm)
        elif what == "merge" and (kept := self.one("persons", other)) not in (None, person):
            self.company.merge(person, kept)

    def _bin(self, what: str, number: int) -> None:
        gone = what == "restore"
        kinds = ("persons", "organizations", *ABOUT)
        # What was merged does not come back.
        merged = {("persons", key) for key in self.company.merged_into}
        found = [
            (kind, row.id)
            for kind in kinds
            for row in self.company.rows[kind].values()
            if row.deleted == gone and (kind, row.id) not in merged
        ]
        if found:
            act = self.company.restore if gone else self.company.delete
            act(*found[number % len(found)])


class Reader:
    """Pulls from whatever company is served, with one mapping and one client."""

    def __init__(self, server, definition) -> None:
        self.server, self.definition = server, definition
        waits: list[float] = []
        clock = CrmClock(now=lambda: sum(waits), sleep=waits.append)
        self.client = PipedriveClient(token=Token(TOKEN), url=server.url, clock=clock)
        self.mapping = parse_mapping(propose(self.client, definition), "proposed", definition)

    def pull(self, store, rejects: Path) -> None:
        answers = answer_fields(self.definition)
        pull(
            store,
            PipedriveSource(client=self.client, mapping=self.mapping, answers=answers),
            mapping=self.mapping,
            definition=self.definition,
            rejects_file=rejects,
        )


@pytest.fixture(scope="module")
def reader(definition):
    with serving(empty_company()) as running:
        running.remember = False
        made = Reader(running, definition)
        yield made
        made.client.close()


def _check(history, stores: Stores, reader: Reader) -> None:
    story, server = Story(), reader.server
    server.account = story.company
    reader.client.forget_fields()
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


def _told(store, story: Story):
    return rows_of(store, "pipedrive", story.company.current)


QUICKLY = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
FULLY = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])

WON = [("person", 0, 0), ("person", 0, 0), ("deals", 0, 1), ("status", 0, 1), ("pull", 0, 0)]


@QUICKLY
@example([*WON, ("link", 1, 0)])
@example([*WON, ("delete", 0, 2), ("pull", 0, 0), ("restore", 0, 0)])
@example([*WON, ("merge", 0, 1)])
@example([*WON, ("merge", 0, 1), ("delete", 0, 0)])
@example([*WON, ("organization", 0, 0), ("join", 0, 0), ("person", 0, 0), ("pull", 0, 0),
          ("industry", 0, 1)])  # fmt: skip
@example([("person", 0, 0), ("organization", 0, 0), ("join", 0, 0), ("pull", 0, 0),
          ("delete", 0, 1)])  # fmt: skip
@example([*WON, ("stage", 0, 2), ("status", 0, 0)])
@example([*WON, ("archive", 0, 1), ("pull", 0, 0), ("archive", 0, 0)])
@given(HISTORIES)
def test_incremental_equals_fresh(stores: Stores, reader: Reader, history) -> None:
    _check(history, stores, reader)


@pytest.mark.long
@pytest.mark.parametrize("stores", ["sqlite", "postgresql"], indirect=True)
@FULLY
@given(HISTORIES)
def test_three_hundred_histories(stores: Stores, reader: Reader, history) -> None:
    _check(history, stores, reader)
