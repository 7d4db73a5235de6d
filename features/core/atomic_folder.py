"""Folders that appear whole or not at all: written beside their place, flushed to disk, renamed.

A process may be killed, a disk may be full or power may fail at any moment; whoever finds the
folder's name finds all of its files, complete.
"""

import os
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path

Files = Mapping[str, bytes]
"""Contents by path within the folder."""

_UNFINISHED = ".unfinished"


def write_whole_folder(folder: Path, files: Files) -> None:
    """Write files into a new folder, replacing one that is there.

    Parameters
    ----------
    folder : Path
        Its parent is made where it does not exist.
    """
    _make_flushed(folder.parent)
    # Pages write from several threads at once.
    mine = f"{os.getpid()}-{threading.get_ident()}"
    unfinished = folder.parent / f".{folder.name}.{mine}{_UNFINISHED}"
    shutil.rmtree(unfinished, ignore_errors=True)
    for name, content in files.items():
        _write_flushed(unfinished / name, content)
    for written in {(unfinished / name).parent for name in files} | {unfinished}:
        _flush_directory(written)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    _flush_directory(folder.parent)


def write_whole_file(path: Path, content: bytes) -> None:
    """Write a file that a reader sees as it was before or whole, never in part."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}{_UNFINISHED}")
    try:
        _write_flushed(unfinished, content)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    _flush_directory(path.parent)


def remove_unfinished(parent: Path) -> int:
    """Remove what killed runs left in a folder, and count it; only while holding the run's lock."""
    left = list(parent.glob(f".*{_UNFINISHED}"))
    for path in left:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(left)


def _make_flushed(folder: Path) -> None:
    """Make a folder and those above it, so that their names survive a power cut too."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        _flush_directory(made.parent)


def _write_flushed(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
