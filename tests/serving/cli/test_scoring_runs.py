"""A scoring run looks from a moment that has come, and a wrong one can be taken back."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from features.store import Store
from features.store.runs import list_runs, running
from features.store.schema import audit, decision, hand_over, lead_state
from tests.serving.cli.few_leads import DEFINITION, MAPPING


@pytest.fixture
def place(awase, tmp_path: Path) -> Path:
    """A workspace with two leads of March; one asked on the tenth."""
    files = {
        "definition.yaml": DEFINITION,
        "import.yaml": MAPPING,
        "people.csv": "Person,Since\n11,2026-03-02 10:00\n12,2026-03-03 10:00\n",
        "asked.csv": "Person,At\n11,2026-03-10 15:00\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    folder = tmp_path / "ws"
    for words in (
        ("init", folder, "--definition", tmp_path / "definition.yaml"),
        ("import", *tmp_path.glob("*.csv"), "--mapping", tmp_path / "import.yaml", "-w", folder),
    ):
        told = awase(*words)
        assert told.returncode == 0, told.stderr
    return folder


def _score(awase, place: Path, *words: str) -> str:
    """Score; give the id of the run, which may share its second with the one before."""
    before = {run["run_id"] for run in _runs(awase, place)}
    told = awase("score", *words, "-w", place)
    assert told.returncode == 0, told.stderr
    (new,) = {run["run_id"] for run in _runs(awase, place)} - before
    return new


def _runs(awase, place: Path) -> list[dict]:
    told = awase("score", "--runs", "--json", "-w", place)
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def _states(place: Path) -> dict[str, tuple]:
    store = Store.open(f"sqlite:///{place / 'awase.db'}")
    columns = (lead_state.c.lead_id, lead_state.c.as_of, lead_state.c.qualification)
    with store.engine.connect() as connection:
        found = {row[0]: tuple(row[1:]) for row in connection.execute(select(*columns))}
    store.close()
    return found


def _count(place: Path, table) -> int:
    store = Store.open(f"sqlite:///{place / 'awase.db'}")
    with store.engine.connect() as connection:
        found = connection.scalar(select(func.count()).select_from(table))
    store.close()
    return found or 0


def test_a_moment_that_has_not_come_is_refused_and_nothing_is_written(awase, place: Path) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    told = awase("score", "--as-of", tomorrow.isoformat(), "-w", place)

    assert told.returncode == 3
    assert "from a moment that has come; got" in " ".join(told.stderr.split())
    assert _count(place, decision) == 0


def test_nothing_is_explained_from_a_moment_that_has_not_come(awase, place: Path) -> None:
    told = awase("explain", "11", "--as-of", "2090-01-01", "-w", place)

    assert told.returncode == 3
    assert "from a moment that has come; got 2089-12-31 15:00 UTC" in " ".join(told.stderr.split())


def test_clocks_may_differ_by_minutes(awase, place: Path) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=2)

    assert awase("score", "--as-of", soon.isoformat(), "-w", place).returncode == 0


def test_a_run_taken_back_leaves_leads_where_the_run_before_put_them(awase, place: Path) -> None:
    _score(awase, place)
    before, handed_over = _states(place), _count(place, hand_over)
    assert before["11"][1] == "SQL"
    wrong = _score(awase, place, "--as-of", "2026-06-01")
    assert _states(place)["11"][1] == "NONE"

    told = awase("score", "--undo", wrong[:12], "-w", place)

    assert told.returncode == 0, told.stderr
    assert "2 decisions as of 1 Jun 2026" in " ".join(told.stdout.split())
    assert _states(place) == before
    assert _count(place, hand_over) == handed_over == 1
    assert _count(place, decision) == 2
    assert _count(place, audit) >= 1


def test_hand_overs_of_a_run_taken_back_stay(awase, place: Path) -> None:
    only = _score(awase, place)

    told = awase("score", "--undo", only, "-w", place)

    assert "1 hand-overs of that instant stay" in " ".join(told.stdout.split())
    assert (_count(place, decision), _count(place, hand_over)) == (0, 1)


def test_after_a_wrong_run_is_taken_back_the_next_one_is_no_look_back(awase, place: Path) -> None:
    wrong = _score(awase, place, "--as-of", "2026-06-01")
    looked_back = awase("score", "-w", place)
    assert "A look back" in looked_back.stdout
    assert [run["run_id"] for run in _runs(awase, place)] == [wrong]
    awase("score", "--undo", wrong, "-w", place)

    told = awase("score", "-w", place)

    assert "A look back" not in told.stdout
    assert "1 handed over to sales now" in told.stdout


def test_runs_are_listed_newest_first_with_what_became_of_them(awase, place: Path) -> None:
    first = _score(awase, place)
    second = _score(awase, place, "--as-of", "2026-06-01")
    awase("score", "--undo", second, "-w", place)

    runs = _runs(awase, place)

    assert [run["run_id"] for run in runs] == [second, first]
    assert [run["detail"]["n_leads"] for run in runs] == [2, 2]
    assert runs[0]["detail"]["undone_by"] is not None
    assert runs[1]["detail"]["undone_at"] is None
    shown = awase("score", "--runs", "-w", place).stdout
    assert "taken back by" in shown
    assert first[:12] in shown


def test_runs_of_one_second_are_listed_newest_first_on_both_databases(store: Store) -> None:
    made = []
    for _ in range(6):
        with running(store, "score") as run_id:
            made.append(run_id)

    listed = [run.run_id for run in list_runs(store, kind="score")]

    assert listed == made[::-1]


@pytest.mark.parametrize("name", ["none", ""])
def test_a_run_that_nobody_made_is_not_taken_back(awase, place: Path, name: str) -> None:
    _score(awase, place)

    told = awase("score", "--undo", name, "-w", place)

    assert told.returncode == 1
    assert "a scoring run is named by its id" in " ".join(told.stderr.split())


def test_a_run_is_taken_back_once(awase, place: Path) -> None:
    run_id = _score(awase, place)
    awase("score", "--undo", run_id, "-w", place)

    told = awase("score", "--undo", run_id, "-w", place)

    assert told.returncode == 3
    assert "no decision is left" in " ".join(told.stderr.split())


def test_before_any_run_the_list_says_so(awase, place: Path) -> None:
    assert "No scoring run has finished yet" in awase("score", "--runs", "-w", place).stdout
