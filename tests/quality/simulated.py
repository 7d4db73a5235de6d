"""Simulated companies: true probabilities of later rows, in a world that stays or one that drifts.

Each company is learned from as it stood when its definition's test begins, two months after the
world changed:

- ``steady``: it does not.
- ``falls``: a third fewer opportunities come.
- ``channel``: every third lead comes through a channel that was rare before.
- ``batches``: what came is recorded at the end of the quarter only, and the definition does not
  know: the newest rows that are learned from lack some of their outcomes.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from features.core.arrays import IntArray
from features.history import History
from features.snapshot import take_snapshot
from tests.benchmarks.simulated_rows import dataset_from
from tests.quality.cases import Case
from training.base_rate.adjust import adjust_base_rate
from training.dataset.dataset import Dataset
from training.model.trained import Trained
from training.model.trained_model import TrainedModel
from training.simulation.behaviour.futures import true_probabilities
from training.simulation.settings import CompanySettings, Drift
from training.simulation.simulation import simulate
from training.train.train import training_rows_of

FUTURES, MOST_TRUE = 200, 2_000
"""Futures behind a true probability, and of how many later rows it is worked out."""

CHANGED = 11
"""Months after the company's first: two before the test of a company of eighteen begins."""

STEADY, BATCHES = "steady", "batches"
DRIFTS: dict[str, Drift | None] = {
    STEADY: None,
    "falls": Drift(month=CHANGED, hazard_factor=0.62),
    "channel": Drift(month=CHANGED, social_share=0.35),
    BATCHES: None,
}


def simulated_case(world: str, leads: int, seed: int) -> Case:
    """One simulated company: its definition's own split, and true probabilities of later rows.

    Parameters
    ----------
    world : str
        One of :data:`DRIFTS`.
    leads, seed : int
    """
    company = simulate(
        CompanySettings(leads=leads, seed=seed, drift=DRIFTS[world], truth_snapshots=0)
    )
    dataset = dataset_from(company)
    if world == BATCHES:
        dataset = _recorded_late(dataset)
    split = dataset.split
    rows = training_rows_of(dataset, split.train, known_before=split.test_from)
    later = take_snapshot(dataset.history, rows.snapshot.catalogue, dataset.at(split.test.rows))
    some = np.sort(np.random.default_rng(seed).permutation(len(split.test))[:MOST_TRUE])
    lead, as_of = later.moments.lead.astype(np.int64), later.moments.as_of
    truth = np.full(len(lead), np.nan)
    truth[some] = true_probabilities(company, lead[some], as_of[some], futures=FUTURES)

    def adjust(learned: Trained) -> TrainedModel:
        until, known_at = split.test_from - 1, split.test_from
        found = adjust_base_rate(learned, dataset, split.train, until=until, known_at=known_at)
        return found.learned.model

    return Case(
        name=f"simulated {leads:,} no. {seed}, {world}",
        rows=rows,
        later=later.matrix,
        outcome=split.test.converted,
        group=dataset.groups_at(split.test.rows),
        truth=truth,
        adjust=adjust,
    )


def _recorded_late(dataset: Dataset) -> Dataset:
    """The data set with every outcome recorded in the last second of its quarter."""
    outcome = dataset.tables.outcome
    column = outcome.schema.get_field_index("known_at")
    known_at = _quarter_end(outcome.column("occurred_at").to_numpy(), dataset)
    outcome = outcome.set_column(column, outcome.schema.field(column), pa.array(known_at))
    tables = replace(dataset.tables, outcome=outcome)
    history = History.from_tables(tables, dataset.definition)
    return replace(dataset, tables=tables, history=history)


def _quarter_end(seconds: IntArray, dataset: Dataset) -> IntArray:
    local = pd.to_datetime(seconds, unit="s", utc=True).tz_convert(dataset.definition.zone)
    ends = local.tz_localize(None).to_period("Q").end_time.tz_localize(dataset.definition.zone)
    return np.asarray(ends.as_unit("s").asi8, dtype=np.int64)
