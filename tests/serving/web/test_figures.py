"""Figures as each language writes them."""

from zoneinfo import ZoneInfo

import pytest

from features.core.estimate import Measured
from features.core.text import Language, Text
from serving.web.figures import Figures

SHOWN = {
    "ja": ("84.0%", "24時間", "400件/月", "20点以上", "第2版", "3.2ポイント", "24時間"),
    "en": (
        "84.0%",
        "24 hours",
        "400 leads a month",
        "20 points or more",
        "Version 2",
        "3.2 pp",
        "24 hours",
    ),
}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_figure_stands_as_its_language_writes_it(language: Language) -> None:
    show = Figures(language, ZoneInfo("Asia/Tokyo"))

    assert SHOWN[language] == (
        show.probability(0.84),
        show.hours(24),
        show.per_month(400),
        show.at_least_points(20),
        show.version(2),
        show.moved(-3.2),
        show.with_unit(24, Text(ja="時間", en="hours")),
    )


def test_a_share_stands_with_its_interval_as_everywhere() -> None:
    english, japanese = (Figures(language, ZoneInfo("UTC")) for language in ("en", "ja"))
    found = Measured(value=0.72, low=0.41, high=1.0)

    assert english.share(found) == "72% (41 to 100)"
    assert japanese.share(found) == "72%(41〜100)"
    assert english.share(Measured(value=0.72)) == "72.0%"
    assert english.share(None) == "–"
    assert english.agreed_share(0.8) == "80%"
    assert japanese.expected(400, 312, 488) == "400(312〜488)"
