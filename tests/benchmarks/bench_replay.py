"""A day-by-day replay of model and rulebook on the simulated company.

The opponent of the look-ups is LightGBM on the same rows.
"""

import tempfile
import time
from pathlib import Path

import numpy as np

from tests.benchmarks.bench_learned_rulebook import company_dataset
from training.comparison.daily_replay import replay_test
from training.comparison.policies import Policies
from training.comparison.rulebook_trial import try_rulebook
from training.cutoffs.choose import choose_cut_offs
from training.dataset.dataset import Dataset
from training.learners.boosting.ensemble import average_margin
from training.model.fit import fit
from training.results.comparison_records import Cadence
from training.simulation.settings import CompanySettings
from training.train.train import score_past, training_rows_of


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = company_dataset(Path(folder), CompanySettings().seed)
    split = dataset.split
    learned = fit(training_rows_of(dataset, split.train, known_before=split.test_from))
    past = score_past(learned, dataset, split.train, until=split.test_from - 1)
    cut_offs = choose_cut_offs(past, dataset.definition)
    policies = Policies(dataset.history, dataset.definition, learned.model, cut_offs)
    replay_test(dataset, policies, cadence=Cadence.WEEK)  # compiles, and reads every fact once
    found = {}
    for cadence in (Cadence.DAY, Cadence.WEEK):
        begun = time.perf_counter()
        found[cadence] = replay_test(dataset, policies, cadence=cadence)
        print(f"  {cadence}: {time.perf_counter() - begun:5.1f} s", end="")
        print(f"  {found[cadence].n_moments:>9,} moments, {len(found[cadence].values):>7,} kept")
    begun = time.perf_counter()
    try_rulebook(dataset, dataset.definition)
    print(f"  two rulebooks, compared: {time.perf_counter() - begun:.1f} s")
    _margins(dataset, policies)


def _margins(dataset: Dataset, policies: Policies) -> None:
    moments = dataset.at(np.arange(min(len(dataset.moments), 100_000)))
    matrix = policies.look_back(moments).matrix
    policies.fit.margin(matrix)
    begun = time.perf_counter()
    looked_up = policies.fit.margin(matrix)
    ours = time.perf_counter() - begun
    begun = time.perf_counter()
    predicted = average_margin(policies.fit.boosters, matrix)
    theirs = time.perf_counter() - begun
    same = np.array_equal(looked_up, predicted)
    print(f"  margins of {len(matrix):,}: LightGBM takes {theirs / ours:.1f} times, equal: {same}")


if __name__ == "__main__":
    main()
