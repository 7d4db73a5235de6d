"""Databases of every earlier version, brought up to date with what they hold."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError

from features.store import Store
from features.store.person_search import find_people
from features.store.schema import lead_external_id
from features.store.store import MIGRATIONS

REVISIONS = sorted(found.revision for found in ScriptDirectory(str(MIGRATIONS)).walk_revisions())

BEFORE = """
INSERT INTO lead (lead_id, created_at, day_only, hubspot_id, salesforce_id)
VALUES ('a', 100, false, '7', NULL), ('b', 200, false, '8', '00Q1'), ('c', 300, false, NULL, NULL)
"""
FACT = """
INSERT INTO fact (lead_id, attribute, known_at, value, honest) VALUES ('a', 'x', 100, '1', true)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    server = request.getfixturevalue("postgres")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE earlier")
        yield server.replace("/postgres?", "/earlier?", 1)
        connection.execute("DROP DATABASE earlier WITH (FORCE)")


def _alembic(store: Store, move: Callable[[Config, str], None], revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        config.attributes["connection"] = connection
        move(config, revision)
        connection.commit()


@pytest.mark.parametrize("revision", REVISIONS[: REVISIONS.index("0014")])
def test_ids_of_the_crms_survive_from_every_earlier_version(
    empty_database: str, revision: str
) -> None:
    store = Store(empty_database)
    _alembic(store, command.upgrade, revision)
    with store.engine.begin() as connection:
        connection.execute(text(BEFORE))
        connection.execute(text(FACT))

    store.migrate()

    with store.engine.connect() as connection:
        ids = connection.execute(select(lead_external_id).order_by("lead_id", "vendor")).all()
    assert ids == [("a", "hubspot", "7"), ("b", "hubspot", "8"), ("b", "salesforce", "00Q1")]
    tables = store.read_tables()
    assert tables.lead["lead_id"].to_pylist() == ["a", "b", "c"]
    assert tables.fact.num_rows == 1
    store.close()


def test_people_stored_earlier_are_found(empty_database: str) -> None:
    store = Store(empty_database)
    _alembic(store, command.upgrade, "0016")
    with store.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO lead (lead_id, created_at, day_only) VALUES ('a', 1, false)")
        )
        connection.execute(
            text("INSERT INTO person (lead_id, name, phone) VALUES ('a', '佐藤 拓也', '03-1234')")
        )

    store.migrate()

    with store.engine.connect() as connection:
        typed = ("佐藤拓也", "佐", "03１２", "田中太郎")
        found = [connection.scalars(find_people(store.engine, one)).all() for one in typed]
    assert found == [["a"], ["a"], ["a"], []]
    _alembic(store, command.downgrade, "0016")
    store.migrate()
    store.close()


def test_the_ids_go_back_to_their_columns(empty_database: str) -> None:
    store = Store(empty_database)
    _alembic(store, command.upgrade, "0013")
    with store.engine.begin() as connection:
        connection.execute(text(BEFORE))
    _alembic(store, command.upgrade, "0014")

    _alembic(store, command.downgrade, "0013")

    with store.engine.connect() as connection:
        query = "SELECT hubspot_id, salesforce_id FROM lead ORDER BY lead_id"
        assert connection.execute(text(query)).all() == [("7", None), ("8", "00Q1"), (None, None)]
    store.close()


def test_a_migration_that_fails_takes_back_those_before_it(empty_database: str) -> None:
    store = Store(empty_database)
    _alembic(store, command.upgrade, "0018")
    with store.engine.begin() as connection:
        # In the way of 0020.
        connection.execute(text("CREATE TABLE crm_account (whose TEXT)"))

    with pytest.raises(DBAPIError, match="crm_account"):
        store.migrate()

    with store.engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0018"
        assert not inspect(connection).has_table("meeting_decision")  # of 0019
    store.close()
