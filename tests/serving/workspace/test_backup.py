"""A backup holds all of a workspace as of one instant, and makes a workspace of it elsewhere."""

import shutil
import threading
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from features.core.errors import LeadDataError, Refusal
from features.definition import TEMPLATE
from features.store import Store
from features.store.saved import count_rows, save_store
from features.store.schema.columns import METADATA
from serving.ledger.access.users import Role, User, add_user
from serving.ledger.agreements import AgreementDecision, NewVersion, add_version
from serving.workspace.backup import MANIFEST, make_backup, restore_backup
from serving.workspace.create import create_workspace
from serving.workspace.workspace import Workspace

USER = User(
    login="ito",
    name="Ito",
    role=Role.SALES,
    team=None,
    language=None,
    password_hash="x",
    made_at=datetime(2026, 4, 1, tzinfo=UTC),
)


def _version(number: int) -> NewVersion:
    return NewVersion(
        definition=f"text {number}",
        model="a" * 16,
        agreement=f"{number:016d}",
        decision=AgreementDecision(by="ito", present="Ito", what="", why=f"reason {number}"),
        effective_from=datetime(2026, 4, 1, tzinfo=UTC),
        replaces=number - 1 or None,
    )


def _rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.engine.connect() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in METADATA.sorted_tables
        }


@pytest.fixture
def place(store: Store, tmp_path: Path) -> Workspace:
    """A workspace on SQLite and on PostgreSQL, with settings that name its database."""
    made = create_workspace(tmp_path / "ours", TEMPLATE)
    (made.folder / "awase.db").unlink()
    url = store.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    (made.folder / ".env").write_text(
        f"AWASE_DATABASE_URL={url}\nAWASE_PUBLIC_URL=https://awase.test\n", encoding="utf-8"
    )
    secret = made.folder / "secrets.env"
    secret.write_text("AWASE_WEBHOOK_SECRET=x\n", encoding="utf-8")
    secret.chmod(0o600)
    (made.folder / "reports").mkdir()
    (made.folder / "reports" / "見直し.md").write_text("# 見直し\n", encoding="utf-8")
    found = Workspace.at(made.folder)
    found.agreed_versions(store)
    add_user(store, USER, by="test")
    return found


def test_a_restored_workspace_holds_every_row_and_file(
    place: Workspace, store: Store, tmp_path: Path
) -> None:
    made = make_backup(place, tmp_path / "b.zip")
    place.folder.rename(tmp_path / "away")

    restored = restore_backup(tmp_path / "b.zip", tmp_path / "elsewhere" / "theirs")

    there = Workspace.at(tmp_path / "elsewhere" / "theirs")
    assert restored == made
    assert there.database_url == f"sqlite:///{there.folder / 'awase.db'}"
    opened = there.store()
    assert _rows(opened) == _rows(store)
    opened.close()
    assert (there.folder / "reports" / "見直し.md").read_text(encoding="utf-8") == "# 見直し\n"
    assert (there.folder / "secrets.env").stat().st_mode & 0o777 == 0o600
    assert "AWASE_PUBLIC_URL=https://awase.test" in (there.folder / ".env").read_text()
    assert there.public_url == "https://awase.test"
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600
    assert made.rows == count_rows(store)
    assert made.has_secrets


def test_an_empty_database_is_filled_and_counts_on(
    place: Workspace, tmp_path: Path, postgres_url: str, request: pytest.FixtureRequest
) -> None:
    if "postgresql" in request.node.callspec.id:
        pytest.skip("that database is the one that was saved")
    make_backup(place, tmp_path / "b.zip")

    restore_backup(tmp_path / "b.zip", tmp_path / "theirs", database_url=postgres_url)

    assert not (tmp_path / "theirs" / "awase.db").exists()
    filled, original = Store.open(postgres_url), place.store()
    assert _rows(filled) == _rows(original)
    add_user(filled, replace(USER, login="sato"), by="test")  # its audit takes the next number
    with pytest.raises(Refusal, match="restored into an empty database; got one with rows"):
        restore_backup(tmp_path / "b.zip", tmp_path / "again", database_url=postgres_url)
    assert not (tmp_path / "again").exists()
    filled.close()
    original.close()


def test_what_is_saved_is_of_one_instant_while_others_write(store: Store, tmp_path: Path) -> None:
    """Each version comes with an entry of the audit, in one transaction."""
    add_version(store, _version(1))
    stop = threading.Event()

    def write() -> None:
        number = 2
        while not stop.is_set():
            add_version(store, _version(number))
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    counted = []
    try:
        for n in range(4):
            save_store(store, tmp_path / f"{n}.db")
            saved = Store.open(f"sqlite:///{tmp_path / f'{n}.db'}")
            rows = count_rows(saved)
            counted.append((rows["agreed_version"], rows["audit"]))
            saved.close()
    finally:
        stop.set()
        writer.join()

    assert all(versions == entries for versions, entries in counted)
    assert counted[-1][0] > counted[0][0]


def test_a_folder_that_is_not_empty_is_refused(place: Workspace, tmp_path: Path) -> None:
    make_backup(place, tmp_path / "b.zip")

    with pytest.raises(Refusal, match="restored into an empty folder"):
        restore_backup(tmp_path / "b.zip", place.folder)


def test_a_backup_is_a_new_file_outside_the_workspace(place: Workspace, tmp_path: Path) -> None:
    make_backup(place, tmp_path / "b.zip")

    with pytest.raises(Refusal, match="a backup is a new file"):
        make_backup(place, tmp_path / "b.zip")
    with pytest.raises(Refusal, match="lies outside the workspace"):
        make_backup(place, place.folder / "b.zip")


@pytest.mark.parametrize("fault", ["changed", "short", "no backup", "another place"])
def test_a_file_that_is_not_whole_makes_nothing(
    place: Workspace, tmp_path: Path, fault: str
) -> None:
    path, broken = tmp_path / "b.zip", tmp_path / "broken.zip"
    make_backup(place, path)
    if fault == "short":
        broken.write_bytes(path.read_bytes()[:-500])
    elif fault == "no backup":
        with zipfile.ZipFile(broken, "w") as archive:
            archive.writestr("a", "b")
    else:
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(broken, "w") as new:
            for name in old.namelist():
                text = old.read(name)
                if fault == "changed" and name == "lead_definition.yaml":
                    text += b"# more"
                if fault == "another place" and name == MANIFEST:
                    text = text.replace(b'"lead_definition.yaml"', b'"../lead_definition.yaml"')
                new.writestr(name, text)

    with pytest.raises(LeadDataError, match="Take another copy"):
        restore_backup(broken, tmp_path / "theirs")

    assert not (tmp_path / "theirs").exists()
    assert not (tmp_path / "lead_definition.yaml").exists()
    assert not list(tmp_path.glob(".restore-*"))


def test_the_commands_say_what_a_backup_holds(
    awase, place: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWASE_DATABASE_URL", raising=False)
    told = awase("backup", tmp_path / "b.zip", "-w", place.folder)
    again = awase("restore", tmp_path / "b.zip", tmp_path / "theirs")

    for one in (told, again):
        assert one.returncode == 0, one.stderr
        shown = " ".join(one.stdout.split())
        assert "1 in agreed_version" in shown
        assert "It holds personal data and secrets" in shown
    assert awase("restore", tmp_path / "b.zip", tmp_path / "theirs").returncode == 3
    assert awase("backup", tmp_path / "b.tar", "-w", place.folder).returncode == 2
    shutil.rmtree(place.folder)
    assert awase("check", "-w", tmp_path / "theirs").returncode in (0, 1)
