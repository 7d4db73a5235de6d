import pytest

from features.core.formats import money, quantity, quantity_range
from features.core.text import Text


@pytest.mark.parametrize(
    ("value", "unit", "ja", "en"),
    [
        (3, "times", "3回", "3 times"),
        (1, "times", "1回", "1 time"),
        (1, "behaviours", "1種類", "1 kind of behaviour"),
        (1250, "employees", "1,250名", "1,250 employees"),
        (2.5, "hours", "2.5時間", "2.5 hours"),
        (0.62, "share", "62%", "62%"),
        (12, "licences", "12 licences", "12 licences"),
        (12, "number", "12", "12"),
        (3_000_000, "JPY", "300万円", "JPY 3,000,000"),
    ],
)
def test_numbers_carry_their_unit(value: float, unit: str, ja: str, en: str) -> None:
    assert quantity(value, unit) == Text(ja=ja, en=en)


@pytest.mark.parametrize(
    ("yen", "ja"),
    [
        (0, "0円"),
        (9_800, "9,800円"),
        (12_500, "1万2,500円"),
        (3_000_000, "300万円"),
        (120_000_000, "1億2,000万円"),
        (100_000_001, "1億円"),
        (-50_000, "−5万円"),
    ],
)
def test_yen_are_told_in_man_and_oku(yen: int, ja: str) -> None:
    assert money(yen, "JPY").ja == ja


def test_other_currencies_are_told_in_full() -> None:
    assert money(12_000, "EUR") == Text(ja="12,000 EUR", en="EUR 12,000")


@pytest.mark.parametrize(
    ("low", "high", "unit", "ja", "en"),
    [
        (55, 164, "employees", "55〜164名", "55 to 164 employees"),
        (1e6, 2e6, "JPY", "100万〜200万円", "JPY 1,000,000 to 2,000,000"),
        (1_000, 2_000, "EUR", "1,000〜2,000 EUR", "EUR 1,000 to 2,000"),
        (3e6, 3e6, "JPY", "300万円", "JPY 3,000,000"),
    ],
)
def test_a_range_says_its_unit_once(low: float, high: float, unit: str, ja: str, en: str) -> None:
    assert quantity_range(low, high, unit) == Text(ja=ja, en=en)
