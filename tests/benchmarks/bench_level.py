"""How often a level that stands is moved, and what moving one that fell behind is worth.

Many simulated companies, each looked at when a retrain would: what is learned by then, tested on
what came early (:mod:`training.base_rate.adjust`). Then the leads of the month that
follows: what the fit promises them as it was learned, what at its level, and what came. First
companies whose world stays as it is; then ones where half as many opportunities again come, and
other channels, from one or from two months before the look.

Run: python -m tests.benchmarks level, or python -m tests.benchmarks.bench_level [COMPANIES] [LEADS]
"""

import sys
from dataclasses import dataclass

import numpy as np

from features.core.clock import start_of_day
from tests.benchmarks.simulated_rows import dataset_from
from training.base_rate.adjust import adjust_base_rate
from training.base_rate.intercept_test import SURELY
from training.dataset.split import split_before
from training.model.fit import fit
from training.results.records import InterceptTest
from training.simulation.settings import CompanySettings, mild_drift
from training.simulation.simulation import simulate
from training.train.train import look_back, training_rows_of

COMPANIES, LEADS, MONTHS = 24, 5_000, 18
FIRST_LOOK, N_LOOKS = 13, 3
"""Months before the first look. Companies take turns: no one calendar decides. After the last look
come a month and the 60 days of its leads."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """One company at one retrain: the test, and the next month's leads."""

    level: InterceptTest
    as_learned: float
    adjust_base_rate: float
    came: int

    @property
    def errors_away(self) -> float:
        """The shift in standard errors."""
        level = self.level
        if level.shift is None or level.low is None:
            return float("nan")
        return level.shift / ((level.shift - level.low) / SURELY)


def main() -> None:
    """Print a line for each world."""
    given = [int(text) for text in sys.argv[1:] if text.isdigit()]
    companies, leads = (given + [COMPANIES, LEADS][len(given) :])[:2]
    for months_ago in (None, 1, 2):
        seeds = range(1, companies + 1)
        _show(months_ago, [_look(leads, seed, months_ago) for seed in seeds])


def _look(leads: int, seed: int, months_ago: int | None) -> Look:
    look = FIRST_LOOK + seed % N_LOOKS
    change = None if months_ago is None else mild_drift(look - months_ago)
    settings = CompanySettings(
        leads=leads, months=MONTHS, seed=seed, drift=change, truth_snapshots=0
    )
    dataset = dataset_from(simulate(settings))
    zone = dataset.definition.zone
    when, end = (start_of_day(settings.month(number), zone) for number in (look, look + 1))
    part = split_before(
        dataset.tables,
        dataset.history,
        dataset.moments,
        definition=dataset.definition,
        when=when,
    )
    learned = fit(training_rows_of(dataset, part, known_before=when))
    found = adjust_base_rate(learned, dataset, part, until=when - 1, known_at=when)
    assert found.level is not None
    as_of = dataset.moments.as_of
    rows = np.flatnonzero((as_of >= when) & (as_of < end) & dataset.outcomes.matured)
    snapshot = look_back(learned.model, dataset, rows)
    return Look(
        level=found.level,
        as_learned=float(learned.model.probability(snapshot.matrix).sum()),
        adjust_base_rate=float(found.learned.model.probability(snapshot.matrix).sum()),
        came=int(dataset.outcomes.converted[rows].sum()),
    )


def _show(months_ago: int | None, looks: list[Look]) -> None:
    world = "nothing changes" if months_ago is None else f"changed {months_ago} month(s) before"
    moved = sum(look.level.moved for look in looks)
    away = np.array([look.errors_away for look in looks])
    ratios = [[look.as_learned / look.came, look.adjust_base_rate / look.came] for look in looks]
    as_learned, moved_to = np.median(ratios, axis=0)
    off = np.exp(np.abs(np.log(ratios)).mean(axis=0))
    print(
        f"{world}: moved in {moved} of {len(looks)}; shift in standard errors: mean "
        f"{np.nanmean(away):+.2f}, deviation {np.nanstd(away):.2f}; next month's promised over "
        f"came, median {as_learned:.2f} as learned, {moved_to:.2f} at its level; off by a factor "
        f"of {off[0]:.2f} and {off[1]:.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
