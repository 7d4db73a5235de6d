"""The server of these tests, driven by simple-salesforce itself: not merely what we expect."""

import json

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
)

from serving.crm.salesforce.login import VERSION, http_session
from tests.contract.salesforce.server import TOKEN


@pytest.fixture
def witness(server):
    http = http_session(server.url)
    yield Salesforce(session_id=TOKEN, instance_url=server.url, version=VERSION, session=http)
    http.close()


def test_queries_come_in_pages_and_the_bin_is_shown_when_asked(witness, server, cast) -> None:
    server.per_query = 2

    shown = witness.query_all("SELECT Id, LastName, Owner.Name FROM Lead ORDER BY CreatedDate")
    every = witness.query_all("SELECT Id, MasterRecordId FROM Lead", include_deleted=True)

    assert shown["totalSize"] == 3
    assert [row["LastName"] for row in shown["records"]] == ["田中", "Smith", "winner"]
    assert shown["records"][0]["Owner"]["Name"] == "Lee"
    assert every["totalSize"] == 5
    masters = {row["Id"]: row["MasterRecordId"] for row in every["records"]}
    assert masters[cast.loser] == cast.winner
    assert witness.api_usage["api-usage"].used == server.used


def test_an_object_describes_its_fields(witness) -> None:
    fields = {item["name"]: item["label"] for item in witness.Lead.describe()["fields"]}

    assert fields["Title"] == "役職"


def test_a_bulk_query_gives_its_pages(witness) -> None:
    query = "SELECT Id, LastName FROM Lead"
    pages = list(witness.bulk2.Lead.query_all(query, max_records=2, wait=0))

    assert len(pages) == 3
    assert pages[0].splitlines()[0].replace('"', "") == "Id,LastName"
    assert sum(len(page.splitlines()) - 1 for page in pages) == 5


def test_records_are_made_and_collections_say_what_became_of_each(witness, org, cast) -> None:
    made = witness.Task.create({"WhoId": cast.plain, "Subject": "hello"})
    assert org.records["Task"][made["id"]]["Subject"] == "hello"
    org.refuse[cast.winner] = ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "no")

    told = witness.restful(
        "composite/sobjects",
        method="PATCH",
        json={
            "allOrNone": False,
            "records": [
                {"attributes": {"type": "Lead"}, "id": cast.plain, "Title": "課長"},
                {"attributes": {"type": "Lead"}, "id": cast.winner, "Title": "課長"},
                {"attributes": {"type": "Lead"}, "id": cast.plain, "Nme": "x"},
            ],
        },
    )

    assert [result["success"] for result in told] == [True, False, False]
    assert told[1]["errors"][0]["statusCode"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert org.records["Lead"][cast.plain]["Title"] == "課長"


def test_refusals_are_the_vendors(witness, server) -> None:
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_FIELD"):
        witness.query("SELECT Nme FROM Lead")
    with pytest.raises(SalesforceMalformedRequest, match="MALFORMED_QUERY"):
        witness.query("SELECT Id FROM Lead WHERE")
    server.used = server.allowed
    with pytest.raises(SalesforceRefusedRequest, match="REQUEST_LIMIT_EXCEEDED") as refused:
        witness.query("SELECT Id FROM Lead")
    assert json.loads(json.dumps(refused.value.content))[0]["errorCode"]
    server.sessions.clear()
    with pytest.raises(SalesforceExpiredSession, match="INVALID_SESSION_ID"):
        witness.query("SELECT Id FROM Lead")
