"""Which hand-overs are learned from, with which weight; everything else is unknown."""

import numpy as np
import pyarrow as pa
import pytest

from features.core.clock import DAY
from features.core.errors import Refusal
from features.definition import LeadDefinition
from features.history import History
from features.moments import Moments
from features.store.lead_tables import HAND_OVER, LeadTables
from training.dataset.outcomes import observe_outcomes
from training.dataset.readiness import refuse_unready
from training.dataset.selection_weights import (
    WeightedHandOvers,
    count_handed_over,
    note_of,
    observe_handed_over,
)
from training.dataset.snapshot_grid import grid_moments
from training.dataset.split import Subset, refuse_too_few_drawn

STARTS = 1_704_034_800  # 2024-01-01 in Tokyo
MONTH = 31 * DAY
FAR = STARTS + 400 * DAY


def hand_over(lead: int, at: int, by: str = "rulebook", propensity: float | None = None) -> dict:
    return {
        "lead_id": f"L{lead:05d}",
        "cycle": at // DAY,
        "handed_over_at": at,
        "qualification": "MQL",
        "by": by,
        "propensity": propensity,
    }


def with_hand_overs(tables: LeadTables, *rows: dict) -> LeadTables:
    return LeadTables(**{**vars(tables), "hand_over": pa.Table.from_pylist(rows, HAND_OVER)})


@pytest.fixture(scope="module")
def plain(company_tables) -> LeadTables:
    return company_tables(n_leads=300, months=8)


@pytest.fixture(scope="module")
def definition(small_definition: LeadDefinition) -> LeadDefinition:
    learning = small_definition.learning.model_copy(update={"weight_by_propensity": True})
    return small_definition.model_copy(update={"learning": learning})


# Lots in March alone: lead 0 was drawn, lead 1 handed over on purpose; lead 2 in a month without.
MARCH = STARTS + 62 * DAY
HANDED_OVER = (
    hand_over(0, MARCH, "exploration", 0.05),
    hand_over(1, MARCH + 5 * DAY),
    hand_over(2, MARCH + 2 * MONTH),
    hand_over(3, MARCH + DAY, "exploration"),
)


@pytest.fixture(scope="module")
def tables(plain: LeadTables) -> LeadTables:
    return with_hand_overs(plain, *HANDED_OVER)


@pytest.fixture(scope="module")
def history(tables: LeadTables, definition: LeadDefinition) -> History:
    return History.from_tables(tables, definition)


def test_a_lot_weighs_one_over_its_propensity_and_a_decision_one(
    tables: LeadTables, history: History, definition: LeadDefinition
) -> None:
    found = WeightedHandOvers.of(tables, history, definition)

    assert found.moments.lead.tolist() == [0, 1]
    assert found.moments.as_of.tolist() == [MARCH, MARCH + 5 * DAY]
    assert found.weight.tolist() == [pytest.approx(20), 1]


def test_in_a_trial_every_hand_over_weighs_one_over_the_chance_that_any_judge_made_it(
    plain: LeadTables, definition: LeadDefinition
) -> None:
    tables = with_hand_overs(
        plain,
        *HANDED_OVER,
        hand_over(4, MARCH + 6 * DAY, "model", 0.25),
        hand_over(5, MARCH + 6 * DAY, "rulebook", 1.0),
        # A month without exploration: nobody stands for those that no judge wants.
        hand_over(6, MARCH + 2 * MONTH, "model", 0.25),
    )

    found = WeightedHandOvers.of(tables, History.from_tables(tables, definition), definition)

    weights = dict(zip(found.moments.lead.tolist(), found.weight.tolist(), strict=True))
    assert weights == {0: pytest.approx(20), 1: 1, 4: 4, 5: 1}


def test_only_the_second_of_a_hand_over_has_its_weight(
    tables: LeadTables, history: History, definition: LeadDefinition
) -> None:
    found = WeightedHandOvers.of(tables, history, definition)
    around = Moments.of(np.array([0, 0, 0]), np.array([MARCH - 1, MARCH, MARCH + 1]))

    assert found.weight_at(around).tolist() == [0, pytest.approx(20), 0]


