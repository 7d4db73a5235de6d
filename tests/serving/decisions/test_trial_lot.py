"""A trial's lot in a real database: arms, shares of capacity, and what they survive."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from sqlalchemy import insert, select

from features.core.clock import to_second
from features.definition import parse_definition
from features.definition.trial import lot_unit
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.schema import DECISION, fact, hand_over, lead, lead_state, outcome, trial_lead
from serving.decisions.hand_over import Decided, follow
from serving.ledger.decisions import write_decisions
from serving.ledger.leads.erase import forget_lead
from serving.ledger.leads.lead_state import lock_standings, refresh_within
from serving.ledger.leads.merge import delete_leads, merge_leads
from serving.ledger.trial_leads import as_judged
from serving.web.pages.leads.lead_history import list_history

TEXT = """
format: 1
name: small
title: {ja: 小さな定義, en: Small}
time_zone: Asia/Tokyo
behaviours:
  - {name: visit, label: {ja: 訪問, en: Visit}}
attributes:
  - {name: account_id, kind: identifier, label: {ja: 企業, en: Account}}
roles: {account: account_id}
outcome: {stage: opportunity, horizon_days: 60}
cut_offs:
  mql: {rule: capacity, per_month: 10}
  sql: {rule: precision, at_least: 0.4}
sales: {capacity_per_month: 6, response_time_hours: 24}
"""
TRIAL = """
trial:
  name: spring
  hypothesis: {ja: 試す, en: To see}
  arms: [{name: rulebook, share: 0.5}, {name: model, share: 0.5}]
  starts_on: 2026-04-01
  months: 3
  worthwhile: 1
  expected_accounts: 100
  signed_by: [{team: marketing, name: head}, {team: sales, name: head}]
