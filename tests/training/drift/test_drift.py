"""Drift: silent where nothing moves, and one finding for the thing that did."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from features.definition import LeadDefinition
from features.store.lead_tables import LeadTables
from training.dataset.dataset import Dataset
from training.drift.drift import find_drift
from training.drift.drift_outcomes import expected_performance
from training.model.fit import fit
from training.model.trained_model import TrainedModel
from training.results.records import DriftFinding
from training.train.train import training_rows_of

DAY, MONTH = 86_400, 30 * 86_400
STARTS = 1_704_034_800
N_LEADS = 5000

MakeTables = Callable[..., LeadTables]


def _dataset(tables: LeadTables, definition: LeadDefinition, data_cutoff: int) -> Dataset:
    known = LeadTables(
        lead=tables.lead.filter(pc.less(tables.lead["created_at"], data_cutoff)),
        fact=tables.fact.filter(pc.less(tables.fact["known_at"], data_cutoff)),
        event=tables.event.filter(pc.less(tables.event["known_at"], data_cutoff)),
        outcome=tables.outcome.filter(pc.less(tables.outcome["known_at"], data_cutoff)),
        hand_over=tables.hand_over,
    )
    return Dataset.of(known, definition, data_cutoff=data_cutoff)


def _learned(dataset: Dataset) -> tuple[TrainedModel, int]:
    split = dataset.split
    training_rows = training_rows_of(dataset, split.train, known_before=split.test_from)
    small = replace(training_rows.recipe, n_folds=2, n_repeats=1, most_trees=40)
    return fit(replace(training_rows, recipe=small)).model, split.test_from


def _findings(
    tables: LeadTables, definition: LeadDefinition, data_cutoff: int
) -> tuple[DriftFinding, ...]:
    dataset = _dataset(tables, definition, data_cutoff)
    fit, unseen_from = _learned(dataset)
    return find_drift(dataset, fit, unseen_from=unseen_from)


@pytest.fixture(scope="module")
def tables(company_tables: MakeTables) -> LeadTables:
    return company_tables(n_leads=N_LEADS)


LAST = STARTS + 14 * MONTH


@pytest.mark.parametrize(
    "seed", [1, pytest.param(2, marks=pytest.mark.long), pytest.param(3, marks=pytest.mark.long)]
)
def test_months_in_which_nothing_moves_find_nothing(
    company_tables: MakeTables, small_definition: LeadDefinition, seed: int
) -> None:
    tables = company_tables(n_leads=N_LEADS, seed=seed)

    for month in (10, 12, 14):
        assert _findings(tables, small_definition, STARTS + month * MONTH) == ()


def test_a_broken_tracking_tag_is_told_first(
    tables: LeadTables, small_definition: LeadDefinition
) -> None:
    broken = pc.and_(
        pc.equal(tables.event["behaviour"], "webinar"),
        pc.greater(tables.event["known_at"], LAST - 15 * DAY),
    )

    found = _findings(
        replace(tables, event=tables.event.filter(pc.invert(broken))), small_definition, LAST
    )

    assert (found[0].name, found[0].kind) == ("webinar", "stopped")
    assert "the last one 15 days ago" in found[0].sentence.en


def test_outcomes_that_no_longer_arrive_are_told_first(
    tables: LeadTables, small_definition: LeadDefinition
) -> None:
    silent = pc.greater(tables.outcome["known_at"], LAST - 15 * DAY)

    found = _findings(
        replace(tables, outcome=tables.outcome.filter(pc.invert(silent))), small_definition, LAST
    )

    assert (found[0].name, found[0].kind) == ("outcome", "stopped")
    assert "the last one 15 days ago" in found[0].sentence.en
    assert "no level is moved" in found[0].sentence.en


def test_a_channel_that_takes_over_is_told_by_name_and_as_an_attribute(
    tables: LeadTables, small_definition: LeadDefinition
) -> None:
    fact = tables.fact
    random = np.random.default_rng(1).random(fact.num_rows) < 0.4
    moved = pc.and_(
        pc.and_(
            pc.equal(fact["attribute"], "channel"), pc.greater(fact["known_at"], LAST - 30 * DAY)
        ),
        pa.array(random),
    )
    social = pc.if_else(moved, "social", fact["value"])

    found = _findings(
        replace(tables, fact=fact.set_column(3, "value", social)), small_definition, LAST
    )

    assert {f.name for f in found} == {"channel", "channel=social"}
    assert any("social" in f.sentence.en for f in found)


def test_outcomes_that_come_more_often_are_seen_before_they_mature(
    tables: LeadTables, small_definition: LeadDefinition
) -> None:
    random = np.random.default_rng(2)
    lead = tables.lead
    young = np.flatnonzero(lead["created_at"].to_numpy() > LAST - 200 * DAY)
    won = set(tables.outcome["lead_id"].to_pylist())
    ids = lead["lead_id"].to_pylist()
    extra = [ids[i] for i in young if ids[i] not in won and random.random() < 0.25]
    at = [int(s) for s in LAST - random.uniform(1, 30, len(extra)) * DAY]
    more = pa.Table.from_pylist(
        [
            {"lead_id": i, "stage": "opportunity", "occurred_at": t, "known_at": t}
            for i, t in zip(extra, at, strict=True)
        ],
        schema=tables.outcome.schema,
    )

    found = _findings(
        replace(tables, outcome=pa.concat_tables([tables.outcome, more])), small_definition, LAST
    )

    assert found[0].name == "conversion_rate"


def test_a_supplier_who_delivers_everything_anew_is_noticed(
    tables: LeadTables, small_definition: LeadDefinition
) -> None:
    fact = tables.fact
    budgets = fact.filter(pc.equal(fact["attribute"], "budget"))
    anew = budgets.set_column(2, "known_at", pa.array(np.full(len(budgets), LAST - 2 * DAY)))
    times = pc.cast(pc.multiply(pc.cast(budgets["value"], pa.float64()), 10.0), pa.string())
    anew = anew.set_column(3, "value", times).cast(fact.schema)

    found = _findings(replace(tables, fact=pa.concat_tables([fact, anew])), small_definition, LAST)

    assert "budget" in {f.name for f in found}


def test_without_dates_there_is_nothing_to_move(
    tables: LeadTables, small_definition: LeadDefinition
) -> None:
    dataset = _dataset(tables, small_definition, LAST)
    fit, _ = _learned(dataset)
    undated = small_definition.model_copy(
        update={"snapshots": small_definition.snapshots.model_copy(update={"at": "undated"})}
    )

    assert find_drift(replace(dataset, definition=undated), fit, unseen_from=0) == ()


def test_expected_performance_is_what_comes_when_the_probabilities_hold() -> None:
    random = np.random.default_rng(3)
    probability = expit(random.normal(-1.5, 1.2, 200_000))
    converted = random.random(200_000) < probability

    expected = expected_performance(probability)

    assert expected is not None
    came = -np.mean(np.where(converted, np.log(probability), np.log1p(-probability)))
    assert expected.log_loss == pytest.approx(came, abs=0.003)
    assert expected.conversion_rate == pytest.approx(converted.mean(), abs=0.003)
    assert expected.auc == pytest.approx(roc_auc_score(converted, probability), abs=0.004)


def test_nobody_is_expected_of_an_empty_cohort() -> None:
    assert expected_performance(np.zeros(0)) is None
