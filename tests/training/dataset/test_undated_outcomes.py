"""Outcomes of which only the day of an export is known."""

import numpy as np
import pyarrow as pa
import pytest

from features.core.clock import DAY, UNDATED
from features.core.errors import Refusal
from features.definition import parse_definition
from features.history import History
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from training.dataset.outcomes import OutcomesKnown, observe_outcomes
from training.dataset.readiness import (
    count_reached_early,
    refuse_reached_early,
    refuse_unready,
)
from training.dataset.snapshot_grid import grid_moments
from training.dataset.undated_outcomes import count_undated, undated_note

DEFINITION = """
format: 1
name: d
title: {{ja: 定義, en: Definition}}
time_zone: UTC
behaviours: [{{name: visit, label: {{ja: 訪問, en: Visit}}}}]
attributes: []
snapshots: {{at: {at}}}
outcome: {{stage: won, horizon_days: {horizon}}}
cut_offs: {{mql: {{rule: precision, at_least: 0.1}}, sql: {{rule: precision, at_least: 0.2}}}}
"""
EXPORT = 100 * DAY


def definition(at="creation", horizon="30"):
    return parse_definition(DEFINITION.format(at=at, horizon=horizon), "d.yaml")


def tables(created, outcomes):
    """Leads by their day of creation; outcomes as (lead, stage, occurred_at, known_at)."""
    leads = [
        {"lead_id": f"L{at}", "created_at": day * DAY, "day_only": False}
        for at, day in enumerate(created)
    ]
    rows = [
        {"lead_id": f"L{lead}", "stage": stage, "occurred_at": at, "known_at": known}
        for lead, stage, at, known in outcomes
    ]
    return LeadTables(
        lead=pa.Table.from_pylist(leads, LEAD),
        fact=FACT.empty_table(),
        event=EVENT.empty_table(),
        outcome=pa.Table.from_pylist(rows, OUTCOME),
        hand_over=HAND_OVER.empty_table(),
    )


def laid_out(lead_tables, lead_definition, cutoff=EXPORT + 1):
    history = History.from_tables(lead_tables, lead_definition)
    return history, grid_moments(lead_tables, history, lead_definition, until=cutoff)


STATUS_NOW = tables([10, 20, 80], [(0, "won", UNDATED, EXPORT), (2, "won", UNDATED, EXPORT)])


@pytest.mark.parametrize("cutoff_day", [60, 101])
def test_what_an_export_shows_counts_from_creation(cutoff_day):
    lead_definition = definition()
    cutoff = cutoff_day * DAY
    history, moments = laid_out(STATUS_NOW, lead_definition)

    found = observe_outcomes(
        STATUS_NOW, history, moments, definition=lead_definition, data_cutoff=cutoff
    )

    # Created on days 10 and 20 the horizon of 30 days has passed; on day 80 it has not.
    assert found.matured.tolist() == [True, True, False]
    assert found.converted[found.matured].tolist() == [True, False]


def test_nothing_is_followed_where_nobody_knows_when_it_came():
    lead_definition = definition()
    history, moments = laid_out(STATUS_NOW, lead_definition)
    known = OutcomesKnown.of(
        STATUS_NOW, history, definition=lead_definition, data_cutoff=EXPORT + 1
    )

    assert known.follow(moments).followed.tolist() == [0, 0, 0]


def test_undated_outcomes_are_said_to_be_undated_in_both_languages():
    note = undated_note(STATUS_NOW, definition())

    assert count_undated(STATUS_NOW, definition()) == 2
    assert "2 outcomes have no date" in note.en
    assert "2件には日付がなく" in note.ja


def test_dated_outcomes_say_nothing():
    dated = tables([10], [(0, "won", 12 * DAY, 12 * DAY)])

    assert undated_note(dated, definition()) is None


def test_undated_outcomes_are_learned_from_at_creation_alone():
    refuse_unready(STATUS_NOW, definition())

    with pytest.raises(Refusal, match="looked at monthly; got 2 of which only the day of the exp"):
        refuse_unready(STATUS_NOW, definition(at="monthly"))


def test_outcomes_at_creation_are_named_as_that():
    lead_definition = definition()
    at_creation = tables(
        [10, 20, 30], [(lead, "won", day * DAY, day * DAY) for lead, day in ((0, 10), (1, 20))]
    )
    history, moments = laid_out(at_creation, lead_definition)

    found = count_reached_early(at_creation, history, moments=moments, definition=lead_definition)

    assert (found.n_early, found.n_later) == (2, 0)
    with pytest.raises(Refusal, match="2 outcomes lie at or before the moment leads are looked"):
        refuse_reached_early(at_creation, history, moments=moments, definition=lead_definition)


def test_outcomes_a_second_later_are_not():
    lead_definition = definition()
    later = tables([10, 20], [(0, "won", 10 * DAY + 1, 10 * DAY + 1)])
    history, moments = laid_out(later, lead_definition)

    refuse_reached_early(later, history, moments=moments, definition=lead_definition)


@pytest.mark.parametrize("lost", [True, False])
def test_without_dates_the_open_are_unknown_where_the_lost_are_told(lost):
    lead_definition = definition(at="undated", horizon="null")
    rows = [(0, "won", UNDATED, UNDATED)] + [(1, "lost", UNDATED, UNDATED)] * lost
    undated = tables([0, 0, 0], rows)
    history, moments = laid_out(undated, lead_definition)

    found = observe_outcomes(undated, history, moments, definition=lead_definition, data_cutoff=1)

    assert found.matured.tolist() == ([True, True, False] if lost else [True] * 3)
    np.testing.assert_array_equal(found.converted, [True, False, False])
