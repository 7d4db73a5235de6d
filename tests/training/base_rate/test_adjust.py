"""What is learned stands at the level of what came since, or stays as it was learned."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from features.definition import LeadDefinition
from features.definition.terms import CapacityCutOff, CutOffs, PrecisionCutOff
from features.store.lead_tables import LeadTables
from training.base_rate.adjust import AdjustedFit, adjust_base_rate
from training.cutoffs.choose import choose_cut_offs, first_crossings
from training.dataset.dataset import Dataset
from training.model.fit import fit
from training.model.trained import Trained
from training.reports.base_rate_text import level_notes
from training.train.train import look_back, score_past, training_rows_of

DAY = 86_400
STARTS = 1_704_034_800
NOW = STARTS + 12 * 30 * DAY
CHANGED = NOW - 29 * DAY
"""Nothing that matured by now has an outcome after the change."""

SILENT_SINCE = NOW - 14 * DAY
KEPT = 0.4
"""Share of the outcomes that came before the change in the company whose level rose."""

MakeTables = Callable[..., LeadTables]


def learn_from(dataset: Dataset) -> Trained:
    training_rows = training_rows_of(dataset, dataset.matured, known_before=NOW)
    return fit(replace(training_rows, recipe=replace(training_rows.recipe, most_trees=30)))


def level(dataset: Dataset, learned: Trained) -> AdjustedFit:
    return adjust_base_rate(learned, dataset, dataset.matured, until=NOW, known_at=NOW)


@dataclass(frozen=True)
class World:
    """What a retrain saw now, what it learned, and the same at the level of the newest outcomes."""

    dataset: Dataset
    learned: Trained
    found: AdjustedFit

    @classmethod
    def of(cls, tables: LeadTables, definition: LeadDefinition) -> "World":
        dataset = Dataset.of(tables, definition, data_cutoff=NOW)
        learned = learn_from(dataset)
        return cls(dataset=dataset, learned=learned, found=level(dataset, learned))


@pytest.fixture(scope="module")
def everything(company_tables: MakeTables) -> LeadTables:
    return company_tables(n_leads=6000)


@pytest.fixture(scope="module")
def rising(everything: LeadTables) -> LeadTables:
    """Before the change fewer than half of the outcomes came."""
    occurred_at = everything.outcome.column("occurred_at").to_numpy()
    lucky = np.random.default_rng(5).random(len(occurred_at)) < KEPT
    return replace(everything, outcome=everything.outcome.filter((occurred_at >= CHANGED) | lucky))


@pytest.fixture(scope="module")
def calm_world(everything: LeadTables, small_definition: LeadDefinition) -> World:
    return World.of(everything, small_definition)


@pytest.fixture(scope="module")
def risen_world(rising: LeadTables, small_definition: LeadDefinition) -> World:
    return World.of(rising, small_definition)


def test_where_nothing_moved_what_was_learned_stays(calm_world: World) -> None:
    found = calm_world.found

    assert found.level is not None
    assert found.level.n_converted > 100
    assert found.level.n_young == found.level.n_snapshots
    assert not found.level.moved
    assert found.learned is calm_world.learned


def test_a_level_that_rose_is_seen_before_anything_has_matured(risen_world: World) -> None:
    found = risen_world.found

    assert found.level is not None
    assert found.level.moved
    assert found.level.low is not None
    assert found.level.low < -np.log(KEPT) < (found.level.high or 0)
    before, after = risen_world.learned.model.calibrator, found.learned.model.calibrator
    assert after.intercept - before.intercept == pytest.approx(found.level.shift)


def test_what_is_then_promised_is_what_comes(
    risen_world: World, rising: LeadTables, small_definition: LeadDefinition
) -> None:
    """Held against outcomes of the young that nobody could know yet."""
    later = Dataset.of(rising, small_definition, data_cutoff=NOW + 60 * DAY)
    matured_now = risen_world.dataset.at(risen_world.dataset.matured.rows)
    as_of = later.moments.as_of
    is_young = (as_of <= NOW) & (as_of > matured_now.as_of.max())
    rows = np.flatnonzero(is_young & later.outcomes.matured)
    came = later.outcomes.converted[rows].sum()

    before, after = (
        float(fit.probability(look_back(fit, later, rows).matrix).sum())
        for fit in (risen_world.learned.model, risen_world.found.learned.model)
    )

    assert before < 0.6 * came
    assert after == pytest.approx(came, rel=0.2)


def test_the_same_leads_cross_a_cut_off_by_capacity_and_a_share_stays(risen_world: World) -> None:
    dataset, learned = risen_world.dataset, risen_world.learned
    rules = CutOffs(
        mql=PrecisionCutOff(rule="precision", at_least=0.08),
        sql=CapacityCutOff(rule="capacity", per_month=20),
    )
    definition = dataset.definition.model_copy(update={"cut_offs": rules})
    past = score_past(learned, dataset, dataset.matured, until=NOW)

    before = choose_cut_offs(past, definition)
    found = level(replace(dataset, definition=definition), learned)

    assert before.mql.probability is not None
    assert found.cut_offs.mql.probability == before.mql.probability
    assert before.sql.probability is not None
    assert found.cut_offs.sql.probability is not None
    crossed_before = len(first_crossings(past, before.sql.probability))
    crossed = len(first_crossings(found.past, found.cut_offs.sql.probability))
    # The lead at the very edge may fall on either side by the last bit.
    assert crossed_before > 20
    assert abs(crossed - crossed_before) <= 1


def test_outcomes_recorded_later_do_not_count(
    everything: LeadTables, calm_world: World, small_definition: LeadDefinition
) -> None:
    known_at = everything.outcome.column("known_at").to_numpy()
    tables = replace(everything, outcome=everything.outcome.filter(known_at <= NOW))

    found = level(Dataset.of(tables, small_definition, data_cutoff=NOW), calm_world.learned)

    assert found.level == calm_world.found.level


def test_a_connection_that_brings_no_outcomes_is_not_taken_for_a_fall(
    everything: LeadTables, calm_world: World, small_definition: LeadDefinition
) -> None:
    occurred_at = everything.outcome.column("occurred_at").to_numpy()
    silent = replace(everything, outcome=everything.outcome.filter(occurred_at < SILENT_SINCE))

    found = level(Dataset.of(silent, small_definition, data_cutoff=NOW), calm_world.learned)

    assert found.level is not None
    # The test alone would have moved it.
    assert found.level.high is not None
    assert found.level.high < 0
    assert not found.level.moved
    assert found.learned is calm_world.learned


def test_a_level_that_moved_is_told_in_both_languages(risen_world: World) -> None:
    (note,) = level_notes(risen_world.found.level)

    assert f"{risen_world.found.level.n_converted:,}" in note.ja
    assert f"{risen_world.found.level.n_converted:,}" in note.en
    assert "in log-odds" in note.en
    assert level_notes(None) == ()