"""
AT = datetime(2026, 4, 10, 3, tzinfo=UTC)
LATER = AT + timedelta(days=1)
LEADS = [f"L{number:02}" for number in range(40)]


@pytest.fixture(scope="module")
def definition():
    return parse_definition(TEXT + TRIAL, "small.yaml")


@pytest.fixture(scope="module")
def arm(definition):
    """Function of a lead that gives its arm: every account has two leads."""
    return lambda name: definition.trial.arm_of(lot_unit(name, account_of(name)))


def account_of(name):
    return f"A{int(name[1:]) // 2}"


@pytest.fixture
def leads(store):
    created = AT - timedelta(days=100)
    with store.engine.begin() as connection:
        rows = [{"lead_id": name, "created_at": created, "day_only": False} for name in LEADS]
        connection.execute(insert(lead), rows)
        connection.execute(
            insert(fact),
            [
                {"lead_id": name, "attribute": "account_id", "known_at": created,
                 "value": account_of(name), "honest": True}
                for name in LEADS
            ],
        )  # fmt: skip
    return store


def decide(store, definition, *, at=AT, only=None, names=LEADS, both=()):
    """Decide as a batch would: the model likes even leads, the rulebook odd ones, the learned
    rulebook those from the twentieth on, the first most."""
    names = names if only is None else [only]
    second = to_second(at)
    rows = []
    for name in names:
        is_even = int(name[1:]) % 2 == 0
        rows.append(
            {
                "lead_id": name,
                "as_of": second,
                "decided_at": second,
                "definition_version": "v",
                "release_id": "r",
                "probability": 0.3 + int(name[1:]) / 1000,
                "qualification": "MQL" if is_even or name in both else "NONE",
                "rulebook_points": float(int(name[1:])),
                "rulebook_qualification": "NONE" if is_even and name not in both else "MQL",
                "learned_points": 100.0 - int(name[1:]),
                "learned_qualification": "MQL" if int(name[1:]) >= 20 else "NONE",
            }
        )
    write_decisions(store, pa.Table.from_pylist(rows, DECISION))
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        lock_standings(connection)
        refresh_within(connection, definition, only)
        steps = follow(
            connection,
            Decided(
                definition=definition,
                definition_version="v",
                release_id="r",
                as_of=at,
                handed_over_at=at,
                seed=1,
                lead_id=only,
            ),
        )
        connection.commit()
    return steps


def rows_of(store, table):
    with store.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def test_each_arm_hands_over_its_own_within_its_share_of_capacity(leads, definition, arm):
    decide(leads, definition)

    handed = rows_of(leads, hand_over)
    assert len(handed) == 6
    for name in ("rulebook", "model"):
        mine = sorted(row["lead_id"] for row in handed if arm(row["lead_id"]) == name)
        liked = [each for each in LEADS if arm(each) == name
                 and int(each[1:]) % 2 == (name == "rulebook")]  # fmt: skip
        # Points and probability both grow with the number: the last three of each arm.
        assert mine == liked[-3:]
    assert {row["by"] for row in handed} == {"rulebook", "model"}
    assert all(row["by"] == arm(row["lead_id"]) and row["propensity"] == 0.5 for row in handed)


def test_a_propensity_is_the_chance_that_any_judge_had_handed_the_lead_over(leads):
    arms = TRIAL.replace("rulebook, share: 0.5", "rulebook, share: 0.7").replace(
        "model, share: 0.5", "model, share: 0.3"
    )
    definition = parse_definition(TEXT + arms + "exploration: {share: 0.1}\n", "small.yaml")

    decide(leads, definition, both={"L38", "L39", "L36", "L37"})

    chance = {row["lead_id"]: row["propensity"] for row in rows_of(leads, hand_over)}
    by = {row["lead_id"]: row["by"] for row in rows_of(leads, hand_over)}
    alone = {"model": 0.3 + 0.7 * 0.1, "rulebook": 0.7 + 0.3 * 0.1}
    for name, found in chance.items():
        if by[name] != "exploration":
            expected = 1.0 if name >= "L36" else alone[by[name]]
            assert found == pytest.approx(expected)
    assert any(name >= "L36" for name in chance)
    assert any(name < "L36" for name in chance)


def test_a_third_arm_hands_over_by_the_learned_rulebook_in_the_order_of_its_points(leads):
    definition = parse_definition(TEXT + three_arms(), "small.yaml")
    arm_of = {n: definition.trial.arm_of(lot_unit(n, account_of(n))) for n in LEADS}

    decide(leads, definition)

    handed = {row["lead_id"]: row["by"] for row in rows_of(leads, hand_over)}
    mine = [name for name in LEADS if arm_of[name] == "learned_rulebook" and name >= "L20"]
    assert len(mine) > 2
    # A third of six places; 100 less the number: the lowest numbers come first.
    assert sorted(n for n, by in handed.items() if by == "learned_rulebook") == mine[:2]
    standing = {row["lead_id"]: row["qualification"] for row in rows_of(leads, lead_state)}
    for name in LEADS:
        if arm_of[name] == "learned_rulebook":
            assert standing[name] == ("MQL" if name >= "L20" else "NONE")
    steps = decide(leads, definition, at=LATER, only=mine[-1])
    assert steps.waiting == (mine[-1],)


def three_arms():
    """The trial with thirds for today's rulebook, the model, and a rulebook that was learned."""
    arms = "[{name: rulebook, share: 0.5}, {name: model, share: 0.5}]"
    assert arms in TRIAL
    names = ("rulebook", "model", "learned_rulebook")
    shares = (0.34, 0.33, 0.33)
    thirds = ", ".join(f"{{name: {n}, share: {s}}}" for n, s in zip(names, shares, strict=True))
    return TRIAL.replace(arms, f"[{thirds}]") + (
        "  learned_rulebook: {mql: {checklist: {label: {ja: 訪問, en: Visit},\n"
        "    when: {behaviour: visit, at_least: 1}}}}\n"
    )


def test_leads_stand_as_their_arm_judges(leads, definition, arm):
    decide(leads, definition)

    for row in rows_of(leads, lead_state):
        is_even = int(row["lead_id"][1:]) % 2 == 0
        likes = is_even if arm(row["lead_id"]) == "model" else not is_even
        assert row["qualification"] == ("MQL" if likes else "NONE")
        assert row["listed"] is likes


def test_the_lot_is_stored_once_and_colleagues_share_it(leads, definition, arm):
    decide(leads, definition)
    first = {row["lead_id"]: row for row in rows_of(leads, trial_lead)}

    decide(leads, definition, at=LATER)
    decide(leads, definition, at=LATER, only="L07")

    again = {row["lead_id"]: row for row in rows_of(leads, trial_lead)}
    assert again == first
    assert set(first) == set(LEADS)
    by_account = {}
    for name, row in first.items():
        assert row["arm"] == arm(name)
        assert row["unit"] == f"account:{account_of(name)}"
        by_account.setdefault(row["unit"], set()).add(row["arm"])
    assert all(len(arms) == 1 for arms in by_account.values())
    assert len(rows_of(leads, hand_over)) == 6


