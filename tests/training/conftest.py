"""A small real release, its report, and an MLflow database that is made once and copied."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from features.core.arrays import BoolArray, FloatArray
from features.core.text import Text
from features.definition import LeadDefinition, parse_definition
from features.store import Store
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from tests.training.two_months import FIRST_CUTOFF, SECOND_CUTOFF, History, Place
from training.calibration.calibrator import Calibrator, calibrate
from training.comparison.compare import Judgements, Setting, compare
from training.comparison.replay import ReplayCohort
from training.learners.boosting.blend import fit_blend
from training.learners.boosting.training_matrix import TrainingMatrix
from training.learners.hyperparameters import Hyperparameters
from training.metrics.with_intervals import measure
from training.model.release import Release, ReleaseCard
from training.model.trained_model import TrainedModel
from training.reports.retrain_records import RetrainReport
from training.results.records import CutOff, GateCheck, GateVerdict, ReleaseCutOffs, RowCounts
from training.results.scored import ScoredSnapshots

N_ROWS = 600
START, DAY = 1_765_000_000, 86_400
HYPERPARAMETERS = Hyperparameters(most_trees=12, n_folds=3, n_repeats=1, n_threads=1)
CATALOGUE = {
    "features": [
        {"name": name, "concept": name, "axis": "behaviour", "unit": unit}
        for name, unit in (("a", "times"), ("b", "times"), ("c", "level"))
    ],
    "levels": {"c": ["展示会", "web", "(other)"]},
}
CUT_OFFS = ReleaseCutOffs(
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
def fit(matrix: FloatArray, converted: BoolArray) -> TrainedModel:
    """A real ensemble with its calibrator."""
    groups = np.arange(N_ROWS)
    ensemble = fit_blend(
        TrainingMatrix(matrix=matrix, converted=converted, groups=groups, categorical=(2,)),
        recipe=HYPERPARAMETERS,
    )
    return TrainedModel(
        booster_texts=tuple(b.model_to_string() for b in ensemble.boosters),
        line=ensemble.line,
        calibrator=calibrate(ensemble, converted),
        catalogue=CATALOGUE,
    )


@pytest.fixture(scope="session")
def scored(fit: TrainedModel, matrix: FloatArray, converted: BoolArray) -> ScoredSnapshots:
    """Every row as a lead of its own, a day after the one before."""
    return ScoredSnapshots(
        probability=fit.probability(matrix),
        converted=converted,
        matured=np.ones(N_ROWS, dtype=np.bool_),
        lead=np.arange(N_ROWS),
        group=np.arange(N_ROWS),
        as_of=START + DAY * (np.arange(N_ROWS) % 90),
    )


@pytest.fixture(scope="session")
def card(scored: ScoredSnapshots) -> ReleaseCard:
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
        n_converted=int(scored.converted.sum()),
        recipe=HYPERPARAMETERS,
        cut_offs=CUT_OFFS,
        metrics=measure(scored, base_rate=0.3, repeats=20),
    )


@pytest.fixture(scope="session")
def release(card: ReleaseCard, fit: TrainedModel) -> Release:
    """A release whose tested fit differs from the shipped one in its calibrator."""
    tested = replace(fit, calibrator=Calibrator(slope=0.5, intercept=0.25))
    return Release.make(card, shipped=fit, tested=tested)


@pytest.fixture(scope="session")
def report(release: Release, scored: ScoredSnapshots, matrix: FloatArray) -> RetrainReport:
    """The report of a retrain that promoted the release."""
    cohort = ReplayCohort(
        lead=scored.lead.astype(np.int64),
        as_of=scored.as_of,
        converted=scored.converted,
        group=scored.group,
    )
    judgements = Judgements(
        margin=release.margin(matrix),
        model=release.qualify(scored.probability),
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
        comparison=compare(cohort, judgements, Setting(seed=1)),
        verdict=GateVerdict(
            checks=(GateCheck(name="beats_base_rate", passed=True, sentence=words),)
        ),
        promoted=True,
        release_dir="",
    )


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database without runs; making one takes seconds, copying it none."""
    from training.tracking.mlflow import mirror_aliases

    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    mirror_aliases(f"sqlite:///{path}", champion=None, challenger=None)
    return path


