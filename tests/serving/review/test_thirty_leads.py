"""Every figure of June's review, worked by hand from the thirty leads of conftest.

June's twenty hand-overs, all on June 10 at noon:

========  =====  ========  ====================  ===========
leads     touch  answer    outcome               won
========  =====  ========  ====================  ===========
T10       10 h   accepted  opportunity, June 20  June 30
T11, T12  10 h   accepted  opportunity, June 20
T13       10 h   accepted  opportunity, July 10
T14, T15  10 h   accepted
T16, T17  30 h   returned, too early
T18       48 h   returned, no reason (the answer is the first thing sales did)
T19       75 d   opportunity, August 24: beyond the horizon of 60 days
T20-T29   none
========  =====  ========  ====================  ===========
"""

import pytest

from features.definition import LeadDefinition
from features.store import Store
from features.store.results import write_finding
from serving.review.figures.counted import Proportion
from serving.review.make_review import REVIEW, read_leads_behind, read_review
from serving.review.month import Month
from serving.review.records import Review
from serving.review.review_document import review_document

JUNE = Month(year=2026, number=6)


def test_what_was_handed_over(review: Review) -> None:
    found = review.handed_over

    assert found.n == 20
    assert found.by_qualification == (("MQL", 16), ("SQL", 4))
    assert found.by_whom == (("rulebook", 19), ("exploration", 1))
    # Six after 10 hours, of twenty whose 24 hours have all passed.
    assert found.in_time == Proportion(n=6, of=20)
    assert found.untouched == Proportion(n=10, of=20)
    # Ten of twenty are touched, the longest after 75 days: the median lies between that and never.
    assert (found.waiting_hours.value, found.waiting_hours.of) == (None, 20)
    # Of 20 values the 6th and the 15th bound the median: 10 hours, and never.
    assert (found.waiting_hours.low, found.waiting_hours.high) == (10.0, None)


def test_groups_under_ten_are_not_ranked(review: Review) -> None:
    (channel,) = review.handed_over.splits

    assert [(g.value, g.n, g.n_before) for g in channel.groups] == [("web", 12, 2.0)]
    assert [(g.value, g.n) for g in channel.small] == [("fair", 8)]
    # May's ten have matured: T00 and T01 of the fair's four converted, none of the web's six.
    assert channel.groups[0].converted == Proportion(n=0, of=6)
    assert channel.small[0].converted == Proportion(n=2, of=4)
    assert channel.small[0].n_before == pytest.approx(4 / 3)


def test_the_funnel_as_it_stood_and_as_it_has_matured(review: Review) -> None:
    steps = {step.name: (step.at_month_end.n, step.now.n, step.now.of) for step in review.funnel}

    assert steps == {
        "handed_over": (20, 20, 20),
        # T19's late opportunity is the first anybody heard of it.
        "acted": (9, 10, 20),
        "accepted": (6, 6, 20),
        "converted": (3, 4, 20),
        "won": (1, 1, 20),
    }


def test_the_year_with_matured_months_told_apart(review: Review) -> None:
    may, june = review.months[-2:]

    assert review.months[0].month.name == "2025-07"
    assert (may.n_created, may.n_mql, may.n_sql, may.converted) == (10, 10, 0, 2)
    assert (june.n_created, june.n_mql, june.n_sql, june.converted) == (20, 16, 4, 4)
    assert (june.at_month_end, june.n_accepted, june.n_returned, june.n_won) == (3, 6, 3, 1)
    # 60 days after the end of June is August 30, a day before the tables end.
    assert may.matured
    assert june.matured
    assert june.expected is None


def _values(review: Review, name: str) -> tuple[object, ...]:
    line = next(line for line in review.kpis if line.name == name)
    return (line.at_month_end.value, line.now.value, line.before.value, line.is_met)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # At month end, by now, the month before, target met.
        ("lead_count", (20, 20, 10, None)),
        ("mql_count", (20, 20, 10, False)),
        # 6 of 20; in May 2 of 10.
        ("accepted_share", (0.3, 0.3, 0.2, False)),
        # 3 of 20 by June 30, 4 by now; in May 2 of 10.
        ("opportunity_share", (0.15, 0.2, 0.2, None)),
        # From June 2 to June 10, and from May 2 to May 12.
        ("days_to_hand_over", (8, 8, 10, None)),
        ("sql_count", (6, 6, 2, None)),
        # Three of June's, and T00 and T01 of May's on June 5.
        ("opportunity_count", (5, 5, 0, True)),
        ("won_count", (1, 1, 0, None)),
        ("answered_in_time_share", (0.3, 0.3, 0.0, None)),
        # T16 and T17 gave a reason, T18 none; nothing was returned in May.
        ("returned_with_reason_share", (pytest.approx(2 / 3), pytest.approx(2 / 3), None, None)),
        # All six on June 12, two days after the hand-over.
        ("days_to_accepted", (2, 2, 2, None)),
        # Ten days for three of June's, 24 for two of May's (May 12 to June 5).
        ("days_to_opportunity", (10, 10, None, None)),
        ("days_to_won", (10, 10, None, None)),
        ("nps", (None, None, None, None)),
    ],
)
def test_a_kpi_is_what_hand_arithmetic_gives(review: Review, name: str, expected: object) -> None:
    assert _values(review, name) == expected


