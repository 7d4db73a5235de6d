"""Does every interval hold as often as it says? Many simulated companies whose truth is known.

The world stays as it is. Small companies: the named 90 % intervals of each, held against true
probabilities (slope, band rates) and against what came (next month's volumes). Large ones: the
calibration slope itself, and how far the expected log loss lies above the least possible.

Run: python -m tests.benchmarks.bench_calibration [SMALL_COMPANIES] [LARGE_COMPANIES]
Rows are kept under build/, one file a company: what was stopped goes on where it was.
"""

import sys
from dataclasses import dataclass, field

import numpy as np

from features.core.clock import month_starts
from features.definition import LeadDefinition, parse_definition
from tests.benchmarks.simulated_rows import SimulatedRows, rows_of
from training.cutoffs.choose import choose_cut_offs, first_crossings
from training.cutoffs.expected_volume import forecast_month
from training.metrics.with_intervals import measure
from training.simulation.closeness import expected_log_loss
from training.simulation.definition import definition_text
from training.simulation.settings import CompanySettings

SMALL, SMALL_COMPANIES = 5_000, 200
LARGE, LARGE_COMPANIES, EXACT_ROWS = 50_000, 5, 3_000
HELD = 0.9
LEAST, MOST = 0.85, 0.95


@dataclass
class Held:
    """Whether each interval of a name held, and by what the truth missed those that did not."""

    held: list[bool] = field(default_factory=list)
    too_low: int = 0

    def add(self, low: float, value: float, high: float) -> None:
        """Count one interval."""
        self.held.append(low <= value <= high)
        self.too_low += value > high


def main() -> None:
    """Print both tables."""
    given = [int(text) for text in sys.argv[1:] if text.isdigit()]
    small, large = (given + [SMALL_COMPANIES, LARGE_COMPANIES][len(given) :])[:2]
    definition = parse_definition(definition_text(CompanySettings()), "the simulated company")
    found: dict[str, Held] = {}
    for seed in range(1, small + 1):
        _judge(rows_of(SMALL, seed), definition, found)
        if seed % 20 == 0 or seed == small:
            _show(found, seed)
    if large:
        _show_large([rows_of(LARGE, seed, n_exact=EXACT_ROWS) for seed in range(1, large + 1)])


def _judge(rows: SimulatedRows, definition: LeadDefinition, found: dict[str, Held]) -> None:
    def add(name: str, low: float, value: float, high: float) -> None:
        found.setdefault(name, Held()).add(low, value, high)

    later = rows.later
    metrics = measure(
        later, base_rate=float(rows.past.settled.converted.mean()), interval_share=HELD
    )
    slope = metrics.calibration_slope
    add("calibration slope", slope.low, rows.true_slope, slope.high)
    for band in metrics.reliability:
        inside = (later.probability >= band.low) & (later.probability < np.nextafter(band.high, 2))
        share = band.converted_share
        add("band rates", share.low, float(rows.truth[inside].mean()), share.high)
    cut_offs = choose_cut_offs(rows.past, definition)
    start = int(later.as_of.min())
    end = int(month_starts(start + 86_400, int(later.as_of.max()), definition.zone)[0])
    month = later.take(later.as_of < end)
    for name, cut_off in (("MQL", cut_offs.mql), ("SQL", cut_offs.sql)):
        if cut_off.probability is None:
            continue
        before = np.unique(rows.past.lead[first_crossings(rows.past, cut_off.probability)])
        crossed = first_crossings(month, cut_off.probability)
        new = crossed[~np.isin(month.lead[crossed], before)]
        forecast = forecast_month(rows.past, cut_off.probability)
        expected, came = forecast.opportunities, int(month.converted[new].sum())
        add(f"next month's opportunities at {name}", expected.low, came, expected.high)
        expected = forecast.hand_overs
        add(f"next month's hand-overs at {name}", expected.low, len(new), expected.high)


def _show(found: dict[str, Held], n_companies: int) -> None:
    print(f"\n{n_companies} companies of {SMALL:,} leads: how often a 90 % interval held")
    for name, counted in found.items():
        share, n = float(np.mean(counted.held)), len(counted.held)
        # Bands of one company are nearly independent; companies are.
        error = 1.645 * np.sqrt(max(share * (1 - share), 0.01) / n)
        mark = "" if LEAST <= share <= MOST else "   outside .85 to .95"
        missed = n - sum(counted.held)
        print(
            f"  {name:36s} {share:6.1%} +- {error:.1%} of {n:5,}   missed: {counted.too_low} truth "
            f"above, {missed - counted.too_low} below{mark}",
            flush=True,
        )


def _show_large(companies: list[SimulatedRows]) -> None:
    slopes, excesses = [], []
    for rows in companies:
        slopes.append(rows.true_slope)
        least = expected_log_loss(rows.true, rows.true)
        excesses.append(expected_log_loss(rows.told, rows.true) / least - 1)
        print(
            f"  {LARGE:,} leads: true calibration slope {slopes[-1]:.3f}, expected "
            f"log loss {excesses[-1]:.2%} above the least of {least:.4f}",
            flush=True,
        )
    print(f"  mean slope {np.mean(slopes):.3f}; mean excess {np.mean(excesses):.2%}")


if __name__ == "__main__":
    main()
