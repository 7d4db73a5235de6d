"""A workspace as one file, and a workspace made of it again, anywhere.

The file is a zip: the database as SQLite, MLflow's database, every other file of the folder, and a
manifest with the checksum of each. Databases come first and each as of one instant; whatever they
name was complete by then, so a server may go on working.
"""

import hashlib
import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from features.core.atomic_folder import put_in_place
from features.core.errors import LeadDataError, Refusal
from features.core.json_records import from_json, to_json
from features.core.progress import Progress, ignore_progress
from features.store import Store
from features.store.saved import count_rows, fill_store, save_store
from features.store.sqlite_url import sqlite_path, sqlite_url
from serving.workspace.workspace import Workspace

FORMAT = 1
MANIFEST = "backup.json"
DATABASE, TRACKING, RELEASES, ARTIFACTS = "awase.db", "mlflow.db", "releases", "mlflow"

PLACES = ("AWASE_DATABASE_URL", "AWASE_TRACKING_URI", "AWASE_RELEASES_DIR", "AWASE_WORKSPACE")
"""Settings in ``.env`` that would lead a restored workspace back to the one it was made from."""

_LEFT_OUT = "# left out by awase restore: "


@dataclass(frozen=True, kw_only=True)
class BackupFile:
    """A file of a backup: its path in the workspace, its size in bytes, its SHA-256, its mode."""

    name: str
    size: int
    sha256: str
    mode: int


@dataclass(frozen=True, kw_only=True)
class Backup:
    """What a backup holds.

    Attributes
    ----------
    rows : dict of str to int
        How many rows each table holds.
    with_mlflow : bool
        Whether MLflow's database is in it; a server of its own is not.
    """

    format: int
    awase: str
    made_at: datetime
    rows: dict[str, int]
    with_mlflow: bool
    files: tuple[BackupFile, ...]

    @property
    def has_secrets(self) -> bool:
        """Whether it holds a file of secrets."""
        return any(file.name in ("secrets.env", ".env") for file in self.files)


def make_backup(
    workspace: Workspace, path: Path, *, progress: Progress = ignore_progress
) -> Backup:
    """Write a workspace into a file, while a server may be at work on it.

    Parameters
    ----------
    workspace : Workspace
    path : Path
        Outside the workspace, and not there yet.
    progress : callable
        Told how many bytes of the files are in, of how many.

    Raises
    ------
    Refusal
        If it is there, or inside the workspace.
    """
    path = path.resolve()
    if path.exists():
        msg = f"a backup is a new file; got {path}, which exists. Name another one."
        raise Refusal(msg)
    if path.is_relative_to(workspace.folder):
        msg = f"a backup lies outside the workspace; got {path}. Name a file elsewhere."
        raise Refusal(msg)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as unfinished:
        databases = Path(unfinished)
        progress("copy the databases", 0, 1)
        _save_databases(workspace, databases)
        progress("copy the databases", 1, 1)
        saved = Store.open(sqlite_url(databases / DATABASE))
        rows = count_rows(saved)
        saved.close()
        finished = databases / "finished.zip"
        finished.touch(mode=0o600)
        with zipfile.ZipFile(finished, "w", zipfile.ZIP_DEFLATED) as archive:
            sources = tuple(_sources(workspace, databases))
            total, done = sum(source.stat().st_size for _, source in sources), 0
            files = []
            progress("pack the files", done, total)
            for name, source in sources:
                files.append(_add(archive, name, source))
                done += files[-1].size
                progress("pack the files", done, total)
            backup = Backup(
                format=FORMAT,
                awase=version("awase"),
                made_at=datetime.now(UTC).replace(microsecond=0),
                rows=rows,
                with_mlflow=any(file.name == TRACKING for file in files),
                files=tuple(files),
            )
            archive.writestr(MANIFEST, to_json(backup))
        put_in_place(finished, path)
    return backup


