"""Rows that lie ahead are named by import and check, and move neither scores nor cut-offs."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from features.definition import parse_definition
from features.store import Store
from features.store.schema import lead_state, outcome
from serving.ledger.leads.lead_state import refresh_standings

DEFINITION = """
format: 1
name: booked_ahead
title: {ja: 予約のある会社, en: Company with bookings}
time_zone: Asia/Tokyo
behaviours:
  - {name: webinar, label: {ja: セミナー参加, en: Webinar}}
attributes:
  - {name: channel, kind: category, label: {ja: 獲得チャネル, en: Channel}}
outcome: {stage: opportunity, horizon_days: 60}
cut_offs:
  mql: {rule: capacity, per_month: 100}
  sql: {rule: precision, at_least: 0.3}
rulebook:
  rules:
    - name: webinar_attended
      label: {ja: セミナーに参加した, en: Webinar attended}
      when: {behaviour: webinar, at_least: 1, within_days: 90}
      points: 20
  mql: {points: 10}
  sql: {points: 20}
"""

MAPPING = """
format: 1
time_zone: Asia/Tokyo
files:
  - match: people*.csv
    lead_id: Person
    lead: {created_at: Since}
    facts:
      - {attribute: channel, column: Via, known_at: created}
  - match: seminars*.csv
    lead_id: Person
    events:
      - {behaviour: webinar, occurred_at: Held}
"""

PEOPLE = "Person,Since,Via\n11,2026-03-02 10:00,fair\n12,2026-03-03 10:00,web\n"
SEMINARS = "Person,Held\n11,2026-03-20 15:00\n"
AHEAD = {
    "a seminar of 2062": ("seminars", "12,2062-04-08 15:00\n", "event", "8 Apr 2062", "12"),
    "a person of 2062": ("people", "13,2062-04-02 10:00,web\n", "lead", "2 Apr 2062", "13"),
}


@pytest.fixture
def place(awase, tmp_path: Path) -> Path:
    (tmp_path / "definition.yaml").write_text(DEFINITION, encoding="utf-8")
    (tmp_path / "import.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "seminars.csv").write_text(SEMINARS, encoding="utf-8")
    made = awase("init", tmp_path / "ws", "--definition", tmp_path / "definition.yaml")
    assert made.returncode == 0, made.stderr
    return tmp_path


def _import(awase, place: Path):
    files = (place / "people.csv", place / "seminars.csv")
    told = awase("import", *files, "--mapping", place / "import.yaml", "-w", place / "ws")
    assert told.returncode == 0, told.stderr
    return told


def _scores(awase, place: Path) -> dict[str, tuple[str, float, str]]:
    told = awase("score", "-w", place / "ws", "--json")
    assert told.returncode == 0, told.stderr
    return {
        row["lead_id"]: (row["as_of"], row["rulebook_points"], row["rulebook_qualification"])
        for row in json.loads(told.stdout)
    }


@pytest.mark.parametrize("case", AHEAD)
def test_a_row_ahead_is_named_and_moves_nothing(awase, place: Path, case: str) -> None:
    file, row, table, day, lead = AHEAD[case]
    _import(awase, place)
    before = _scores(awase, place)

    with (place / f"{file}.csv").open("a", encoding="utf-8") as opened:
        opened.write(row)
    told = _import(awase, place)
    checked = awase("check", "-w", place / "ws")

    for printed in (told.stdout, checked.stdout):
        words = " ".join(printed.split())
        assert f"future: 1 in table {table} dated {day}, after the data end (20 Mar 2026)" in words
        assert re.search(rf"leads {lead}\. Kept, and moving nothing", words)
    assert _scores(awase, place) == before
    assert before["11"] == ("2026-03-20T06:00:01+00:00", 20, "SQL")


def test_data_without_anything_ahead_say_nothing_of_the_future(awase, place: Path) -> None:
    assert "future" not in _import(awase, place).stdout
    assert "beyond the data" not in awase("check", "-w", place / "ws").stdout


def test_scoring_old_data_says_how_old_they_are(awase, place: Path) -> None:
    _import(awase, place)

    for words in (("score",), ("score", "--as-of", "now")):
        told = awase(*words, "-w", place / "ws")
        said = " ".join(told.stdout.split())
        assert re.search(r"The newest row is of 20 Mar 2026, \d+ days before \d", said), told.stderr


def test_a_cut_off_beyond_the_data_is_refused_by_every_command(awase, place: Path) -> None:
    _import(awase, place)
    (place / "test.csv").write_text("lead_id\n11\n", encoding="utf-8")
    asked = ("--test-leads", place / "test.csv", "--predictions", place / "out.csv")

    for words in (("retrain",), ("check",), ("evaluate", *asked)):
        told = awase(*words, "--data-cutoff", "2063-01-01", "-w", place / "ws")

        assert told.returncode == 3, words
        assert "must not lie beyond the data" in " ".join(told.stderr.split())


def test_what_is_expected_of_a_deal_ends_no_lead_before_its_day(awase, place: Path) -> None:
    _import(awase, place)
    _scores(awase, place)
    store = Store.open(f"sqlite:///{place / 'ws' / 'awase.db'}")
    expected = datetime(2062, 4, 8, tzinfo=UTC)
    with store.engine.begin() as connection:
        for stage in ("opportunity", "won"):
            row = {"lead_id": "11", "stage": stage, "occurred_at": expected, "known_at": expected}
            connection.execute(insert(outcome).values(**row))

    refresh_standings(store, parse_definition(DEFINITION, "d.yaml"))

    with store.engine.connect() as connection:
        columns = (lead_state.c.reached, lead_state.c.listed)
        stands = connection.execute(select(*columns).where(lead_state.c.lead_id == "11")).one()
    store.close()
    assert tuple(stands) == ("SQL", True)
