"""What a retrain found besides its fits, kept by what it follows from.

The test of a fit, the baselines and the proposals follow from tables, definition, cut-off and fit.
A run that is repeated, after a refusal or with a person's word, finds them instead of replaying a
hundred days once more; where any of these changed, or the code did, they are made anew.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from features.core.atomic_folder import Files, remove_unfinished
from features.core.kept_results import KeptResults, content_key
from training.results.records import from_json, to_json

KEPT_AT_MOST = 24
"""Newest results kept: four of each of the last runs, at 20,000 leads some megabytes a run."""

_FOLDER = ".finished-findings"
_RECORD = "record.json"
_COMPUTES = ("numpy", "scipy", "scikit-learn", "lightgbm", "pyarrow", "pandas")
"""Packages by which the same rows could give other figures after an upgrade."""

Record = TypeVar("Record")
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class KeptFindings:
    """Finished results of a workspace.

    Attributes
    ----------
    results : KeptResults or None
        None where nothing is kept, and everything is made each time.
    """

    results: KeptResults | None = None

    @classmethod
    def beside(cls, releases_dir: Path) -> "KeptFindings":
        """Those of a workspace, without what killed runs left; needs the run's lock."""
        folder = releases_dir / _FOLDER
        remove_unfinished(folder)
        return cls(results=KeptResults(folder=folder, at_most=KEPT_AT_MOST))

    def record(
        self, kind: type[Record], make: Callable[[], Record], *, follows_from: tuple[object, ...]
    ) -> Record:
        """Find a record, or make it.

        Parameters
        ----------
        kind : type
            Of the record; its name is part of what it is found by.
        make : callable
            Of nothing but what it follows from.
        follows_from : tuple
            What :func:`~features.core.kept_results.content_key` takes.
        """
        return self.files(
            make,
            to_files=lambda record: {_RECORD: to_json(record).encode()},
            from_files=lambda files: from_json(kind, files[_RECORD], _RECORD),
            follows_from=(str(kind), *follows_from),
        )

    def files(
        self,
        make: Callable[[], Result],
        *,
        to_files: Callable[[Result], Files],
        from_files: Callable[[Files], Result],
        follows_from: tuple[object, ...],
    ) -> Result:
        """Find what is not a record, or make it; parameters are those of :meth:`record`.

        Parameters
        ----------
        make : callable
        to_files, from_files : callable
            The result as plain files, and back to the last bit.
        follows_from : tuple
        """
        if self.results is None:
            return make()
        key = content_key(_code(), *follows_from)
        return self.results.find_or_make(key, make, to_files=to_files, from_files=from_files)[0]


NOTHING_KEPT = KeptFindings()


@cache
def _code() -> str:
    """Digest of everything that computes: both lower floors, and the packages below them."""
    digest = hashlib.sha256(" ".join(map(version, _COMPUTES)).encode())
    house = Path(__file__).parents[2]
    for floor in ("features", "training"):
        for path in sorted((house / floor).rglob("*.py")):
            digest.update(str(path.relative_to(house)).encode() + path.read_bytes())
    return digest.hexdigest()
