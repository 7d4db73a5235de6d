import pytest

from serving.reasons.phrases.likelihood import frequency


@pytest.mark.parametrize(
    ("probability", "en"),
    [
        (0.38, "Of 10 leads like this, about 4 become opportunities"),
        (0.07, "Of 100 leads like this, about 7 become opportunities"),
        (0.93, "Of 100 leads like this, about 93 become opportunities"),
        (0.002, "Of 100 leads like this, fewer than 1 become opportunities"),
        (0.999, "Of 100 leads like this, more than 99 become opportunities"),
    ],
)
def test_a_probability_is_told_in_whole_leads(probability: float, en: str) -> None:
    assert frequency(probability, "opportunity").en == en


def test_every_outcome_has_its_words() -> None:
    assert frequency(0.5, "won").ja == "このようなリード10件のうち、およそ5件が受注に至る見込み"
    assert frequency(0.5, "accepted").en == "Of 10 leads like this, about 5 are accepted by sales"
