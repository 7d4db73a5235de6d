"""Whatever goes wrong in mid-pull, the tables are in the end as if nothing had."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from features.definition import LeadDefinition
from features.importing.mapping.mapping_file import parse_mapping
from features.store import Store
from features.store.lead_tables import LeadTables
from serving.crm import pull as engine
from serving.crm.client import CrmClock
from serving.crm.errors import CrmUnavailable, QuotaSpent, TokenRefused
from serving.crm.hubspot.client import HubspotClient
from serving.crm.hubspot.propose import propose
from serving.crm.hubspot.source import HubspotSource
from serving.crm.pull import pull
from serving.crm.pull_report import PullReport
from serving.crm.token import Token
from tests.contract.hubspot.account import Account
from tests.contract.hubspot.example import random_account
from tests.contract.hubspot.server import TOKEN, HubspotServer, serving
from tests.contract.rest import Call, Faults

ROOT = Path(__file__).parents[3]
N_CONTACTS = 230
"""Enough for several pages of each kind."""


@pytest.fixture(scope="module")
def account() -> Account:
    return random_account(N_CONTACTS)


@pytest.fixture(scope="module")
def running(account: Account) -> Iterator[HubspotServer]:
    with serving(account) as server:
        yield server


@pytest.fixture
def server(running: HubspotServer) -> HubspotServer:
    running.faults = Faults()
    running.calls.clear()
    return running


@pytest.fixture(autouse=True)
def _store_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "AT_ONCE", 150)


@dataclass
class Puller:
    store: Store
    client: HubspotClient
    definition: LeadDefinition
    folder: Path
    text: str

    def __call__(self) -> PullReport:
        mapping = parse_mapping(self.text, "proposed", self.definition)
        return pull(
            self.store,
            HubspotSource(client=self.client, mapping=mapping),
            mapping=mapping,
            definition=self.definition,
            rejects_file=self.folder / "rejects.csv",
        )


def _puller(
    server: HubspotServer, definition: LeadDefinition, folder: Path, waits: list[float]
) -> Puller:
    folder.mkdir(exist_ok=True)
    client = HubspotClient(
        token=Token(TOKEN),
        url=server.url,
        clock=CrmClock(now=lambda: sum(waits), sleep=waits.append),
    )
    text = propose(client, definition)
    store = Store.open(f"sqlite:///{folder / 'store.db'}")
    return Puller(store, client, definition, folder, text)


@pytest.fixture
def puller(
    server: HubspotServer, definition: LeadDefinition, tmp_path: Path, waits: list[float]
) -> Iterator[Puller]:
    made = _puller(server, definition, tmp_path, waits)
    server.calls.clear()
    yield made
    made.client.close()
    made.store.close()


@pytest.fixture(scope="module")
def undisturbed(
    running: HubspotServer, definition: LeadDefinition, tmp_path_factory: pytest.TempPathFactory
) -> tuple[LeadTables, int]:
    """The tables of a pull that nothing disturbed, and how many calls it took."""
    running.faults = Faults()
    made = _puller(running, definition, tmp_path_factory.mktemp("calm"), [])
    running.calls.clear()
    made()
    tables = made.store.read_tables()
    made.client.close()
    made.store.close()
    assert (tables.lead.num_rows, tables.event.num_rows > 300) == (N_CONTACTS, True)
    return tables, len(running.calls)


def _assert_as_if_nothing_had_happened(store: Store, undisturbed: tuple[LeadTables, int]) -> None:
    mine = store.read_tables()
    for name in ("lead", "fact", "event", "outcome", "hand_over"):
        assert getattr(mine, name).equals(getattr(undisturbed[0], name)), name


def test_a_token_that_expires_in_mid_pull_ends_it_and_a_new_one_goes_on(
    puller: Puller, server: HubspotServer, undisturbed: tuple[LeadTables, int]
) -> None:
    n_calls = undisturbed[1]
    for share in (0.3, 0.7):
        server.faults.token_valid_for = int(share * n_calls)
        with pytest.raises(TokenRefused, match="renew the token") as refused:
            puller()
        assert TOKEN not in str(refused.value)
    server.faults.token_valid_for = None

    puller()

    # What was stored before the token expired was not read again from the beginning.
    assert len(server.calls) < 2 * n_calls
    _assert_as_if_nothing_had_happened(puller.store, undisturbed)


def test_a_connection_cut_at_every_page_is_taken_up_again(
    puller: Puller, server: HubspotServer, undisturbed: tuple[LeadTables, int]
) -> None:
    server.faults.cut_first_of_each = True

    puller()

    assert len(server.calls) >= 2 * undisturbed[1] - 5
    _assert_as_if_nothing_had_happened(puller.store, undisturbed)


def test_a_storm_of_429_is_waited_out_as_long_as_the_server_says(
    puller: Puller,
    server: HubspotServer,
    undisturbed: tuple[LeadTables, int],
    waits: list[float],
) -> None:
    busy = {"status": "error", "policyName": "TEN_SECONDLY_ROLLING", "errorType": "RATE_LIMIT"}
    server.faults.answers.extend([(429, {"retry-after": "7"}, busy)] * 25)

    puller()

    assert waits.count(7.0) == 25
    _assert_as_if_nothing_had_happened(puller.store, undisturbed)


def test_a_quota_spent_for_the_day_ends_the_pull_at_once_and_the_next_goes_on(
    puller: Puller, server: HubspotServer, undisturbed: tuple[LeadTables, int]
) -> None:
    spent = {"status": "error", "policyName": "DAILY", "errorType": "RATE_LIMIT"}

    def spend(number: int, _call: Call) -> None:
        if number == undisturbed[1] // 2:
            server.faults.answers.append((429, {}, spent))

    server.faults.on_call = spend
    with pytest.raises(QuotaSpent, match="today's are spent"):
        puller()
    assert len(server.calls) == undisturbed[1] // 2

    puller()

    _assert_as_if_nothing_had_happened(puller.store, undisturbed)


def test_a_server_that_fails_again_and_again_ends_the_pull_with_what_to_do(
    puller: Puller, server: HubspotServer, waits: list[float]
) -> None:
    server.faults.answers.extend([(503, {}, {})] * 6)

    with pytest.raises(CrmUnavailable, match=r"503 to 6 attempts .* try again later"):
        puller()

    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0]


def test_the_same_pages_again_change_nothing(
    puller: Puller, server: HubspotServer, undisturbed: tuple[LeadTables, int]
) -> None:
    puller()
    with puller.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM crm_cursor")

    puller()

    _assert_as_if_nothing_had_happened(puller.store, undisturbed)


KILLED = """
import os, sys
from pathlib import Path
from features.definition import TEMPLATE, read_definition
from features.importing.mapping.mapping_file import read_mapping
from features.store import Store
from serving.crm import pull as engine
from serving.crm.hubspot.client import HubspotClient
from serving.crm.hubspot.source import HubspotSource
from serving.crm.token import need_token

