"""Does the range beside a probability hold the true rate as often as it says, in every band?

Simulated companies whose truth is known: the later snapshots of each in ten bands of equally many,
by probability. A band holds where its mean true probability lies between the means of its ends.

Run: python -m tests.benchmarks.bench_ranges [COMPANIES] [LEADS]
Rows are kept under build/, one file a company: what was stopped goes on where it was.
"""

import sys

import numpy as np

from features.core.arrays import BoolArray
from tests.benchmarks.simulated_rows import SimulatedRows, rows_of
from training.calibration.realised_range import LEVEL

COMPANIES, LEADS, BANDS = 50, 2_000, 10


def main() -> None:
    """Print how often the range held, overall and by band."""
    given = [int(text) for text in sys.argv[1:] if text.isdigit()]
    companies, leads = given + [COMPANIES, LEADS][len(given) :]
    rows = [rows_of(leads, seed) for seed in range(1, companies + 1)]
    held = np.array([held_by_band(one) for one in rows])
    said = np.mean([_by_band(one, one.later.probability) for one in rows], axis=0)
    width = np.mean([_by_band(one, one.high - one.low) for one in rows], axis=0)
    print(f"{companies} companies of {leads:,} leads; the range says {LEVEL:.0%}")
    print("  band  probability  width   held")
    for band, figures in enumerate(zip(said, width, held.mean(axis=0), strict=True), start=1):
        print("  {:4d}  {:10.1%}  {:6.1%}  {:5.0%}".format(band, *figures))
    print(f"  all                       {held.mean():6.1%} of {held.size}")
    inside = [((r.low < r.later.probability) & (r.later.probability < r.high)).mean() for r in rows]
    print(f"  the probability lies inside its range on {np.mean(inside):.1%} of snapshots")


def held_by_band(rows: SimulatedRows) -> BoolArray:
    """Whether each band's mean true probability lies within its range; shape (BANDS,)."""
    low, truth, high = (_by_band(rows, each) for each in (rows.low, rows.truth, rows.high))
    return (low <= truth) & (truth <= high)


def _by_band(rows: SimulatedRows, values: np.ndarray) -> np.ndarray:
    order = np.argsort(rows.later.probability, kind="stable")
    return np.array([values[band].mean() for band in np.array_split(order, BANDS)])


if __name__ == "__main__":
    main()
