"""``awase forget`` cleans the reports, and says where a file still names the person."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from features.definition import TEMPLATE
from features.store.schema import finding, lead, person
from serving.ledger.leads.erase import spellings
from serving.workspace.create import create_workspace
from serving.workspace.workspace import Workspace

LEADS = """lead_id,created,name,email
L1,2026-04-01 10:00,山田 花子,hanako@example.com
L2,2026-04-01 11:00,佐藤 一郎,ichiro@example.com
"""
MAPPING = """format: 1
time_zone: Asia/Tokyo
files:
  - match: leads.csv
    lead_id: lead_id
    lead: {created_at: created}
    person: {name: [name], email: email}
"""


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "ours", TEMPLATE)


def test_reports_are_cleaned_and_foreign_files_named(place: Workspace, awase) -> None:
    exports = place.folder / "exports"
    exports.mkdir()
    (exports / "leads.csv").write_text(LEADS, encoding="utf-8")
    (exports / "import.yaml").write_text(MAPPING, encoding="utf-8")
    files = ("import", str(exports / "leads.csv"), "--mapping", str(exports / "import.yaml"))
    where = ("--workspace", str(place.folder))
    assert awase(*files, *where).returncode == 0
    report = place.report_path("list.csv")
    report.write_text("L1,山田 花子,0.4\nL2,佐藤 一郎,0.2\n", encoding="utf-8")
    left = _left_by_a_killed_run_on_a_cluster(place.releases_dir)

    said = awase("forget", "L1", "--yes", *where).stdout

    cleaned = report.read_text(encoding="utf-8")
    assert cleaned.startswith("forgotten-")
    assert cleaned.endswith(",(forgotten),0.4\nL2,佐藤 一郎,0.2\n")
    assert "exports/leads.csv" in said.replace("\n", "")
    assert not left.exists()
    again = awase(*files, *where).stdout
    assert "2 rows of forgotten leads were not stored again" in again.replace("\n", " ")


def _left_by_a_killed_run_on_a_cluster(releases: Path) -> Path:
    killed = (
        "import os, sys; from pathlib import Path; from features.distributed.laid_out import *\n"
        "with laid_out_in(Path(sys.argv[1])) as folder: print(folder, flush=True); os._exit(1)"
    )
    releases.mkdir(exist_ok=True)
    made = subprocess.run(
        [sys.executable, "-c", killed, str(releases)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    left = Path(made.stdout.strip())
    assert left.is_dir()
    return left


def test_retention_periods_remove_silent_leads_only_where_they_are_set(
    place: Workspace, awase, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ("--workspace", str(place.folder))

    assert "kept without a limit" in awase("forget", "--expired", "--yes", *where).stdout
    monkeypatch.setenv("AWASE_KEEP_LEADS_DAYS", "30")
    assert "0 silent leads forgotten" in awase("forget", "--expired", "--yes", *where).stdout


@pytest.mark.parametrize("lead_id", ['LEAD"7"\\x', "リード7"])
def test_no_byte_of_the_workspace_names_a_forgotten_person(
    place: Workspace, awase, lead_id
) -> None:
    store = place.store()
    now = datetime.now(UTC)
    with store.engine.begin() as connection:
        connection.execute(insert(lead).values(lead_id=lead_id, created_at=now, day_only=False))
        connection.execute(insert(person).values(lead_id=lead_id, name="山田 花子"))
        for number, as_ascii in enumerate((True, False)):
            record = json.dumps({"leads": [lead_id, "L2"]}, ensure_ascii=as_ascii)
            connection.execute(
                insert(finding).values(
                    kind="x", subject=str(number), found_at=now, stamp="", record=record
                )
            )
    # Earlier work moved and freed rows that named the person.
    with store.engine.begin() as connection:
        connection.execute(update(person).values(company="株式会社山田花子" * 500))
        connection.execute(update(person).values(company=None))
    store.close()
    report = place.report_path("list.json")
    report.write_text(json.dumps({"lead": lead_id, "name": "山田 花子"}), encoding="utf-8")

    told = awase("forget", lead_id, "--yes", "--workspace", str(place.folder))

    assert told.returncode == 0, told.stderr
    assert "awase.db" not in told.stdout
    assert "Backups made before now" in told.stdout
    traces = [w.encode() for t in (lead_id, "山田 花子", "山田花子") for w in spellings(t)]
    for path in (path for path in place.folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert not [trace for trace in traces if trace in content], path
    with place.store().engine.connect() as connection:
        records = connection.scalars(select(finding.c.record)).all()
    assert all(json.loads(record)["leads"][0].startswith("forgotten-") for record in records)
