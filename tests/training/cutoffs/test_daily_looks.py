"""What became of leads that crossed a cut-off, by hand on five leads."""

from dataclasses import replace

import numpy as np
import pytest

from features.core.qualification import Qualification
from features.definition.terms import CapacityCutOff, CutOffs, ValueCutOff
from training.cutoffs.daily_looks import DailyLooks, crossings_of, with_crossings
from training.results.records import CutOff, Measured, ReleaseCutOffs
from training.results.scored import ScoredSnapshots

DAY = 86_400
CAPACITY = CapacityCutOff(rule="capacity", per_month=10)

# At 0.4 lead 0 crosses in the warm-up, 1 to 3 in the period, of whom 2 and 3 convert; 4 never.
LEAD = np.array([0, 0, 1, 1, 2, 3, 4])
DAYS = np.array([5, 20, 15, 30, 25, 40, 41])
PROBABILITY = np.array([0.5, 0.9, 0.2, 0.4, 0.5, 0.7, 0.1])
CONVERTED = np.array([1, 1, 0, 0, 1, 1, 0], dtype=bool)


@pytest.fixture
def looks() -> DailyLooks:
    return DailyLooks(
        scored=ScoredSnapshots(
            probability=PROBABILITY,
            converted=CONVERTED,
            matured=np.ones(len(LEAD), dtype=bool),
            lead=LEAD,
            group=LEAD,
            as_of=DAYS * DAY,
        ),
        since=10 * DAY,
        until=41 * DAY,
    )


def test_who_crosses_in_the_period_is_counted_at_that_day(looks: DailyLooks) -> None:
    found = looks.crossing(0.4, Qualification.MQL)

    assert found is not None
    assert (found.n_crossed, found.n_converted, found.cut_off) == (3, 2, 0.4)
    assert found.mean_probability == pytest.approx((0.4 + 0.5 + 0.7) / 3)
    assert found.converted_share.value == pytest.approx(2 / 3)
    assert found.per_month == pytest.approx(3 / 31 * 30.4375)
    assert (found.since, found.until) == (10 * DAY, 41 * DAY)


def test_nobody_and_no_cut_off_say_nothing(looks: DailyLooks) -> None:
    assert looks.crossing(0.95, Qualification.SQL) is None
    assert looks.crossing(None, Qualification.SQL) is None


def test_without_dates_there_is_no_month(looks: DailyLooks) -> None:
    found = replace(looks, dated=False).crossing(0.4, Qualification.MQL)

    assert found is not None
    assert (found.per_month, found.since, found.until) == (None, None, None)


def test_a_cut_off_is_told_by_one_set_the_same_way_before_the_test(looks: DailyLooks) -> None:
    shipped = ReleaseCutOffs(
        mql=CutOff(rule="capacity", probability=0.45),
        sql=CutOff(rule="value", probability=0.6, expected_worth=Measured(value=9.0)),
    )
    tested = ReleaseCutOffs(
        mql=CutOff(rule="capacity", probability=0.4), sql=CutOff(rule="value", probability=0.6)
    )
    value = ValueCutOff(rule="value", value_per_outcome=10, cost_per_hand_over=6)

    told = with_crossings(shipped, looks, tested=tested, rules=CutOffs(mql=CAPACITY, sql=value))

    mql, sql = crossings_of(told)
    assert (told.mql.probability, mql.cut_off, mql.n_crossed) == (0.45, 0.4, 3)
    # Leads 0 and 3 cross 0.6 in the period, and both convert: worth 10 less 6 each.
    assert sql.n_crossed == 2
    assert told.sql.expected_worth is not None
    assert told.sql.expected_worth.value == pytest.approx(4.0)
