"""A month's work: its steps, where it goes on after it was stopped, and what it leaves behind."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from features.store.runs import list_runs, running
from serving.cli.monthly.month_record import only_one
from serving.workspace.workspace import Workspace
from tests.serving.cli.few_leads import DEFINITION, MAPPING

MARCH = "Person,At\n11,2026-03-10 15:00\n12,2026-04-02 09:00\n"
ALL_STEPS = ["import", "check", "retrain", "score", "review", "digest"]


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "import.yaml").write_text(MAPPING, encoding="utf-8")
    people = "Person,Since\n11,2026-03-02 10:00\n12,2026-03-03 10:00\n"
    (folder / "people.csv").write_text(people, encoding="utf-8")
    (folder / "asked.csv").write_text(MARCH, encoding="utf-8")
    return folder


@pytest.fixture
def place(awase, tmp_path: Path) -> Path:
    definition = tmp_path / "definition.yaml"
    definition.write_text(DEFINITION, encoding="utf-8")
    told = awase("init", tmp_path / "ws", "--definition", definition)
    assert told.returncode == 0, told.stderr
    return tmp_path / "ws"


@pytest.fixture
def march(awase, place: Path, exports: Path):
    """Call the month of March, with further options."""

    def call(*options):
        mapping = exports / "import.yaml"
        files = (exports / "people.csv", exports / "asked.csv", "--mapping", mapping)
        return awase("monthly", *files, "--month", "2026-03", "-w", place, *options)

    return call


def _kept(place: Path) -> dict:
    return json.loads((place / "reports/monthly-2026-03.json").read_text(encoding="utf-8"))


def _kinds(place: Path) -> list[str]:
    store = Workspace.at(place).store()
    kinds = [run.kind for run in reversed(list_runs(store))]
    store.close()
    return kinds


def test_a_refused_release_does_not_end_the_month(march, place: Path) -> None:
    told = march()

    states = {step["name"]: step["state"] for step in _kept(place)["steps"]}
    assert told.returncode == 3
    assert list(states) == ALL_STEPS
    assert states["retrain"] == "refused"
    assert "data cut-off 1 Apr 2026 00:00" in told.stdout
    assert "4 rows read, 4 stored, 0 rejected" in told.stdout
    assert (place / "reports/review-2026-03.html").is_file()
    assert _kinds(place) == ["import", "retrain", "score"]


@pytest.mark.parametrize(("language", "word"), [("ja", "不合格"), ("en", "refused")])
def test_the_report_names_each_step_in_both_languages(march, place, language, word) -> None:
    march()

    text = (place / f"reports/monthly-2026-03.{language}.md").read_text(encoding="utf-8")

    rows = [line for line in text.splitlines() if re.search(r"\d{2}:\d{2}", line) and "|" in line]
    assert len(rows) == len(ALL_STEPS)
    assert word in text


def test_a_finished_month_is_not_made_again_unless_asked(march, place: Path) -> None:
    march()
    first = _kept(place)

    march()
    same = _kept(place)
    march("--again")

    assert same == first
    assert _kinds(place) == ["import", "retrain", "score"] * 2


def test_a_month_goes_on_at_the_step_that_was_stopped(march, place: Path) -> None:
    march()
    record = _kept(place)
    record["steps"] = record["steps"][:3]
    (place / "reports/monthly-2026-03.json").write_text(json.dumps(record), encoding="utf-8")

    march()

    assert [step["name"] for step in _kept(place)["steps"]] == ALL_STEPS
    assert _kinds(place) == ["import", "retrain", "score", "score"]


def test_new_content_of_a_file_begins_the_month_anew(march, place: Path, exports: Path) -> None:
    march()
    (exports / "asked.csv").write_text(MARCH + "11,2026-04-03 10:00\n", encoding="utf-8")

    told = march()

    assert "5 rows read, 1 stored" in told.stdout


def test_data_that_end_before_the_cut_off_are_imported_again(march, place, exports) -> None:
    (exports / "asked.csv").write_text("Person,At\n11,2026-03-10 15:00\n", encoding="utf-8")
    beyond = ("--data-cutoff", "2090-01-01")

    told = march(*beyond)
    march(*beyond)

    assert told.returncode == 3
    assert "done and kept: import. The same command goes on from there." in told.stderr
    assert "must not lie beyond the data" in told.stderr
    assert [step["name"] for step in _kept(place)["steps"]] == ["import"]
    assert _kinds(place) == ["import", "import"]


def test_a_second_month_at_once_is_turned_away_until_the_first_ends(march, place: Path) -> None:
    with only_one(Workspace.at(place)):
        told = march()
    after = march()

    assert told.returncode == 4
    assert "one `awase monthly` at a time" in told.stderr
    assert after.returncode == 3


@pytest.mark.long
def test_the_lock_goes_with_a_process_that_was_killed(march, place: Path) -> None:
    program = (
        "import os, sys, pathlib\n"
        "from serving.cli.monthly.month_record import only_one\n"
        "from serving.workspace.workspace import Workspace\n"
        "with only_one(Workspace.at(pathlib.Path(sys.argv[1]))):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(place)], check=False)

    assert march().returncode == 3


def test_another_run_at_work_stops_the_month_with_code_4(march, place: Path) -> None:
    store = Workspace.at(place).store()
    with running(store, "score"):
        told = march()
    store.close()

    assert told.returncode == 4
    assert "done and kept: nothing yet" in told.stderr


def test_quiet_prints_only_what_somebody_must_look_at(march) -> None:
    told = march("--quiet")

    assert told.stdout == ""
    assert len(told.stderr.strip().splitlines()) == 1
    assert march("--quiet").stderr == told.stderr


def test_json_is_the_record(march, place: Path) -> None:
    told = march("--json")

    assert json.loads(told.stdout)["steps"][0]["name"] == "import"
