"""The comparison on ten leads, worked out by hand, and what must hold for any leads.

The ten leads. Horizon 15 days; a snapshot converts when the outcome comes within 15 days of it.
M and R: the model's margin reaches 2 (its MQL), the rulebook says MQL.

    lead account  day 0     day 10    day 20    outcome on day
    A    a1       -  c      M  c                12
    B    a1       M         MR c      MR c      22: the model came too early
    C    a2       MR c                          9
    D    a2       -         R         R         none
    E    a3       R         R         MR        none
    F    a3       -         -         -  c      30: missed by both
    G    a4       -                             none
    H    a4       -         -                   none
    I    a5       M  c                          3, margin 5
    J    a5       R         R                   none

Model: A B C E I handed over, A C I caught. Rulebook: B C D E J handed over, B C caught.
"""

from dataclasses import replace

import numpy as np
import pytest

from features.core.clock import DAY
from features.core.qualification import Qualification
from training.comparison.compare import Judgements, Setting, compare
from training.comparison.replay import ReplayCohort
from training.dataset.segments import Segment
from training.results.comparison_records import Comparison, Matching, PolicyPair

TABLE = """
A 1 0 -c | A 1 10 Mc
B 1 0 M | B 1 10 MRc | B 1 20 MRc
C 2 0 MRc
D 2 0 - | D 2 10 R | D 2 20 R
E 3 0 R | E 3 10 R | E 3 20 MR
F 3 0 - | F 3 10 - | F 3 20 -c
G 4 0 -
H 4 0 - | H 4 10 -
I 5 0 Mc
J 5 0 R | J 5 10 R
"""
START = 1_700_000_000


@pytest.fixture(scope="module")
def ten() -> Comparison:
    cells = [cell.split() for line in TABLE.split("\n") for cell in line.split("|") if line]
    lead = np.array([ord(cell[0]) - ord("A") for cell in cells])
    marks = [cell[3] for cell in cells]
    cohort = ReplayCohort(
        lead=lead,
        as_of=START + DAY * np.array([int(cell[2]) for cell in cells]),
        converted=np.array(["c" in mark for mark in marks]),
        group=np.array([int(cell[1]) for cell in cells]),
    )
    by_model = np.array(["M" in mark for mark in marks])
    # The rulebook takes C for SQL too; the model nobody, and it is surest of I.
    judgements = Judgements(
        margin=np.where(lead == 8, 5.0, np.where(by_model, 2.0, -1.0)),
        model=by_model.astype(np.int8),
        rulebook=(np.array(["R" in mark for mark in marks]) + 1 * (lead == 2)).astype(np.int8),
    )
    # Tuned, the rulebook would hand over C and E from their first day, and nobody else.
    judgements = replace(judgements, tuned=np.isin(lead, (2, 4)).astype(np.int8))
    unseen = np.isin(np.arange(10), [ord(name) - ord("A") for name in "ADJ"])
    return compare(cohort, judgements, Setting(unseen=unseen, hours_per_lead=1.5, seed=1))


def _pair(comparison: Comparison, level: Qualification, matching: Matching) -> PolicyPair:
    pair = comparison.pair(level, matching)
    assert pair is not None
    return pair


def test_each_lead_counts_once_at_its_first_crossing(ten: Comparison) -> None:
    pair = _pair(ten, Qualification.MQL, Matching.PAST)

    assert (ten.n_leads, ten.n_groups, ten.n_converted) == (10, 5, 5)
    assert (pair.model.n_handed_over, pair.model.n_caught) == (5, 3)
    assert (pair.rulebook.n_handed_over, pair.rulebook.n_caught) == (5, 2)


def test_rates_shares_and_lift_follow_from_the_counts(ten: Comparison) -> None:
    pair = _pair(ten, Qualification.MQL, Matching.PAST)

    rates = [p.opportunity_rate.value for p in (pair.model, pair.rulebook) if p.opportunity_rate]
    shares = [p.caught_share.value for p in (pair.model, pair.rulebook) if p.caught_share]
    lifts = [p.lift.value for p in (pair.model, pair.rulebook) if p.lift]
    assert rates == pytest.approx([3 / 5, 2 / 5])
    assert shares == pytest.approx([3 / 5, 2 / 5])
    assert lifts == pytest.approx([0.6 / 0.5, 0.4 / 0.5])
    assert pair.rate_difference is not None
    assert pair.rate_difference.value == pytest.approx(0.2)
    assert pair.caught_difference.value == pytest.approx(1 / 5)


def test_volume_is_per_month_of_the_period(ten: Comparison) -> None:
    pair = _pair(ten, Qualification.MQL, Matching.PAST)

    assert pair.model.per_month == pytest.approx(5 / (20 / 30.436875))


def test_hours_of_sales_are_those_of_all_hand_overs_for_each_outcome_caught(
    ten: Comparison,
) -> None:
    pair = _pair(ten, Qualification.MQL, Matching.PAST)

    # An hour and a half for each of five leads; the model catches three, the rulebook two.
    assert (pair.model.sales_hours, pair.rulebook.sales_hours) == (7.5, 7.5)
    hours = [p.hours_per_opportunity for p in (pair.model, pair.rulebook)]
    assert [h.value for h in hours if h is not None] == pytest.approx([2.5, 3.75])


def test_the_four_cells_hold_every_lead_once(ten: Comparison) -> None:
    cells = _pair(ten, Qualification.MQL, Matching.PAST).cells

    # Both: B (too early), C (caught), E. Neither: F (missed), G, H.
    found = {cell.name: (cell.n_leads, cell.n_converted) for cell in cells}
    assert found == {
        "both": (3, 1),
        "model_only": (2, 2),
        "rulebook_only": (2, 0),
        "neither": (3, 1),
    }


