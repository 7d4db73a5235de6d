import numpy as np
import pyarrow as pa
import pytest

from features.core.clock import DAY
from features.history import History
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from serving.reasons.separation import what_separates
from serving.reasons.similar.cohort import leads_between

FIRST = 1_735_657_200 + 90 * DAY
UNTIL = FIRST + 30 * DAY


@pytest.fixture
def five_leads() -> LeadTables:
    """Old and open; converted before; converted within; created within; created after."""
    created = [-50, -60, -40, 10, 31]
    outcomes = [("b", -5), ("c", 12), ("d", 40)]
    return LeadTables(
        lead=pa.Table.from_pylist(
            [
                {"lead_id": name, "created_at": FIRST + day * DAY, "day_only": False}
                for name, day in zip("abcde", created, strict=True)
            ],
            LEAD,
        ),
        fact=FACT.empty_table(),
        event=EVENT.empty_table(),
        outcome=pa.Table.from_pylist(
            [
                {
                    "lead_id": name,
                    "stage": "opportunity",
                    "occurred_at": FIRST + day * DAY,
                    "known_at": FIRST + day * DAY,
                }
                for name, day in outcomes
            ],
            OUTCOME,
        ),
        hand_over=HAND_OVER.empty_table(),
    )


def test_each_open_lead_is_seen_once_before_its_outcome(world, five_leads) -> None:
    cohort = leads_between(
        world.explainer,
        five_leads,
        History.from_tables(five_leads, world.explainer.definition),
        first=FIRST,
        until=UNTIL,
    )

    # a is open throughout, c converts within, d is created within and converts later.
    assert cohort.converted.tolist() == [False, True, False]
    age = cohort.matrix[:, world.explainer.catalogue.index("days_since_creation")]
    np.testing.assert_allclose(age, [50, 40, 1 / DAY], atol=1e-6)


def test_a_month_of_the_world_can_be_compared(world) -> None:
    cohort = leads_between(
        world.explainer,
        world.tables,
        History.from_tables(world.tables, world.explainer.definition),
        first=FIRST,
        until=UNTIL,
    )

    found = what_separates(
        world.explainer, cohort.matrix, converted=cohort.converted, group=cohort.group
    )

    assert len(cohort) > 50
    assert {separation.concept for separation in found} == {
        c.name for c in world.explainer.concepts
    }
    assert all(separation.difference is not None for separation in found)
