"""What benchmarks printed, kept in ``docs/performance.md`` with the figures of the time before.

A line is known again by its words before the first figure; what follows are its figures. Only the
topics that ran are written anew.
"""

import os
import platform
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

FILE = Path(__file__).parents[2] / "docs" / "performance.md"

HEADER = """# What was measured

英語だけのページです。測る道具がそのまま書き出します。

`make bench` wrote this page, and writes it anew: what each benchmark printed, beside what it
printed the time before. `make bench TOPICS="startup pages"` runs some of them. Machines differ and
are shared: compare the ratios within a line, not seconds across runs.
"""

FIGURE = re.compile(r"(?<!\S)[-+−(]?\d")
ROW = re.compile(r"^\| (?P<words>.*?) \| (?P<now>.*?) \| (?P<before>.*?) \|$")


def split_line(line: str) -> tuple[str, str]:
    """Words before the first figure, and the rest.

    Parameters
    ----------
    line : str
        As a benchmark printed it.
    """
    told = re.sub(r"[│┃|]", " ", line)
    found = FIGURE.search(told)
    at = len(told) if found is None else found.start()
    return " ".join(told[:at].split()), " ".join(told[at:].split())


def keep_figures(printed: Mapping[str, str], file: Path = FILE) -> None:
    """Write what topics printed, beside what they printed before.

    Parameters
    ----------
    printed : mapping of str to str
        Output of each topic that ran.
    file : path
        Made if it is not there.
    """
    sections = _read(file)
    for topic, text in printed.items():
        _, rows = sections.get(topic, ("", []))
        before = defaultdict(list)  # a table may say the same words twice, in their order
        for words, now, _ in rows:
            before[words].append(now)
        new = [split_line(line) for line in text.splitlines() if re.search(r"\w", line)]
        sections[topic] = (
            _when(),
            [(words, now, before[words].pop(0) if before[words] else "") for words, now in new],
        )
    file.write_text(HEADER + "".join(_written(sections)), encoding="utf-8")


def _when() -> str:
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}), "
        f"Python {platform.python_version()}, load {load:.1f} at the end"
    )


Rows = list[tuple[str, str, str]]


def _read(file: Path) -> dict[str, tuple[str, Rows]]:
    sections: dict[str, tuple[str, Rows]] = {}
    if not file.is_file():
        return sections
    for part in file.read_text(encoding="utf-8").split("\n## ")[1:]:
        topic, _, rest = part.partition("\n")
        lines = rest.strip().splitlines()
        found = [row.groups() for line in lines[4:] if (row := ROW.match(line))]
        sections[topic] = (lines[0], [(words, now, before) for words, now, before in found])
    return sections


def _written(sections: Mapping[str, tuple[str, Rows]]) -> Iterable[str]:
    for topic, (when, rows) in sorted(sections.items()):
        yield f"\n## {topic}\n\n{when}\n\n| what | now | before |\n|---|---|---|\n"
        yield from (f"| {' | '.join(row)} |\n" for row in rows)