def test_leads_handed_over_before_stay_out_and_leave_the_rest_to_be_shared(leads, definition):
    with leads.engine.begin() as connection:
        before = {"cycle": 1, "handed_over_at": AT - timedelta(days=3), "qualification": "MQL",
                  "by": "person"}  # fmt: skip
        connection.execute(insert(hand_over), [before | {"lead_id": name} for name in LEADS[:2]])

    decide(leads, definition)

    assert {row["lead_id"] for row in rows_of(leads, trial_lead)} == set(LEADS[2:])
    # Of six this month two are used up: two for each arm.
    new = [row["by"] for row in rows_of(leads, hand_over) if row["by"] != "person"]
    assert sorted(new) == ["model", "model", "rulebook", "rulebook"]


def test_before_its_first_day_a_trial_changes_nothing(leads, definition):
    decide(leads, definition, at=datetime(2026, 3, 31, 14, tzinfo=UTC))

    assert rows_of(leads, trial_lead) == []
    assert {row["by"] for row in rows_of(leads, hand_over)} == {"model"}


def test_a_single_lead_waits_behind_those_of_its_own_arm(leads, definition, arm):
    decide(leads, definition)
    waiting = next(name for name in LEADS if arm(name) == "rulebook" and int(name[1:]) % 2)

    steps = decide(leads, definition, at=LATER, only=waiting)

    assert steps.waiting == (waiting,)


def test_a_merge_keeps_the_first_arm_and_says_that_both_judged(leads, definition, arm):
    decide(leads, definition)
    one = next(name for name in LEADS if arm(name) == "model")
    other = next(name for name in LEADS if arm(name) == "rulebook")
    same = next(name for name in LEADS if arm(name) == "model" and name != one)

    merge_leads(leads, one, [other], by="test")
    merge_leads(leads, one, [same], by="test")

    rows = {row["lead_id"]: row for row in rows_of(leads, trial_lead)}
    assert rows[one]["arm"] == "model"
    assert rows[one]["merged_arms"] is True
    assert {other, same}.isdisjoint(rows)
    assert sum(row["merged_arms"] for row in rows.values()) == 1


def test_a_lead_that_is_forgotten_or_deleted_still_counts_in_its_arm(leads, definition, arm):
    decide(leads, definition)
    handed = sorted(row["lead_id"] for row in rows_of(leads, hand_over))
    with leads.engine.begin() as connection:
        reached = AT + timedelta(days=20)
        connection.execute(
            insert(outcome).values(
                lead_id=handed[0], stage="opportunity", occurred_at=reached, known_at=reached
            )
        )
    before = [row["arm"] for row in rows_of(leads, trial_lead)]

    forget_lead(leads, handed[0], by="test", zone=ZoneInfo("Asia/Tokyo"))
    delete_leads(leads, [handed[1]], by="test")

    rows = rows_of(leads, trial_lead)
    assert sorted(row["arm"] for row in rows) == sorted(before)
    gone = {row["arm"]: row for row in rows if row["converted"] is not None}
    assert not {handed[0], handed[1]} & {row["lead_id"] for row in rows}
    assert [gone[arm(handed[0])]["handed_over"]] == [True]
    assert [row["converted"] for row in rows if row["lead_id"].startswith("forgotten")] == [True]
    assert [row["converted"] for row in rows if row["lead_id"].startswith("deleted")] == [False]
    assert not any(handed[0] in str(row) or account_of(handed[0]) in row["unit"]
                   for row in rows if row["converted"] is not None)  # fmt: skip


@pytest.mark.parametrize(
    ("shows", "told"), [(False, "by a trial (by lot)"), (True, "by the rulebook")]
)
def test_sales_see_which_judge_only_where_that_is_agreed(shows, told):
    text = TEXT + TRIAL + f"  show_arm_to_sales: {str(shows).lower()}\n"
    row = {"lead_id": "L1", "cycle": 1, "handed_over_at": to_second(AT), "qualification": "MQL",
           "by": "rulebook", "propensity": 0.5}  # fmt: skip
    tables = LeadTables(
        lead=LEAD.empty_table(), fact=FACT.empty_table(), event=EVENT.empty_table(),
        outcome=OUTCOME.empty_table(), hand_over=pa.Table.from_pylist([row], HAND_OVER),
    )  # fmt: skip

    (entry,) = list_history(tables, parse_definition(text, "small.yaml"))

    assert told in entry.detail.en


def test_a_crm_is_told_what_the_arm_judges():
    decided = {
        "qualification": "SQL",
        "rulebook_qualification": "NONE",
        "learned_qualification": "MQL",
    }

    assert as_judged(decided, "rulebook")["qualification"] == "NONE"
    assert as_judged(decided, "learned_rulebook")["qualification"] == "MQL"
    assert as_judged(decided, "model")["qualification"] == "SQL"
    assert as_judged(decided, None)["qualification"] == "SQL"
