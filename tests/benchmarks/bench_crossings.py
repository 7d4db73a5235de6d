"""Are probabilities right where decisions fall? Told against true, the day leads cross a cut-off.

A retrain holds what was promised at crossings against what came, which is as noisy as a few hundred
outcomes are. The simulated company knows the true probability of every lead at every moment, so
here the noise of outcomes is gone. Beside today's grid stands one that thins active days by chance
instead of keeping the first of each week: were days within a burst of activity judged wrongly
because none of them is learned from, it would show.

Run: python -m tests.benchmarks.bench_crossings [LEADS] [SEED ...]
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np

from features.core.arrays import BoolArray, IntArray
from features.core.qualification import Qualification
from tests.benchmarks.simulated_rows import dataset_from
from training.comparison.daily_replay import replay_test
from training.comparison.policies import MARGIN, MODEL, Policies
from training.cutoffs.choose import choose_cut_offs
from training.dataset.dataset import Dataset
from training.model.fit import fit
from training.simulation.behaviour.futures import true_probabilities
from training.simulation.company import SimulatedCompany
from training.simulation.settings import CompanySettings
from training.simulation.simulation import simulate
from training.train.train import score_past, training_rows_of

LEADS, SEEDS = 20_000, (CompanySettings().seed,)
FUTURES = 60
"""Per crossing; over hundreds of crossings their noise is a third of a per cent."""

_DAYS = 1 << 20


def main() -> None:
    """Print told, true and came at the first crossings of each cut-off."""
    given = [int(text) for text in sys.argv[1:] if text.isdigit()]
    leads, seeds = (given[0] if given else LEADS), (given[1:] or SEEDS)
    for seed in seeds:
        company = simulate(CompanySettings(leads=leads, seed=seed, truth_snapshots=0))
        dataset = dataset_from(company)
        _show(f"{leads:,} leads, seed {seed}, first days", dataset, dataset, company)
        with _thinned_by_chance():
            other = dataset_from(company)
        _show(f"{leads:,} leads, seed {seed}, days by chance", other, dataset, company)


def _show(name: str, learned_from: Dataset, replayed: Dataset, company: SimulatedCompany) -> None:
    train, test_from = learned_from.split.train, learned_from.split.test_from
    learned = fit(training_rows_of(learned_from, train, known_before=test_from))
    past = score_past(learned, learned_from, train, until=test_from - 1)
    cut_offs = choose_cut_offs(past, learned_from.definition)
    policies = Policies(replayed.history, replayed.definition, learned.model, cut_offs)
    found = replay_test(replayed, policies)
    cohort = found.cohort
    print(f"{name}: learned from {len(train):,} snapshots")
    for level in (Qualification.MQL, Qualification.SQL):
        crossing = cohort.first_crossing(found.values[:, MODEL] >= level)
        rows = crossing[cohort.handed_over(crossing)]
        told = learned.model.calibrator.predict(found.values[rows, MARGIN])
        true = true_probabilities(company, cohort.lead[rows], cohort.as_of[rows], futures=FUTURES)
        came = cohort.converted[rows].mean()
        print(
            f"  {level.name}: {len(rows):,} crossed, told {told.mean():.1%}, "
            f"true {true.mean():.1%}, came {came:.1%}",
            flush=True,
        )


@contextmanager
def _thinned_by_chance() -> Iterator[None]:
    with patch("training.dataset.snapshot_grid.keep_with_gap", _keep_by_chance):
        yield


def _keep_by_chance(lead: IntArray, day: IntArray, min_gap: int) -> BoolArray:
    """Each active day with the chance of one in the active days of the week that it ends."""
    pair = lead * _DAYS + day
    n_days = np.arange(len(pair)) - np.searchsorted(pair, pair - min_gap + 1) + 1
    # From lead and day alone, so that no later event changes which days were kept.
    mixed = pair.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    share = (mixed >> np.uint64(11)).astype(np.float64) / 2**53
    return share * n_days < 1


if __name__ == "__main__":
    main()
