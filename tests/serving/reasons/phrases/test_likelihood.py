import pytest

from serving.reasons.phrases.likelihood import (
    RateRange,
    comparison,
    frequency,
    range_words,
    rate_range,
)
from training.calibration.calibrator import Calibrator
from training.calibration.realised_range import Ends


@pytest.mark.parametrize(
    ("probability", "en"),
    [
        (0.38, "Of 100 leads like this, about 38 become opportunities"),
        (0.07, "Of 100 leads like this, about 7 become opportunities"),
        (0.93, "Of 100 leads like this, about 93 become opportunities"),
        (0.002, "Of 100 leads like this, fewer than 1 become opportunities"),
        (0.999, "Of 100 leads like this, more than 99 become opportunities"),
    ],
)
def test_a_probability_is_told_in_whole_leads(probability: float, en: str) -> None:
    assert frequency(probability, "opportunity").en == en


def test_every_outcome_has_its_words() -> None:
    assert frequency(0.5, "won").ja == "このようなリード100件のうち、およそ50件が受注に至る見込み"
    assert frequency(0.5, "accepted").en == "Of 100 leads like this, about 50 are accepted by sales"


def test_past_leads_are_told_on_the_scale_of_the_one_lead() -> None:
    assert comparison(0.043).en == "Of 100 past leads of every kind: about 4"
    assert comparison(0.001).ja == "過去のリード全体では100件のうち1件未満"


def test_a_range_says_what_it_holds_and_how_surely() -> None:
    said = range_words(RateRange(low=0.2131, high=0.2702, level=0.9))

    assert said.en == (
        "Likely range: 21.3% to 27.0% (holds the true rate of leads like this in 90% of cases)"
    )
    assert said.ja == (
        "過去の実績から見た幅: 21.3%〜27.0%"
        "(このようなリードの実際の割合がこの幅に入る確からしさは90%)"
    )


def test_a_range_is_looked_up_at_its_margin() -> None:
    ends = Ends(knots=(-1.0, 1.0), low=(-2.0, 0.0), high=(-1.0, 1.0), level=0.8)
    calibrator = Calibrator(slope=0.5, intercept=-0.25, ends=ends)

    found = rate_range(calibrator, 0.0)

    # Half way between both knots: log-odds of -1 and 0.
    assert found is not None
    assert (found.low, found.high) == pytest.approx((1 / (1 + 2.718281828459045), 0.5))
    assert found.level == 0.8


def test_a_release_that_states_no_level_shows_no_range() -> None:
    ends = Ends(knots=(-1.0, 1.0), low=(-2.0, 0.0), high=(-1.0, 1.0))

    assert rate_range(Calibrator(slope=1.0, intercept=0.0, ends=ends), 0.0) is None
    assert rate_range(Calibrator(slope=1.0, intercept=0.0), 0.0) is None
