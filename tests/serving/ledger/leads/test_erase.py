"""A forgotten lead is gone from every table, its counts stay, and it does not come back."""

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from sqlalchemy import insert, select, text, update

from features.core.clock import DAY
from features.core.errors import LeadDataError
from features.store import Store
from features.store.lead_tables import LeadTables
from features.store.schema import DECISION, METADATA, PERSON, finding
from serving.ledger.decisions import read_decisions_about, write_decisions
from serving.ledger.leads.erase import (
    ForgottenCount,
    find_silent_leads,
    forget_lead,
    read_forgotten_counts,
    shred_freed_pages,
)
from serving.ledger.leads.lead_state import refresh_standings
from serving.ledger.outbox.enqueue import Message, enqueue, open_channel

TOKYO = ZoneInfo("Asia/Tokyo")
AT = 1_774_969_200
"""2026-04-01 00:00 in Tokyo, still March in UTC."""

MakeTables = Callable[..., LeadTables]


@pytest.fixture
def tables(make_tables: MakeTables) -> LeadTables:
    return make_tables(
        leads=("L1", "L2"),
        events=[
            {"event_id": "EV-1", "lead_id": "L1", "at": AT, "behaviour": "visit"},
            {"event_id": "EV-2", "lead_id": "L1", "at": AT + DAY, "behaviour": "visit"},
            {"event_id": "EV-3", "lead_id": "L2", "at": AT, "behaviour": "visit"},
        ],
        facts=[{"lead_id": "L1", "attribute": "pain_point", "value": "請求書の山"}],
        outcomes=[{"lead_id": "L1", "stage": "opportunity", "at": AT + 40 * DAY}],
    )


@pytest.fixture
def filled(store: Store, tables: LeadTables) -> Store:
    """Two leads with everything that can be said of them."""
    people = pa.Table.from_pylist(
        [
            {"lead_id": "L1", "name": "山田 花子", "email": "hanako@example.com"},
            {"lead_id": "L2", "name": "佐藤 一郎", "email": "ichiro@example.com"},
        ],
        PERSON,
    )
    store.write(tables, people)
    write_decisions(store, pa.Table.from_pylist([_decision("L1"), _decision("L2")], DECISION))
    with store.engine.begin() as connection:
        open_channel(connection, "webhook")
        enqueue(
            connection,
            [Message(channel="webhook", kind="k", external_id="x", payload={"a": 1}, lead_id="L1")],
        )
        connection.execute(
            insert(finding).values(
                kind="disagreements",
                subject="all",
                found_at=datetime.now(UTC),
                stamp="s",
                record='{"leads": ["L1", "L2"]}',
            )
        )
    return store


def _decision(lead_id: str) -> dict[str, object]:
    return {
        "lead_id": lead_id,
        "as_of": AT + 2 * DAY,
        "decided_at": AT + 2 * DAY,
        "run_id": "r",
        "definition_version": "v",
        "release_id": None,
        "probability": None,
        "qualification": "MQL",
        "rulebook_points": 20.0,
        "rulebook_qualification": "MQL",
        "feature_vector": struct.pack("<d", 3.0),
    }


def _everything(store: Store) -> str:
    """Every cell of every table, as text."""
    with store.engine.connect() as connection:
        return "\n".join(
            repr(row)
            for table in METADATA.tables.values()
            for row in connection.execute(select(table))
        )


def test_no_table_names_a_forgotten_lead(filled: Store) -> None:
    gone = forget_lead(filled, "L1", by="admin", zone=TOKYO)

    left = _everything(filled)
    assert [t for t in ("L1", "山田", "hanako", "請求書", "EV-1") if t in left] == []
    assert "佐藤" in left
    assert gone.traces == ("L1", "山田 花子", "hanako@example.com")
    assert gone.n_rows["event"] == 2


def test_its_decisions_stay_under_a_pseudonym_and_without_what_it_did(filled: Store) -> None:
    gone = forget_lead(filled, "L1", by="admin", zone=TOKYO)

    [row] = read_decisions_about(filled, gone.pseudonym).to_pylist()
    assert row["qualification"] == "MQL"
    assert row["feature_vector"] is None
    assert gone.pseudonym in _everything(filled).split("disagreements")[1]


def test_what_happened_is_still_counted_by_local_month(filled: Store) -> None:
    forget_lead(filled, "L1", by="admin", zone=TOKYO)

    april, may = (datetime(2026, month, 1, tzinfo=TOKYO) for month in (4, 5))
    counted = [c for c in read_forgotten_counts(filled) if c.kind != "lead"]
    assert counted == [
        ForgottenCount(month=april, kind="event", name="visit", n_rows=2),
        ForgottenCount(month=may, kind="outcome", name="opportunity", n_rows=1),
    ]


def test_a_forgotten_lead_stands_on_no_list(filled: Store, every_kind) -> None:
    gone = forget_lead(filled, "L1", by="admin", zone=TOKYO)

    refresh_standings(filled, every_kind)

    lead_state = METADATA.tables["standing"]
    with filled.engine.connect() as connection:
        listed = set(connection.scalars(select(lead_state.c.lead_id)))
    assert listed == {"L2"}
    assert gone.pseudonym not in listed


def test_an_old_export_does_not_bring_it_back(filled: Store, tables: LeadTables) -> None:
    forget_lead(filled, "L1", by="admin", zone=TOKYO)

    written = filled.write(tables)

    assert filled.read_tables().lead["lead_id"].to_pylist() == ["L2"]
    assert (written["lead"].stored, written["lead"].forgotten) == (0, 1)
    assert (written["event"].unchanged, written["event"].forgotten) == (1, 2)


def test_nothing_can_be_read_from_the_files_afterwards(filled: Store, tmp_path) -> None:
    # Pages that were freed before, and statistics, must not name the person either.
    assert "田花子".encode() in _bytes(filled, tmp_path)
    with filled.engine.begin() as connection:
        connection.execute(update(METADATA.tables["person"]).values(company="hanako 社"))
        connection.execute(update(METADATA.tables["person"]).values(company=None))
    if filled.engine.dialect.name == "postgresql":
        with filled.lookups.connect() as connection:
            connection.exec_driver_sql("ANALYZE person")

    forget_lead(filled, "L1", by="admin", zone=TOKYO)

    assert shred_freed_pages(filled)
    files = _bytes(filled, tmp_path)
    assert "佐藤".encode() in files
    assert b"hanako" not in files
    assert "田花子".encode() not in files
    assert "請求書".encode() not in files


def _bytes(store: Store, folder: Path) -> bytes:
    """Everything in the files of the database, without PostgreSQL's log of changes."""
    if store.engine.dialect.name == "postgresql":
        with store.lookups.connect() as connection:
            connection.exec_driver_sql("CHECKPOINT")
            data = connection.scalar(text("SHOW data_directory"))
            number = connection.scalar(
                text("SELECT oid FROM pg_database WHERE datname = current_database()")
            )
        folder = Path(str(data)) / "base" / str(number)
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def test_a_lead_is_forgotten_once(filled: Store) -> None:
    forget_lead(filled, "L1", by="admin", zone=TOKYO)

    with pytest.raises(LeadDataError, match=r"must be in the tables; got 'L1'"):
        forget_lead(filled, "L1", by="admin", zone=TOKYO)


def test_silent_leads_are_those_of_whom_nothing_was_heard(filled: Store) -> None:
    later = datetime.fromtimestamp(AT + 10 * DAY, UTC)

    assert find_silent_leads(filled, since=later) == ("L2",)
    assert find_silent_leads(filled, since=datetime.fromtimestamp(AT, UTC)) == ()
