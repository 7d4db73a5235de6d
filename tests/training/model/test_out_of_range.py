from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.catalogue import Catalogue, build_catalogue
from features.core.clock import DAY
from features.definition import LeadDefinition, parse_definition
from features.families.category_levels import OTHER
from features.moments import Moments
from features.snapshot import Snapshot
from features.store import Store
from training.dataset.dataset import load_dataset
from training.dataset.snapshot_grid import known_end
from training.model.fit import fit
from training.model.out_of_range import find_out_of_range, out_of_range_at, ranges_seen
from training.train.train import training_rows_of

DEFINITION = """
format: 1
name: d
title: {ja: 定義, en: Definition}
time_zone: UTC
attributes:
  - {name: size, kind: company_size, unit: employees, label: {ja: 規模, en: Size}}
  - {name: channel, kind: category, label: {ja: チャネル, en: Channel}}
windows: {age: false}
outcome: {stage: won, horizon_days: 30}
cut_offs: {mql: {rule: precision, at_least: 0.1}, sql: {rule: precision, at_least: 0.2}}
"""
N = 1000


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    definition = parse_definition(DEFINITION, "d.yaml")
    whole = build_catalogue(definition, {"channel": ("fair", "web", OTHER)})
    kept = tuple(f for f in whole if f.name in ("size", "channel"))
    return replace(whole, features=kept)


def snapshot(catalogue, *, factor=1.0, other=0.05, known=1.0):
    random = np.random.default_rng(0)
    size = random.lognormal(4, 1, N) * factor
    size[random.random(N) > known] = np.nan
    channel = np.where(random.random(N) < other, 2, random.integers(0, 2, N))
    columns = {"size": size, "channel": channel}
    matrix = np.column_stack([columns[feature.name] for feature in catalogue])
    moments = Moments.of(np.arange(N), np.full(N, 1000))
    return Snapshot(moments=moments, matrix=matrix, catalogue=catalogue)


def test_what_training_saw_is_within_range(catalogue):
    seen = snapshot(catalogue)

    assert find_out_of_range(seen, ranges_seen(seen)) == ()


def test_an_input_delivered_in_other_units_is_named(catalogue):
    ranges = ranges_seen(snapshot(catalogue))

    found = find_out_of_range(snapshot(catalogue, factor=1000.0), ranges)

    assert [out.column for out in found] == ["size"]
    assert found[0].share > 0.9
    assert "even the order of probabilities cannot be trusted" in found[0].sentence.en


def test_a_moderate_shift_is_no_alarm(catalogue):
    ranges = ranges_seen(snapshot(catalogue))

    assert find_out_of_range(snapshot(catalogue, factor=2.0), ranges) == ()


def test_the_unknown_is_not_out_of_range(catalogue):
    ranges = ranges_seen(snapshot(catalogue))

    assert find_out_of_range(snapshot(catalogue, known=0.0), ranges) == ()


def test_a_category_whose_values_are_all_new_is_named(catalogue):
    ranges = ranges_seen(snapshot(catalogue))

    found = find_out_of_range(snapshot(catalogue, other=0.9), ranges)

    assert [out.column for out in found] == ["channel"]


def test_a_category_that_always_was_mostly_rare_is_not(catalogue):
    ranges = ranges_seen(snapshot(catalogue, other=0.8))

    assert find_out_of_range(snapshot(catalogue, other=0.9), ranges) == ()


@pytest.mark.parametrize("once", [{"at": "creation"}, {"at": "event", "behaviour": "webinar"}])
def test_leads_looked_at_once_are_not_beyond_what_was_learned_because_time_passed(
    company_database, small_definition, once
):
    """A month after that look, too, open leads are judged as they were then."""
    content = small_definition.model_dump(mode="json") | {"snapshots": once}
    definition = LeadDefinition.model_validate(content)
    store = Store.open(company_database())
    dataset = load_dataset(store, definition, data_cutoff=None, seed=0)
    store.close()
    fitted = fit(training_rows_of(dataset, dataset.matured, known_before=dataset.data_cutoff)).model

    beyond = out_of_range_at(
        known_end(dataset.tables, dataset.history, definition),
        dataset.history,
        as_of=dataset.data_cutoff + 30 * DAY,
        definition=definition,
        fit=fitted,
    )

    assert beyond == ()


def test_leads_that_have_ended_are_not_beyond_what_was_learned_from_open_ones(
    company_database, small_definition
):
    """They are left out of training, and only grow older."""
    store = Store.open(company_database())
    dataset = load_dataset(store, small_definition, data_cutoff=None, seed=0)
    store.close()
    fitted = fit(training_rows_of(dataset, dataset.matured, known_before=dataset.data_cutoff)).model
    low, high = fitted.catalogue["ranges"]["days_since_creation"]
    catalogue = fitted.catalogue | {"ranges": {"days_since_creation": [low, high / 100]}}
    fitted = replace(fitted, catalogue=catalogue)
    outcome = dataset.tables.outcome
    ids = dataset.tables.lead["lead_id"].to_pylist()
    all_lost = pa.Table.from_pylist(
        [
            {"lead_id": lead, "stage": "lost", "occurred_at": 1, "known_at": 1, "comment": None}
            for lead in ids
        ],
        schema=outcome.schema,
    )

    found = {
        name: out_of_range_at(
            known_end(tables, dataset.history, small_definition),
            dataset.history,
            as_of=dataset.data_cutoff,
            definition=small_definition,
            fit=fitted,
        )
        for name, tables in (
            ("open", dataset.tables),
            ("ended", replace(dataset.tables, outcome=all_lost)),
        )
    }

    assert [out.column for out in found["open"]] == ["days_since_creation"]
    assert found["ended"] == ()
