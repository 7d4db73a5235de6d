"""``awase import`` as a person or a script meets it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from features.store import Store

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


def test_a_lead_that_is_stored_is_merged_when_an_export_says_so(
    awase, workspace: Path, tmp_path: Path
) -> None:
    mapping = tmp_path / "merged.yaml"
    mapping.write_text(MAPPING.replace("created}", "created, merged_into: into}", 1), "utf-8")
    leads = tmp_path / "leads.csv"
    head, one = "ID,created,channel,into\n", "1,2026-04-01,web,\n"

    for two in ("2,2026-04-02,mail,\n", "2,2026-04-02,mail,1\n"):
        leads.write_text(head + one + two, encoding="utf-8")
        told = awase("import", leads, "--mapping", mapping, "-w", workspace)
        assert told.returncode == 0, told.stderr

    store = Store.open(f"sqlite:///{workspace / 'awase.db'}")
    assert store.read_table("lead")["lead_id"].to_pylist() == ["1"]
    store.close()


STATUS_NOW = """
format: 1
time_zone: Asia/Tokyo
files:
  - match: leads*.csv
    observed_at: 2025-12-31
    lead_id: ID
    lead: {created_at: created}
    facts: [{attribute: channel, column: channel, known_at: created}]
    outcomes:
      - stage: {column: status, values: {Won: opportunity, Lost: lost}}
        occurred_at: OCCURRED
"""


def _status_export(folder: Path) -> Path:
    """Nine hundred leads; every third is won, every third lost, every third still open."""
    rows = [
        f"{at},2024-{at % 12 + 1:02}-{at % 28 + 1:02},{('Won', 'Lost', '')[at % 3]},{'ab'[at % 2]}"
        for at in range(900)
    ]
    path = folder / "leads.csv"
    path.write_text("\n".join(["ID,created,status,channel", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("occurred", ["created", "unknown"])
def test_a_status_without_a_date_is_diagnosed_as_that(
    awase, workspace: Path, tmp_path: Path, occurred: str
) -> None:
    definition = workspace / "lead_definition.yaml"
    definition.write_text(DEFINITION + "snapshots: {at: creation}\n", encoding="utf-8")
    mapping = tmp_path / "now.yaml"
    mapping.write_text(STATUS_NOW.replace("OCCURRED", occurred), encoding="utf-8")

    told = awase("import", _status_export(tmp_path), "--mapping", mapping, "-w", workspace)
    checked = awase("check", "-w", workspace)

    assert told.returncode == 0, told.stderr
    assert checked.returncode == 0, checked.stderr
    if occurred == "unknown":
        assert "300 outcomes have no date" in checked.stdout
        assert "Yes: 300 leads reached opportunity within the horizon" in checked.stdout
    else:
        assert "300 outcomes lie at or before the moment leads are looked at" in checked.stdout
        assert "Import more history" not in checked.stdout


UNDATED = """
format: 1
undated: true
files:
  - match: leads*.csv
    lead_id: ID
    lead: {}
    facts: [{attribute: channel, column: channel, known_at: created}]
    outcomes:
      - stage: {column: status, values: {Won: opportunity, Lost: lost}}
