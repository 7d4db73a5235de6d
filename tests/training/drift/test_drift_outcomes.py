"""What drift says of outcomes is what was counted, over many simulated months."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.drift.drift_outcomes import FEWEST_CONVERTED, predicted_and_observed


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.02, 0.4), st.floats(0.2, 4.0))
def test_predicted_and_observed_are_the_counts_that_are_compared(
    seed: int, rate: float, factor: float
) -> None:
    random = np.random.default_rng(seed)
    probability = np.clip(random.gamma(2.0, rate / 2.0, 2_000), 0.001, 0.9)
    converted = random.random(2_000) < np.minimum(factor * probability, 1.0)

    found = predicted_and_observed(probability, converted, np.arange(2_000) // 2)

    predicted, observed = float(probability.sum()), int(converted.sum())
    if max(predicted, observed) < FEWEST_CONVERTED or observed == 0:
        assert not found
        return
    [tested] = found
    for sentence in (tested.finding.sentence.en, tested.finding.sentence.ja):
        numbers = [int(text.replace(",", "")) for text in re.findall(r"[\d,]+", sentence)]
        assert numbers == [2_000, round(predicted), observed]
    ratio = observed / predicted
    assert tested.finding.statistic == pytest.approx(max(ratio, 1 / ratio))
