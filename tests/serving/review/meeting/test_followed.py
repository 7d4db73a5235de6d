"""What came of the last meeting's decisions, against figures worked out elsewhere."""

from dataclasses import replace
from datetime import date

import pytest
from scipy.stats import binomtest, chi2

from features.core.estimate import Measured
from serving.ledger.minutes import MeetingDecision, write_decision
from serving.review.meeting.followed import difference_of, follow_decisions, with_interval
from serving.review.records import ReviewFigure
from serving.review.review_document import REVIEW_FORMATS, review_document

DECIDED = MeetingDecision(
    month="2026-05",
    screen="summary",
    what="回答の期限を毎朝知らせる",
    owner="佐藤",
    due=date(2026, 6, 10),
    kpi="accepted_share",
    by="marketing",
)


def test_a_count_has_the_exact_interval_of_a_poisson_mean() -> None:
    found = with_interval(ReviewFigure(value=100.0), "count")

    # Garwood (1936): half of the chi-square quantiles at 2n and 2n + 2 degrees of freedom.
    assert found is not None
    assert found.low == pytest.approx(chi2.ppf(0.025, 200) / 2)
    assert found.high == pytest.approx(chi2.ppf(0.975, 202) / 2)
    assert with_interval(ReviewFigure(value=0.0), "count").low == 0.0


def test_the_interval_of_a_difference_holds_both_figures_doubt() -> None:
    # Newcombe (1998), table II, method 10: 56 of 70 against 48 of 80 gives 0.0524 to 0.3339.
    found = difference_of(_wilson(48, 80), _wilson(56, 70))

    assert found.value == pytest.approx(0.2)
    assert found.low == pytest.approx(0.0524, abs=1e-4)
    assert found.high == pytest.approx(0.3339, abs=1e-4)


def _wilson(n: int, of: int) -> Measured:
    ends = binomtest(n, of).proportion_ci(method="wilson")
    return Measured(value=n / of, low=ends.low, high=ends.high)


def test_a_decision_is_followed_to_its_kpi_before_and_after(
    thirty, thirty_definition, review
) -> None:
    write_decision(thirty, DECIDED)
    write_decision(thirty, replace(DECIDED, month="2026-04", what="もっと前の会議"))

    (found,) = follow_decisions(thirty, thirty_definition, review)

    line = next(line for line in review.kpis if line.name == "accepted_share")
    assert found.decision.what == DECIDED.what
    assert found.before.number == line.before.value
    assert found.after.number == line.now.value
    assert found.verdict is not None


def test_minutes_leave_with_the_review(thirty, thirty_definition, review) -> None:
    write_decision(thirty, DECIDED)
    write_decision(thirty, replace(DECIDED, month="2026-06", what="資料を作り直す", due=None))

    document = review_document(thirty, thirty_definition, review)
    text = REVIEW_FORMATS["md"](document, ["ja"]).decode()

    assert document.sections[0].name == "last-time"
    assert DECIDED.what in text
    assert "資料を作り直す" in text
    assert text.index(DECIDED.what) < text.index("両チームのKPI") < text.index("資料を作り直す")
