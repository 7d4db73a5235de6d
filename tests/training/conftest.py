"""A small real release, its report, and an MLflow database that is made once and copied."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from features.text import Text
from training.calibrator import Calibrator, calibrate
from training.compare import Judgements, compare
from training.ensemble import fit_ensemble
from training.measure import Judged, measure
from training.recipe import Recipe
from training.records import (
    CutOff,
    CutOffs,
    GateCheck,
    GateVerdict,
    RetrainReport,
    RowCounts,
)
from training.release import Fit, Release, ReleaseCard
from training.replay import Cohort

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

N_ROWS = 600
START, DAY = 1_765_000_000, 86_400
RECIPE = Recipe(most_trees=12, n_folds=3, n_threads=1)
CATALOGUE = {
    "features": [{"name": n, "concept": n, "axis": "behaviour", "unit": "times"} for n in "abc"],
    "levels": {"c": ["展示会", "web", "(other)"]},
}
CUT_OFFS = CutOffs(
    mql=CutOff(rule="capacity", probability=0.3), sql=CutOff(rule="precision", probability=0.5)
)


@pytest.fixture(scope="session")
def matrix() -> FloatArray:
    """Two numbers, one with unknown values, and a category of three levels."""
    random = np.random.default_rng(3)
    numbers = random.normal(size=(N_ROWS, 2))
    numbers[random.random(N_ROWS) < 0.2, 1] = np.nan
    return np.column_stack([numbers, random.integers(0, 3, N_ROWS)])


@pytest.fixture(scope="session")
def converted(matrix: FloatArray) -> BoolArray:
    """An outcome that depends on the first number and the category."""
    log_odds = matrix[:, 0] + (matrix[:, 2] == 1) - 1
    return np.random.default_rng(4).random(N_ROWS) < 1 / (1 + np.exp(-log_odds))


@pytest.fixture(scope="session")
def fit(matrix: FloatArray, converted: BoolArray) -> Fit:
    """A real ensemble with its calibrator."""
    groups = np.arange(N_ROWS)
    ensemble = fit_ensemble(matrix, converted, groups, recipe=RECIPE, categorical=(2,))
    return Fit(
        boosters=ensemble.boosters,
        calibrator=calibrate(ensemble, converted),
        catalogue=CATALOGUE,
    )


@pytest.fixture(scope="session")
def judged(fit: Fit, matrix: FloatArray, converted: BoolArray) -> Judged:
    """Every row as a lead of its own, a day after the one before."""
    return Judged(
        probability=fit.probability(matrix),
        converted=converted,
        matured=np.ones(N_ROWS, dtype=np.bool_),
        lead=np.arange(N_ROWS),
        group=np.arange(N_ROWS),
        as_of=START + DAY * (np.arange(N_ROWS) % 90),
    )


@pytest.fixture(scope="session")
def card(judged: Judged) -> ReleaseCard:
    """A card that has no id yet."""
    return ReleaseCard(
        release_id="",
        definition_name="example",
        model_fingerprint="ab",
        agreement_fingerprint="cd",
        data_cutoff=1_775_000_000,
        tested_from=START,
        trained_until=1_770_000_000,
        n_snapshots=N_ROWS,
        n_converted=int(judged.converted.sum()),
        recipe=RECIPE,
        cut_offs=CUT_OFFS,
        metrics=measure(judged, base_rate=0.3, repeats=20),
    )


@pytest.fixture(scope="session")
def release(card: ReleaseCard, fit: Fit) -> Release:
    """A release whose tested fit differs from the shipped one in its calibrator."""
    tested = replace(fit, calibrator=Calibrator(slope=0.5, intercept=0.25))
    return Release.make(card, shipped=fit, tested=tested)


@pytest.fixture(scope="session")
def report(release: Release, judged: Judged, matrix: FloatArray) -> RetrainReport:
    """The report of a retrain that promoted the release."""
    cohort = Cohort(
        lead=judged.lead.astype(np.int64),
        as_of=judged.as_of,
        converted=judged.converted,
        group=judged.group,
    )
    judgements = Judgements(
        margin=release.margin(matrix),
        model=release.qualify(judged.probability),
        rulebook=(matrix[:, 0] > 1).astype(np.int8),
    )
    words = Text(ja="基準率より良い予測です。", en="Better than the base rate.")
    return RetrainReport(
        release_id=release.release_id,
        champion_before=None,
        champion_after=release.release_id,
        data_cutoff=release.card.data_cutoff,
        dated=True,
        counts=RowCounts(
            n_leads=N_ROWS,
            n_events=0,
            n_facts=0,
            n_snapshots=N_ROWS,
            n_matured=N_ROWS,
            n_censored=0,
            n_train=N_ROWS,
            n_test=N_ROWS,
        ),
        metrics=release.card.metrics,
        cut_offs=release.cut_offs,
        comparison=compare(cohort, judgements, seed=1),
        verdict=GateVerdict(
            checks=(GateCheck(name="beats_base_rate", passed=True, sentence=words),)
        ),
        promoted=True,
        release_dir="",
    )


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database without runs; making one takes seconds, copying it none."""
    from training.tracking import mirror_aliases

    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    mirror_aliases(f"sqlite:///{path}", champion=None, challenger=None)
    return path


@pytest.fixture
def tracking_uri(empty_mlflow: Path, tmp_path: Path) -> str:
    """A fresh MLflow database of the test's own."""
    path = tmp_path / "mlflow.db"
    shutil.copyfile(empty_mlflow, path)
    return f"sqlite:///{path}"
