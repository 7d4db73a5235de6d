"""A check says what a retrain would refuse: missing outcomes, a test that shows too little."""

from collections.abc import Callable

import pytest

from features.core.clock import DAY
from features.definition import LeadDefinition
from features.store import Store
from features.store.lead_tables import LeadTables
from serving.decisions.inspect.check_workspace import check_workspace

START = 1_736_121_600  # 2025-01-06
DAYS = 300


@pytest.fixture
def store(sqlite_url: str) -> Store:
    return Store.open(sqlite_url)


def _company(make_tables: Callable[..., LeadTables], *, outcome_days: int) -> LeadTables:
    """Two leads a day that visit; one of them converts ten days later."""
    leads = {f"L{day:03d}{which}": START + day * DAY for day in range(DAYS) for which in "ab"}
    visits = [{"lead_id": lead, "at": at + DAY} for lead, at in leads.items()]
    outcomes = [
        {"lead_id": lead, "stage": "opportunity", "at": at + 10 * DAY}
        for lead, at in leads.items()
        if lead.endswith("a") and at + 10 * DAY < START + outcome_days * DAY
    ]
    return make_tables(leads=leads, created_at=START, events=visits, outcomes=outcomes)


def _with_gate(definition: LeadDefinition, **values: int) -> LeadDefinition:
    return definition.model_copy(update={"gate": definition.gate.model_copy(update=values)})


def test_enough_outcomes_that_go_on_arriving_are_enough(
    store: Store, make_tables: Callable[..., LeadTables], every_kind: LeadDefinition
) -> None:
    store.write(_company(make_tables, outcome_days=DAYS))

    assert check_workspace(store, every_kind).missing == ()


def test_outcomes_that_stopped_are_missed(
    store: Store, make_tables: Callable[..., LeadTables], every_kind: LeadDefinition
) -> None:
    store.write(_company(make_tables, outcome_days=200))

    found = check_workspace(store, every_kind)

    assert "Outcomes stopped arriving: the newest outcome is of 2025-07-2" in found.missing[0]
    assert found.data_cutoff < found.reach


def test_a_test_with_too_few_outcomes_is_told_before_it_is_made(
    store: Store, make_tables: Callable[..., LeadTables], every_kind: LeadDefinition
) -> None:
    store.write(_company(make_tables, outcome_days=DAYS))

    (said,) = check_workspace(store, _with_gate(every_kind, min_test_outcomes=1_000)).missing

    assert "matured months, on which a release is tested, reached opportunity" in said
    assert "the gate asks for 1000" in said


def test_outcomes_that_stopped_leave_an_earlier_cut_off_that_would_do(
    store: Store, make_tables: Callable[..., LeadTables], every_kind: LeadDefinition
) -> None:
    store.write(_company(make_tables, outcome_days=200))

    found = check_workspace(store, every_kind).workable

    assert found is not None
    again = check_workspace(store, every_kind, data_cutoff=found.data_cutoff)
    assert (again.missing, again.converted_leads) == ((), found.n_leads)


def test_a_horizon_that_no_lead_has_lived_through_is_shortened(
    store: Store, make_tables: Callable[..., LeadTables], every_kind: LeadDefinition
) -> None:
    store.write(_company(make_tables, outcome_days=DAYS))
    outcome = every_kind.outcome.model_copy(update={"horizon_days": 3_000})
    long = every_kind.model_copy(update={"outcome": outcome})

    check = check_workspace(store, long)

    assert "No snapshot has matured" in check.missing[0]
    assert check.workable is not None
    assert check.workable.horizon_days < 3_000
    assert f"a horizon of {check.workable.horizon_days} days" in check.workable.sentence(long).en


def test_what_is_enough_needs_no_other_cut_off(
    store: Store, make_tables: Callable[..., LeadTables], every_kind: LeadDefinition
) -> None:
    store.write(_company(make_tables, outcome_days=DAYS))

    assert check_workspace(store, every_kind).workable is None