def test_the_grid_looks_at_leads_when_they_are_handed_over(
    tables: LeadTables, history: History, definition: LeadDefinition, small_definition
) -> None:
    looked_at, without = (
        {*zip(m.lead.tolist(), m.as_of.tolist(), strict=True)}
        for m in (
            grid_moments(tables, history, d, until=FAR) for d in (definition, small_definition)
        )
    )

    assert looked_at - without == {(0, MARCH), (1, MARCH + 5 * DAY)}
    assert without < looked_at


def test_a_lead_nobody_handed_over_is_unknown_and_not_a_failure(
    tables: LeadTables, history: History, definition: LeadDefinition
) -> None:
    moments = grid_moments(tables, history, definition, until=FAR)

    found = observe_handed_over(tables, history, moments, definition=definition, data_cutoff=FAR)

    assert set(moments.lead[found.matured]) <= {0, 1}
    assert not found.matured[moments.lead > 1].any()
    assert not found.young[moments.lead > 1].any()


def test_what_became_of_a_hand_over_is_what_was_recorded(
    tables: LeadTables, history: History, definition: LeadDefinition
) -> None:
    moments = grid_moments(tables, history, definition, until=FAR)

    found = observe_handed_over(tables, history, moments, definition=definition, data_cutoff=FAR)
    recorded = observe_outcomes(tables, history, moments, definition=definition, data_cutoff=FAR)

    np.testing.assert_array_equal(found.converted, recorded.converted)


def test_without_the_option_every_outcome_counts_as_before(
    tables: LeadTables, history: History, small_definition: LeadDefinition
) -> None:
    moments = grid_moments(tables, history, small_definition, until=FAR)

    found = observe_handed_over(
        tables, history, moments, definition=small_definition, data_cutoff=FAR
    )
    recorded = observe_outcomes(
        tables, history, moments, definition=small_definition, data_cutoff=FAR
    )

    assert found.weight is None
    np.testing.assert_array_equal(found.matured, recorded.matured)
    np.testing.assert_array_equal(found.converted, recorded.converted)


def test_a_later_hand_over_changes_nothing_before_it(
    plain: LeadTables, tables: LeadTables, history: History, definition: LeadDefinition
) -> None:
    later = with_hand_overs(plain, *HANDED_OVER, hand_over(9, MARCH + 10 * DAY))
    until = MARCH + 9 * DAY

    before, after = (grid_moments(t, history, definition, until=until) for t in (tables, later))

    np.testing.assert_array_equal(before.lead, after.lead)
    np.testing.assert_array_equal(before.as_of, after.as_of)


def test_what_is_left_out_is_counted_and_said(
    tables: LeadTables, history: History, definition: LeadDefinition
) -> None:
    moments = grid_moments(tables, history, definition, until=FAR)
    outcomes = observe_handed_over(tables, history, moments, definition=definition, data_cutoff=FAR)

    counts = count_handed_over(tables, history, moments, definition=definition, outcomes=outcomes)

    assert counts is not None
    assert (counts.n_without_lots, counts.n_without_propensity) == (1, 1)
    assert counts.n_leads_never == len(set(moments.lead)) - 2
    assert counts.largest_weight == pytest.approx(20)
    assert f"{counts.n_leads_never:,} leads that were not handed over" in note_of(counts).en
    assert "抽出確率" in note_of(counts).ja


def test_tables_without_lots_are_refused(plain: LeadTables, definition: LeadDefinition) -> None:
    recorded = with_hand_overs(plain, hand_over(0, MARCH), hand_over(1, MARCH, "exploration"))

    with pytest.raises(
        Refusal,
        match=r"needs 20 hand-overs by exploration that kept their propensity; got 0, of 1 by "
        r"exploration and 2 in all. Set exploration.share",
    ):
        refuse_unready(recorded, definition)


def test_too_few_matured_lots_are_refused() -> None:
    weight = np.array([1.0] * 50 + [20.0] * 19)
    part = Subset(rows=np.arange(69), converted=np.zeros(69, dtype=bool), weight=weight)

    with pytest.raises(Refusal, match=r"needs 20 matured .* got 19 of 69 hand-overs"):
        refuse_too_few_drawn(part)
