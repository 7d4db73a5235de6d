"""A trial from files to scores: arms and hand-overs survive whatever happens to leads and store."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from features.core.clock import to_second
from features.store.schema import hand_over, trial_lead
from serving.cli.data.import_files import run_import
from serving.decisions.score_leads import score_leads
from serving.ledger.leads.erase import forget_lead
from serving.ledger.leads.merge import merge_leads
from serving.workspace.backup import make_backup, restore_backup
from serving.workspace.create import create_workspace

DEFINITION = """
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
cut_offs: {mql: {rule: capacity, per_month: 30}, sql: {rule: precision, at_least: 0.4}}
sales: {capacity_per_month: 30, response_time_hours: 24, reopen_after_days: 30}
rulebook:
  rules:
    - {name: seen, label: {ja: 訪問, en: Visited}, when: {behaviour: visit, at_least: 1},
       points: 10}
  mql: {points: 10}
trial:
  name: spring
  hypothesis: {ja: 試す, en: To see}
  arms: [{name: rulebook, share: 0.34}, {name: model, share: 0.33},
         {name: learned_rulebook, share: 0.33}]
  learned_rulebook:
    rules:
      - {name: twice, label: {ja: 二度, en: Twice}, when: {behaviour: visit, at_least: 2},
         points: 20}
    mql: {points: 20}
  starts_on: 2026-01-01
  months: 6
  worthwhile: 2
  expected_accounts: 60
  signed_by: [{team: marketing, name: head}, {team: sales, name: head}]
"""
MAPPING = """
format: 1
time_zone: Asia/Tokyo
files:
  - match: leads.csv
    lead_id: id
    lead: {created_at: created}
    facts: [{attribute: account_id, column: account, known_at: created}]
  - match: visits.csv
    lead_id: id
    events: [{behaviour: visit, occurred_at: at, event_id: visit_id}]
"""
N = 90


def write_files(folder, *, account=lambda i: f"A{i // 2}", visits=1):
    """Ninety leads, two of an account, each with a visit; every third with another."""
    folder.mkdir(exist_ok=True)
    leads = [f"L{i:02},2026-01-0{1 + i % 9} 09:00,{account(i)}" for i in range(N)]
    seen = [f"V{i}-{n},L{i:02},2026-01-{10 + n:02} 10:00"
            for i in range(N) for n in range(visits + (i % 3 == 0))]  # fmt: skip
    for name, head, rows in (
        ("leads.csv", "id,created,account", leads),
        ("visits.csv", "visit_id,id,at", seen),
    ):
        (folder / name).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    (folder / "import.yaml").write_text(MAPPING, encoding="utf-8")


def load(place, folder):
    return run_import(place, sorted(folder.glob("*.csv")), mapping=folder / "import.yaml")


def at(month, day):
    return to_second(datetime(2026, month, day, tzinfo=UTC))


def arms_of(place):
    with place.store().engine.connect() as connection:
        return {row.lead_id: row.arm for row in connection.execute(select(trial_lead))}


def most_hand_overs(place):
    query = select(func.count()).select_from(hand_over).group_by(hand_over.c.lead_id)
    with place.store().engine.connect() as connection:
        return max(connection.execute(query).scalars())


def n_handed_over(place):
    with place.store().engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(hand_over)).scalar_one()


@pytest.fixture
def place(tmp_path):
    (tmp_path / "definition.yaml").write_text(DEFINITION, encoding="utf-8")
    made = create_workspace(tmp_path / "ours", tmp_path / "definition.yaml")
    write_files(tmp_path / "files")
    load(made, tmp_path / "files")
    score_leads(made, at(1, 15))
    return made


def test_arms_survive_the_same_files_and_an_account_that_changed(place, tmp_path):
    before = arms_of(place)
    assert len(before) == N
    assert {*before.values()} == {"rulebook", "model", "learned_rulebook"}

    load(place, tmp_path / "files")
    write_files(tmp_path / "files", account=lambda i: f"B{i}", visits=2)
    load(place, tmp_path / "files")
    score_leads(place, at(1, 20))

    assert arms_of(place) == before


def test_nobody_is_handed_over_twice_however_often_leads_are_scored(place):
    for day in (16, 17, 31):
        score_leads(place, at(1, day))
    used = n_handed_over(place)
    for day in (1, 2, 10):
        score_leads(place, at(2, day))

    # A third of thirty for each arm and month; the learned rulebook wants only each third lead.
    arms = arms_of(place)
    wanted = {
        name: [n for n in arms if arms[n] == name and (name[0] != "l" or int(n[1:]) % 3 == 0)]
        for name in ("rulebook", "model", "learned_rulebook")
    }
    assert used == sum(min(len(names), 10) for names in wanted.values())
    assert n_handed_over(place) == sum(min(len(names), 20) for names in wanted.values())
    assert most_hand_overs(place) == 1


def test_merged_and_forgotten_leads_are_not_drawn_again(place, tmp_path):
    before = arms_of(place)
    store = place.store()
    merge_leads(store, "L00", ["L01", "L02"], by="test")
    forget_lead(store, "L10", by="test", zone=ZoneInfo("Asia/Tokyo"))

    leads = tmp_path / "files" / "leads.csv"
    kept = [line for line in leads.read_text().splitlines() if line[:3] not in ("L01", "L02")]
    leads.write_text("\n".join(kept) + "\n", encoding="utf-8")

    load(place, tmp_path / "files")
    score_leads(place, at(1, 20))

    after = arms_of(place)
    assert {name: arm for name, arm in after.items() if name in before} == {
        name: arm for name, arm in before.items() if name not in ("L01", "L02", "L10")
    }
    (gone,) = set(after) - set(before)
    assert after[gone] == before["L10"]
    assert most_hand_overs(place) == 1


def test_a_restored_workspace_goes_on_where_it_stood(place, tmp_path):
    arms, handed = arms_of(place), n_handed_over(place)
    make_backup(place, tmp_path / "ours.zip")
    score_leads(place, at(2, 3))

    restore_backup(tmp_path / "ours.zip", tmp_path / "again")
    again = type(place).at(tmp_path / "again")

    assert arms_of(again) == arms
    assert n_handed_over(again) == handed
    score_leads(again, at(2, 3))
    assert arms_of(again) == arms
    assert n_handed_over(again) == n_handed_over(place)
    assert most_hand_overs(again) == 1
