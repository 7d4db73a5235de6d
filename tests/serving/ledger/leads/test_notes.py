"""Notes on a lead go where the lead goes: merged with it, forgotten with it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from sqlalchemy import insert

from features.store import Store
from features.store.schema import METADATA, PERSON, note, outcome
from serving.ledger.leads.erase import forget_lead
from serving.ledger.leads.merge import merge_leads
from serving.ledger.leads.notes import read_notes

AT = datetime(2026, 4, 1, 9, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def two(store: Store, make_tables) -> Store:
    people = [
        {"lead_id": "L1", "name": "山田 花子", "email": "hanako@example.com"},
        {"lead_id": "L2", "name": "佐藤 一郎", "email": "ichiro@example.com"},
    ]
    store.write(make_tables(leads=("L1", "L2")), pa.Table.from_pylist(people, PERSON))
    return store


def _write(store: Store, lead_id: str, text: str, *, seconds: int = 0) -> None:
    at = AT + timedelta(seconds=seconds)
    with store.engine.begin() as connection:
        connection.execute(insert(note).values(lead_id=lead_id, written_at=at, by="a", text=text))


def test_a_merge_keeps_every_note_though_two_were_written_in_one_second(two: Store) -> None:
    _write(two, "L1", "first", seconds=0)
    _write(two, "L2", "second", seconds=0)
    _write(two, "L2", "third", seconds=1)
    _write(two, "L1", "last", seconds=60)

    merge_leads(two, "L1", ["L2"], by="test")

    kept = read_notes(two, "L1")
    assert [one.text for one in kept] == ["last", "third", "second", "first"]
    assert kept[0].written_at == AT + timedelta(seconds=60)
    assert read_notes(two, "L2") == ()


def test_notes_of_a_forgotten_lead_go_and_those_of_others_no_longer_name_the_person(
    two: Store,
) -> None:
    _write(two, "L1", "電話で話した")
    _write(two, "L2", "山田 花子さん(hanako@example.com)の紹介。L1と同じ会社、L11とは別")
    _write(two, "L2", "来週もう一度", seconds=1)
    with two.engine.begin() as connection:
        said = {
            "stage": "returned",
            "occurred_at": AT,
            "known_at": AT,
            "comment": "山田 花子に聞く",
        }
        connection.execute(insert(outcome).values(lead_id="L2", **said))

    gone = forget_lead(two, "L1", by="admin", zone=TOKYO)

    assert gone.n_rows["note"] == 1
    assert [one.text for one in read_notes(two, "L2")] == [
        "来週もう一度",
        "(forgotten)さん((forgotten))の紹介。(forgotten)と同じ会社、L11とは別",
    ]
    with two.engine.connect() as connection:
        left = "".join(
            repr(row)
            for table in METADATA.tables.values()
            for row in connection.execute(table.select())
        )
    assert [trace for trace in ("山田", "hanako", "電話で") if trace in left] == []


def test_a_short_number_in_the_notes_of_others_is_no_lead(store: Store, make_tables) -> None:
    store.write(make_tables(leads=("12", "L2")))
    _write(store, "L2", "12人で使う予定")

    forget_lead(store, "12", by="admin", zone=TOKYO)

    assert [one.text for one in read_notes(store, "L2")] == ["12人で使う予定"]