engine.AT_ONCE = 150
url, folder = sys.argv[1], Path(sys.argv[2])
definition = read_definition(TEMPLATE)
mapping = read_mapping(folder / "crm_hubspot.yaml", definition)
client = HubspotClient(token=need_token("AWASE_HUBSPOT_TOKEN", folder), url=url)
print(os.getpid(), flush=True)
engine.pull(
    Store.open(f"sqlite:///{folder / 'store.db'}"),
    HubspotSource(client=client, mapping=mapping),
    mapping=mapping,
    definition=definition,
    rejects_file=folder / "rejects.csv",
)
"""


@pytest.mark.long
def test_a_pull_that_is_killed_and_resumed_loses_and_doubles_nothing(
    puller: Puller, server: HubspotServer, undisturbed: tuple[LeadTables, int]
) -> None:
    puller.store.close()
    (puller.folder / "crm_hubspot.yaml").write_text(puller.text, encoding="utf-8")
    for share in (0.4, 9):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, server.url, str(puller.folder)],
            cwd=ROOT,
            env={**os.environ, "AWASE_HUBSPOT_TOKEN": TOKEN},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        last = len(server.calls) + int(share * undisturbed[1])

        def kill(number: int, _call: Call, pid: int = pid, last: int = last) -> None:
            if number == last:
                os.kill(pid, signal.SIGKILL)

        server.faults.on_call = kill
        process.communicate(timeout=120)
        assert process.returncode == (-signal.SIGKILL if share < 1 else 0)

    store = Store.open(f"sqlite:///{puller.folder / 'store.db'}")
    _assert_as_if_nothing_had_happened(store, undisturbed)
    store.close()
