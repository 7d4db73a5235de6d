"""Tables in and out of real databases, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from features.core.errors import LeadDataError
from features.store import Store, Written, bulk
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.schema import METADATA, PERSON

NAMES = ("lead", "fact", "event", "outcome", "hand_over")


def _tables(**rows: list[dict[str, Any]]) -> LeadTables:
    schemas = dict(zip(NAMES, (LEAD, FACT, EVENT, OUTCOME, HAND_OVER), strict=True))
    return LeadTables(
        **{name: pa.Table.from_pylist(rows.get(name, []), schemas[name]) for name in NAMES}
    )


def _lead(lead_id: str, created_at: int) -> dict[str, Any]:
    return {"lead_id": lead_id, "created_at": created_at, "day_only": False, "arrival": None}


def _event(event_id: str, lead_id: str, occurred_at: int, **others: Any) -> dict[str, Any]:
    event = {"event_id": event_id, "lead_id": lead_id, "occurred_at": occurred_at}
    rest = {"behaviour": "visit", "known_at": occurred_at, "actor": "lead", "amount": None}
    return event | rest | others


TWO_LEADS = _tables(
    lead=[_lead("b", 100), _lead("a", 200)],
    fact=[
        {"lead_id": "a", "attribute": "x", "known_at": 200, "value": "1", "honest": True},
        {"lead_id": "a", "attribute": "x", "known_at": 300, "value": None, "honest": False},
    ],
    event=[_event("e2", "b", 120, amount=2.5), _event("e1", "b", 110, known_at=400)],
    outcome=[
        {"lead_id": "b", "stage": "won", "occurred_at": 150, "known_at": 160, "by": "Ito"},
        {
            "lead_id": "b",
            "stage": "accepted",
            "occurred_at": 130,
            "known_at": 130,
            "easy_to_act_on": True,
        },
    ],
    hand_over=[
        {
            "lead_id": "b",
            "cycle": 1,
            "handed_over_at": 125,
            "qualification": "MQL",
            "by": "rulebook",
        }
    ],
)


def test_what_was_written_is_read_back_in_key_order(store: Store) -> None:
    store.write(TWO_LEADS)

    tables = store.read_tables()

    assert tables.lead["lead_id"].to_pylist() == ["a", "b"]
    assert tables.event["event_id"].to_pylist() == ["e1", "e2"]
    assert tables.fact.to_pylist() == TWO_LEADS.fact.to_pylist()
    assert tables.outcome["easy_to_act_on"].to_pylist() == [True, None]
    for name in NAMES:
        assert getattr(tables, name).schema == getattr(TWO_LEADS, name).schema


def test_an_empty_store_gives_tables_with_the_declared_columns(store: Store) -> None:
    tables = store.read_tables()

    assert [getattr(tables, name).num_rows for name in NAMES] == [0] * 5
    assert tables.event.schema == EVENT


def test_text_after_a_thousand_nulls_is_still_text(store: Store) -> None:
    outcomes = [
        {"lead_id": "a", "stage": "won", "occurred_at": at, "known_at": at} for at in range(3000)
    ]
    outcomes[-1]["reason"] = "理由"
    store.write(_tables(lead=[_lead("a", 0)], outcome=outcomes))

    reasons = store.read_tables().outcome["reason"]

    assert reasons.null_count == 2999
    assert reasons[-1].as_py() == "理由"


def test_narrow_tables_say_the_same_without_the_ids_of_events(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "ROWS_OF_CHUNK", 1)  # each batch becomes a chunk of its own
    n_events = 3000
    leads = [_lead(name, 0) for name in ("a", "b")]
    events = [
        _event(f"e{n}", "b" if n < 1500 else "a", n, behaviour=f"visit{n % 3}")
        for n in range(n_events)
    ]
    facts = [
        {
            "lead_id": lead,
            "attribute": "industry",
            "known_at": n,
            "value": "retail" if n % 2 else None,
            "honest": True,
        }
        for lead in ("a", "b")
        for n in range(9)
    ]
    store.write(_tables(lead=leads, event=events, fact=facts))

    whole, narrow = store.read_tables(), store.read_narrow_tables()

    assert whole.event.schema == EVENT
    assert pa.types.is_dictionary(narrow.fact.schema.field("value").type)
    assert narrow.fact.cast(FACT).equals(whole.fact)
    assert narrow.lead == whole.lead
    assert narrow.event.column_names == [name for name in EVENT.names if name != "event_id"]
    assert narrow.event.cast(whole.event.drop_columns("event_id").schema).equals(
        whole.event.drop_columns("event_id")
    )
    texts = narrow.event.column("lead_id")
    assert {tuple(chunk.dictionary.to_pylist()) for chunk in texts.chunks} == {("a", "b")}


def test_what_is_read_of_sqlite_takes_no_more_memory_than_it_holds(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'awase.db'}")
    store.write(_tables(lead=[_lead("a", 0)], event=[_event(f"e{n}", "a", n) for n in range(9000)]))
    before = pa.total_allocated_bytes()

    event = store.read_tables().event

    # A driver's own batches are allocated elsewhere, and up to twice as large.
    assert event.nbytes <= pa.total_allocated_bytes() - before <= 1.1 * event.nbytes
    assert event.column("lead_id").num_chunks <= 2


def test_writing_twice_changes_nothing(store: Store) -> None:
    first = store.write(TWO_LEADS)

    again = store.write(TWO_LEADS)

    counts = {"lead": 2, "fact": 2, "event": 2, "outcome": 2, "hand_over": 1}
    assert first == {name: Written(stored=n, unchanged=0) for name, n in counts.items()}
    assert again == {name: Written(stored=0, unchanged=n) for name, n in counts.items()}


def test_a_changed_value_is_a_correction(store: Store) -> None:
    store.write(TWO_LEADS)
    moved = _tables(
        event=[_event("e2", "b", 121, amount=2.5), _event("e1", "b", 110, known_at=400)]
    )

    written = store.write(moved)["event"]

    assert written == Written(stored=1, unchanged=1)
    assert store.read_tables().event["occurred_at"].to_pylist() == [110, 121]


def test_a_null_that_becomes_a_value_is_a_correction(store: Store) -> None:
    store.write(_tables(lead=[_lead("a", 0)], event=[_event("e", "a", 5)]))

    written = store.write(_tables(event=[_event("e", "a", 5, amount=1.0)]))["event"]

    assert written == Written(stored=1, unchanged=0)


def test_reading_until_a_second_leaves_out_what_was_known_then_or_later(store: Store) -> None:
    store.write(TWO_LEADS)

    tables = store.read_tables(until=160)

    # Lead a came at 200; the event e1 was known at 400, the win at 160: not before 160.
    assert tables.lead["lead_id"].to_pylist() == ["b"]
    assert tables.event["event_id"].to_pylist() == ["e2"]
    assert tables.outcome["stage"].to_pylist() == ["accepted"]
    assert tables.fact.num_rows == 0


def test_reading_one_lead_equals_its_part_of_all(store: Store) -> None:
    store.write(TWO_LEADS)

    mine = store.read_lead("b")

    everything = store.read_tables()
    for name in NAMES:
        whole = getattr(everything, name)
        part = [row for row in whole.to_pylist() if row["lead_id"] == "b"]
        assert getattr(mine, name).to_pylist() == part
        assert getattr(mine, name).schema == whole.schema


def test_a_lead_nobody_knows_has_empty_tables(store: Store) -> None:
    assert store.read_lead("nobody").lead.num_rows == 0


def test_the_same_key_twice_is_refused(store: Store) -> None:
    twice = _tables(lead=[_lead("a", 1), _lead("a", 2)])

    with pytest.raises(LeadDataError, match=r"lead rows .* their own lead_id; got 1 repeated of 2"):
        store.write(twice)


def test_a_write_that_fails_stores_nothing(store: Store) -> None:
    orphan = replace(TWO_LEADS, event=_tables(event=[_event("e", "nobody", 5)]).event)

    with pytest.raises(Exception, match=r"(?i)foreign key"):
        store.write(orphan)

    assert store.read_tables().lead.num_rows == 0


def test_persons_are_kept_apart_from_what_is_computed_with(store: Store) -> None:
    person = {"lead_id": "a", "name": "山田 太郎", "email": "taro@example.com"}
    persons = pa.Table.from_pylist([person], PERSON)

    written = store.write(_tables(lead=[_lead("a", 0)]), persons)

    assert written["person"] == Written(stored=1, unchanged=0)
    assert not any("email" in getattr(store.read_tables(), name).column_names for name in NAMES)


def test_extents_say_how_much_there_is_and_from_when(store: Store) -> None:
    store.write(TWO_LEADS)

    extents = store.extents()

    assert extents["lead"].rows == 2
    assert extents["event"].first == datetime(1970, 1, 1, 0, 1, 50, tzinfo=UTC)
    assert extents["event"].last == datetime(1970, 1, 1, 0, 2, tzinfo=UTC)


def _is_no_index_of_words(name: str | None, _kind: object, _parents: object) -> bool:
    return name is None or not name.startswith(("person_trigram", "ix_person_search_text"))


def test_migrations_make_the_tables_that_are_declared(store: Store) -> None:
    with store.engine.connect() as connection:
        # What indexes parts of words is each database's own.
        opts = {"compare_type": True, "include_name": _is_no_index_of_words}
        context = MigrationContext.configure(connection, opts=opts)
        differences = compare_metadata(context, METADATA)

    assert differences == []


def test_migrating_twice_is_harmless(store: Store) -> None:
    store.write(TWO_LEADS)

    store.migrate()

    assert store.read_tables().lead.num_rows == 2


def test_names_sort_by_bytes_on_both_databases(store: Store) -> None:
    names = ["Z", "a", "あ", "ア", "_"]
    store.write(_tables(lead=[_lead(name, 1) for name in names]))

    assert store.read_tables().lead["lead_id"].to_pylist() == sorted(names)


def test_an_instant_is_an_aware_datetime_for_whoever_asks_row_by_row(store: Store) -> None:
    store.write(TWO_LEADS)
    lead = METADATA.tables["lead"]

    with store.engine.connect() as connection:
        created_at = connection.execute(lead.select().where(lead.c.lead_id == "b")).one().created_at

    assert created_at == datetime(1970, 1, 1, 0, 1, 40, tzinfo=UTC)


def test_a_naive_datetime_is_refused(store: Store) -> None:
    lead = METADATA.tables["lead"]
    naive = {"lead_id": "c", "created_at": datetime(2024, 1, 1), "day_only": False}

    with (
        store.engine.begin() as connection,
        pytest.raises(Exception, match="must carry its time zone"),
    ):
        connection.execute(lead.insert().values(**naive))


def test_sqlite_runs_with_a_log_and_with_foreign_keys(store: Store) -> None:
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has both by nature")
    with store.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mysql://localhost/x", "must be one of sqlite, postgresql; got 'mysql'"),
        ("sqlite://", "must be a file; got one in memory"),
        ("not a url", "must be a URL of sqlite or postgresql"),
    ],
)
def test_a_url_of_no_use_is_refused(url: str, reason: str) -> None:
    with pytest.raises(LeadDataError, match=reason):
        Store.open(url)


def test_what_sqlite_acknowledges_is_flushed_first(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'a.db'}")

    with store.engine.connect() as connection:
        by_rows = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    with store.bulk() as bulk:
        in_bulk = bulk.number("PRAGMA synchronous")
    store.close()

    # 2 is FULL: every commit reaches the disk; 1, NORMAL, may lose the last ones.
    assert (by_rows, in_bulk) == (2, 2)


def test_tables_of_which_all_was_known_are_not_copied() -> None:
    tables = _tables(lead=[_lead("a", 0)], event=[_event("e1", "a", 5), _event("e2", "a", 9)])

    assert tables.known_before(100).event is tables.event
    assert tables.known_before(9).event.column("event_id").to_pylist() == ["e1"]
    assert tables.known_before(0).event.num_rows == 0


def test_where_a_row_goes_its_neighbours_alone_are_copied() -> None:
    events = [_event(f"e{at}", "a", at) for at in range(1_000)]
    tables = _tables(lead=[_lead("a", 0)], event=events)
    many = replace(tables, event=pa.concat_tables([tables.event] * 1_000))
    late = replace(
        many, event=pa.concat_tables([many.event, _tables(event=[_event("x", "a", 5_000)]).event])
    )
    before = pa.total_allocated_bytes()

    known = late.known_before(4_000)
    taken = pa.total_allocated_bytes() - before

    assert known.event.equals(many.event)
    assert taken < late.event.nbytes / 4
