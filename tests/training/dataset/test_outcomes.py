import numpy as np
import pyarrow as pa
import pytest

from features.core.clock import DAY
from features.definition import parse_definition
from features.history import History
from features.moments import Moments
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from training.dataset.groups import account_groups
from training.dataset.outcomes import NEVER, OutcomesKnown, observe_outcomes
from training.dataset.split import split_before, split_later

DEFINITION = """
format: 1
name: d
title: {{ja: 定義, en: Definition}}
time_zone: UTC
behaviours: [{{name: visit, label: {{ja: 訪問, en: Visit}}}}]
attributes: [{{name: company, kind: identifier, label: {{ja: 企業, en: Company}}}}]
roles: {{account: company}}
snapshots: {{at: {at}}}
outcome:
  {{stage: won, horizon_days: {horizon}, outcome_delay_days: {delay}, only_decided: {decided}}}
test: {{months: 2, share: 0.25, order: {order}}}
cut_offs: {{mql: {{rule: precision, at_least: 0.1}}, sql: {{rule: precision, at_least: 0.2}}}}
"""
HORIZON = 30 * DAY
AS_OF = 1_000_000
LATE = 1_000_000_000


def definition(*, at="monthly", horizon="30", delay=0, decided="false", order="arrival"):
    text = DEFINITION.format(at=at, horizon=horizon, delay=delay, decided=decided, order=order)
    return parse_definition(text, "d.yaml")


def tables(n_leads=1, *, outcomes=(), facts=(), arrival=None):
    leads = [
        {
            "lead_id": f"L{i}",
            "created_at": 0,
            "day_only": False,
            "arrival": None if arrival is None else arrival[i],
        }
        for i in range(n_leads)
    ]
    rows = [
        {"lead_id": lead, "stage": stage, "occurred_at": when, "known_at": known}
        for lead, stage, when, known in ((*o, o[2])[:4] for o in outcomes)
    ]
    fact_rows = [
        {"lead_id": lead, "attribute": "company", "known_at": when, "value": value, "honest": True}
        for lead, when, value in facts
    ]
    return LeadTables(
        lead=pa.Table.from_pylist(leads, LEAD),
        fact=pa.Table.from_pylist(fact_rows, FACT),
        event=EVENT.empty_table(),
        outcome=pa.Table.from_pylist(rows, OUTCOME),
        hand_over=HAND_OVER.empty_table(),
    )


def observe(lead_tables, lead_definition=None, *, as_of=AS_OF, data_cutoff=LATE):
    lead_definition = lead_definition or definition()
    history = History.from_tables(lead_tables, lead_definition)
    moments = Moments.of(np.arange(history.n_leads), np.full(history.n_leads, as_of))
    return observe_outcomes(
        lead_tables, history, moments, definition=lead_definition, data_cutoff=data_cutoff
    )


def follow(lead_tables, lead_definition=None, *, data_cutoff):
    lead_definition = lead_definition or definition()
    history = History.from_tables(lead_tables, lead_definition)
    moments = Moments.of(np.arange(history.n_leads), np.full(history.n_leads, AS_OF))
    known = OutcomesKnown.of(
        lead_tables, history, definition=lead_definition, data_cutoff=data_cutoff
    )
    return known.follow(moments)


@pytest.mark.parametrize(
    ("occurred_at", "converted"),
    [
        (AS_OF, True),
        (AS_OF + HORIZON - 1, True),
        (AS_OF + HORIZON, False),
    ],
)
def test_an_outcome_counts_from_as_of_until_before_the_horizon(occurred_at, converted):
    outcomes = observe(tables(outcomes=[("L0", "won", occurred_at)]))

    assert outcomes.converted.tolist() == [converted]
    assert outcomes.matured.tolist() == [True]


@pytest.mark.parametrize("stage", ["opportunity", "accepted", "lost"])
def test_other_stages_do_not_count(stage):
    assert not observe(tables(outcomes=[("L0", stage, AS_OF + 5)])).converted.any()


@pytest.mark.parametrize(
    ("delay", "cutoff", "matured"),
    [(0, 0, True), (0, -1, False), (3, 3 * DAY - 1, False), (3, 3 * DAY, True)],
)
def test_a_snapshot_matures_with_horizon_and_delay(delay, cutoff, matured):
    outcomes = observe(tables(), definition(delay=delay), data_cutoff=AS_OF + HORIZON + cutoff)

    assert outcomes.matured.tolist() == [matured]


def test_a_young_snapshot_that_has_already_converted_stays_out():
    young = observe(tables(outcomes=[("L0", "won", AS_OF + 1)]), data_cutoff=AS_OF + 10)

    assert not young.matured.any()


def test_an_outcome_recorded_after_the_data_cutoff_is_not_known():
    late = tables(outcomes=[("L0", "won", AS_OF + 5, AS_OF + 2 * HORIZON)])

    assert not observe(late, data_cutoff=AS_OF + HORIZON).converted.any()
    assert observe(late, data_cutoff=AS_OF + 2 * HORIZON).converted.all()


def test_an_outcome_before_as_of_that_nobody_had_recorded_is_neither():
    recorded_late = tables(outcomes=[("L0", "won", AS_OF - 5, AS_OF + 5)])

    outcomes = observe(recorded_late)

    assert not outcomes.matured.any()
    assert not outcomes.converted.any()


def test_open_leads_are_unknown_where_only_decided_ones_count():
    mixed = tables(3, outcomes=[("L0", "won", AS_OF + 5), ("L1", "lost", AS_OF + 2 * HORIZON)])

    assert observe(mixed, definition(decided="true")).matured.tolist() == [True, True, False]
    assert observe(mixed).matured.tolist() == [True, True, True]


