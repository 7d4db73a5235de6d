"""A scoring run held against what came, by hand."""

import pyarrow as pa
import pytest
from scipy.stats import binomtest

from features.core.clock import DAY
from features.definition import TEMPLATE, read_definition
from features.history import History
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from serving.decisions.inspect.cohort_check import ScoredCohort, check_cohort
from training.dataset.outcomes import OutcomesKnown

AT = 1_750_000_000
DEFINITION = read_definition(TEMPLATE)
HORIZON = DEFINITION.outcome.horizon_days * DAY


def _tables(converted_after: dict[str, int]) -> LeadTables:
    """Four leads; some become an opportunity so many seconds after they were scored."""
    leads = [{"lead_id": f"L{n}", "created_at": AT - 90 * DAY, "day_only": False} for n in range(4)]
    outcomes = [
        {"lead_id": lead, "stage": "opportunity", "occurred_at": AT + after, "known_at": AT + after}
        for lead, after in converted_after.items()
    ]
    return LeadTables(
        lead=pa.Table.from_pylist(leads, LEAD),
        outcome=pa.Table.from_pylist(outcomes, OUTCOME),
        fact=FACT.empty_table(),
        event=EVENT.empty_table(),
        hand_over=HAND_OVER.empty_table(),
    )


def _decisions(*probability: float) -> pa.Table:
    # As a ledger may give them: in any order.
    rows = [{"lead_id": f"L{n}", "as_of": AT, "probability": p} for n, p in enumerate(probability)]
    return pa.Table.from_pylist(rows[::-1])


def _check(decisions: pa.Table, tables: LeadTables, data_cutoff: int) -> ScoredCohort | None:
    history = History.from_tables(tables, DEFINITION)
    known = OutcomesKnown.of(tables, history, definition=DEFINITION, data_cutoff=data_cutoff)
    return check_cohort(decisions, history, known)


def test_only_outcomes_within_the_horizon_count() -> None:
    tables = _tables({"L0": 5, "L1": HORIZON - 1, "L2": HORIZON})

    found = _check(_decisions(0.9, 0.5, 0.5, 0.1), tables, AT + HORIZON)

    expected = binomtest(2, 4).proportion_ci(0.95, method="wilson")
    assert found is not None
    assert (found.n_leads, found.predicted, found.observed.value) == (4, 0.5, 0.5)
    assert (found.observed.low, found.observed.high) == pytest.approx((expected.low, expected.high))
    assert found.is_calibrated


def test_a_promise_beyond_what_chance_could_make_of_it_is_told() -> None:
    found = _check(_decisions(0.99, 0.99, 0.99, 0.99), _tables({}), AT + HORIZON)

    assert found is not None
    assert not found.is_calibrated


def test_before_the_horizon_is_over_nothing_is_known() -> None:
    early = AT + HORIZON - 1

    assert _check(_decisions(0.5), _tables({"L0": 5}), early) is None
