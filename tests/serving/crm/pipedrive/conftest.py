"""A company behind a real socket, a client that does not wait, and a pull in one call."""

from pathlib import Path

import pytest

from features.importing.mapping.mapping_file import parse_mapping
from serving.crm.client import CrmClock
from serving.crm.outbound.fields import answer_fields
from serving.crm.pipedrive.client import PipedriveClient
from serving.crm.pipedrive.propose import propose
from serving.crm.pipedrive.source import PipedriveSource
from serving.crm.pull import pull
from serving.crm.token import Token
from tests.contract.pipedrive.example import small_company
from tests.contract.pipedrive.server import TOKEN, serving


@pytest.fixture
def small():
    return small_company()


@pytest.fixture
def there(small):
    """The company."""
    return small[0]


@pytest.fixture
def cast(small):
    """Who is in it."""
    return small[1]


@pytest.fixture
def server(there):
    with serving(there) as running:
        yield running


@pytest.fixture
def client(server, waits):
    made = PipedriveClient(
        token=Token(TOKEN),
        url=server.url,
        clock=CrmClock(now=lambda: sum(waits), sleep=waits.append),
    )
    yield made
    made.close()


@pytest.fixture
def mapping(client, definition):
    return parse_mapping(propose(client, definition), "proposed", definition)


@pytest.fixture
def do_pull(store, client, mapping, definition, tmp_path: Path):
    def run():
        source = PipedriveSource(client=client, mapping=mapping, answers=answer_fields(definition))
        return pull(
            store,
            source,
            mapping=mapping,
            definition=definition,
            rejects_file=tmp_path / "rejects.csv",
        )

    return run
