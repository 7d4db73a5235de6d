"""``awase trial`` as people type it: look, be refused, end; the agreement keeps a running trial."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import insert

from features.definition import parse_definition
from features.definition.trial import lot_unit
from features.store.schema import event, fact, hand_over, lead, outcome, trial_lead
from serving.workspace.create import create_workspace

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
sales: {capacity_per_month: 60, response_time_hours: 24}

trial:
  name: spring
  hypothesis: {ja: 試す, en: To see}
  arms: [{name: rulebook, share: 0.5}, {name: model, share: 0.5}]
  starts_on: 2025-01-01
  months: MONTHS
  worthwhile: 2
  expected_accounts: 500
  signed_by: [{team: marketing, name: head}, {team: sales, name: head}]
"""
BEGINS = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def trial_of(tmp_path):
    """Function of months and rates by arm that makes a workspace whose trial has run a year."""

    def make(months=6, **rates):
        path = tmp_path / "definition.yaml"
        path.write_text(TEXT.replace("MONTHS", str(months)), encoding="utf-8")
        place = create_workspace(tmp_path / "ours", path)
        trial = parse_definition(path.read_text(encoding="utf-8"), "small").trial
        store = place.store()
        with store.engine.begin() as connection:
            for table, rows in _rows(trial, rates).items():
                connection.execute(insert(table), rows)
        store.close()
        return place

    return make


def _rows(trial, rates):
    """Rows by table, in the order in which they refer to each other."""
    rows = {table: [] for table in (lead, fact, event, trial_lead, hand_over, outcome)}
    draws = np.random.default_rng(1)
    for number in range(600):
        name, account = f"L{number:03}", f"A{number // 2}"
        unit = lot_unit(name, account)
        entered = BEGINS + timedelta(days=int(number * 0.28), hours=5)
        arm = trial.arm_of(unit)
        _be_there(rows, name, event_id=f"E{number}", created_at=entered, visited_at=entered)
        rows[fact].append(
            {
                "lead_id": name,
                "attribute": "account_id",
                "known_at": entered,
                "value": account,
                "honest": True,
            }
        )
        rows[trial_lead].append(
            {
                "trial": "spring",
                "lead_id": name,
                "unit": unit,
                "arm": arm,
                "share": 0.5,
                "entered_at": entered,
                "followed_until": entered + timedelta(days=60),
                "stage": "opportunity",
                "probability": 0.1,
                "rulebook_points": 1.0,
                "merged_arms": False,
            }
        )
        if draws.random() < rates[arm]:
            rows[hand_over].append(
                {
                    "lead_id": name,
                    "cycle": 1,
                    "handed_over_at": entered,
                    "qualification": "MQL",
                    "by": arm,
                    "propensity": 0.5,
                }
            )
            _convert(rows, name, entered + timedelta(days=20))
    # Leads outside the trial: data and outcomes go on after its end.
    for number in range(60):
        name, came = f"X{number:02}", BEGINS + timedelta(days=185 + 3 * number)
        _be_there(
            rows,
            name,
            event_id=name,
            created_at=came - timedelta(days=1),
            visited_at=came - timedelta(hours=2),
            known_at=came,
        )
        _convert(rows, name, came)
    return rows


def _be_there(rows, name, *, event_id, created_at, visited_at, known_at=None):
    times = {"occurred_at": visited_at, "known_at": known_at or visited_at}
    visit = {"event_id": event_id, "lead_id": name, "behaviour": "visit", "actor": "lead"}
    rows[lead].append({"lead_id": name, "created_at": created_at, "day_only": False})
    rows[event].append(visit | times)


def _convert(rows, name, came):
    rows[outcome].append(
        {"lead_id": name, "stage": "opportunity", "occurred_at": came, "known_at": came}
    )


def test_a_ripe_trial_is_counted_and_ends_as_a_version(trial_of, awase):
    place = trial_of(rulebook=0.06, model=0.3)

    told = awase("trial", "status", "--workspace", place.folder)
    report = json.loads(awase("trial", "status", "--json", "--workspace", place.folder).stdout)
    ended = awase("trial", "end", "--why", "ripe", "--workspace", place.folder)

    assert "The model is better" in told.stdout, told.stderr
    assert report["n_redrawn"] == 0
    assert sum(arm["n_ripe"] for arm in report["arms"]) == 600
    by_arm = {arm["arm"]: arm["n_converted"] / arm["n_leads"] for arm in report["arms"]}
    assert by_arm["model"] == pytest.approx(0.3, abs=0.08)
    assert by_arm["rulebook"] == pytest.approx(0.06, abs=0.05)
    assert ended.returncode == 0, ended.stderr
    newest = place.agreed_versions().versions[0]
    assert newest.number == 2
    assert "trial spring ends: The model is better" in newest.decision.what
    assert "trial:" not in newest.definition
    again = awase("trial", "status", "--workspace", place.folder)
    assert again.returncode == 1
    assert "got none" in again.stderr


def test_a_trial_without_an_answer_does_not_end_early(trial_of, awase):
    place = trial_of(months=36, rulebook=0.1, model=0.1)

    refused = awase("trial", "end", "--why", "tired", "--workspace", place.folder)
    given_up = awase(
        "trial", "end", "--why", "new CRM", "--without-answer", "--workspace", place.folder
    )

    assert refused.returncode == 3
    assert "--without-answer" in refused.stderr
    assert given_up.returncode == 0, given_up.stderr
    assert "Nothing can be decided yet" in place.agreed_versions().versions[0].decision.what


def test_a_share_cannot_move_while_leads_have_entered(trial_of, awase):
    place = trial_of(rulebook=0.1, model=0.1)
    path = place.definition_path
    text = path.read_text(encoding="utf-8")

    for edited in (
        text.replace("share: 0.5}, {name: model, share: 0.5}",
                     "share: 0.4}, {name: model, share: 0.6}"),
        text[: text.index("trial:")],
    ):  # fmt: skip
        path.write_text(edited, encoding="utf-8")
        told = awase("definition", "adopt", "--why", "impatient", "--workspace", place.folder)
        assert told.returncode == 3
        assert "must stay as it was signed" in told.stderr
    assert len(place.agreed_versions().versions) == 1


def test_the_next_trial_has_another_name_and_begins_later(trial_of, awase):
    place = trial_of(rulebook=0.06, model=0.3)
    text = place.definition_path.read_text(encoding="utf-8")
    assert awase("trial", "end", "--why", "ripe", "--workspace", place.folder).returncode == 0
    trial = text[text.index("trial:") :]

    tried = []
    for name, day in (("spring", "2999-01-01"), ("autumn", "2025-06-01"), ("autumn", "2999-01-01")):
        again = trial.replace("spring", name).replace("2025-01-01", day)
        awase("definition", "export", "--force", "--workspace", place.folder)
        exported = place.definition_path.read_text(encoding="utf-8")
        place.definition_path.write_text(f"{exported}\n{again}", encoding="utf-8")
        tried.append(awase("definition", "adopt", "--why", "on", "--workspace", place.folder))

    assert "name of its own" in tried[0].stderr
    assert "today or later" in tried[1].stderr
    assert tried[2].returncode == 0, tried[2].stderr
