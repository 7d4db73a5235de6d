from collections.abc import Callable

import pyarrow as pa
import pytest

from features.core.clock import DAY, UNDATED
from features.definition import LeadDefinition
from features.store.lead_tables import LeadTables
from training.dataset.data_quality import RULES, DataCheck, check_tables

MakeTables = Callable[..., LeadTables]

CREATED = 1_740_000_000
CUT_OFF = CREATED + 100 * DAY


@pytest.fixture(scope="module")
def check(every_kind: LeadDefinition, make_tables: MakeTables) -> DataCheck:
    """Three leads, with one row for every rule."""
    events = [
        {"event_id": "e1", "at": CREATED + DAY},
        {"event_id": "e1", "at": CREATED + 2 * DAY, "lead_id": "L2"},
        {"at": CREATED + DAY, "lead_id": "nobody"},
        {"at": CREATED + DAY, "behaviour": "dancing"},
        {"at": CREATED + DAY, "behaviour": "sales_call", "actor": "sales", "lead_id": "L3"},
        {"at": -DAY},
        {"at": CUT_OFF},
        {"occurred_at": CREATED + DAY, "known_at": CREATED + 3 * DAY},
    ]
    facts = [
        {"attribute": "account_id", "known_at": CREATED, "value": "A1"},
        {"attribute": "account_id", "known_at": CREATED, "value": "A1", "lead_id": "L2"},
        {"attribute": "account_id", "known_at": CREATED + DAY, "value": "A2", "lead_id": "L2"},
        {"attribute": "pages", "known_at": CREATED, "value": "3", "honest": False},
        {"attribute": "pages", "known_at": CREATED + 1, "value": "4", "lead_id": "L2"},
        {"attribute": "pages", "known_at": CUT_OFF, "value": "NULL", "lead_id": "nobody"},
        {"attribute": "shoe_size", "known_at": CREATED, "value": "未設定"},
    ]
    outcomes = [
        {"stage": "won", "at": CREATED, "lead_id": "nobody"},
        {"stage": "won", "at": CREATED - DAY},
        {"stage": "won", "at": CREATED, "lead_id": "L2"},
        {"stage": "won", "occurred_at": UNDATED, "known_at": CREATED, "lead_id": "L3"},
    ]
    tables = make_tables(
        leads=("L1", "L2", "L3"),
        created_at=CREATED,
        events=events,
        facts=facts,
        outcomes=outcomes,
    )
    return check_tables(tables, every_kind, data_cutoff=CUT_OFF)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("repeated_event_ids", 1),
        ("events_without_lead", 1),
        ("events_of_unknown_behaviour", 1),
        ("events_of_sales", 1),
        ("events_outside_calendar", 1),
        ("events_after_data_cutoff", 1),
        ("events_known_late", 1),
        ("events_before_creation", 1),
        ("leads_without_events", 1),
        ("facts_without_lead", 1),
        ("facts_of_unknown_attribute", 1),
        ("facts_after_data_cutoff", 1),
        ("facts_without_honest_time", 1),
        ("facts_that_may_mean_nothing", 2),
        ("outcomes_without_lead", 1),
        ("outcomes_before_creation", 1),
    ],
)
def test_every_row_that_needs_a_rule_is_counted(check: DataCheck, name: str, count: int) -> None:
    assert check.count(name) == count


def test_every_rule_is_counted_and_put_into_words(check: DataCheck) -> None:
    assert {finding.name for finding in check.findings} == set(RULES)
    assert all(finding.rule == RULES[finding.name] for finding in check.findings)


def test_tables_tell_their_rows_and_the_time_they_span(check: DataCheck) -> None:
    spans = {table.table: (table.rows, table.first_at, table.last_at) for table in check.tables}

    assert spans == {
        "lead": (3, CREATED, CREATED),
        "fact": (7, CREATED, CUT_OFF),
        "event": (8, -DAY, CUT_OFF),
        "outcome": (4, CREATED - DAY, CREATED),
        "hand_over": (0, None, None),
    }


def test_behaviours_tell_events_and_leads(check: DataCheck) -> None:
    visit = check.behaviours[0]

    assert (visit.behaviour, visit.events, visit.leads) == ("visit", 5, 2)


def test_attributes_tell_how_much_is_known_and_how_honestly(check: DataCheck) -> None:
    pages = next(a for a in check.attributes if a.attribute == "pages")
    industry = next(a for a in check.attributes if a.attribute == "industry")

    assert (pages.facts, pages.distinct_values, pages.honest_share) == (2, 2, 0.5)
    assert pages.known_share == pytest.approx(2 / 3)
    assert (industry.facts, industry.known_share, industry.honest_share) == (0, 0.0, 1.0)


def test_accounts_tell_how_leads_spread_over_them(check: DataCheck) -> None:
    accounts = check.accounts

    assert accounts is not None
    assert (accounts.accounts, accounts.leads_with_account, accounts.leads_that_moved) == (2, 2, 1)
    assert (accounts.median_leads, accounts.most_leads) == (1.5, 2)


def test_empty_tables_are_checked_too(every_kind: LeadDefinition, make_tables: MakeTables) -> None:
    check = check_tables(make_tables(leads=()), every_kind, data_cutoff=CUT_OFF)

    assert {finding.count for finding in check.findings} == {0}
    assert check.accounts is not None
    assert check.accounts.most_leads == 0


def test_leads_in_any_order_give_the_same_counts(
    every_kind: LeadDefinition, make_tables: MakeTables
) -> None:
    early, late = CREATED, CREATED + 50 * DAY
    tables = make_tables(leads=("L1", "L2"), events=[{"at": CREATED + DAY, "lead_id": "L2"}])
    lead = tables.lead.set_column(1, "created_at", pa.array([early, late]))
    both = [lead, lead.take([1, 0])]

    counts = [
        check_tables(
            LeadTables(**(vars(tables) | {"lead": rows})), every_kind, data_cutoff=CUT_OFF
        ).count("events_before_creation")
        for rows in both
    ]

    assert counts == [1, 1]
