"""A HubSpot account behind a real socket, a client that does not wait, and a pull in one call."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from features.definition import TEMPLATE, LeadDefinition, read_definition
from features.importing.mapping.mapping import Mapping
from features.importing.mapping.mapping_file import parse_mapping
from features.store import Store
from serving.crm.client import CrmClock
from serving.crm.hubspot.client import HubspotClient
from serving.crm.hubspot.propose import propose
from serving.crm.hubspot.source import HubspotSource
from serving.crm.pull import pull
from serving.crm.pull_report import PullReport
from serving.crm.token import Token
from tests.contract.hubspot.account import Account
from tests.contract.hubspot.example import small_account
from tests.contract.hubspot.server import TOKEN, HubspotServer, serving
from tests.serving.crm.histories import Stores
from tests.serving.web.conftest import company

__all__ = ["company"]  # the small company of the pages, champion and decisions included

Pull = Callable[..., PullReport]


@pytest.fixture(scope="session")
def definition() -> LeadDefinition:
    return read_definition(TEMPLATE)


@pytest.fixture
def account() -> Account:
    return small_account()


@pytest.fixture
def server(account: Account) -> Iterator[HubspotServer]:
    with serving(account) as running:
        yield running


@pytest.fixture
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Stores:
    """Stores for one history after the other, in files or of the database that is asked for."""
    database = getattr(request, "param", "sqlite")
    url = None if database == "sqlite" else request.getfixturevalue("postgres_url")
    return Stores(tmp_path, url)


@pytest.fixture
def waits() -> list[float]:
    """Seconds the client would have slept."""
    return []


@pytest.fixture
def client(server: HubspotServer, waits: list[float]) -> Iterator[HubspotClient]:
    made = HubspotClient(
        token=Token(TOKEN),
        url=server.url,
        clock=CrmClock(now=lambda: sum(waits), sleep=waits.append),
    )
    yield made
    made.close()


@pytest.fixture
def mapping(client: HubspotClient, definition: LeadDefinition) -> Mapping:
    return parse_mapping(propose(client, definition), "proposed", definition)


@pytest.fixture
def do_pull(
    store: Store,
    client: HubspotClient,
    mapping: Mapping,
    definition: LeadDefinition,
    tmp_path: Path,
) -> Pull:
    def run() -> PullReport:
        return pull(
            store,
            HubspotSource(client=client, mapping=mapping),
            mapping=mapping,
            definition=definition,
            rejects_file=tmp_path / "rejects.csv",
        )

    return run
