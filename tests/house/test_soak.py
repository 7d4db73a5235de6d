"""What counts as growth in a soak: a slope above its noise, not a noisy level."""

import numpy as np
import pytest

from tests.soak import fit_growth, grows

SECOND = np.arange(200.0)


def test_a_leak_stands_out_of_its_noise() -> None:
    noisy = 400 + 0.02 * SECOND + np.random.default_rng(1).normal(0, 1, 200)

    growth, noise = fit_growth(SECOND, noisy)

    assert growth == pytest.approx(0.02 * 199, abs=1)
    assert growth > noise


def test_a_flat_curve_shows_growth_once_in_a_hundred() -> None:
    rng = np.random.default_rng(2)
    flat = [fit_growth(SECOND, rng.normal(400, 1, 200)) for _ in range(2_000)]

    assert np.mean([growth > noise for growth, noise in flat]) == pytest.approx(0.01, abs=0.007)


@pytest.mark.parametrize("at", [20, 60, 100, 140, 180])
def test_a_step_is_no_growth_and_a_stair_is(at: int) -> None:
    noise = np.random.default_rng(3).normal(0, 0.3, 200)

    assert not grows(SECOND, 400 + 8.0 * (at <= SECOND) + noise, least=2)
    assert grows(SECOND, 400 + 2.0 * (SECOND // 40) + noise, least=2)
    assert grows(SECOND, 400 + 0.03 * SECOND + noise, least=2)


def test_a_step_amid_the_time_is_no_more_than_it_is() -> None:
    growth, noise = fit_growth(SECOND, np.where(SECOND < 100, 400.0, 401.0))

    assert growth == pytest.approx(1.5, abs=0.1)
    assert noise < growth