def test_a_lead_decided_after_the_data_cutoff_was_still_open_then():
    later = tables(outcomes=[("L0", "lost", AS_OF + 3 * HORIZON)])

    at_cutoff = observe(later, definition(decided="true"), data_cutoff=AS_OF + 2 * HORIZON)

    assert not at_cutoff.matured.any()


def test_without_dates_an_outcome_counts_whenever_it_exists():
    undated = definition(at="undated", horizon="null")

    outcomes = observe(tables(2, outcomes=[("L1", "won", 0)]), undated, as_of=1, data_cutoff=0)

    assert outcomes.converted.tolist() == [False, True]
    assert outcomes.matured.all()


def test_leads_of_one_account_share_a_group_and_the_others_are_alone():
    companies = [("L0", 5, "A"), ("L1", 5, "B"), ("L2", 5, "A"), ("L1", 9, "A")]
    lead_tables = tables(5, facts=companies)

    groups = account_groups(History.from_tables(lead_tables, definition()), definition())

    assert groups[0] == groups[1] == groups[2]
    assert len(set(groups.tolist())) == 3


def _split(lead_tables, moments, lead_definition, data_cutoff):
    history = History.from_tables(lead_tables, lead_definition)
    return split_later(
        lead_tables, history, moments, definition=lead_definition, data_cutoff=data_cutoff
    )


def test_the_test_is_later_by_a_horizon_than_what_is_learned():
    moments = Moments.of(np.zeros(300, dtype=int), np.arange(1, 301) * DAY)

    split = _split(tables(), moments, definition(), 400 * DAY)

    as_of = moments.as_of
    assert as_of[split.train.rows].max() + HORIZON <= split.test_from
    assert as_of[split.test.rows].min() == split.test_from
    # 1970-10-27 is day 300; the last two months begin on 1970-09-01, day 243.
    assert split.test_from == 243 * DAY
    assert split.forecast


def test_what_is_learned_is_what_was_recorded_when_the_test_begins():
    # Recorded on day 260, after the test has begun on day 243.
    slow = tables(outcomes=[("L0", "won", 120 * DAY, 260 * DAY)])
    moments = Moments.of(np.zeros(300, dtype=int), np.arange(1, 301) * DAY)

    split = _split(slow, moments, definition(), 400 * DAY)

    assert not split.train.converted.any()


def test_what_could_be_learned_at_an_instant_had_matured_by_then():
    lead_tables = tables()
    moments = Moments.of(np.zeros(100, dtype=int), np.arange(1, 101) * DAY)
    history = History.from_tables(lead_tables, definition())

    part = split_before(lead_tables, history, moments, definition=definition(), when=50 * DAY)

    assert moments.as_of[part.rows].tolist() == [d * DAY for d in range(1, 21)]


def test_without_dates_the_last_to_arrive_are_tested():
    undated = definition(at="undated", horizon="null")
    arrival = [8.0, 1.0, 7.0, 2.0, 6.0, 3.0, 5.0, 4.0]
    moments = Moments.of(np.arange(8), np.ones(8))

    split = _split(tables(8, arrival=arrival), moments, undated, 0)

    assert split.test.rows.tolist() == [0, 2]
    assert sorted([*split.train.rows, *split.test.rows]) == list(range(8))
    assert not split.forecast


def test_a_random_test_keeps_accounts_on_one_side():
    undated = definition(at="undated", horizon="null", order="random")
    facts = [(f"L{i}", 0, f"C{i // 4}") for i in range(80)]
    moments = Moments.of(np.arange(80), np.ones(80))

    split = _split(tables(80, facts=facts), moments, undated, 0)

    # Leads sort as text, so companies are read off their names.
    names = sorted(f"L{i}" for i in range(80))
    company = np.array([int(name[1:]) // 4 for name in names])
    assert not set(company[split.train.rows]) & set(company[split.test.rows])
    assert len(split.test) == 20


def test_a_moment_is_followed_to_the_data_cut_off_and_no_longer_than_the_horizon():
    won = tables(3, outcomes=[("L0", "won", AS_OF + 5 * DAY), ("L1", "won", AS_OF + 20 * DAY)])

    young, whole = (follow(won, data_cutoff=AS_OF + days * DAY) for days in (10, 90))

    assert young.followed.tolist() == [10 * DAY] * 3
    assert young.converted.tolist() == [True, False, False]
    assert not young.whole.any()
    assert young.came_after.tolist() == [5 * DAY, NEVER, NEVER]
    assert whole.followed.tolist() == [HORIZON] * 3
    assert whole.whole.all()
    assert whole.converted.tolist() == [True, True, False]


def test_following_ends_where_outcomes_may_not_have_been_recorded():
    late = [("L0", "won", AS_OF + 8 * DAY, AS_OF + 9 * DAY)]

    found = follow(tables(outcomes=late), definition(delay=3), data_cutoff=AS_OF + 10 * DAY)

    assert found.followed.tolist() == [7 * DAY]
    assert found.converted.tolist() == [False]


def test_a_lead_whose_outcome_had_come_is_not_followed():
    had_come = tables(outcomes=[("L0", "won", AS_OF - DAY, AS_OF + DAY)])

    assert follow(had_come, data_cutoff=LATE).followed.tolist() == [0]


def test_nothing_is_followed_where_only_what_is_decided_counts():
    lost = tables(outcomes=[("L0", "lost", AS_OF + DAY)])

    found = follow(lost, definition(decided="true"), data_cutoff=AS_OF + 10 * DAY)

    assert found.followed.tolist() == [0]
