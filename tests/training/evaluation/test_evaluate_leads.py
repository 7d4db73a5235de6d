from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import log_loss

from features.core.clock import DAY
from features.core.errors import LeadDataError, Refusal
from features.data_clock import clock_of
from features.definition import parse_definition
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from training.evaluation.evaluate_leads import evaluate_leads

DEFINITION = """
format: 1
name: d
title: {ja: 定義, en: Definition}
time_zone: Asia/Tokyo
attributes:
  - {name: channel, kind: category, label: {ja: チャネル, en: Channel}}
  - {name: size, kind: number, label: {ja: 規模, en: Size}}
snapshots: {at: creation}
windows: {age: false}
outcome: {stage: won, horizon_days: 30}
cut_offs: {mql: {rule: precision, at_least: 0.1}, sql: {rule: precision, at_least: 0.2}}
"""
N = 900
START = 1_700_000_000
NOW = START + 400 * DAY


@pytest.fixture(scope="module")
def definition():
    return parse_definition(DEFINITION, "d.yaml")


@pytest.fixture(scope="module")
def tables():
    """One lead every eight hours for 300 days; fairs convert far more often than web leads."""
    random = np.random.default_rng(1)
    created = START + np.arange(N) * DAY // 3
    channel = random.choice(["fair", "web", "partner"], N)
    wins = random.random(N) < np.where(channel == "fair", 0.5, 0.1)
    ids = [f"L{i:03d}" for i in range(N)]
    facts = [
        {"lead_id": i, "attribute": "channel", "known_at": int(c), "value": v, "honest": True}
        for i, c, v in zip(ids, created, channel, strict=True)
    ] + [
        {"lead_id": i, "attribute": "size", "known_at": int(c), "value": str(s), "honest": True}
        for i, c, s in zip(ids, created, random.integers(1, 500, N), strict=True)
    ]
    outcomes = [
        {
            "lead_id": i,
            "stage": "won",
            "occurred_at": int(c) + 9 * DAY,
            "known_at": int(c) + 9 * DAY,
        }
        for i, c, won in zip(ids, created, wins, strict=True)
        if won
    ]
    leads = [
        {"lead_id": i, "created_at": int(c), "day_only": False}
        for i, c in zip(ids, created, strict=True)
    ]
    return LeadTables(
        lead=pa.Table.from_pylist(leads, LEAD),
        fact=pa.Table.from_pylist(facts, FACT),
        event=EVENT.empty_table(),
        outcome=pa.Table.from_pylist(outcomes, OUTCOME),
        hand_over=HAND_OVER.empty_table(),
    )


@pytest.fixture(scope="module")
def asked():
    return pd.DataFrame({"lead_id": [f"L{i:03d}" for i in range(890, 690, -1)]})


@pytest.fixture(scope="module")
def evaluation(tables, definition, asked):
    return evaluate_leads(tables, definition, asked, data_cutoff=NOW)


