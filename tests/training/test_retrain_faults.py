"""A retrain that loses its disk or its database leaves the champion, and the next run completes."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from features.definition import LeadDefinition
from features.store import Store
from features.store.releases import read_champion
from training.model.release import load_release
from training.retrain import RetrainSettings, retrain

STARTS, MONTH = 1_704_034_800, 30 * 86_400
FIRST, SECOND = STARTS + 12 * MONTH, STARTS + 13 * MONTH

FULL_DISK = """
import resource, sys
from pathlib import Path
from features.definition import read_definition
from features.store import Store
from training.retrain import RetrainSettings, retrain

place, cutoff, step_at = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]

def progress(step, done, total):
    if step == step_at:
        # Python would keep the modules it compiles now, cut off, for everybody after us.
        sys.dont_write_bytecode = True
        # No file may grow beyond this from now on: what a full disk does to whoever writes.
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, 4_096))

retrain(
    Store.open(f"sqlite:///{place / 'awase.db'}"),
    read_definition(place / "definition.yaml"),
    settings=RetrainSettings(data_cutoff=cutoff, releases_dir=place / "releases", by="tester",
                             tracking_uri=f"sqlite:///{place / 'mlflow.db'}"),
    progress=progress,
)
"""


def _settings(place: Path, cutoff: int) -> RetrainSettings:
    return RetrainSettings(
        data_cutoff=cutoff,
        releases_dir=place / "releases",
        tracking_uri=f"sqlite:///{place / 'mlflow.db'}",
        by="tester",
    )


def _champion(store: Store, place: Path) -> str:
    found = read_champion(store)
    assert found is not None
    load_release(place / "releases" / found.release_id)
    return found.release_id


@pytest.fixture
def place(
    company_database: Callable[..., str],
    small_definition: LeadDefinition,
    empty_mlflow: Path,
    tmp_path: Path,
) -> Path:
    """A workspace's files with one champion."""
    shutil.copyfile(company_database(n_leads=500).removeprefix("sqlite:///"), tmp_path / "awase.db")
    shutil.copyfile(empty_mlflow, tmp_path / "mlflow.db")
    text = small_definition.model_dump_json(exclude_defaults=True)
    (tmp_path / "definition.yaml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.long
@pytest.mark.parametrize("step", ["write the release", "keep what was found", "log to MLflow"])
def test_a_full_disk_leaves_the_champion(
    place: Path, small_definition: LeadDefinition, step: str
) -> None:
    store = Store.open(f"sqlite:///{place / 'awase.db'}")
    first = retrain(store, small_definition, settings=_settings(place, FIRST))
    store.close()

    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FULL_DISK, str(place), str(SECOND), step],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )

    assert ended.returncode not in (0, -signal.SIGKILL)
    store = Store.open(f"sqlite:///{place / 'awase.db'}")
    assert _champion(store, place) == first.release_id
    again = retrain(store, small_definition, settings=_settings(place, SECOND))
    assert _champion(store, place) == again.release_id != first.release_id
    assert not list((place / "releases").rglob("*.unfinished"))
    store.close()


def test_a_lost_database_leaves_the_champion(
    place: Path, small_definition: LeadDefinition, postgres_url: str
) -> None:
    tables = Store.open(f"sqlite:///{place / 'awase.db'}").read_tables()
    store = Store.open(postgres_url)
    store.write(tables)
    first = retrain(store, small_definition, settings=_settings(place, FIRST))

    with _cutting(postgres_url) as begin_cutting:

        def progress(step: str, _done: int, _total: int) -> None:
            if step == "write the release":
                begin_cutting()

        with pytest.raises(DBAPIError):
            retrain(store, small_definition, settings=_settings(place, SECOND), progress=progress)

    assert _champion(store, place) == first.release_id
    again = retrain(store, small_definition, settings=_settings(place, SECOND))
    assert _champion(store, place) == again.release_id != first.release_id
    store.close()


@contextmanager
def _cutting(url: str) -> Iterator[Callable[[], None]]:
    """Once begun, every connection to the database is cut as soon as it is seen."""
    begun, ended = threading.Event(), threading.Event()
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"

    def cut() -> None:
        begun.wait()
        with psycopg.connect(url, autocommit=True) as connection:
            while not ended.is_set():
                connection.execute(others + " AND datname = current_database()")

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        yield begun.set
    finally:
        ended.set()
        begun.set()
        thread.join()
