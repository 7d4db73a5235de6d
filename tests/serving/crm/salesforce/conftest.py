"""An organisation behind a real socket, a client that does not wait, and a pull in one call."""

from pathlib import Path

import pytest

from features.importing.mapping.mapping_file import parse_mapping
from serving.crm.client import CrmClock
from serving.crm.pull import pull
from serving.crm.salesforce.client import SalesforceClient
from serving.crm.salesforce.login import Login
from serving.crm.salesforce.propose import propose
from serving.crm.salesforce.source import SalesforceSource
from serving.crm.token import Token
from tests.contract.salesforce.example import small_org
from tests.contract.salesforce.server import TOKEN, serving


@pytest.fixture
def small():
    return small_org()


@pytest.fixture
def org(small):
    return small[0]


@pytest.fixture
def cast(small):
    """Ids of those who are in the organisation."""
    return small[1]


@pytest.fixture
def server(org):
    with serving(org) as running:
        yield running


@pytest.fixture
def client(server, waits):
    made = SalesforceClient(
        login=Login(url=server.url, token=Token(TOKEN)),
        clock=CrmClock(now=lambda: sum(waits), sleep=waits.append),
    )
    yield made
    made.close()


@pytest.fixture
def mapping(client, definition):
    return parse_mapping(propose(client, definition), "proposed", definition)


@pytest.fixture
def do_pull(store, client, mapping, definition, tmp_path: Path):
    def run(like=None):
        return pull(
            store,
            SalesforceSource(client=client, mapping=mapping, like=like),
            mapping=mapping,
            definition=definition,
            rejects_file=tmp_path / "rejects.csv",
        )

    return run
