"""What every test shares: repeatable hypothesis runs, a quiet, offline MLflow, real databases, a
small definition with every kind of attribute, and tables from short lists."""

import gc
import os
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from hypothesis import settings
from psycopg import sql

from features.definition import LeadDefinition, parse_definition
from features.store import Store
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.schema import METADATA
from tests.patience import PATIENCE
from tests.postgres import postgres_server

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MPLBACKEND", "agg")
# On busy cores OpenMP's threads wait for each other: ten times slower for such small fits.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("awase", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("awase")

# Looking again and again through what libraries keep took a quarter of the time of tests of pages.
gc.set_threshold(50_000)


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every later collection of garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a real PostgreSQL that lives as long as the tests."""
    with postgres_server() as server:
        url = str(server.get_uri())
        with psycopg.connect(url, autocommit=True) as connection:
            # Nothing here outlives the tests, so nothing needs to reach the disk.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET synchronous_commit = off")
            connection.execute("SELECT pg_reload_conf()")
        yield url
        # At once: an orderly end would first write everything to the disk.
        process = server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=PATIENCE)


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """URL of an empty PostgreSQL store; what a test writes is gone afterwards."""
    yield postgres
    # Of so few rows deleting is three times as fast as TRUNCATE, which makes every file anew.
    delete = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in METADATA.tables]
    with psycopg.connect(postgres, autocommit=True) as connection:
        # The audit may be emptied by nobody: its triggers are left out here alone.
        connection.execute("SET session_replication_role = replica")
        connection.execute(sql.SQL("; ").join(delete))
        connection.execute("SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence")


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store in a file, to be copied: migrating takes thirty times as long."""
    path = tmp_path_factory.mktemp("empty") / "store.db"
    # Closing writes the journal back, so that the file alone can be copied.
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_url(empty_sqlite: Path, tmp_path: Path) -> str:
    """URL of an empty SQLite store of the test's own."""
    return f"sqlite:///{shutil.copy(empty_sqlite, tmp_path / 'store.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store, on SQLite and on PostgreSQL."""
    url = request.getfixturevalue(f"{request.param.removesuffix('ql')}_url")
    opened = Store.open(url)
    yield opened
    opened.close()


EVERY_KIND = """
format: 1
name: every_kind
title: {ja: すべての種類, en: Every kind}
time_zone: Asia/Tokyo
behaviours:
  - {name: visit, label: {ja: 訪問, en: Visit}}
  - name: webinar
    label: {ja: セミナー, en: Webinar}
    amount: {unit: minutes, label: {ja: 視聴時間, en: Minutes watched}}
  - {name: inquiry, label: {ja: 問い合わせ, en: Inquiry}}
  - {name: sales_call, actor: sales, label: {ja: 架電, en: Call}}
attributes:
  - {name: account_id, kind: identifier, label: {ja: 企業, en: Account}}
  - {name: pages, kind: number, axis: behaviour, unit: pages, label: {ja: ページ数, en: Pages}}
  - {name: industry, kind: category, label: {ja: 業種, en: Industry}}
  - {name: decision_maker, kind: boolean, label: {ja: 決裁者, en: Decision maker}}
  - {name: job_title, kind: job_title, label: {ja: 役職, en: Job title}}
  - {name: purchase_timing, kind: purchase_timing, label: {ja: 導入時期, en: Purchase timing}}
  - {name: budget, kind: money, unit: JPY, label: {ja: 予算, en: Budget}}
  - {name: company_size, kind: company_size, unit: employees, label: {ja: 従業員数, en: Employees}}
  - {name: email_domain, kind: email_domain, label: {ja: ドメイン, en: E-mail domain}}
  - {name: renewal, kind: date, label: {ja: 更新日, en: Renewal}}
  - {name: pain_point, kind: free_text, label: {ja: 課題, en: Pain point}}
roles: {account: account_id}
windows:
  days: [7, 30]
  half_lives_days: [14]
  age: true
  trend: true
  information_history: true
  account: true
outcome: {stage: opportunity, horizon_days: 60}
cut_offs:
  mql: {rule: capacity, per_month: 10}
  sql: {rule: precision, at_least: 0.4}
"""

Row = dict[str, Any]
MakeTables = Callable[..., LeadTables]


@pytest.fixture(scope="session")
def every_kind() -> LeadDefinition:
    return parse_definition(EVERY_KIND, "every_kind.yaml")


@pytest.fixture(scope="session")
def make_tables() -> MakeTables:
    """Tables from rows that leave out what does not matter to the test."""

    def make(
        *,
        leads: Iterable[str] = ("L1",),
        created_at: int = 0,
        events: Iterable[Row] = (),
        facts: Iterable[Row] = (),
        outcomes: Iterable[Row] = (),
    ) -> LeadTables:
        lead_rows = [
            {"lead_id": lead, "created_at": created_at, "day_only": False, "arrival": None}
            for lead in leads
        ]
        return LeadTables(
            lead=pa.Table.from_pylist(lead_rows, schema=LEAD),
            event=pa.Table.from_pylist([_event(i, row) for i, row in enumerate(events)], EVENT),
            fact=pa.Table.from_pylist([_fact(row) for row in facts], schema=FACT),
            outcome=pa.Table.from_pylist([_outcome(row) for row in outcomes], schema=OUTCOME),
            hand_over=HAND_OVER.empty_table(),
        )

    return make


def _event(number: int, row: Row) -> Row:
    """``at`` is short for both times."""
    at = row.get("at", 0)
    filled = {"lead_id": "L1", "behaviour": "visit", "actor": "lead", "amount": None}
    times = {"event_id": str(number), "occurred_at": at, "known_at": at}
    return filled | times | {key: value for key, value in row.items() if key != "at"}


def _fact(row: Row) -> Row:
    return {"lead_id": "L1", "known_at": 0, "honest": True} | row


def _outcome(row: Row) -> Row:
    at = row.get("at", 0)
    times = {"lead_id": "L1", "occurred_at": at, "known_at": at}
    return times | {key: value for key, value in row.items() if key != "at"}
