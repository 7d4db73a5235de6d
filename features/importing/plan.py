"""Which of the given files is read by which entry of the mapping."""

import unicodedata
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from features.core.errors import LeadDataError
from features.importing.files.parquet_file import is_parquet_folder
from features.importing.mapping.mapping import FileEntry, Mapping


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Files with each entry that reads them; those joined to others; those that fit nothing."""

    entries: tuple[tuple[Path, FileEntry], ...]
    joined: tuple[Path, ...]
    unmatched: tuple[Path, ...]


def plan_import(paths: list[Path], mapping: Mapping) -> Plan:
    """Find the entries of each file by the file's name; all that fit read it, in their order.

    Parameters
    ----------
    paths : list of path
        Files, or folders whose files are all taken.
    mapping : Mapping

    Raises
    ------
    LeadDataError
        If no file fits any entry.
    """
    files = list(dict.fromkeys(file for path in paths for file in list_files(path)))
    entries: list[tuple[Path, FileEntry]] = []
    rest: list[Path] = []
    for file in files:
        fitting = [(file, item) for item in mapping.files if fits(file, item.match)]
        entries += fitting
        if not fitting:
            rest.append(file)
    if not entries:
        patterns = ", ".join(pattern for item in mapping.files for pattern in item.match)
        msg = (
            f"an import needs a file named as the mapping says ({patterns}); "
            f"got {len(files)} others. Give such a file or mend `match`."
        )
        raise LeadDataError(msg)
    joins = tuple(join.file for _, entry in entries for join in entry.joins)
    return Plan(
        entries=tuple(entries),
        joined=tuple(file for file in files if fits(file, joins)),
        unmatched=tuple(file for file in rest if not fits(file, joins)),
    )


def list_files(path: Path) -> list[Path]:
    """A file itself, or the files of a folder by name, hidden ones left out.

    A folder of Parquet files that is one table counts as a file.
    """
    if not path.is_dir() or is_parquet_folder(path):
        return [path]
    files = (file for file in path.iterdir() if file.is_file() or is_parquet_folder(file))
    return sorted(file for file in files if not file.name.startswith("."))


def fits(file: Path, patterns: tuple[str, ...]) -> bool:
    """Whether a file's name is one of these patterns."""
    # A Mac writes the accents of a name apart; the pattern was written anywhere.
    name = unicodedata.normalize("NFC", file.name)
    return any(fnmatch(name, unicodedata.normalize("NFC", pattern)) for pattern in patterns)
