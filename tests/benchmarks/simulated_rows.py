"""What one simulated company's model said of later snapshots, beside their true probabilities.

Learning costs seconds a company, judging intervals milliseconds: the rows are kept, one file per
seed, so that a bench of many seeds can be stopped and gone on with, and an interval that is built
anew can be judged on rows that are there already. The folder's name is a digest of the code the
rows depend on; after a change of it everything is made anew.
"""

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

import training
from features.core.arrays import FloatArray
from features.definition import parse_definition
from features.definition.yaml.read import TEMPLATE
from training.dataset.dataset import Dataset
from training.metrics.logistic import fit_logistic_line
from training.metrics.metrics import Rows
from training.model.fit import fit
from training.model.trained_model import TrainedModel
from training.results.scored import ScoredSnapshots
from training.simulation.behaviour.futures import true_probabilities
from training.simulation.company import SimulatedCompany
from training.simulation.definition import definition_text
from training.simulation.records.lead_tables import lead_tables
from training.simulation.settings import CompanySettings
from training.simulation.simulation import simulate
from training.train.step_cache import LEARNING_CODE
from training.train.train import look_back, score_past, training_rows_of

KEPT = Path("build") / "simulated-rows"
ROUGH_FUTURES = 8
"""Futures behind every later snapshot's true probability: outcomes are noisier than what is left
of chance in the mean of eight cumulated hazards."""

FRESH_FACTOR, MOST_FRESH, FRESH_SEEDS = 2, 20_000, 1_000_000
"""Size of the fresh company against the first, at most, and where its seeds begin."""

NAMES = ("truth", "low", "high", "true_slope", "told", "true")

EXACT_FUTURES = 200
"""Of the comparison with the least log loss: there the noise of a few futures would count."""


@dataclass(frozen=True, kw_only=True)
class SimulatedRows:
    """One company's snapshots, judged by a fit on what had matured before the test window.

    Attributes
    ----------
    past : ScoredSnapshots
        What was there when the test window began: what cut-offs and forecasts are made from.
    later : ScoredSnapshots
        The test window.
    truth : ndarray of shape (n_later,)
        True probability of each later snapshot.
    low, high : ndarray of shape (n_later,)
        The range beside each later snapshot's probability.
    true_slope : float
        Of true probabilities on told ones in a fresh company of the same world: what the slope
        measured on the later snapshots is an estimate of.
    told, true : ndarray of shape (n_exact,)
        Told and, to a few per cent, true probability of some of the later snapshots.
    """

    past: ScoredSnapshots
    later: ScoredSnapshots
    truth: FloatArray
    low: FloatArray
    high: FloatArray
    true_slope: float
    told: FloatArray
    true: FloatArray


def rows_of(leads: int, seed: int, *, n_exact: int = 0) -> SimulatedRows:
    """The rows of a company without drift, from its file or made now.

    Parameters
    ----------
    n_exact : int
        Of how many later snapshots the true probability is wanted exactly.
    """
    path = KEPT / _code_digest() / f"{leads}-{seed}.npz"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            np.savez(file, **_as_arrays(_simulated(leads, seed, n_exact)))
        unfinished.replace(path)
    with np.load(path) as arrays:
        return SimulatedRows(
            past=_scored(arrays, "past"),
            later=_scored(arrays, "later"),
            true_slope=float(arrays["true_slope"]),
            **{name: arrays[name] for name in ("truth", "low", "high", "told", "true")},
        )


def _simulated(leads: int, seed: int, n_exact: int) -> SimulatedRows:
    company = simulate(CompanySettings(leads=leads, seed=seed, truth_snapshots=0))
    dataset = dataset_from(company)
    split = dataset.split
    learned = fit(training_rows_of(dataset, split.train, known_before=split.test_from))
    snapshot = look_back(learned.model, dataset, split.test.rows)
    lead, as_of = snapshot.moments.lead.astype(np.int64), snapshot.moments.as_of
    margin = learned.model.margin(snapshot.matrix)
    probability = learned.model.calibrator.predict(margin)
    between = learned.model.calibrator.between(margin)
    assert between is not None
    some = np.random.default_rng(seed).permutation(len(lead))[:n_exact]
    return SimulatedRows(
        past=score_past(learned, dataset, split.train, until=split.test_from - 1),
        later=ScoredSnapshots(
            probability=probability,
            converted=split.test.converted,
            matured=np.ones(len(lead), dtype=np.bool_),
            lead=lead,
            group=dataset.groups_at(split.test.rows),
            as_of=as_of,
        ),
        truth=true_probabilities(company, lead, as_of, futures=ROUGH_FUTURES),
        low=between[0],
        high=between[1],
        true_slope=_slope_in_a_fresh_company(learned.model, leads, seed),
        told=probability[some],
        true=true_probabilities(company, lead[some], as_of[some], futures=EXACT_FUTURES),
    )


def _slope_in_a_fresh_company(fit: TrainedModel, leads: int, seed: int) -> float:
    size = min(FRESH_FACTOR * leads, MOST_FRESH)
    company = simulate(CompanySettings(leads=size, seed=FRESH_SEEDS + seed, truth_snapshots=0))
    dataset = dataset_from(company)
    snapshot = look_back(fit, dataset, dataset.split.test.rows)
    lead, as_of = snapshot.moments.lead.astype(np.int64), snapshot.moments.as_of
    rows = Rows(
        probability=fit.probability(snapshot.matrix),
        converted=dataset.split.test.converted,
        base_rate=0.0,
    )
    truth = true_probabilities(company, lead, as_of, futures=ROUGH_FUTURES)
    # A logistic likelihood takes probabilities in the place of outcomes.
    return fit_logistic_line(rows.log_odds, truth)[0]


def dataset_from(company: SimulatedCompany) -> Dataset:
    """What a retrain would look at when the company's history ends, without a store between."""
    definition = parse_definition(definition_text(company.settings), "the simulated company")
    return Dataset.of(lead_tables(company), definition, data_cutoff=company.data_cutoff)


def _as_arrays(rows: SimulatedRows) -> dict[str, np.ndarray]:
    arrays = {name: getattr(rows, name) for name in NAMES}
    for part in ("past", "later"):
        columns = vars(getattr(rows, part)).items()
        arrays |= {f"{part}_{name}": array for name, array in columns if array is not None}
    return arrays


def _scored(arrays: "np.lib.npyio.NpzFile", part: str) -> ScoredSnapshots:
    names = [name.removeprefix(f"{part}_") for name in arrays.files if name.startswith(part)]
    return ScoredSnapshots(**{name: arrays[f"{part}_{name}"] for name in names})


def _code_digest() -> str:
    folder = Path(training.__file__).parent
    code = [folder / name for name in LEARNING_CODE]
    code += [*sorted((folder / "simulation").rglob("*.py")), TEMPLATE]
    digest = hashlib.sha256(version("lightgbm").encode())
    for path in code:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
