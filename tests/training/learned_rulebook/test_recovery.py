"""The share of the model's advantage that a proposal recovers, by hand on ten leads."""

import numpy as np
import pytest

from features.core.estimate import Measured
from training.comparison.replay import ReplayCohort
from training.learned_rulebook.recovery import ThreePolicies, caught_at_volume, recoveries
from training.results.recovery_records import Recovery, Volume

# Ten leads with one snapshot each; the last four convert.
CONVERTED = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1], dtype=bool)


def cohort_of(converted, copies=1):
    n_leads = len(converted) * copies
    return ReplayCohort(
        lead=np.arange(n_leads),
        as_of=np.full(n_leads, 100),
        converted=np.tile(converted, copies),
        group=np.arange(n_leads),
    )


def policies(today, points, margin, copies=1):
    return ThreePolicies(
        today=np.tile(np.array(today, dtype=np.int8), copies),
        today_points=np.tile(np.array(today, dtype=float) * 20, copies),
        points=np.tile(np.array(points, dtype=float), copies),
        margin=np.tile(np.array(margin, dtype=float), copies),
    )


# Today hands over four leads and catches one; the model's four best all convert; the proposal's
# four best hold three that do.
TODAY = [1, 1, 1, 0, 0, 0, 0, 0, 0, 1]
POINTS = [0, 0, 0, 0, 0, 30, 10, 20, 25, 28]
MARGIN = [-4, -4, -4, -4, -4, -3, 1, 2, 3, 4]


def test_three_policies_at_one_volume():
    (found,) = recoveries(
        cohort_of(CONVERTED, copies=40), policies(TODAY, POINTS, MARGIN, 40), capacity=None
    )

    assert (found.volume, found.n_handed_over) == (Volume.MQL, 160)
    assert (found.today_caught, found.proposed_caught, found.model_caught) == (40, 120, 160)
    # (3 - 1) of (4 - 1)
    assert found.recovered.value == pytest.approx(2 / 3)
    assert found.recovered.low < 2 / 3 < found.recovered.high


def test_at_the_volume_sales_can_work_today_hands_over_its_best():
    """Two leads: today's SQL candidate, who converts, and one of three MQLs, who do not."""
    today = [1, 1, 1, 0, 0, 0, 0, 0, 0, 2]

    at_capacity, at_mql, at_sql = recoveries(
        cohort_of(CONVERTED), policies(today, POINTS, MARGIN), capacity=2
    )

    assert (at_capacity.volume, at_capacity.n_handed_over) == (Volume.CAPACITY, 2)
    assert (at_capacity.today_caught, at_capacity.proposed_caught) == (1, 1)
    assert at_capacity.model_caught == 2
    assert (at_mql.n_handed_over, at_sql.n_handed_over) == (4, 1)


def test_nothing_is_recovered_of_an_advantage_that_may_be_chance():
    """Few leads, few outcomes: the interval of two outcomes more contains none."""
    margin = [*MARGIN[:6], -5, -5, 3, 4]

    (found,) = recoveries(cohort_of(CONVERTED), policies(TODAY, POINTS, margin), capacity=None)

    assert found.advantage.low <= 0
    assert found.recovered is None


def test_where_today_hands_nobody_over_there_is_no_volume_to_compare_at():
    nobody = [0] * 10

    assert recoveries(cohort_of(CONVERTED), policies(nobody, POINTS, MARGIN), capacity=None) == ()


def test_ties_are_broken_by_lot():
    """Three leads with 20 points, two of which convert; six with 10, two of which do."""
    points = np.array([20, 10, 10, 10, 10, 0, 20, 20, 10, 10], dtype=float)
    cohort = cohort_of(CONVERTED)

    assert caught_at_volume(cohort, points, 3).sum() == 2
    # Half of the way to all nine: half of the two more.
    assert caught_at_volume(cohort, points, 6).sum() == pytest.approx(3)
    assert caught_at_volume(cohort, points, 9).sum() == 4
    # One of three leads with 20 points.
    assert caught_at_volume(cohort, points, 1).sum() == pytest.approx(2 / 3)
    assert caught_at_volume(cohort, points, 99).sum() == 4


@pytest.mark.parametrize(
    ("recovered", "en", "ja"),
    [
        (Measured(value=1.22, low=0.78, high=2.55), "all of it (78% or more)", "すべて(78%以上)"),
        (Measured(value=1.3, low=1.01, high=1.9), "all of it", "すべて"),
        (Measured(value=0.8, low=0.36, high=1.94), "80% of it (36% to all)", "80%(36%〜すべて)"),
        (Measured(value=0.5, low=-0.2, high=0.9), "50% of it (none to 90%)", "50%(なし〜90%)"),
        (Measured(value=-0.4, low=-2.0, high=0.3), "none of it", "なし"),
        (
            None,
            "the model's advantage is not sure",
            "モデルの優位が確かでない",
        ),
    ],
)
def test_nobody_reads_of_more_than_all_of_an_advantage(recovered, en, ja):
    zero = Measured(value=0.0)
    found = Recovery(
        volume=Volume.MQL,
        n_handed_over=10,
        today_caught=1,
        proposed_caught=2,
        model_caught=2,
        advantage=zero,
        gain=zero,
        recovered=recovered,
    )

    assert (found.in_words.en, found.in_words.ja) == (en, ja)
