"""Files at addresses of an object store (s3://, gs://), as copies here while they are read.

Arrow speaks to both by itself and brings nothing else along, where s3fs and gcsfs bring a second
HTTP client and a pinned SDK each. Keys and regions come from where each vendor's own tools look:
the environment, its files, the machine's role. Nothing is asked for but what an address names.

Copies, not streams: every file is looked at several times (what it holds, what fits the mapping,
its rows), and what is read is then what was looked at.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from inspect import signature
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import ParamSpec, TypeVar

import pyarrow as pa
from pyarrow import fs

from features.core.errors import LeadDataError

P = ParamSpec("P")
T = TypeVar("T")

_ADDRESS = re.compile(r"(s3|gs):/+(?=[^/])")
"""A path keeps one of the two strokes of an address."""


def with_files_here(name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a function of files be given addresses, too: it gets copies, which go when it returns.

    Parameters
    ----------
    name : str
        Of the argument that lists the files.
    """

    def decorate(work: Callable[P, T]) -> Callable[P, T]:
        called = signature(work)

        @wraps(work)
        def _with_copies(*args: P.args, **kwargs: P.kwargs) -> T:
            given = called.bind(*args, **kwargs)
            with files_here(given.arguments[name]) as here:
                given.arguments[name] = here
                return work(*given.args, **given.kwargs)

        return _with_copies

    return decorate


@contextmanager
def files_here(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Give files and folders as they are, and those of an object store as copies under their name.

    Parameters
    ----------
    paths : sequence of path
        Of this machine, or addresses such as ``s3://bucket/folder/month=2026-04``.

    Raises
    ------
    LeadDataError
        If nothing lies at an address, or it may not be read.
    """
    if not any(map(_address_of, paths)):
        yield list(paths)
        return
    with TemporaryDirectory(prefix="awase-") as folder:
        yield [_copied(path, Path(folder) / str(n)) for n, path in enumerate(paths)]


def states_of(path: Path) -> Iterator[str]:
    """Yield name, size and time of change of each file in a place, here or in an object store.

    Parameters
    ----------
    path : path
        A file or folder, or an address.

    Raises
    ------
    LeadDataError
        If nothing lies at an address, or it may not be read.
    """
    address = _address_of(path)
    if address is not None:
        found, _ = _files_at(address)
        for info in found.values():
            yield f"{address} {info.path} {info.size} {info.mtime_ns}"
        return
    inside = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in (found for found in inside if found.is_file()):
        seen = file.stat()
        yield f"{file.resolve()} {seen.st_size} {seen.st_mtime_ns}"


def _address_of(path: Path) -> str | None:
    text = str(path)
    return _ADDRESS.sub(r"\1://", text, count=1) if _ADDRESS.match(text) else None


def _copied(path: Path, into: Path) -> Path:
    address = _address_of(path)
    if address is None:
        return path
    found, store = _files_at(address)
    for inner, info in found.items():
        copy = into / inner
        copy.parent.mkdir(parents=True, exist_ok=True)
        with _told(address):
            fs.copy_files(info.path, str(copy), source_filesystem=store)
    return into / PurePosixPath(next(iter(found))).parts[0]


def _files_at(address: str) -> tuple[dict[PurePosixPath, fs.FileInfo], fs.FileSystem]:
    """The files there by their path from the last name of the address on, and what reads them."""
    with _told(address):
        store, place = fs.FileSystem.from_uri(address)
        found = [store.get_file_info(place)]
        if not found[0].is_file:
            everything = fs.FileSelector(place, recursive=True, allow_not_found=True)
            found = [info for info in store.get_file_info(everything) if info.is_file]
    above = PurePosixPath(place).parent
    inner = {PurePosixPath(info.path).relative_to(above): info for info in found}
    if not inner:
        msg = f"an address must name a file or folder of files; got {address}, where none are."
        raise LeadDataError(msg + " Look at the name.")
    if any(".." in path.parts for path in inner):
        msg = f"names of files must stay in their folder; got .. in one at {address}. Rename it."
        raise LeadDataError(msg)
    return dict(sorted(inner.items())), store


@contextmanager
def _told(address: str) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowInvalid) as error:
        if getattr(error, "errno", None) is not None and not isinstance(error, PermissionError):
            raise  # of the disk; the store's words have no number
        msg = (
            f"{address} must be readable with the keys and the region of this environment; got: "
            f"{error}. See docs/files.md."
        )
        raise LeadDataError(msg) from None
