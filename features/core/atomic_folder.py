"""Folders and files that appear whole or not at all: written beside, flushed to disk, renamed.

A process may be killed, a disk may be full or power may fail at any moment; whoever finds a
folder's name finds all of its files, complete, and a file as it was before or as it is to be.
"""

import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

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
    unfinished = _beside(folder)
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
    with whole_file(path) as stream:
        stream.write(content)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a stream to write; what it holds stands under the path once all of it was written.

    A symbolic link stays one, and a file keeps its permissions. What is no file, a pipe or
    ``/dev/stdout``, is written to as it is.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            yield stream
        return
    _make_flushed(path.parent)
    unfinished = _beside(path)
    try:
        with unfinished.open("wb") as stream:
            yield stream
        if path.exists():
            shutil.copymode(path, unfinished)
        put_in_place(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def put_in_place(written: Path, path: Path) -> None:
    """Give a finished file its name, in the same folder or another of the same disk."""
    with written.open("rb+") as stream:
        os.fsync(stream.fileno())
    written.replace(path)
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


def _beside(path: Path) -> Path:
    """Where it is written first; pages write from several threads at once."""
    mine = f"{os.getpid()}-{threading.get_ident()}"
    return path.parent / f".{path.name}.{mine}{_UNFINISHED}"


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
