"""The one notation of figures, by value, and what holds of every interval it writes."""

import re

import numpy as np
import pytest

from features.core import formats
from features.core.estimate import Measured
from features.core.formats import Figure
from features.core.text import Text

MANY = 4_000


def _measured(value: float, low: float, high: float) -> Measured:
    return Measured(value=value, low=low, high=high)


@pytest.mark.parametrize(
    ("figure", "ja", "en"),
    [
        (
            formats.share(_measured(0.4391, 0.391, 0.486)),
            "43.9%(39.1〜48.6)",
            "43.9% (39.1 to 48.6)",
        ),
        (formats.share(_measured(0.3, 0.146, 0.519)), "30%(15〜52)", "30% (15 to 52)"),
        (formats.share(_measured(0.0, 0.0, 0.434)), "0%(0〜43)", "0% (0 to 43)"),
        (
            formats.share(_measured(3e-4, 1e-4, 9e-4)),
            "0.03%(0.01〜0.09)",
            "0.03% (0.01 to 0.09)",
        ),
        (formats.share(_measured(1.22, 0.78, 2.55)), "122%(78〜255)", "122% (78 to 255)"),
        (formats.share(0.4391), "43.9%", "43.9%"),
        (formats.share(0.0), "0.0%", "0.0%"),
        (formats.share(0.0002), "0.1%未満", "under 0.1%"),
        (formats.share(0.9998), "99.9%超", "over 99.9%"),
        (formats.share(Measured(value=0.25, low=0.25, high=0.25)), "25.0%", "25.0%"),
        (formats.probability(0.3421), "34.2%", "34.2%"),
        (formats.probability(0.0), "1%未満", "under 1%"),
        (formats.probability(0.0099), "1%未満", "under 1%"),
        (formats.probability(0.9999), "99%超", "over 99%"),
        (formats.agreed_share(0.4), "40%", "40%"),
        (formats.agreed_share(0.025), "2.5%", "2.5%"),
        (
            formats.difference(_measured(0.184, 0.139, 0.229)),
            "+18.4ポイント(+13.9〜+22.9)",
            "+18.4 pp (+13.9 to +22.9)",
        ),
        (
            formats.difference(_measured(0.004, 0.0001, 0.012)),
            "+0.40ポイント(+0.01〜+1.20)",
            "+0.40 pp (+0.01 to +1.20)",
        ),
        (formats.difference(-0.032), "−3.2ポイント", "−3.2 pp"),
        (formats.change(0.51), "+51%", "+51%"),
        (formats.points(3.21), "+3.2", "+3.2"),
        (formats.points(-0.04), "±0.0", "±0.0"),
        (formats.points(_measured(-3.2, -5.33, -1.1)), "−3.2(−5.3〜−1.1)", "−3.2 (−5.3 to −1.1)"),
        (formats.rule_points(-5), "−5", "−5"),
        (formats.signed(_measured(0.234, 0.112, 0.35)), "+0.23(+0.11〜+0.35)", None),
        (formats.number(_measured(1.217, 1.031, 1.437)), "1.22(1.03〜1.44)", "1.22 (1.03 to 1.44)"),
        (formats.number(_measured(0.2262, 0.2193, 0.2331)), None, "0.226 (0.219 to 0.233)"),
        (formats.number(-0.03018), "−0.0302", "−0.0302"),
        (formats.count(12_345), "12,345", "12,345"),
        (formats.count(_measured(400, 312.4, 488)), "400(312〜488)", "400 (312 to 488)"),
        (formats.count(_measured(0.3, 0, 1.2)), "0.3(0.0〜1.2)", "0.3 (0.0 to 1.2)"),
        (formats.amount(_measured(12_345, 9_876, 15_021)), None, "12,300 (9,900 to 15,000)"),
        (formats.length(_measured(3.44, 2.9, 4.1), "hours"), "3.4時間(2.9〜4.1)", None),
        (formats.length(_measured(3.44, 2.9, 4.1), "days"), None, "3.4 days (2.9 to 4.1)"),
        (formats.length(24, "hours"), "24時間", "24 hours"),
        (formats.share(None), "–", "–"),
        (formats.number(None), "–", "–"),
    ],
)
def test_a_figure_is_said_in_one_way(figure: Figure, ja: str | None, en: str | None) -> None:
    assert figure.ja == (figure.ja if ja is None else ja)
    assert figure.en == (figure.en if en is None else en)
    assert (figure.read("ja"), figure.read("en")) == (figure.ja, figure.en)