def restore_backup(
    path: Path,
    folder: Path,
    *,
    database_url: str | None = None,
    progress: Progress = ignore_progress,
) -> Backup:
    """Make a workspace of a backup; it names nothing of the one that the backup was made from.

    Parameters
    ----------
    path : Path
        Written by :func:`make_backup`.
    folder : Path
        Empty, or not there yet.
    database_url : str, optional
        An empty database to fill, instead of SQLite in the folder.
    progress : callable
        Told how many bytes of the files are written, of how many.

    Raises
    ------
    Refusal
        If the folder or the database is not empty.
    LeadDataError
        If the file is no backup, or not whole; nothing is made then.
    """
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        msg = f"a backup is restored into an empty folder; got {folder}, which is not. "
        raise Refusal(f"{msg}Name another one.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".restore-") as unfinished:
        made = Path(unfinished) / "workspace"
        backup = _unpack(path, made, progress)
        _leave_places_out(made / ".env")
        if database_url is not None:
            store = Store.open(database_url)
            try:
                fill_store(store, made / DATABASE)
            finally:
                store.close()
            (made / DATABASE).unlink()
        if folder.exists():
            folder.rmdir()
        made.rename(folder)
    return backup


def _save_databases(workspace: Workspace, folder: Path) -> None:
    store = workspace.store()
    try:
        save_store(store, folder / DATABASE)
    finally:
        store.close()
    tracking = sqlite_path(workspace.tracking_uri)
    if tracking is not None and tracking.is_file():
        source, target = sqlite3.connect(tracking), sqlite3.connect(folder / TRACKING)
        with closing(source), closing(target):
            source.backup(target)


def _sources(workspace: Workspace, databases: Path) -> Iterator[tuple[str, Path]]:
    """Every file of a backup: its name in there, and where it lies."""
    yield DATABASE, databases / DATABASE
    tracking = sqlite_path(workspace.tracking_uri)
    if (databases / TRACKING).is_file():
        yield TRACKING, databases / TRACKING
    folders = {"": workspace.folder, RELEASES: workspace.releases_dir}
    if tracking is not None:
        folders[ARTIFACTS] = tracking.parent / ARTIFACTS
    own = tuple(str(path) for path in (sqlite_path(workspace.database_url), tracking) if path)
    known = set()
    for name, folder in folders.items():
        for path in sorted(folder.rglob("*")):
            inside = str(PurePosixPath(name) / path.relative_to(folder).as_posix())
            # The databases' own files, with their journals, are saved as of one instant above.
            if inside in known or path.is_symlink() or not path.is_file():
                continue
            if str(path).startswith(own) or ".unfinished" in inside:
                continue
            known.add(inside)
            yield inside, path


def _add(archive: zipfile.ZipFile, name: str, source: Path) -> BackupFile:
    digest, size = hashlib.sha256(), 0
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with source.open("rb") as read, archive.open(entry, "w", force_zip64=True) as written:
        while some := read.read(1 << 20):
            written.write(some)
            digest.update(some)
            size += len(some)
    mode = 0o600 if name in (DATABASE, TRACKING) else source.stat().st_mode & 0o777
    return BackupFile(name=name, size=size, sha256=digest.hexdigest(), mode=mode)


def _unpack(path: Path, folder: Path, progress: Progress) -> Backup:
    """Write the files of a backup into a folder, each as its checksum says."""
    try:
        with zipfile.ZipFile(path) as archive:
            backup = _manifest(archive)
            total, done, wrong = sum(file.size for file in backup.files), 0, []
            for file in backup.files:
                progress("write the files", done, total)
                if not _write(archive, file, folder):
                    wrong.append(file.name)
                done += file.size
            progress("write the files", done, total)
    except (OSError, zipfile.BadZipFile, KeyError, EOFError) as fault:
        msg = (
            f"a backup is a whole file that `awase backup` wrote; got {path.name}, which is not "
            f"({type(fault).__name__}). Take another copy of it."
        )
        raise LeadDataError(msg) from None
    if wrong:
        msg = (
            f"every file of a backup must be as its checksum says; got {len(wrong)} that are not "
            f"({', '.join(wrong[:3])}). Take another copy of {path.name}."
        )
        raise LeadDataError(msg)
    return backup


def _manifest(archive: zipfile.ZipFile) -> Backup:
    text = archive.read(MANIFEST).decode()
    found = json.loads(text).get("format")
    if found != FORMAT:
        msg = f"a backup must be of format {FORMAT}; got {found}. Use the Awase that wrote it."
        raise LeadDataError(msg)
    return from_json(Backup, text, MANIFEST)


def _write(archive: zipfile.ZipFile, file: BackupFile, folder: Path) -> bool:
    """Write one file; whether it is what the manifest says."""
    target = (folder / file.name).resolve()
    if not target.is_relative_to(folder.resolve()):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with archive.open(file.name) as read, target.open("wb") as written:
        while some := read.read(1 << 20):
            written.write(some)
            digest.update(some)
    target.chmod(file.mode)
    return digest.hexdigest() == file.sha256


def _leave_places_out(path: Path) -> None:
    """Take settings out of use that lead elsewhere; what they were can still be read."""
    if not path.is_file():
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [
        f"{_LEFT_OUT}{line}" if line.strip().upper().startswith(PLACES) else line for line in lines
    ]
    path.write_text("".join(kept), encoding="utf-8")
