"""Hand-overs of a trial in the comparison without a lot: its propensities remove the bias.

Four kinds of leads, as many of each: both judges would hand them over, the model alone, the
rulebook alone, neither. A lead that is handed over converts with the rate of its kind, a lead that
is not with a tenth of it. So the true rates among what each would hand over are the means of its
two kinds, whatever the lot decided.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from features.core.clock import DAY, to_second
from features.definition import parse_definition
from features.history import History
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from training.comparison.policy_sums import FirstCrossings
from training.comparison.propensity_weighting import RandomisedHandOvers, weighted_pair
from training.comparison.replay import NEVER, ReplayCohort
from training.dataset.dataset import Dataset
from training.dataset.groups import account_groups
from training.dataset.row_counts import EventCounts, FactCounts
from training.dataset.snapshot_grid import grid_moments

DEFINITION = """
format: 1
name: small
title: {ja: 小さな定義, en: Small}
time_zone: Asia/Tokyo
behaviours: [{name: visit, label: {ja: 訪問, en: Visit}}]
outcome: {stage: opportunity, horizon_days: 30}
cut_offs: {mql: {rule: capacity, per_month: 40}, sql: {rule: precision, at_least: 0.3}}
"""
BEGINS = to_second(datetime(2026, 1, 5, 10, tzinfo=ZoneInfo("Asia/Tokyo")))
N = 8000
RATES = np.array([0.5, 0.4, 0.2, 0.05])
"""Of both, the model alone, the rulebook alone, neither."""
MODEL, RULEBOOK = np.array([True, True, False, False]), np.array([True, False, True, False])
TRUE_DIFFERENCE = RATES[MODEL].mean() - RATES[RULEBOOK].mean()


@pytest.fixture(scope="module")
def world():
    draws = np.random.default_rng(5)
    kind, in_model = np.arange(N) % 4, draws.random(N) < 0.3
    looked_at = BEGINS + np.arange(N) % 40 * DAY
    handed = np.where(in_model, MODEL[kind], RULEBOOK[kind])
    chance = 0.3 * MODEL[kind] + 0.7 * RULEBOOK[kind]
    # Half of them wait some days for room.
    handed_at = looked_at + 60 + (np.arange(N) % 2) * 3 * DAY
    converted = draws.random(N) < RATES[kind] * np.where(handed, 1, 0.1)
    names = [f"L{i:05d}" for i in range(N)]
    rows = [
        {"lead_id": names[i], "cycle": 1, "handed_over_at": int(handed_at[i]),
         "qualification": "MQL", "by": "model" if in_model[i] else "rulebook",
         "propensity": float(chance[i])}
        for i in np.flatnonzero(handed)
    ]  # fmt: skip
    came = [
        {"lead_id": names[i], "stage": "opportunity", "occurred_at": int(handed_at[i]) + 5 * DAY,
         "known_at": int(handed_at[i]) + 5 * DAY}
        for i in np.flatnonzero(converted)
    ]  # fmt: skip
    created = [{"lead_id": n, "created_at": BEGINS - DAY, "day_only": False} for n in names]
    tables = LeadTables(
        lead=pa.Table.from_pylist(created, LEAD),
        fact=FACT.empty_table(),
        event=EVENT.empty_table(),
        outcome=pa.Table.from_pylist(came, OUTCOME),
        hand_over=pa.Table.from_pylist(rows, HAND_OVER),
    )
    definition = parse_definition(DEFINITION, "small.yaml")
    history = History.from_tables(tables, definition)
    cutoff = BEGINS + 120 * DAY
    dataset = Dataset(
        tables=tables,
        definition=definition,
        data_cutoff=cutoff,
        seed=0,
        history=history,
        moments=grid_moments(tables, history, definition, until=cutoff),
        group=account_groups(history, definition),
        events=EventCounts.of(tables.event, data_cutoff=cutoff),
        facts=FactCounts.of(tables.fact, tables.lead.column("lead_id")),
    )
    cohort = ReplayCohort(
        lead=np.arange(N), as_of=looked_at, converted=converted, group=np.arange(N)
    )
    crossings = FirstCrossings(
        model=np.where(MODEL[kind], np.arange(N), NEVER),
        rulebook=np.where(RULEBOOK[kind], np.arange(N), NEVER),
    )
    return dataset, cohort, crossings


def test_the_propensities_of_a_trial_remove_the_bias_of_what_was_recorded(world):
    dataset, cohort, crossings = world

    found = weighted_pair(cohort, crossings, RandomisedHandOvers.of(dataset))

    # Seven leads in ten were the rulebook's: as recorded, the model looks worse than it is.
    assert found.recorded_difference.high < TRUE_DIFFERENCE
    assert found.difference.low < TRUE_DIFFERENCE < found.difference.high
    assert found.difference.high - found.difference.low < 0.1
    assert found.model.rate.value == pytest.approx(RATES[MODEL].mean(), abs=0.03)
    assert found.rulebook.rate.value == pytest.approx(RATES[RULEBOOK].mean(), abs=0.03)


def test_what_every_judge_would_have_done_was_no_draw(world):
    dataset, _, _ = world

    found = RandomisedHandOvers.of(dataset)

    # Both judges agree on a quarter of the leads; the others were left to the lot.
    assert len(found.on_purpose) == N / 4
    assert set(np.unique(found.propensity).round(2)) == {0.3, 0.7}
