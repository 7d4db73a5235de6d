"""Whether the level stands is said as its numbers show it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from training.base_rate.intercept_test import SMALLEST_SHIFT
from training.reports.base_rate_text import level_words
from training.results.records import InterceptTest


@settings(max_examples=1_000, deadline=None)
@given(st.floats(-1.0, 1.0), st.floats(0.001, 0.5))
def test_a_level_stands_only_where_its_interval_holds_zero(shift: float, half: float) -> None:
    low, high = shift - half, shift + half
    outside = low > 0 or high < 0
    found = InterceptTest(
        n_snapshots=4_000,
        n_young=1_000,
        n_converted=90,
        promised=100.0,
        shift=shift,
        low=low,
        high=high,
        moved=outside and abs(shift) >= SMALLEST_SHIFT,
    )

    said = level_words(found)

    assert ("stands, within noise" in said.en) == (not outside)
    assert ("誤差の範囲で合っています" in said.ja) == (not outside)
    assert ("has moved" in said.en) == found.moved
    assert ("outside noise, but by too little" in said.en) == (outside and not found.moved)
    assert "a 99% interval" in said.en


def test_too_few_outcomes_say_nothing_of_the_level() -> None:
    found = InterceptTest(n_snapshots=10, n_young=5, n_converted=1, promised=2.0)

    assert "too few to say" in level_words(found).en