@pytest.fixture
def tracking_uri(empty_mlflow: Path, tmp_path: Path) -> str:
    """A fresh MLflow database of the test's own."""
    path = tmp_path / "mlflow.db"
    shutil.copyfile(empty_mlflow, path)
    return f"sqlite:///{path}"


DEFINITION = """
format: 1
name: small_company
title: {ja: 小さな会社, en: Small company}
time_zone: Asia/Tokyo
behaviours:
  - {name: visit, label: {ja: 訪問, en: Visit}}
  - {name: webinar, label: {ja: セミナー, en: Webinar}}
attributes:
  - {name: account_id, kind: identifier, label: {ja: 企業, en: Account}}
  - {name: channel, kind: category, axis: information, label: {ja: チャネル, en: Channel}}
  - {name: budget, kind: number, axis: information, label: {ja: 予算, en: Budget}}
roles: {account: account_id}
segments: [channel]
windows: {days: [30, 90], age: true}
snapshots: {at: monthly, silent_after_days: 90}
outcome: {stage: opportunity, horizon_days: 30}
learning: {scorecard_below: 20}
test: {months: 3}
cut_offs:
  mql: {rule: capacity, per_month: 40}
  sql: {rule: precision, at_least: 0.3}
rulebook:
  rules:
    - name: webinar_attended
      label: {ja: セミナー参加, en: Attended a webinar}
      when: {behaviour: webinar, at_least: 1, within_days: 90}
      points: 10
    - name: budget_known
      label: {ja: 予算あり, en: Budget known}
      when: {attribute: budget, known: true}
      points: 10
  mql: {points: 10}
  sql: {points: 20}
gate: {min_outcomes: 30}
"""

COMPANY_STARTS = 1_704_034_800  # 2024-01-01 in Tokyo


@pytest.fixture(scope="session")
def small_definition() -> LeadDefinition:
    """Two behaviours, a category and a number; monthly snapshots, 30 days' horizon."""
    return parse_definition(DEFINITION, "small_company.yaml")


def make_company_tables(n_leads: int, months: int, signal: float, seed: int = 11) -> LeadTables:
    """Leads of ``months`` months; webinars by leads with a budget lead to opportunities."""
    random = np.random.default_rng(seed)
    ids = np.array([f"L{i:05d}" for i in range(n_leads)])
    created = COMPANY_STARTS + (np.sort(random.random(n_leads)) * months * 30 * DAY).astype(int)
    lead, day, keen = _activity(random, n_leads)
    budget = random.random(n_leads) < 0.4
    end = COMPANY_STARTS + months * 30 * DAY
    at = created[lead] + (day * DAY).astype(int)
    # Each event may lead to an opportunity one to twenty-five days later.
    chance = np.where(keen, 0.02 + signal * np.where(budget[lead], 0.25, 0.05), 0.01)
    hit = np.flatnonzero(random.random(len(lead)) < chance)
    won_at = np.full(n_leads, end)
    np.minimum.at(won_at, lead[hit], at[hit] + (random.uniform(1, 25, len(hit)) * DAY).astype(int))
    if signal == 0:
        # The same chance every day, whoever the lead is and whatever it did.
        won_at = created + (random.exponential(300, n_leads) * DAY).astype(int)
    seen = (at < end) & (at <= won_at[lead])
    won = np.flatnonzero(won_at < end)
    facts = []
    for i, known_at in enumerate(created.tolist()):
        facts.append((ids[i], "channel", known_at, ("web", "fair", "mail")[i % 3]))
        facts.append((ids[i], "account_id", known_at, f"A{i // 2:05d}"))
        if budget[i]:
            facts.append((ids[i], "budget", known_at + DAY, str(i % 7)))
    return LeadTables(
        lead=pa.table(
            {
                "lead_id": ids,
                "created_at": created,
                "day_only": np.zeros(n_leads, dtype=bool),
                "arrival": pa.nulls(n_leads, pa.float64()),
            },
            schema=LEAD,
        ),
        fact=pa.Table.from_pylist(
            [
                dict(zip(("lead_id", "attribute", "known_at", "value"), row, strict=True))
                | {"honest": True}
                for row in facts
            ],
            schema=FACT,
        ),
        event=pa.table(
            {
                "event_id": [f"E{i}" for i in np.flatnonzero(seen)],
                "lead_id": ids[lead[seen]],
                "behaviour": np.where(keen[seen], "webinar", "visit"),
                "occurred_at": at[seen],
                "known_at": at[seen],
                "actor": np.repeat("lead", seen.sum()),
                "amount": pa.nulls(int(seen.sum()), pa.float64()),
            },
            schema=EVENT,
        ),
        outcome=pa.Table.from_pylist(
            [
                {
                    "lead_id": ids[i],
                    "stage": "opportunity",
                    "occurred_at": int(won_at[i]),
                    "known_at": int(won_at[i]),
                }
                for i in won
            ],
            schema=OUTCOME,
        ),
        hand_over=HAND_OVER.empty_table(),
    )


