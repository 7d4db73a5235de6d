"""Compare a lock file with known advisories: ``python -m tests.house.advisories LOCK [OSV.json]``.

The advisories are records of the Open Source Vulnerabilities format (osv.dev), as a JSON list or
one record a line, kept where a build without network finds them. Without such a file nothing can be
compared: the locked versions are listed, and it is said that nobody compared them.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

LOCKED = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)


def read_lock(text: str) -> dict[str, set[str]]:
    """Versions by package; a lock may hold several, for different systems."""
    found: dict[str, set[str]] = {}
    for name, version in LOCKED.findall(text):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def read_advisories(text: str) -> list[dict[str, Any]]:
    """Records of a JSON list, or of one a line."""
    if text.lstrip().startswith("["):
        return list(json.loads(text))
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def find_hits(
    locked: dict[str, set[str]], advisories: list[dict[str, Any]]
) -> Iterator[tuple[str, str, str]]:
    """Package, version and advisory, for each locked version that an advisory names."""
    for advisory in advisories:
        if "withdrawn" in advisory:
            continue
        for affected in advisory.get("affected", ()):
            package = affected.get("package", {})
            name = canonicalize_name(str(package.get("name", "")))
            if package.get("ecosystem") != "PyPI":
                continue
            for version in sorted(locked.get(name, ())):
                if _is_affected(Version(version), affected):
                    yield name, version, str(advisory["id"])


def _is_affected(version: Version, affected: dict[str, Any]) -> bool:
    if any(_same(version, listed) for listed in affected.get("versions", ())):
        return True
    return any(
        _is_within(version, found.get("events", ()))
        for found in affected.get("ranges", ())
        if found.get("type") == "ECOSYSTEM"
    )


def _same(version: Version, listed: str) -> bool:
    try:
        return version == Version(listed)
    except InvalidVersion:
        return False


def _is_within(version: Version, events: list[dict[str, str]]) -> bool:
    inside = False
    for event in events:
        if "introduced" in event and version >= Version(event["introduced"]):
            inside = True
        if "fixed" in event and version >= Version(event["fixed"]):
            inside = False
        if "last_affected" in event and version > Version(event["last_affected"]):
            inside = False
    return inside


def main(arguments: list[str]) -> int:
    """Print what was found; gives 1 for a hit."""
    locked = read_lock(Path(arguments[0]).read_text(encoding="utf-8"))
    if len(arguments) < 2 or not Path(arguments[1]).is_file():
        for name, versions in sorted(locked.items()):
            sys.stdout.write(f"{name} {', '.join(sorted(versions))}\n")
        sys.stdout.write(f"{len(locked)} packages listed; no advisories were given to compare.\n")
        return 0
    advisories = read_advisories(Path(arguments[1]).read_text(encoding="utf-8"))
    hits = sorted(set(find_hits(locked, advisories)))
    for name, version, advisory in hits:
        sys.stdout.write(f"{name} {version}: {advisory}\n")
    told = f"{len(locked)} packages, {len(advisories)} advisories, {len(hits)} hits\n"
    sys.stdout.write(told)
    return int(bool(hits))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
