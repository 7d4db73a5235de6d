"""Fields that went away after they were mapped are named, and stop a pull unless it may go on."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.importing.mapping.mapping_file import parse_mapping
from features.store import Store
from serving.crm.hubspot.client import HubspotClient
from serving.crm.hubspot.propose import propose
from serving.crm.hubspot.source import HubspotSource
from serving.crm.pull import pull
from serving.crm.pull_report import PullReport
from tests.contract.hubspot.account import Account


@dataclass(frozen=True)
class Puller:
    """Pulls by a mapping that was proposed earlier."""

    store: Store
    client: HubspotClient
    definition: LeadDefinition
    text: str
    rejects: Path

    def pull(self, more: str = "") -> PullReport:
        mapping = parse_mapping(more + self.text, "proposed", self.definition)
        return pull(
            self.store,
            HubspotSource(client=self.client, mapping=mapping),
            mapping=mapping,
            definition=self.definition,
            rejects_file=self.rejects,
        )


@pytest.fixture
def puller(
    store: Store, client: HubspotClient, definition: LeadDefinition, tmp_path: Path
) -> Puller:
    text = propose(client, definition)
    return Puller(store, client, definition, text, tmp_path / "rejects.csv")


def test_a_pull_stops_at_fields_that_are_not_there_and_names_them(
    puller: Puller, account: Account
) -> None:
    puller.pull()
    before = puller.store.read_table("lead").num_rows
    account.create("contacts", {"email": "new@example.com"})
    for kind, name in (("contacts", "busho"), ("companies", "industry"), ("deals", "amount")):
        del account.properties[kind][name]

    with pytest.raises(LeadDataError) as stopped:
        puller.pull()

    assert "HubSpot has and shows us; got contacts.busho, companies.industry, deals.amount" in str(
        stopped.value
    )
    assert "`missing_fields: skip`" in str(stopped.value)
    assert puller.store.read_table("lead").num_rows == before


def test_it_goes_on_where_the_mapping_says_so_and_names_them_too(
    puller: Puller, account: Account
) -> None:
    del account.properties["contacts"]["busho"]

    report = puller.pull("missing_fields: skip\n")

    assert report.lacking == {"contacts": ("busho",)}
    assert puller.store.read_table("lead").num_rows == 2
