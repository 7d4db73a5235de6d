"""Which opportunities count, in what currency, and whose they are: Salesforce's."""

import pytest
from sqlalchemy import select

from features.core.errors import LeadDataError
from features.importing.mapping.mapping_file import parse_mapping
from features.store.schema import outcome
from serving.crm.pull import pull
from serving.crm.salesforce.propose import propose
from serving.crm.salesforce.source import SalesforceSource
from tests.contract.salesforce.org import Field


@pytest.fixture
def pull_proposed(store, client, definition, tmp_path):
    """Pull by the mapping that is proposed now."""

    def run(change=lambda text: text):
        mapping = parse_mapping(change(propose(client, definition)), "proposed", definition)
        return pull(
            store,
            SalesforceSource(client=client, mapping=mapping),
            mapping=mapping,
            definition=definition,
            rejects_file=tmp_path / "rejects.csv",
        )

    return run


def _won(store) -> dict[str, tuple[float | None, str | None]]:
    columns = (outcome.c.lead_id, outcome.c.value, outcome.c.comment)
    with store.engine.connect() as connection:
        rows = connection.execute(select(*columns).where(outcome.c.stage == "won"))
        return {row[0]: (row[1], row[2]) for row in rows}


def _second_contact(org, cast) -> str:
    """Somebody else in the opportunity that was won, not its primary contact."""
    role = {"OpportunityId": cast.deal, "ContactId": cast.only_contact, "IsPrimary": False}
    org.insert("OpportunityContactRole", **role)
    return cast.only_contact


def test_opportunities_of_a_record_type_that_is_apart_do_not_count(
    org, cast, store, pull_proposed
) -> None:
    types = {
        name: org.insert(
            "RecordType", DeveloperName=name, Name=label, SobjectType="Opportunity", IsActive=True
        )
        for name, label in (("New", "新規"), ("Renewal", "更新"))
    }
    org.update("Opportunity", cast.deal, RecordTypeId=types["New"])
    renewed = org.insert(
        "Opportunity", Name="r", StageName="Closed Won", Amount=9.0, RecordTypeId=types["Renewal"]
    )
    role = {"OpportunityId": renewed, "ContactId": cast.only_contact, "IsPrimary": True}
    org.insert("OpportunityContactRole", **role)

    report = pull_proposed()

    assert set(_won(store)) == {cast.converted}
    assert report.unlinked == ()


def test_amounts_are_in_the_organisations_currency_by_the_rate_of_their_day(
    org, cast, store, pull_proposed, client
) -> None:
    for name in ("CurrencyIsoCode", "CloseDate"):
        org.fields["Opportunity"][name] = Field(name, name)
    client.forget_fields()
    org.insert("CurrencyType", IsoCode="JPY", ConversionRate=1.0, IsCorporate=True)
    org.insert("CurrencyType", IsoCode="USD", ConversionRate=0.01, IsCorporate=False)
    spans = (("2025-01-01", "2026-01-01", 0.008), ("2026-01-01", "9999-12-31", 0.00625))
    for begins, ends, rate in spans:
        org.insert(
            "DatedConversionRate", IsoCode="USD", StartDate=begins, NextStartDate=ends,
            ConversionRate=rate,
        )  # fmt: skip
    told = {"CurrencyIsoCode": "USD", "CloseDate": "2026-02-01", "Amount": 1_000.0}
    org.update("Opportunity", cast.deal, **told)

    pull_proposed()

    # 1,000 divided by 0.00625 dollars a yen.
    assert _won(store) == {cast.converted: (160_000.0, "1000 USD")}


def test_a_mapping_may_count_the_primary_contact_alone(org, cast, store, pull_proposed) -> None:
    other = _second_contact(org, cast)
    stage = "          - {column: stage, "
    primary = "          - {column: primary, is_one_of: ['true']}\n"

    reports = [pull_proposed(lambda text: text.replace(stage, primary + stage)) for _ in range(2)]

    assert set(_won(store)) == {cast.converted}
    assert other not in _won(store)
    assert [report.mended for report in reports] == [{}, {}]


def test_otherwise_everybody_in_an_opportunity_has_won(org, cast, store, pull_proposed) -> None:
    other = _second_contact(org, cast)

    pull_proposed()

    assert set(_won(store)) == {cast.converted, other}


def test_opportunities_without_a_contact_are_listed(org, store, pull_proposed) -> None:
    alone = org.insert("Opportunity", Name="x", StageName="Closed Won", Amount=1.0)

    assert pull_proposed().unlinked == (alone,)
    assert pull_proposed().unlinked == (alone,)
    org.tick(hours=1)
    org.delete("Opportunity", alone)
    assert pull_proposed().unlinked == ()


def test_fields_that_went_away_stop_a_pull_or_are_left_out_as_the_mapping_says(
    org, store, client, definition, tmp_path
) -> None:
    text = propose(client, definition)
    gone = {"Lead": "Department__c", "Task": "TaskSubtype", "Opportunity": "Amount"}
    for kind, name in gone.items():
        del org.fields[kind][name]
    client.forget_fields()

    def run(more: str):
        mapping = parse_mapping(more + text, "proposed", definition)
        source = SalesforceSource(client=client, mapping=mapping)
        rejects = tmp_path / "rejects.csv"
        return pull(store, source, mapping=mapping, definition=definition, rejects_file=rejects)

    with pytest.raises(LeadDataError, match=r"got people\.Department__c, tasks\.TaskSubtype"):
        run("")
    report = run("missing_fields: skip\n")

    assert report.lacking == {
        "people": ("Department__c",),
        "tasks": ("TaskSubtype",),
        "opportunities": ("Amount",),
    }
    assert store.read_table("lead").num_rows == 4
