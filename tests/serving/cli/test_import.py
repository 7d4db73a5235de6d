"""``awase import`` as a person or a script meets it."""

from pathlib import Path

import pytest

DEFINITION = """
format: 1
name: small
title: {ja: 小, en: Small}
time_zone: Asia/Tokyo
behaviours: [{name: webinar, label: {ja: セミナー, en: Webinar}}]
attributes: [{name: channel, kind: category, label: {ja: 経路, en: Channel}}]
outcome: {stage: opportunity, horizon_days: 60}
cut_offs: {mql: {rule: capacity, per_month: 100}, sql: {rule: precision, at_least: 0.3}}
rulebook:
  rules:
    - name: attended
      label: {ja: 参加, en: Attended}
      when: {behaviour: webinar, at_least: 1}
      points: 10
  mql: {points: 10}
  sql: {points: 10}
"""
MAPPING = """
format: 1
time_zone: Asia/Tokyo
files:
  - match: leads*.csv
    lead_id: ID
    lead: {created_at: created}
    facts: [{attribute: channel, column: channel, known_at: created}]
"""


@pytest.fixture
def workspace(awase, tmp_path: Path) -> Path:
    (tmp_path / "definition.yaml").write_text(DEFINITION, encoding="utf-8")
    (tmp_path / "import.yaml").write_text(MAPPING, encoding="utf-8")
    made = awase("init", tmp_path / "ours", "--definition", tmp_path / "definition.yaml")
    assert made.returncode == 0, made.stderr
    return tmp_path / "ours"


def test_an_import_of_which_nothing_arrives_ends_with_1(
    awase, workspace: Path, tmp_path: Path
) -> None:
    rows = "".join(f"{day},04/{day:02}/2026,web\n" for day in range(1, 10))
    (tmp_path / "leads.csv").write_text("ID,created,channel\n" + rows, encoding="utf-8")

    told = awase(
        "import", tmp_path / "leads.csv", "--mapping", tmp_path / "import.yaml", "-w", workspace
    )

    assert told.returncode == 1
    assert "got 0 of 9 rows for the table lead, 0 of 9 rows for the table fact" in told.stderr
    assert "Traceback" not in told.stderr
    assert (workspace / "reports" / "rejects.csv").is_file()