def test_small_shares_carry_their_counts_and_wilsons_interval(review: Review) -> None:
    line = next(line for line in review.kpis if line.name == "accepted_share")

    assert (line.now.n, line.now.of) == (6, 20)
    # Wilson (1927) for 6 of 20 with z = 1.96: centre (.3 + 3.8416 / 40) / (1 + 3.8416 / 20),
    # .3322; half width 1.96 sqrt(.0105 + 3.8416 / 1600) / 1.19208, .1868.
    assert line.now.low == pytest.approx(0.1455, abs=1e-4)
    assert line.now.high == pytest.approx(0.5190, abs=1e-4)


def test_answers_by_reason(review: Review) -> None:
    found = review.verdicts

    assert (found.n_accepted, found.n_returned) == (6, 3)
    # T10 to T13 easy; T14, T15 and all three returned not.
    assert found.easy == Proportion(n=4, of=9)
    assert [(r.stage, r.reason, r.n, r.n_easy, r.n_not_easy) for r in found.reasons] == [
        ("accepted", "clear_need", 6, 4, 2),
        ("returned", "too_early", 2, 0, 2),
        ("returned", None, 1, 0, 1),
    ]
    (place,) = found.reasons[1].comments
    assert (place.lead_id, place.team) == ("T16", "east")


def test_the_leads_behind_a_figure_are_those_that_it_counts(
    review: Review, thirty: Store, thirty_definition: LeadDefinition
) -> None:
    document = review_document(thirty, thirty_definition, review)
    tables = [table for section in document.sections for table in section.tables]
    found = [cell for table in tables for row in table.rows for cell in row.cells if cell.counts]

    behind = {cell.counts: read_leads_behind(thirty, JUNE, cell.counts) for cell in found}

    # Every lead was handed over once, so that as many leads stand behind a count as it says.
    counts = [cell for cell in found if cell.kind == "count" and cell.number is not None]
    assert {cell.counts: len(behind[cell.counts]) for cell in counts} == {
        cell.counts: cell.number for cell in counts
    }
    assert behind["2026-06:sql"] == ("T26", "T27", "T28", "T29")
    assert behind["now:converted"] == ("T10", "T11", "T12", "T13")
    assert behind["then:converted"] == ("T10", "T11", "T12")
    assert behind["channel:fair:month"] == tuple(f"T{number}" for number in range(22, 30))
    assert behind["channel:fair:converted"] == ("T00", "T01")
    assert behind["accepted:clear_need:not_easy"] == ("T14", "T15")
    assert behind["by:exploration"] == ("T10",)
    assert behind["mql_count:before"] == tuple(f"T{number:02d}" for number in range(10))
    assert read_leads_behind(thirty, JUNE, "no such figure") is None


def test_without_a_release_what_needs_one_is_left_out(review: Review) -> None:
    assert review.converted is None
    assert review.nurture is None
    assert review.against_rulebook is None
    assert review.bands == ()


def test_a_review_is_kept_and_says_when_something_has_moved(
    thirty, thirty_definition, review, thirty_leads
) -> None:
    kept = read_review(thirty, thirty_definition, JUNE)
    assert kept is not None
    assert (kept.review, kept.is_current) == (review, True)

    rows = thirty_leads.hand_over.to_pylist()[:1]
    thirty.write(
        type(thirty_leads)(
            lead=thirty_leads.lead.slice(0, 0),
            fact=thirty_leads.fact.slice(0, 0),
            event=thirty_leads.event.slice(0, 0),
            outcome=thirty_leads.outcome.slice(0, 0),
            hand_over=thirty_leads.hand_over.from_pylist(
                [rows[0] | {"cycle": 2}], thirty_leads.hand_over.schema
            ),
        )
    )

    moved = read_review(thirty, thirty_definition, JUNE)
    assert moved is not None
    assert not moved.is_current


def test_a_review_that_is_kept_is_made_into_records_once(thirty, thirty_definition, review) -> None:
    first, again = (read_review(thirty, thirty_definition, JUNE) for _ in range(2))

    assert again.review == review
    assert again.review is first.review


def test_a_review_that_older_code_kept_is_made_anew(thirty, thirty_definition, review) -> None:
    write_finding(thirty, REVIEW, JUNE.name, record='{"month": {"year": 2026}}', stamp="then")

    assert read_review(thirty, thirty_definition, JUNE) is None
