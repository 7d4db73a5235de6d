"""The vendor's own client against our server, which is thus not merely what ours expects."""

import pytest
from hubspot import HubSpot
from hubspot.crm.associations.v4 import BatchInputPublicFetchAssociationsBatchRequest
from hubspot.crm.contacts import (
    ApiException,
    BatchInputSimplePublicObjectBatchInput,
    BatchReadInputSimplePublicObjectId,
    PublicMergeInput,
    PublicObjectSearchRequest,
)

from tests.contract.hubspot.account import Account, iso_time
from tests.contract.hubspot.example import DAY, START
from tests.contract.hubspot.server import TOKEN, HubspotServer

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SATO, SUZUKI = "103", "104"


@pytest.fixture
def vendor(server: HubspotServer) -> HubSpot:
    return HubSpot(access_token=TOKEN, host=server.url)


def test_it_lists_page_by_page(vendor: HubSpot, account: Account) -> None:
    for number in range(25):
        account.create("contacts", {"email": f"x{number}@example.com"})

    first = vendor.crm.contacts.basic_api.get_page(limit=20)
    second = vendor.crm.contacts.basic_api.get_page(limit=20, after=first.paging.next.after)

    assert (len(first.results), len(second.results)) == (20, 7)
    assert second.paging is None


def test_it_reads_histories_the_newest_first(vendor: HubSpot) -> None:
    asked = BatchReadInputSimplePublicObjectId(
        inputs=[{"id": SATO}], properties=["jobtitle"], properties_with_history=["jobtitle"]
    )

    (found,) = vendor.crm.contacts.batch_api.read(asked).results

    told = [(v.value, v.timestamp.timestamp()) for v in found.properties_with_history["jobtitle"]]
    assert told == [("部長", (START + 40 * DAY) / 1000), ("課長", (START + DAY) / 1000)]


def test_it_is_refused_more_than_fifty_histories(vendor: HubSpot) -> None:
    asked = BatchReadInputSimplePublicObjectId(
        inputs=[{"id": str(n)} for n in range(51)],
        properties=[],
        properties_with_history=["jobtitle"],
    )

    with pytest.raises(ApiException, match="property histories is 50"):
        vendor.crm.contacts.batch_api.read(asked)


def test_it_searches(vendor: HubSpot) -> None:
    wanted = {"propertyName": "email", "operator": "EQ", "value": "suzuki@blue.example"}
    asked = PublicObjectSearchRequest(
        filter_groups=[{"filters": [wanted]}],
        sorts=["hs_object_id"],
        properties=["jobtitle"],
        limit=10,
        after="0",
    )

    found = vendor.crm.contacts.search_api.do_search(asked)

    assert [(item.id, item.properties["jobtitle"]) for item in found.results] == [
        (SUZUKI, "Director")
    ]
    assert found.total == 1


def test_it_updates_a_batch_and_hears_of_the_record_that_is_gone(
    vendor: HubSpot, account: Account
) -> None:
    account.archive("contacts", SUZUKI)
    asked = BatchInputSimplePublicObjectBatchInput(
        inputs=[{"id": key, "properties": {"jobtitle": "CEO"}} for key in (SATO, SUZUKI)]
    )

    answer = vendor.crm.contacts.batch_api.update(asked)

    assert [item.id for item in answer.results] == [SATO]
    assert answer.num_errors == 1
    assert answer.errors[0].context == {"ids": [SUZUKI]}


def test_it_reads_associations(vendor: HubSpot, account: Account) -> None:
    (call,) = account.things["calls"]
    asked = BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": call}])

    found = vendor.crm.associations.v4.batch_api.get_page("calls", "contacts", asked)

    assert [str(to.to_object_id) for to in found.results[0].to] == [SATO, SUZUKI]


def test_it_follows_a_merged_contact_to_its_new_number(vendor: HubSpot) -> None:
    merged = vendor.crm.contacts.basic_api.merge(
        PublicMergeInput(primary_object_id=SATO, object_id_to_merge=SUZUKI)
    )

    found = vendor.crm.contacts.basic_api.get_by_id(SUZUKI, properties=["hs_merged_object_ids"])

    assert found.id == merged.id
    assert found.properties["hs_merged_object_ids"] == f"{SATO};{SUZUKI}"


def test_it_reads_properties_and_pipelines(vendor: HubSpot) -> None:
    names = {item.name for item in vendor.crm.properties.core_api.get_all("contacts").results}
    stages = vendor.crm.pipelines.pipelines_api.get_all("deals").results[0].stages

    assert {"email", "lifecyclestage"} <= names
    assert [stage.id for stage in stages] == ["appointmentscheduled", "closedwon", "closedlost"]


def test_it_is_told_when_a_token_is_wrong(server: HubspotServer) -> None:
    stranger = HubSpot(access_token="wrong", host=server.url)

    with pytest.raises(ApiException, match="401"):
        stranger.crm.contacts.basic_api.get_page()


def test_it_lists_what_is_in_the_bin(vendor: HubSpot, account: Account) -> None:
    vendor.crm.contacts.basic_api.archive(SUZUKI)

    gone = vendor.crm.contacts.basic_api.get_page(archived=True)

    assert [(item.id, item.archived) for item in gone.results] == [(SUZUKI, True)]
    assert iso_time(account.now()) > gone.results[0].archived_at.isoformat()