def test_every_lead_asked_for_comes_back_in_its_place(evaluation, asked):
    frame = evaluation.to_frame()

    assert frame.columns.tolist() == ["lead_id", "as_of", "probability", "outcome"]
    assert frame["lead_id"].tolist() == asked["lead_id"].tolist()
    created = [START + i * DAY // 3 + 1 for i in range(890, 690, -1)]
    expected = pd.Series(pd.to_datetime(created, unit="s", utc=True), name="as_of")
    pd.testing.assert_series_equal(frame["as_of"], expected, check_dtype=False)


def test_it_learns_only_from_what_had_matured_before_the_first_moment(evaluation):
    first = START + 691 * DAY // 3 + 1

    assert evaluation.trained_before == first
    # Leads created at least 30 days before: one every eight hours since the start.
    assert evaluation.n_train == (691 * DAY // 3 - 30 * DAY) // (DAY // 3) + 1


def test_probabilities_do_not_depend_on_anything_later(tables, definition, asked, evaluation):
    first = evaluation.trained_before
    occurred = tables.outcome.column("occurred_at").to_numpy()
    past = LeadTables(
        **{**vars(tables), "outcome": tables.outcome.filter(pa.array(occurred < first))}
    )

    blind = evaluate_leads(past, definition, asked, data_cutoff=NOW)

    np.testing.assert_array_equal(blind.scored.probability, evaluation.scored.probability)
    assert not blind.scored.converted.any()


def test_leads_asked_for_are_never_learned_from(tables, definition):
    early = pd.DataFrame({"lead_id": ["L005", "L010", "L899"]})
    late = pd.DataFrame({"lead_id": ["L899"]})

    with_early = evaluate_leads(
        tables, definition, early.assign(as_of=["2024-09-09T00:00+09:00"] * 3), data_cutoff=NOW
    )
    without = evaluate_leads(
        tables, definition, late.assign(as_of=["2024-09-09T00:00+09:00"]), data_cutoff=NOW
    )

    assert with_early.n_train == without.n_train - 2


def test_what_is_not_yet_known_is_missing_and_not_lost(tables, definition, asked):
    frame = evaluate_leads(tables, definition, asked, data_cutoff=START + 290 * DAY).to_frame()

    assert frame["outcome"].isna().any()
    assert frame["outcome"].notna().any()


def test_a_lead_that_had_ended_when_it_is_asked_about_is_no_question(tables, definition, asked):
    """None like it is learned from: counted as lost, it would make every probability too high."""
    lost_at = START + np.array([700, 701]) * DAY // 3 + np.array([0, DAY])
    lost = [
        {"lead_id": i, "stage": "lost", "occurred_at": int(at), "known_at": int(at)}
        for i, at in zip(("L700", "L701"), lost_at, strict=True)
    ]
    outcome = pa.concat_tables([tables.outcome, pa.Table.from_pylist(lost, OUTCOME)])

    frame = evaluate_leads(
        replace(tables, outcome=outcome), definition, asked, data_cutoff=NOW
    ).to_frame()

    outcome_of = frame.set_index("lead_id")["outcome"]
    assert outcome_of.drop("L700").notna().all()
    assert pd.isna(outcome_of["L700"])


def test_it_finds_what_there_is_to_find(evaluation, tables):
    settled = evaluation.scored.settled
    rate = settled.converted.mean()

    assert log_loss(settled.converted, settled.probability) < log_loss(
        settled.converted, np.full(len(settled), rate)
    )


def test_naive_instants_are_read_in_the_definitions_time_zone(tables, definition):
    asked = pd.DataFrame({"lead_id": ["L899", "L898"], "as_of": ["2024-09-10 09:00", None]})

    frame = evaluate_leads(tables, definition, asked, data_cutoff=NOW).to_frame()

    assert frame["as_of"][0] == pd.Timestamp("2024-09-10T00:00Z")
    assert frame["as_of"][1] == pd.Timestamp(START + 898 * DAY // 3 + 1, unit="s", tz="UTC")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (pd.DataFrame({"lead_id": ["L001", "X1", "X2"]}), r"got 2 of 3 that were not \(X1, X2\)"),
        (pd.DataFrame({"id": ["L001"]}), "must have a column lead_id"),
        (pd.DataFrame({"lead_id": []}), "at least one row"),
        (pd.DataFrame({"lead_id": ["L001"], "as_of": ["soon"]}), "ISO 8601"),
    ],
)
def test_a_table_that_cannot_be_followed_is_refused(tables, definition, asked, message):
    with pytest.raises(LeadDataError, match=message):
        evaluate_leads(tables, definition, asked, data_cutoff=NOW)


def test_one_early_test_lead_is_named_as_what_leaves_nothing_to_learn(tables, definition, asked):
    early = pd.concat([asked, pd.DataFrame({"lead_id": ["L005"]})])

    # The fiftieth other lead is L050: created 16.7 days after the start, matured 30 days later, on
    # 31 December. A day after that test leads may begin.
    with pytest.raises(
        Refusal,
        match=r"got 0, of which 0 converted, before 2023-11-16, where there are 699 by the data "
        r"cut-off\. Leave out test leads from before 2024-01-01",
    ) as told:
        evaluate_leads(tables, definition, early, data_cutoff=NOW)

    assert "Wait for more outcomes" not in str(told.value)


def test_where_there_is_too_little_by_the_cut_off_that_stays_the_reason(tables, definition, asked):
    early = pd.DataFrame({"lead_id": ["L005"]})

    with pytest.raises(Refusal, match=r"Wait for more outcomes|wait for the other outcome"):
        evaluate_leads(tables, definition, early, data_cutoff=START + 33 * DAY)


def test_the_data_cutoff_defaults_to_a_second_after_the_newest_instant(tables, definition):
    newest = max(
        START + (N - 1) * DAY // 3, int(np.max(tables.outcome.column("known_at").to_numpy()))
    )

    assert clock_of(tables, definition, known_until=NOW).data_cutoff == newest + 1


def test_test_leads_beyond_what_was_learned_are_named(tables, definition, asked, evaluation):
    """Somebody's export sends revenue in the place of employees for the leads asked about."""
    size = tables.fact.column("value").to_pylist()
    asked_for = set(asked["lead_id"])
    moved = [
        str(int(value) * 1000) if attribute == "size" and lead in asked_for else value
        for lead, attribute, value in zip(
            tables.fact.column("lead_id").to_pylist(),
            tables.fact.column("attribute").to_pylist(),
            size,
            strict=True,
        )
    ]
    place = tables.fact.schema.get_field_index("value")
    fact = tables.fact.set_column(place, tables.fact.schema.field(place), pa.array(moved))

    found = evaluate_leads(replace(tables, fact=fact), definition, asked, data_cutoff=NOW)

    assert evaluation.out_of_range == ()
    (out,) = found.out_of_range
    assert out.concept == "size"
    assert "lies outside what training saw" in out.sentence.en


def test_the_leads_learned_from_are_counted_for_the_gate(evaluation, tables):
    # Created, and the outcome known, a horizon before the first test lead.
    first = START + 691 * DAY // 3
    known = [
        o
        for o in tables.outcome.to_pylist()
        if o["occurred_at"] - 9 * DAY + 30 * DAY < first and o["lead_id"] < "L691"
    ]

    assert evaluation.n_converted_leads == pytest.approx(len(known), abs=2)
