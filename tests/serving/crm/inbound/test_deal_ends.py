"""Which deals count, since when, in what currency, and whose they are: HubSpot's."""

from pathlib import Path

import pytest
from sqlalchemy import select

from features.core.clock import from_second
from features.definition import TEMPLATE, LeadDefinition, read_definition
from features.importing.mapping.mapping import Mapping
from features.importing.mapping.mapping_file import parse_mapping
from features.store import Store
from features.store.schema import outcome
from serving.crm.hubspot.client import HubspotClient
from serving.crm.hubspot.propose import propose
from serving.crm.hubspot.source import HubspotSource
from serving.crm.inbound.deal_ends import Stay, end_of
from serving.crm.pull import pull
from tests.contract.hubspot.account import Account, Property
from tests.contract.hubspot.example import DAY, START, days, empty_account
from tests.serving.crm.conftest import Pull

LATER = [
    {"id": "910", "label": "Kick-off", "metadata": {"isClosed": "false", "probability": "0.5"}},
    {"id": "911", "label": "Live", "metadata": {"isClosed": "true", "probability": "1.0"}},
]


@pytest.fixture
def account() -> Account:
    """One contact, 101, with a deal, 102, that is won on day 10; and a pipeline of onboarding."""
    made = empty_account()
    made.now = lambda: START + 11 * DAY
    made.pipelines["deals"].append({"id": "90", "label": "Onboarding", "stages": LATER})
    contact = made.create("contacts", {"email": "a@example.com"}, at=START)
    deal = made.create(
        "deals",
        {"dealstage": "appointmentscheduled", "pipeline": "default", "amount": "700"},
        at=START + DAY,
    )
    made.link("deals", deal.id, "contacts", contact.id)
    made.update("deals", deal.id, {"dealstage": "closedwon"}, at=START + 10 * DAY)
    return made


@pytest.fixture
def everything_counts(client: HubspotClient, definition: LeadDefinition) -> Mapping:
    """A mapping from before pipelines were named."""
    text = propose(client, definition)
    (left_out,) = [line for line in text.splitlines(keepends=True) if "column: pipeline" in line]
    older = text.replace(f"        when:\n{left_out}", "")
    assert older != text
    return parse_mapping(older, "older", definition)


def _move(account: Account, day: int, values: dict[str, str]) -> None:
    """Change the deal on a day."""
    account.now = lambda: START + day * DAY
    account.update("deals", "102", values)


def _outcomes(store: Store) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    with store.engine.connect() as connection:
        rows = connection.execute(select(outcome.c.stage, outcome.c.occurred_at))
        for stage, at in rows:
            found.setdefault(stage, []).append((at - from_second(days(0))).total_seconds() / 86_400)
    return found


def test_a_deal_that_moves_on_to_onboarding_keeps_its_win(
    store: Store, do_pull: Pull, account: Account
) -> None:
    do_pull()
    _move(account, 12, {"pipeline": "90", "dealstage": "910"})
    do_pull()
    _move(account, 200, {"dealstage": "911"})
    do_pull()

    assert _outcomes(store) == {"opportunity": [1.0], "won": [10.0]}


def test_it_is_won_once_also_where_every_pipeline_counts(
    store: Store,
    client: HubspotClient,
    account: Account,
    everything_counts: Mapping,
    tmp_path: Path,
) -> None:
    definition = read_definition(TEMPLATE)
    _move(account, 12, {"pipeline": "90", "dealstage": "910"})
    _move(account, 200, {"dealstage": "911"})
    source = HubspotSource(client=client, mapping=everything_counts)

    pull(
        store,
        source,
        mapping=everything_counts,
        definition=definition,
        rejects_file=tmp_path / "rejects.csv",
    )

    assert _outcomes(store) == {"opportunity": [1.0], "won": [10.0]}


@pytest.mark.parametrize("stage", ["appointmentscheduled", "closedlost"])
def test_a_win_is_taken_back_where_the_deal_is_open_or_lost_again_in_its_pipeline(
    store: Store, do_pull: Pull, account: Account, stage: str
) -> None:
    _move(account, 12, {"pipeline": "90", "dealstage": "910"})
    do_pull()
    _move(account, 20, {"pipeline": "default", "dealstage": stage})
    do_pull()

    lost = {"lost": [20.0]} if stage == "closedlost" else {}
    assert _outcomes(store) == {"opportunity": [1.0]} | lost


def test_a_deal_of_a_pipeline_that_is_apart_gives_nothing_and_is_not_read_again(
    store: Store, do_pull: Pull, account: Account
) -> None:
    renewed = account.create("deals", {"dealstage": "911", "pipeline": "90"}, at=START + 3 * DAY)
    account.link("deals", renewed.id, "contacts", "101")

    reports = [do_pull() for _ in range(3)]

    assert _outcomes(store) == {"opportunity": [1.0], "won": [10.0]}
    assert [report.mended for report in reports] == [{}, {}, {}]


def test_the_proposal_names_the_pipelines_that_count(
    client: HubspotClient, definition: LeadDefinition
) -> None:
    text = propose(client, definition)

    assert "# Deals count in Sales; Onboarding is apart." in text
    assert "column: pipeline" in text


def test_a_win_is_worth_its_amount_in_the_currency_of_the_account(
    store: Store, account: Account, request: pytest.FixtureRequest
) -> None:
    names = ("amount", "amount_in_home_currency", "deal_currency_code")
    account.define("deals", [Property(name, name) for name in names])
    told = {"amount_in_home_currency": "105000", "deal_currency_code": "USD"}
    _move(account, 11, told)

    request.getfixturevalue("do_pull")()

    with store.engine.connect() as connection:
        query = select(outcome.c.value, outcome.c.comment).where(outcome.c.stage == "won")
        assert [tuple(row) for row in connection.execute(query)] == [(105_000.0, "700 USD")]


def test_deals_without_a_contact_are_listed_until_they_have_one(
    store: Store, do_pull: Pull, account: Account
) -> None:
    alone = account.create("deals", {"dealstage": "closedwon", "pipeline": "default"})
    assert do_pull().unlinked == (alone.id,)
    assert do_pull().unlinked == (alone.id,)

    account.link("deals", alone.id, "contacts", "101")
    assert do_pull().unlinked == ()
    account.unlink("deals", alone.id, "contacts", "101")
    assert do_pull().unlinked == (alone.id,)
    account.archive("deals", alone.id)
    assert do_pull().unlinked == ()


def test_a_loss_stands_only_while_the_deal_is_open_nowhere() -> None:
    lost = Stay(pipeline="sales", at=5, end="lost")

    assert end_of([lost]) == lost
    assert end_of([lost, Stay(pipeline="nurture", at=9, end=None)]) is None
    assert end_of([]) is None