def _activity(
    random: np.random.Generator, n_leads: int
) -> tuple[npt.NDArray[np.int64], FloatArray, BoolArray]:
    """Lead, day since creation and "is a webinar" of every event."""
    lead = np.repeat(np.arange(n_leads), random.poisson(6, n_leads))
    return lead, random.uniform(0.1, 120, len(lead)), random.random(len(lead)) < 0.25


MakeCompany = Callable[..., str]
MakeTables = Callable[..., LeadTables]


@pytest.fixture(scope="session")
def company_tables() -> MakeTables:
    """The tables of a small company of any seed."""

    def make(*, n_leads: int, months: int = 14, signal: float = 1.0, seed: int = 11) -> LeadTables:
        return make_company_tables(n_leads, months, signal, seed)

    return make


@pytest.fixture(scope="session")
def company_database(tmp_path_factory: pytest.TempPathFactory) -> MakeCompany:
    """URL of a database with a small company, made once for each choice of its settings."""
    folder = tmp_path_factory.mktemp("companies")

    def make(*, n_leads: int = 800, months: int = 14, signal: float = 1.0) -> str:
        path = folder / f"{n_leads}-{months}-{signal}.db"
        if not path.exists():
            store = Store.open(f"sqlite:///{path}")
            store.write(make_company_tables(n_leads, months, signal))
            store.close()
        return f"sqlite:///{path}"

    return make


@pytest.fixture
def company_store(company_database: MakeCompany, tmp_path: Path) -> Iterator[Store]:
    """A store of the test's own with a small company whose outcomes can be learned."""
    path = tmp_path / "awase.db"
    shutil.copyfile(company_database().removeprefix("sqlite:///"), path)
    store = Store.open(f"sqlite:///{path}")
    yield store
    store.close()


@pytest.fixture(scope="session")
def two_months(
    company_database: Callable[..., str],
    small_definition: LeadDefinition,
    empty_mlflow: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> History:
    place = Place(tmp_path_factory.mktemp("two_months"))
    shutil.copyfile(company_database().removeprefix("sqlite:///"), place.folder / "awase.db")
    shutil.copyfile(empty_mlflow, place.folder / "mlflow.db")
    first = place.retrain(small_definition, FIRST_CUTOFF)
    second = place.retrain(small_definition, SECOND_CUTOFF)
    return History(place, first, second)


@pytest.fixture
def place(two_months: History, tmp_path: Path) -> Place:
    """A copy of the two months for a test to go on from."""
    return Place(shutil.copytree(two_months.place.folder, tmp_path / "place"))