def test_ranges_say_their_unit_once() -> None:
    assert formats.share_range(0.074, 0.145) == Text(ja="7.4〜14.5%", en="7.4 to 14.5%")
    assert formats.share_range(0.1, 0.2) == Text(ja="10〜20%", en="10 to 20%")
    assert formats.share_range(0.112, 0.334, 0) == Text(ja="11〜33%", en="11 to 33%")
    assert formats.gap(-0.032) == Text(ja="3.2ポイント", en="3.2 pp")
    assert formats.difference_range(-0.012, 0.034) == Text(
        ja="−1.2〜+3.4ポイント", en="−1.2 to +3.4 pp"
    )


def test_a_workbook_gets_numbers_and_formats() -> None:
    figure = formats.difference(_measured(0.184, 0.139, 0.229))

    assert (figure.number, figure.low, figure.high) == pytest.approx((18.4, 13.9, 22.9))
    assert formats.WORKBOOK_FORMATS[figure.kind] == "+#,##0.0;−#,##0.0;±0.0"
    assert formats.WORKBOOK_FORMATS[formats.share(0.3).kind] == "0.0%"


def test_mlflow_gets_flat_numbers() -> None:
    assert formats.named_values("auc", _measured(0.8, 0.7, 0.9)) == {
        "auc": 0.8,
        "auc_low": 0.7,
        "auc_high": 0.9,
    }
    assert formats.named_values("auc", Measured(value=0.8)) == {"auc": 0.8}


@pytest.mark.parametrize("kind", ["share", "difference", "points", "number", "signed", "count"])
def test_what_is_written_of_an_interval_says_what_the_numbers_say(kind: str) -> None:
    generator = np.random.default_rng(7)
    width = 10 ** generator.uniform(-4, 0, MANY)
    low = generator.uniform(-1, 1, MANY) * 10 ** generator.uniform(-3, 0, MANY)
    if kind in ("share", "count"):
        low = np.abs(low) * (1 - width) * generator.integers(0, 2, MANY)
    value = low + width * generator.uniform(0, 1, MANY)
    scale = {"count": 500, "points": 20}.get(kind, 1)
    for one in zip(scale * value, scale * low, scale * (low + width), strict=True):
        found = _measured(*(float(number) for number in one))
        figure = getattr(formats, kind)(found)

        shown, first, last = _written(figure.en)

        assert _written(figure.ja) == (shown, first, last)
        assert first <= shown <= last
        assert first < last
        assert (shown == 0) == (found.value == 0)
        if kind not in ("share", "count"):
            assert np.sign([first, last]).tolist() == np.sign(one[1:]).tolist()
        assert len(re.findall(r"\.(\d+)", figure.en)) in (0, 3)


@pytest.mark.parametrize("n", [1, 2, 5, 10, 100, 10_000])
def test_none_and_all_of_so_many_have_an_interval_with_width(n: int) -> None:
    # Wilson (1927) at 95 %: 0 of n ends at z2 / (n + z2).
    end = 3.8415 / (n + 3.8415)

    none, everybody = _measured(0.0, 0.0, end), _measured(1.0, 1 - end, 1.0)

    assert _written(formats.share(none).en)[1:] == pytest.approx((0, 100 * end), abs=0.5)
    assert _written(formats.share(everybody).en)[1:] == pytest.approx((100 - 100 * end, 100), abs=1)


def _written(shown: str) -> tuple[float, float, float]:
    """The three numbers of a figure with its interval, read back from its words."""
    numbers = re.findall(r"[−+]?\d[\d,]*(?:\.\d+)?", shown)
    value, low, high = (float(number.replace("−", "-").replace(",", "")) for number in numbers)
    return value, low, high
