"""Are leads that nobody hands over judged rightly? Told against true, with and without weights.

Sales make an opportunity several times as likely in these companies, so what was recorded of a lead
that nobody handed over says little of what it would have become. The simulator knows: for everybody
below the rulebook's cut-off on the test's first working days, the true probability had the lead
been handed over that day. Three fits are held against it: of outcomes as recorded; of hand-overs
alone, all alike; of hand-overs weighted by their propensity.

Run: python -m tests.benchmarks.bench_weighted_training [LEADS] [SEED ...]
"""

import sys
from dataclasses import replace

import numpy as np
import pyarrow as pa

from features.catalogue import Catalogue
from features.core.arrays import FloatArray
from features.definition.outcome import Learning
from features.moments import Moments
from features.snapshot import take_snapshot
from features.store.lead_tables import HAND_OVER
from tests.benchmarks.simulated_rows import dataset_from
from training.dataset.dataset import Dataset
from training.dataset.selection_weights import EXPLORATION
from training.dataset.snapshot_grid import grid_moments
from training.metrics.logistic import fit_intercept_shift
from training.metrics.metrics import Rows, row_losses
from training.model.fit import fit
from training.model.trained import Trained
from training.simulation.behaviour import codes
from training.simulation.behaviour.futures import true_probabilities
from training.simulation.company import SimulatedCompany
from training.simulation.settings import CompanySettings
from training.simulation.simulation import simulate
from training.simulation.truth import first_working_days, lots_drawn_among
from training.train.train import training_rows_of

LEADS, SEEDS = 7_000, (5, 6, 7, 8, 9, 10)
SHARES = (0.05, 0.2)
SALES_EFFECT = 5.0
FUTURES = 20


def main() -> None:
    """Print told and true below the cut-off for every company and fit."""
    given = [int(text) for text in sys.argv[1:] if text.isdigit()]
    leads, seeds = (given[0] if given else LEADS), (given[1:] or SEEDS)
    for share in SHARES:
        print(f"{leads:,} leads, exploration share {share:.0%}")
        for seed in seeds:
            settings = CompanySettings(
                leads=leads,
                months=12,
                seed=seed,
                exploration_share=share,
                sales_effect=SALES_EFFECT,
                truth_snapshots=0,
            )
            _show(seed, simulate(settings))


def _show(seed: int, company: SimulatedCompany) -> None:
    recorded = dataset_from(company)
    tables = replace(recorded.tables, hand_over=_hand_overs(company))
    recorded = replace(recorded, tables=tables)
    learning = Learning(weight_by_propensity=True)
    definition = recorded.definition.model_copy(update={"learning": learning})
    moments = grid_moments(
        recorded.tables, recorded.history, definition, until=recorded.data_cutoff
    )
    handed_over = replace(recorded, definition=definition, moments=moments)
    below, truth = _below(company, handed_over)
    training_rows = training_rows_of(
        handed_over, handed_over.split.train, known_before=handed_over.split.test_from
    )
    fits = {
        "as recorded": fit(
            training_rows_of(recorded, recorded.split.train, known_before=recorded.split.test_from)
        ),
        "hand-overs": fit(replace(training_rows, weight=None)),
        "weighted": fit(training_rows),
    }
    error = _error(handed_over, fits["weighted"])
    print(f"  seed {seed}: {len(truth):,} decisions, true {truth.mean():.2%}; error {error:.2f}")
    for name, learned in fits.items():
        told = _told(learned, handed_over, below)
        print(
            f"    {name:12s} told {told.mean():.2%}, off by {_shift(told, truth):+.2f} log-odds, "
            f"log loss {_excess(told, truth):.4f} above the least",
            flush=True,
        )


def _hand_overs(company: SimulatedCompany) -> pa.Table:
    rows = np.flatnonzero(company.journal["kind"] == codes.HAND_OVER)
    given = company.journal[rows]
    by_chance = given["code"] == codes.BY_EXPLORATION
    return pa.table(
        {
            "lead_id": np.array(company.lead_ids)[company.lead_of_row[rows]],
            "cycle": np.arange(len(rows), dtype=np.int32),
            "handed_over_at": given["at"],
            "qualification": np.where(given["code"] == codes.SQL_BY_RULEBOOK, "SQL", "MQL"),
            "by": np.where(by_chance, EXPLORATION, "rulebook"),
            "propensity": pa.array(given["value"], from_pandas=True),
            "definition_version": pa.nulls(len(rows), pa.string()),
            "release_id": pa.nulls(len(rows), pa.string()),
        },
        schema=HAND_OVER,
    )


def _told(learned: Trained, dataset: Dataset, moments: Moments) -> FloatArray:
    catalogue = Catalogue.from_dict(learned.model.catalogue, dataset.definition)
    return learned.model.probability(take_snapshot(dataset.history, catalogue, moments).matrix)


def _below(company: SimulatedCompany, dataset: Dataset) -> tuple[Moments, FloatArray]:
    last = dataset.moments.as_of[dataset.split.test.rows].max()
    pairs = [
        (lead, day)
        for day in first_working_days(company).tolist()
        if dataset.split.test_from <= day <= last
        for lead in lots_drawn_among(company, day).tolist()
    ]
    lead, as_of = np.array(pairs).T
    truth = true_probabilities(company, lead, as_of, futures=FUTURES, handed_over=True)
    number = {name: position for position, name in enumerate(dataset.history.lead_ids)}
    here = np.array([number[company.lead_ids[i]] for i in lead.tolist()])
    order = np.lexsort((as_of, here))
    return Moments.of(here, as_of), truth[order]


def _error(dataset: Dataset, learned: Trained) -> float:
    """Standard error of the level below the cut-off, where only the drawn tell of it."""
    part = dataset.split.train
    drawn = np.ones(len(part)) if part.weight is None else part.weight
    told, came = learned.held_out[drawn > 1], part.converted[drawn > 1]
    return float(np.sqrt(((came - told) ** 2).sum()) / (told * (1 - told)).sum())


def _shift(told: FloatArray, truth: FloatArray) -> float:
    nobody = np.zeros(len(told), dtype=np.bool_)
    return fit_intercept_shift(
        Rows(probability=told, converted=nobody, base_rate=0.5).log_odds, truth
    )


def _excess(told: FloatArray, truth: FloatArray) -> float:
    """Expected log loss above that of the true probabilities."""
    return float((_expected(told, truth) - _expected(truth, truth)).mean())


def _expected(told: FloatArray, truth: FloatArray) -> FloatArray:
    everybody = np.ones(len(told), dtype=np.bool_)
    return truth * row_losses(told, everybody) + (1 - truth) * row_losses(told, ~everybody)


if __name__ == "__main__":
    main()