def test_every_share_has_an_interval_with_width_none_and_all_included(ten: Comparison) -> None:
    shares = [
        share
        for pair in ten.pairs
        for share in (
            *(result.opportunity_rate for result in (pair.model, pair.rulebook)),
            *(result.caught_share for result in (pair.model, pair.rulebook)),
            *(cell.converted_share for cell in pair.cells),
        )
        if share is not None
    ]

    assert {0.0, 1.0} & {share.value for share in shares}
    for share in shares:
        assert share.low is not None
        assert share.high is not None
        assert share.low < share.high
        assert share.low <= share.value <= share.high


def test_days_earlier_are_those_of_leads_both_found(ten: Comparison) -> None:
    days = _pair(ten, Qualification.MQL, Matching.PAST).days_earlier

    # B 10 days before, C the same day, E 20 days after.
    assert days is not None
    assert (days.n_leads, days.median_days) == (3, 0.0)
    assert days.mean_days.value == pytest.approx(-10 / 3)
    shares = (days.earlier_share, days.same_day_share, days.later_share)
    assert shares == pytest.approx((1 / 3, 1 / 3, 1 / 3))


def test_volume_matched_in_hindsight_is_the_rulebooks(ten: Comparison) -> None:
    pair = _pair(ten, Qualification.SQL, Matching.HINDSIGHT)

    # The rulebook takes C alone; of equal volume, the model takes I, of which it is surest.
    assert (pair.model.n_handed_over, pair.rulebook.n_handed_over) == (1, 1)
    assert (pair.model.n_caught, pair.rulebook.n_caught) == (1, 1)
    assert {cell.name: cell.n_leads for cell in pair.cells}["both"] == 0


def test_a_policy_that_hands_nobody_over_has_no_rate(ten: Comparison) -> None:
    pair = _pair(ten, Qualification.SQL, Matching.PAST)

    assert pair.model.n_handed_over == 0
    assert pair.model.opportunity_rate is None
    assert pair.rate_difference is None
    assert pair.caught_difference.value == pytest.approx(-1 / 5)


def _random_cohort(n_leads: int, seed: int) -> tuple[ReplayCohort, np.random.Generator]:
    random = np.random.default_rng(seed)
    lead = np.repeat(np.arange(n_leads), 3)
    cohort = ReplayCohort(
        lead=lead,
        as_of=START + DAY * np.tile([0, 30, 60], n_leads),
        converted=random.random(3 * n_leads) < 0.2,
        group=lead // 2,
    )
    return cohort, random


def test_a_policy_compared_with_itself_differs_by_nothing() -> None:
    cohort, random = _random_cohort(200, seed=4)
    margin = random.normal(size=600)
    scored = (margin > 1).astype(np.int8)

    pair = compare(cohort, Judgements(margin=margin, model=scored, rulebook=scored)).pairs[0]

    assert pair.rate_difference is not None
    ends = (pair.rate_difference.low, pair.rate_difference.high)
    assert (pair.rate_difference.value, *ends) == (0.0, 0.0, 0.0)


def test_segments_with_enough_leads_add_up_to_the_whole() -> None:
    cohort, random = _random_cohort(200, seed=5)
    judgements = Judgements(
        margin=random.normal(size=600),
        model=random.integers(0, 3, 600).astype(np.int8),
        rulebook=random.integers(0, 3, 600).astype(np.int8),
    )
    channel = np.where(np.arange(200) < 80, "web", "fair")

    pair = compare(
        cohort,
        judgements,
        Setting(segments=[Segment(attribute="channel", value=channel)]),
    ).pairs[0]

    assert [(s.value, s.n_leads) for s in pair.segments] == [("fair", 120), ("web", 80)]
    assert sum(s.model.n_caught for s in pair.segments) == pair.model.n_caught
    assert sum(s.rulebook.n_handed_over for s in pair.segments) == pair.rulebook.n_handed_over


def test_an_undated_cohort_has_no_volume_a_month() -> None:
    cohort = ReplayCohort(
        lead=np.arange(4),
        as_of=np.ones(4, dtype=np.int64),
        converted=np.array([True, False, True, False]),
        group=np.arange(4),
    )
    scored = np.array([1, 0, 1, 0], dtype=np.int8)

    found = compare(cohort, Judgements(margin=scored * 1.0, model=scored, rulebook=scored))

    assert found.months is None
    assert found.pairs[0].model.per_month is None
    assert found.pairs[0].days_earlier is None


def test_the_band_says_how_good_unseen_leads_would_have_to_be(ten: Comparison) -> None:
    """Of the ten, nobody ever handed over A, D and J.

    Observed: model 3 of 5, rulebook 2 of 5. A was caught all the same, so only D and J, which the
    rulebook alone would hand over, are in doubt: had both converted, the rulebook would be at 4 of
    5. One success among the two would level it: a rate of 1/2.
    """
    pair = _pair(ten, Qualification.MQL, Matching.PAST)

    band = pair.sensitivity
    assert band is not None
    assert (band.n_model_only_unseen, band.n_rulebook_only_unseen) == (0, 2)
    assert band.difference_observed == pytest.approx(0.2)
    assert (band.difference_lowest, band.difference_highest) == pytest.approx((-0.2, 0.2))
    assert band.rate_to_reverse == pytest.approx(0.5)


def test_the_rulebook_may_be_judged_with_a_cut_off_tuned_like_the_models(ten: Comparison) -> None:
    pair = _pair(ten, Qualification.MQL, Matching.TUNED)

    # C and E, of which C was caught; the model as with its own cut-offs.
    assert (pair.rulebook.n_handed_over, pair.rulebook.n_caught) == (2, 1)
    assert (pair.model.n_handed_over, pair.model.n_caught) == (5, 3)
