"""Young snapshots: their chances hold, a fit learns from them, and where they teach nothing."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.core.clock import DAY
from features.definition import LeadDefinition
from features.store.lead_tables import OUTCOME, LeadTables
from training.base_rate.adjust import score_past
from training.dataset.dataset import Dataset
from training.dataset.outcomes import OutcomesKnown
from training.dataset.split import Subset
from training.model.fit import fit
from training.model.trained import Trained, TrainingRows, YoungRows
from training.train.step_cache import training_rows_key
from training.train.train import training_rows_of
from training.train.young_snapshots import LEAST_SHOWN

STARTS = 1_704_034_800
NOW = STARTS + 10 * 30 * DAY
"""Four months before the tables end: what became of the young is known to them."""

MakeTables = Callable[..., LeadTables]


def learned_at(dataset: Dataset, part: Subset | None = None) -> TrainingRows:
    return training_rows_of(dataset, part or dataset.matured, known_before=NOW)


@pytest.fixture(scope="module")
def dataset(company_tables: MakeTables, small_definition: LeadDefinition) -> Dataset:
    return Dataset.of(company_tables(n_leads=3_000), small_definition, data_cutoff=NOW)


@pytest.fixture(scope="module")
def rows(dataset: Dataset) -> TrainingRows:
    return learned_at(dataset)


@pytest.fixture(scope="module")
def young(rows: TrainingRows) -> YoungRows:
    assert rows.young is not None
    return rows.young


@pytest.fixture(scope="module")
def trained(rows: TrainingRows) -> Trained:
    return fit(replace(rows, recipe=replace(rows.recipe, most_trees=20)))


def test_only_what_has_not_matured_is_young(dataset: Dataset, young: YoungRows) -> None:
    assert len(young.rows) > 300
    assert not np.isin(young.rows, dataset.matured.rows).any()
    assert dataset.moments.as_of[young.rows].max() < NOW


def test_what_has_converted_is_sure_and_nothing_else(dataset: Dataset, young: YoungRows) -> None:
    known = OutcomesKnown.of(
        dataset.tables, dataset.history, definition=dataset.definition, data_cutoff=NOW
    )
    has_converted = known.follow(dataset.at(young.rows)).converted

    assert 0 < has_converted.sum() < len(has_converted)
    assert (young.chance[has_converted] == 1).all()
    assert (young.chance[~has_converted] < 0.5).all()
    assert (young.chance >= 0).all()


def test_as_many_convert_as_the_chances_of_open_ones_say(
    dataset: Dataset, young: YoungRows
) -> None:
    later = NOW + 90 * DAY
    known = OutcomesKnown.of(
        dataset.tables, dataset.history, definition=dataset.definition, data_cutoff=later
    )
    came = known.at(dataset.at(young.rows)).converted
    is_open = young.chance < 1
    chance, group = young.chance[is_open], young.group[is_open]
    off = np.bincount(group, came[is_open] - chance)

    assert chance.sum() > 20
    assert abs(off.sum()) < 3 * np.sqrt((off**2).sum())


def test_what_was_hardly_followed_is_left_out(dataset: Dataset, young: YoungRows) -> None:
    known = OutcomesKnown.of(
        dataset.tables, dataset.history, definition=dataset.definition, data_cutoff=NOW
    )
    whole = known.follow(dataset.at(dataset.matured.rows))
    soon = np.quantile(whole.came_after[whole.converted], LEAST_SHOWN / 2)

    assert known.follow(dataset.at(young.rows)).followed.min() > soon


def test_boosters_and_line_learn_from_them(rows: TrainingRows, trained: Trained) -> None:
    without = replace(rows, young=None, recipe=replace(rows.recipe, most_trees=20))

    assert fit(without).model.booster_texts != trained.model.booster_texts
    assert len(trained.held_out) == len(rows.converted)


def test_they_are_scored_by_what_did_not_see_them(
    dataset: Dataset, young: YoungRows, trained: Trained
) -> None:
    past = score_past(trained, dataset, dataset.matured, until=NOW - 1)
    pairs = zip(past.lead.tolist(), past.as_of.tolist(), strict=True)
    place = {pair: position for position, pair in enumerate(pairs)}
    moments = dataset.at(young.rows)
    at = [place[pair] for pair in zip(moments.lead.tolist(), moments.as_of.tolist(), strict=True)]
    served = trained.model.probability(young.snapshot.matrix)

    assert np.isfinite(past.probability).all()
    assert (past.probability[at] == trained.young_held_out).all()
    assert not past.matured[at].any()
    assert (np.abs(trained.young_held_out - served) > 0).mean() > 0.9


def test_a_fit_with_them_comes_back_from_its_files(trained: Trained) -> None:
    again = Trained.from_files(trained.to_files())

    assert (again.young == trained.young).all()
    assert (again.young_held_out == trained.young_held_out).all()
    assert (again.held_out == trained.held_out).all()


def test_another_chance_is_another_fit(rows: TrainingRows, young: YoungRows) -> None:
    other = replace(rows, young=replace(young, chance=young.chance * 0.9))

    assert training_rows_key(other) != training_rows_key(rows)
    assert training_rows_key(replace(rows, young=None)) != training_rows_key(rows)


def test_where_features_say_when_they_are_left_out(
    company_tables: MakeTables, small_definition: LeadDefinition
) -> None:
    snapshots = small_definition.snapshots.model_copy(update={"at": "age", "days": (2,)})
    once = small_definition.model_copy(update={"snapshots": snapshots})
    tables = company_tables(n_leads=3_000)

    assert learned_at(Dataset.of(tables, once, data_cutoff=NOW)).young is not None
    assert learned_at(Dataset.of(_on_appointed_days(tables), once, data_cutoff=NOW)).young is None


def test_too_few_outcomes_say_nothing_of_when(
    company_tables: MakeTables, small_definition: LeadDefinition
) -> None:
    few = Dataset.of(company_tables(n_leads=120), small_definition, data_cutoff=NOW)

    assert few.matured.converted.sum() < 50
    assert learned_at(few).young is None


def test_where_only_decided_leads_count_nothing_can_be_followed(
    company_tables: MakeTables, small_definition: LeadDefinition
) -> None:
    outcome = small_definition.outcome.model_copy(update={"only_decided": True})
    decided = small_definition.model_copy(update={"outcome": outcome})

    found = learned_at(Dataset.of(company_tables(n_leads=3_000), decided, data_cutoff=NOW))

    assert found.young is None


def test_weighted_rows_stand_alone(dataset: Dataset) -> None:
    part = replace(dataset.matured, weight=np.full(len(dataset.matured), 2.0))

    assert learned_at(dataset, part).young is None


def _on_appointed_days(tables: LeadTables) -> LeadTables:
    """Most leads with a budget convert on a day that the budget names."""
    fact = tables.fact.to_pandas()
    budget = fact[fact["attribute"] == "budget"].set_index("lead_id")["value"].astype(int)
    created = tables.lead.to_pandas().set_index("lead_id")["created_at"]
    at = created.loc[budget.index] + (3 + 4 * budget) * DAY
    comes = np.random.default_rng(5).random(len(at)) < 0.7
    moved = [
        {"lead_id": lead, "stage": "opportunity", "occurred_at": when, "known_at": when}
        for lead, when in at[comes].items()
    ]
    return replace(tables, outcome=pa.Table.from_pylist(moved, OUTCOME))
