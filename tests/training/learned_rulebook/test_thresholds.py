"""Thresholds in fives that meet today's volumes."""

import numpy as np

from training.comparison.replay import ReplayCohort
from training.learned_rulebook.thresholds import Thresholds, Volumes, choose_thresholds, volumes_of

# Leads with at least 5, 10, 15, 20, 25 points: 10, 7, 4, 2, 1
HIGHEST = np.array([5, 7, 9, 10, 12, 14, 15, 19, 23, 26], dtype=float)


def test_the_nearest_multiple_of_five_is_chosen():
    found = choose_thresholds(HIGHEST, Volumes(mql=6, sql=2), step=5)

    assert (found.mql, found.sql) == (10, 20)


def test_sql_lies_above_mql_whatever_the_volumes():
    found = choose_thresholds(HIGHEST, Volumes(mql=4, sql=4), step=5)

    assert (found.mql, found.sql) == (15, 20)


def test_no_threshold_hands_over_more_than_can_be_worked():
    found = choose_thresholds(HIGHEST, Volumes(mql=7, sql=2), step=5, at_most=3)

    # Ten points would meet today's seven leads; fifteen give four, twenty two.
    assert (found.mql, found.sql) == (20, 25)


def test_where_too_many_share_the_highest_points_they_alone_are_handed_over():
    points = np.array([25.0] * 9 + [10.0] * 5)

    found = choose_thresholds(points, Volumes(mql=14, sql=None), step=5, at_most=3)

    assert 10 < found.mql <= 25


def test_what_is_never_handed_over_gets_no_threshold():
    found = choose_thresholds(HIGHEST, Volumes(mql=7, sql=None), step=5)

    assert found == Thresholds(mql=10, sql=None, missed=0.0)
    assert found.as_rules()["sql"] is None
    assert found.as_rules()["mql"].points == 10


def test_nobody_with_points_still_gives_a_threshold():
    found = choose_thresholds(np.array([0.0, -5.0]), Volumes(mql=1, sql=None), step=5)

    assert found.mql == 5


def test_volumes_count_leads_once():
    cohort = ReplayCohort(
        lead=np.array([0, 0, 1, 2]),
        as_of=np.array([10, 20, 10, 10]),
        converted=np.zeros(4, dtype=bool),
        group=np.array([0, 0, 1, 2]),
    )

    volumes = volumes_of(cohort, np.array([1, 2, 1, 0], dtype=np.int8))

    assert volumes == Volumes(mql=2, sql=1)
