"""The trial in a review: a screen before the next agreement, and a section of the figures."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from features.core.clock import to_second
from serving.review.make_review import make_review, read_review
from serving.review.meeting.screens import meeting_screens
from serving.review.month import Month
from serving.review.review_document import review_document
from tests.trial_reports import trial_report
from training.reports.document.markdown import as_markdown
from training.results_store import keep_trial_end

JUNE = Month(year=2026, number=6)


def day(month, number=1):
    return to_second(datetime(2026, month, number, tzinfo=ZoneInfo("Asia/Tokyo")))


def screens_of(review, definition):
    return {s.name: s for s in meeting_screens(review, definition, sees=lambda _: True)}


@pytest.mark.parametrize(
    ("language", "better", "counted"),
    [
        ("en", "The model is better", "model less rulebook"),
        ("ja", "モデルのほうがよい", "モデル−ル"),
    ],
)
def test_a_trial_has_a_screen_before_the_next_agreement(
    thirty, thirty_definition, language, better, counted
):
    keep_trial_end(thirty, trial_report(day(1)))
    review = make_review(thirty, thirty_definition, JUNE, release=None)

    screens = screens_of(review, thirty_definition)
    told = as_markdown(review_document(thirty, thirty_definition, review), language)

    assert [*screens][-2:] == ["trial", "agreement"]
    shown = screens["trial"]
    assert shown.figure.en == "+2.00"
    assert counted in shown.counted.read(language)
    assert better in shown.sentence.read(language)
    assert shown.table.charts[0].level == 1.5
    assert better in told
    assert read_review(thirty, thirty_definition, JUNE).review == review


@pytest.mark.parametrize(("begins", "months"), [(day(7), 6), (day(1), 1)])
def test_a_trial_of_other_months_has_none(thirty, thirty_definition, begins, months):
    keep_trial_end(thirty, trial_report(begins, months=months))

    review = make_review(thirty, thirty_definition, JUNE, release=None)

    assert "trial" not in screens_of(review, thirty_definition)


def test_a_new_look_makes_the_review_out_of_date(thirty, thirty_definition, review):
    assert read_review(thirty, thirty_definition, JUNE).is_current

    keep_trial_end(thirty, trial_report(day(1)))

    assert not read_review(thirty, thirty_definition, JUNE).is_current
