"""How often next month's range holds, on simulated series of months whose truth is known.

Levels stand still, wander, grow or jump with the season; months scatter as chance alone or more.
The share that converts stands still or wanders. A range that should hold in 90 of 100 months is
wrong both when it holds in 80 and when it holds in 99.
"""

import numpy as np

from training.cutoffs.expected_volume import RANGE_SHARE, draw_volumes

SERIES = 1_000
DRAWS = 1_000
MONTHS = (3, 12)
REGIMES = {
    "stands still": {},
    "scatters (variance 3 times)": {"scatter": 3.0},
    "wanders 10 % a month": {"wander": 0.10},
    "grows 4 % a month": {"growth": 0.04},
    "seasons of +-25 %": {"season": 0.25},
    "wanders, grows and scatters": {"wander": 0.07, "growth": 0.02, "scatter": 1.5},
}


def main() -> None:
    print(f"share of {SERIES:,} next months inside the range of {RANGE_SHARE:.0%}")
    for level in (10, 100):
        for name, regime in REGIMES.items():
            held = [_share_held(level, n, regime) for n in MONTHS]
            told = "  ".join(
                f"{n:2d} months {share:.1%}" for n, share in zip(MONTHS, held, strict=True)
            )
            print(f"  {level:3d} a month, {name:30s} {told}", flush=True)


def _share_held(level: float, n_months: int, regime: dict[str, float]) -> float:
    random = np.random.default_rng(1)
    outside = (1 - RANGE_SHARE) / 2
    held = 0
    for number in range(SERIES):
        series = _series(random, level, n_months + 1, regime)
        draws = draw_volumes(series[:0:-1], np.random.default_rng(number), n_draws=DRAWS)
        low, high = np.quantile(draws, (outside, 1 - outside))
        held += low <= series[0] <= high
    return held / SERIES


def _series(
    random: np.random.Generator, level: float, n: int, regime: dict[str, float]
) -> np.ndarray:
    """Counts of consecutive months; the first is what has to be foretold."""
    steps = random.normal(0, regime.get("wander", 0.0), n).cumsum() + regime.get("growth", 0) * (
        np.arange(n)
    )
    season = regime.get("season", 0.0) * np.sin(
        2 * np.pi * (np.arange(n) + random.integers(12)) / 12
    )
    mean = level * np.exp(steps) * (1 + season)
    scatter = regime.get("scatter", 1.0)
    if scatter > 1:
        mean = random.gamma(mean / (scatter - 1), scatter - 1)
    counts = random.poisson(mean)
    return np.concatenate([counts[-1:], counts[:-1]])


if __name__ == "__main__":
    main()
