"""Results that were finished before, found again by the content of what they follow from.

Why the key is that content, and not a run's parameters: nothing can then be reused wrongly. A
changed window, an imported correction or another seed changes what is computed from, hence the key.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from features.core.atomic_folder import Files, write_whole_folder

if TYPE_CHECKING:
    from hashlib import _Hash

Result = TypeVar("Result")

_CHECKSUMS = "checksums.json"


@dataclass(frozen=True, kw_only=True)
class KeptResults:
    """Finished results, a folder each.

    Attributes
    ----------
    folder : path
    at_most : int
        Newest results kept.
    """

    folder: Path
    at_most: int

    def find_or_make(
        self,
        key: str,
        make: Callable[[], Result],
        *,
        to_files: Callable[[Result], Files],
        from_files: Callable[[Files], Result],
    ) -> tuple[Result, bool]:
        """Return the result of a key, and whether it was found finished.

        Parameters
        ----------
        key : str
            From :func:`content_key`, or another digest of everything the result depends on.
        make : callable
            Makes it where it is not there, or damaged.
        to_files, from_files : callable
            The result as plain files, and back to the last bit.
        """
        folder = self.folder / key
        files = _read_checked(folder)
        if files is not None:
            folder.touch()
            return from_files(files), True
        made = make()
        files = to_files(made)
        write_whole_folder(folder, {**files, _CHECKSUMS: _checksums(files)})
        self._forget_oldest()
        return made, False

    def _forget_oldest(self) -> None:
        newest_first = sorted(self.folder.iterdir(), key=lambda p: p.stat().st_mtime, reverse=True)
        for folder in newest_first[self.at_most :]:
            shutil.rmtree(folder, ignore_errors=True)


def content_key(*parts: object) -> str:
    """SHA-256 of arrays, texts, numbers, and records and collections of them.

    Raises
    ------
    TypeError
        If something else is among them, whose content nobody could vouch for.
    """
    digest = hashlib.sha256()
    _add(digest, parts)
    return digest.hexdigest()


def _add(digest: "_Hash", part: object) -> None:
    """Add a part with its kind and size, so that no two contents run into the same bytes."""
    kind = type(part).__name__
    if isinstance(part, np.ndarray):
        digest.update(f"{kind} {part.dtype.str} {part.shape}".encode())
        digest.update(np.ascontiguousarray(part).data)
    elif is_dataclass(part):
        _add(digest, (kind, {field.name: getattr(part, field.name) for field in fields(part)}))
    elif isinstance(part, Mapping):
        _add(digest, [kind, *sorted(part.items())])
    elif isinstance(part, tuple | list):
        digest.update(f"{kind} {len(part)} ".encode())
        for inner in part:
            _add(digest, inner)
    elif part is None or isinstance(part, str | bytes | int | float):
        content = repr(part).encode()
        digest.update(f"{kind} {len(content)} ".encode() + content)
    else:
        msg = f"a key is made of arrays, texts, numbers and records of them; got {kind}."
        raise TypeError(msg)


def _checksums(files: Files) -> bytes:
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return json.dumps(sums, sort_keys=True).encode()


def _read_checked(folder: Path) -> Files | None:
    """The files of a finished result; None where there is none or it is damaged."""
    try:
        kept = (folder / _CHECKSUMS).read_bytes()
        files = {name: (folder / name).read_bytes() for name in json.loads(kept)}
    except (OSError, ValueError):
        return None
    return files if _checksums(files) == kept else None
