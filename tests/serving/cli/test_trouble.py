"""A broken database, a full disk, Ctrl-C: one sentence with the next step, and no values."""

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from adbc_driver_manager import OperationalError as BulkError
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from features.definition import TEMPLATE
from features.store.schema import user
from serving.cli.trouble import told_as
from serving.workspace.create import create_workspace
from serving.workspace.workspace import Workspace
from tests.patience import PATIENCE

AWASE = Path(sys.executable).with_name("awase")
COMMANDS = (("user", "list"), ("score",))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose database is closed, its journal written back."""
    place = create_workspace(tmp_path_factory.mktemp("made") / "ours", TEMPLATE)
    place.store().close()
    return place.folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """The test's own copy of the workspace."""
    return shutil.copytree(made, tmp_path / "ours")


def _one_sentence(told, *words: str) -> None:
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    lines = [line for line in told.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, told.stderr
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_file_that_is_no_database(awase, folder, command) -> None:
    (database,) = folder.glob("*.db")
    database.write_bytes(b"no database at all" * 1_000)

    _one_sentence(awase(*command, "-w", folder), "it is damaged", "restore the newest backup")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_truncated_database(awase, folder, command) -> None:
    (database,) = folder.glob("*.db")
    content = database.read_bytes()
    database.write_bytes(content[: len(content) // 3 // 4_096 * 4_096])

    _one_sentence(awase(*command, "-w", folder), "it is damaged")


@pytest.mark.parametrize("n_bytes", [30, 1_000])
@pytest.mark.parametrize("seed", range(4))
def test_a_database_with_flipped_bytes(awase, folder, seed, n_bytes) -> None:
    (database,) = folder.glob("*.db")
    content, drawn = bytearray(database.read_bytes()), random.Random(seed)
    for _ in range(n_bytes):
        content[drawn.randrange(100, len(content))] = drawn.randrange(128, 256)
    database.write_bytes(content)

    told = awase("definition", "history", "-w", folder)

    # Few bytes may hit what this command does not read.
    assert told.returncode in (0, 1)
    if told.returncode:
        _one_sentence(told, "it is damaged")


def test_a_text_of_the_tables_that_is_not_utf_8(awase, folder) -> None:
    (database,) = folder.glob("*.db")
    with sqlite3.connect(database) as connection:
        connection.execute(
            "INSERT INTO lead (lead_id, created_at, day_only) VALUES (CAST(x'4ce4' AS TEXT), 9, 0)"
        )
    connection.close()

    _one_sentence(awase("score", "--quiet", "-w", folder), "it is damaged")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_database_of_a_newer_version(awase, folder, command) -> None:
    (database,) = folder.glob("*.db")
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    _one_sentence(awase(*command, "-w", folder), "a newer one has changed its tables", "Install")


def test_a_database_where_nobody_may_write(awase, folder, monkeypatch) -> None:
    monkeypatch.setenv("AWASE_DATABASE_URL", "sqlite:////proc/1/awase.db")

    _one_sentence(awase("user", "list", "-w", folder), "write the database", "Change the owner")


def test_a_database_server_that_does_not_answer(awase, folder, monkeypatch) -> None:
    monkeypatch.setenv("AWASE_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")

    _one_sentence(awase("user", "list", "-w", folder), "the database must answer", "Start it")


def test_a_disk_that_takes_no_more(folder) -> None:
    (database,) = folder.glob("*.db")
    size = database.stat().st_size

    told = subprocess.run(
        [AWASE, "user", "add", "sato", "--role", "admin", "--password-stdin", "-w", folder],
        input="correct horse battery\n",
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, size)),
        # Python would keep the modules it compiles now, cut off, for everybody after us.
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )

    _one_sentence(told, "disk", "run the same command again")


def test_values_of_rows_stay_out_of_what_is_told(folder) -> None:
    store = Workspace.at(folder).store()
    row = {"login": "sato@example.com", "name": "佐藤", "role": "x", "password_hash": "$"}
    with pytest.raises(IntegrityError) as raised, store.engine.begin() as connection:
        connection.execute(insert(user).values(**row, made_at=None))
    store.close()

    told = told_as(raised.value)

    assert "sato" not in str(raised.value)
    assert told is not None
    assert "IntegrityError" in str(told)
    assert "sato" not in str(told)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "it is used up"),
        (KeyboardInterrupt(), "this one was stopped"),
        (OSError(28, "No space left on device"), "it is full"),
        (PermissionError(13, "no", "/srv/x.yaml"), "/srv/x.yaml"),
        (sqlite3.OperationalError("database or disk is full"), "it is full"),
        (sqlite3.OperationalError("database is locked"), "another program holds it"),
        (psycopg.OperationalError("server closed the connection unexpectedly"), "must answer"),
        (psycopg.errors.UniqueViolation("Key (email)=(a@b.c) exists"), "UniqueViolation"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_each_trouble_has_its_sentence(error, words) -> None:
    told = told_as(error)

    assert told is not None
    assert words in str(told)
    assert "a@b.c" not in str(told)


@pytest.mark.parametrize("command", [("score",), ("init", "new")])
def test_a_folder_that_was_deleted(awase, tmp_path, monkeypatch, command) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    told = awase(*command)
    monkeypatch.chdir(tmp_path)

    _one_sentence(told, "it was deleted or moved away", "Change to one that exists")


def test_a_defect_keeps_its_traceback() -> None:
    assert told_as(KeyError("x")) is None
    assert BulkError.__module__.startswith("adbc_driver_manager")


N_ROWS = 300_000
"""As many as take a while to read and to store."""


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("read files", marks=pytest.mark.long),
        "store rows",
        pytest.param("commit", marks=pytest.mark.long),
    ],
)
def test_ctrl_c_while_importing_ends_in_a_sentence(folder, moment) -> None:
    rows = "".join(f"L{n},2026-01-01\n" for n in range(N_ROWS))
    (folder / "leads.csv").write_text("id,created\n" + rows, encoding="utf-8")
    (folder / "import.yaml").write_text(
        "format: 1\ntime_zone: Asia/Tokyo\nfiles:\n  - match: leads.csv\n    lead_id: id\n"
        "    lead: {created_at: created}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [AWASE, "import", folder / "leads.csv", "--mapping", folder / "import.yaml", "-w", folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr is not None
        begun = "store rows" if moment == "commit" else moment
        assert any(begun in line for line in iter(process.stderr.readline, ""))
        if moment == "commit":  # all rows are in memory, and some of them on disk
            written = folder / "awase.db-wal"
            while written.stat().st_size < 1_000_000:
                assert process.poll() is None
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()

    assert process.returncode == 1
    assert "Traceback" not in told
    assert "this one was stopped" in told.splitlines()[-1]
    assert "Under way: " in told
    # What has begun to be committed may stand, and the same command again finds it unchanged.
    stored = Workspace.at(folder).store().extents()["lead"].rows
    assert stored == 0 or (stored == N_ROWS and moment == "commit")


def test_ctrl_c_is_heeded_while_something_is_cleared_up() -> None:
    program = (
        "import signal, time, weakref\n"
        "from serving.cli.trouble import heed_every_interrupt\n"
        "heed_every_interrupt()\n"
        "class Held: pass\n"
        "held = Held()\n"
        "told = weakref.ref(held, lambda _: signal.raise_signal(signal.SIGINT))\n"
        "try:\n"
        "    del held\n"
        "    time.sleep(600)\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped')\n"
    )

    shown = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )

    assert (shown.stdout, shown.stderr) == ("stopped\n", "")
