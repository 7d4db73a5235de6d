"""Runs, definition versions, releases, the champion and decisions."""

import os
import struct
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from sqlalchemy import update

from features.core.errors import LeadDataError, LockHeld, Refusal
from features.store import Store
from features.store.releases import (
    ReleaseEntry,
    read_champion,
    read_definitions,
    read_promotions,
    read_releases,
    record_definition,
    record_release,
    set_champion,
)
from features.store.runs import MAX_RUN_HOURS, finish_run, list_runs, running, start_run
from features.store.schema import DECISION, run
from serving.ledger.decisions import (
    read_decisions_about,
    read_decisions_of,
    read_newest_decisions,
    write_decisions,
)

VECTOR = struct.pack("<2d", 0.1, float("nan"))


def _release(store: Store, release_id: str) -> ReleaseEntry:
    version = record_definition(store, "format: 1", model="a" * 64, agreement="b" * 64, by="Ito")
    entry = ReleaseEntry(
        release_id=release_id,
        definition_version=version,
        made_at=datetime(2026, 4, 1, int(release_id[-1]), tzinfo=UTC),
        data_cutoff=datetime(2026, 4, 1, tzinfo=UTC),
        folder=f"releases/{release_id}",
        passed_gate=True,
        record="{}",
    )
    record_release(store, entry)
    return entry


def test_the_same_meaning_is_the_same_version(store: Store) -> None:
    first = record_definition(store, "one", model="a" * 64, agreement="b" * 64, by="Ito")
    again = record_definition(store, "two", model="a" * 64, agreement="b" * 64, by="Sato")
    other = record_definition(store, "three", model="a" * 64, agreement="c" * 64, by="Sato")

    assert first == again == "aaaaaaaaaa-bbbbbbbbbb"
    assert other == "aaaaaaaaaa-cccccccccc"
    assert {item.definition for item in read_definitions(store)} == {"one", "three"}


def test_a_release_is_read_back_as_it_was_recorded(store: Store) -> None:
    first, second = _release(store, "r1"), _release(store, "r2")

    record_release(store, first)

    assert read_releases(store) == [second, first]


def test_there_is_one_champion_and_every_promotion_is_remembered(store: Store) -> None:
    _release(store, "r1")
    _release(store, "r2")
    assert read_champion(store) is None

    set_champion(store, "r1", by="Ito", why="first")
    set_champion(store, "r2", by="Sato", why="better")

    champion = read_champion(store)
    assert champion is not None
    assert (champion.release_id, champion.by, champion.why) == ("r2", "Sato", "better")
    assert [item.release_id for item in read_promotions(store)] == ["r2", "r1"]


def test_a_champion_must_be_a_recorded_release(store: Store) -> None:
    with pytest.raises(LeadDataError, match=r"must be a recorded release; got 'r9'"):
        set_champion(store, "r9", by="Ito", why="typing error")

    assert read_champion(store) is None


def test_a_second_run_is_told_whose_the_first_is(store: Store) -> None:
    first = start_run(store, "retrain")

    with pytest.raises(LockHeld, match=rf"'retrain' by .*\(process {os.getpid()}\) since"):
        start_run(store, "score")

    finish_run(store, first, state="done")
    second = start_run(store, "score")
    states = {item.run_id: item.state for item in list_runs(store)}
    assert states == {first: "done", second: "running"}


def test_a_run_whose_process_died_gives_way(store: Store) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    )
    dead = start_run(store, "retrain")
    with store.engine.begin() as connection:
        connection.execute(update(run).values(process=int(ended.stdout)))

    start_run(store, "retrain")

    assert {item.run_id: item.state for item in list_runs(store)}[dead] == "failed"


@pytest.mark.parametrize(
    ("hours", "gives_way"), [(MAX_RUN_HOURS - 1, False), (MAX_RUN_HOURS + 1, True)]
)
def test_a_run_on_another_machine_gives_way_after_a_while(
    store: Store, hours: int, gives_way: bool
) -> None:
    start_run(store, "retrain")
    began = datetime.now(UTC) - timedelta(hours=hours)
    with store.engine.begin() as connection:
        connection.execute(update(run).values(host="elsewhere", process=1, started_at=began))

    if gives_way:
        start_run(store, "retrain")
    else:
        with pytest.raises(LockHeld, match="one run at a time"):
            start_run(store, "retrain")


def test_a_run_ends_as_its_block_does(store: Store) -> None:
    with running(store, "import"):
        pass
    with pytest.raises(Refusal, match="no better"), running(store, "retrain"):
        raise Refusal("no better than the base rate")
    with pytest.raises(KeyboardInterrupt, match="stop"), running(store, "score"):
        raise KeyboardInterrupt("stop")

    ended = {item.kind: (item.state, item.detail) for item in list_runs(store)}
    assert ended == {
        "import": ("done", None),
        "retrain": ("refused", "no better than the base rate"),
        "score": ("failed", "KeyboardInterrupt"),
    }


def _decisions(run_id: str, **probability: float | None) -> pa.Table:
    rows = [
        {
            "lead_id": lead,
            "as_of": 10,
            "decided_at": 11,
            "run_id": run_id,
            "definition_version": "v",
            "release_id": None if value is None else "r1",
            "probability": value,
            "qualification": "MQL",
            "rulebook_points": 15.0,
            "rulebook_qualification": "NONE",
            "feature_vector": VECTOR,
        }
        for lead, value in probability.items()
    ]
    return pa.Table.from_pylist(rows, DECISION)


def test_the_newest_decision_of_each_lead_is_read(store: Store) -> None:
    write_decisions(store, _decisions("run1", a=0.1, b=None))
    write_decisions(store, _decisions("run2", a=0.3))

    newest = read_newest_decisions(store)

    assert newest["lead_id"].to_pylist() == ["a", "b"]
    assert newest["probability"].to_pylist() == [0.3, None]
    assert newest["feature_vector"].to_pylist() == [VECTOR, VECTOR]


def test_decisions_about_a_lead_are_read_newest_first(store: Store) -> None:
    write_decisions(store, _decisions("run1", a=0.1, b=0.2))
    write_decisions(store, _decisions("run2", a=0.3))

    about = read_decisions_about(store, "a")

    assert about["probability"].to_pylist() == [0.3, 0.1]
    assert about["run_id"].to_pylist() == ["run2", "run1"]
    assert about["feature_vector"].to_pylist() == [VECTOR, VECTOR]
    assert about.schema == read_newest_decisions(store).schema


def test_decisions_of_a_run_are_read_in_the_order_of_writing(store: Store) -> None:
    write_decisions(store, _decisions("run1", b=0.2, a=0.1))
    write_decisions(store, _decisions("run2", a=0.3))

    mine = read_decisions_of(store, "run1")

    assert mine["lead_id"].to_pylist() == ["b", "a"]
    assert mine.drop(["decision_id"]).equals(_decisions("run1", b=0.2, a=0.1))


def test_decisions_without_a_column_are_refused(store: Store) -> None:
    with pytest.raises(LeadDataError, match="got none of probability"):
        write_decisions(store, _decisions("run1", a=0.1).drop(["probability"]))


def test_a_run_id_that_could_be_a_query_is_refused(store: Store) -> None:
    with pytest.raises(LeadDataError, match="must be letters and digits"):
        read_decisions_of(store, "x' OR 'a' = 'a")