"""


def test_open_leads_of_a_table_without_dates_are_unknown_and_check_asks(
    awase, workspace: Path, tmp_path: Path
) -> None:
    definition = workspace / "lead_definition.yaml"
    text = DEFINITION.replace("horizon_days: 60", "horizon_days: null")
    text = text.replace("{rule: capacity, per_month: 100}", "{rule: precision, at_least: 0.1}")
    definition.write_text(text + "snapshots: {at: undated}\n", encoding="utf-8")
    mapping = tmp_path / "undated.yaml"
    mapping.write_text(UNDATED, encoding="utf-8")

    told = awase("import", _status_export(tmp_path), "--mapping", mapping, "-w", workspace)
    checked = awase("check", "-w", workspace)

    assert told.returncode == 0, told.stderr
    assert "300 leads have neither the outcome nor are lost" in checked.stdout
    assert "outcome.only_decided: true" in checked.stdout
    # Six hundred of nine hundred are decided, half of them won.
    assert any(
        line.split()[:2] == ["all", "600"] and "50" in line for line in checked.stdout.splitlines()
    )


def test_a_dry_run_stores_nothing_and_says_what_to_do(
    awase, workspace: Path, tmp_path: Path
) -> None:
    (tmp_path / "leads.csv").write_text(
        "ID,created,channel\n1,2026-04-01,web\n2,04/20/2026,web\n", encoding="utf-8"
    )
    asked = ("import", tmp_path / "leads.csv", "--mapping", tmp_path / "import.yaml")

    told = awase(*asked, "--dry-run", "-w", workspace)
    then = awase(*asked, "-w", workspace)

    assert told.returncode == then.returncode == 0, told.stderr
    assert "would be stored" in told.stdout
    assert "line 3: '04/20/2026'" in told.stdout
    assert 'say `format: "%m/%d/%Y"` beside the column' in told.stdout
    assert "nothing was stored" in told.stdout
    lead = next(line for line in then.stdout.splitlines() if line.startswith("lead"))
    assert lead.split() == ["lead", "2", "1", "0", "1"]


def test_files_nobody_knows_are_understood_in_the_words_of_the_agreement(
    awase, workspace: Path, tmp_path: Path
) -> None:
    rows = "".join(
        f"K-{at:04},2026/{at % 3 + 1:02}/{at % 28 + 1:02},{('検索', '紹介')[at % 2]},x{at % 3},"
        f"{'2026/04/02' if at % 5 == 0 else ''}\n"
        for at in range(60)
    )
    leads = tmp_path / "見込客.csv"
    leads.write_text("管理番号,登録日,経路,区分,商談化日\n" + rows, encoding="utf-8")

    told = awase("import", leads, "-w", workspace)

    assert told.returncode == 0, told.stderr
    text = (workspace / "reports" / "proposed_import.yaml").read_text(encoding="utf-8")
    assert "{attribute: channel, column: 経路, known_at: created}  # 9" in text
    assert "attribute: field" not in text
    assert "named like the day a lead came to be" in text
    store = Store.open(f"sqlite:///{workspace / 'awase.db'}")
    assert store.read_table("lead").num_rows == 60
    assert set(store.read_table("outcome")["stage"].to_pylist()) == {"opportunity"}
    assert set(store.read_table("fact")["value"].to_pylist()) == {"検索", "紹介"}
    store.close()


def test_a_guess_that_would_store_wrong_leads_is_shown_and_not_imported(
    awase, workspace: Path, tmp_path: Path
) -> None:
    rows = "".join(
        f"{at % 20 + 1},{('webinar', 'visit')[at % 2]},2026-03-{at % 28 + 1:02} 10:{at % 60:02}\n"
        for at in range(200)
    )
    log = tmp_path / "activities.csv"
    log.write_text("lead_id,activity_type,activity_date\n" + rows, encoding="utf-8")

    told = awase("import", log, "-w", workspace)

    assert told.returncode == 1
    assert "leads would be made of the events in activities.csv. Look at" in told.stderr
    assert "Traceback" not in told.stderr
    proposed = workspace / "reports" / "proposed_import.yaml"
    assert "webinar: webinar" in proposed.read_text(encoding="utf-8")
    store = Store.open(f"sqlite:///{workspace / 'awase.db'}")
    assert store.read_table("lead").num_rows == 0
    store.close()
    assert awase("import", log, "--mapping", proposed, "-w", workspace).returncode == 0


@pytest.mark.parametrize("then", [pytest.param("import", marks=pytest.mark.long), "forget"])
def test_copies_that_a_killed_import_left_are_gone_after_what_comes_next(
    awase, workspace: Path, tmp_path: Path, then: str
) -> None:
    small, large = tmp_path / "leads.csv", tmp_path / "leads_all.csv"
    small.write_text("ID,created,channel\nL1,2026-04-01,web\n", encoding="utf-8")
    rows = "".join(f"L{number},2026-04-01,web\n" for number in range(200_000))
    large.write_text("ID,created,channel\n" + rows, encoding="utf-8")
    with_mapping = ("--mapping", tmp_path / "import.yaml", "-w", workspace)
    assert awase("import", small, *with_mapping).returncode == 0
    copies = workspace / ".import.unfinished"

    command = [sys.executable, "-c", "from serving.cli.main import main; main()", "import", large]
    sliced = os.environ | {"AWASE_IMPORT_SLICE_MB": "1"}
    with subprocess.Popen([*command, *with_mapping], env=sliced) as killed:
        while killed.poll() is None and not any(path.is_file() for path in copies.rglob("*")):
            time.sleep(0.01)
        killed.kill()
    assert killed.returncode == -signal.SIGKILL
    assert copies.is_dir()
    next_one = (
        ("import", small, *with_mapping)
        if then == "import"
        else ("forget", "L1", "--yes", "-w", workspace)
    )
    told = awase(*next_one)

    assert told.returncode == 0, told.stderr
    assert not copies.exists()
