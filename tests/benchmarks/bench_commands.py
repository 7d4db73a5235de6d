"""Whole commands at three sizes: processor seconds and peak memory, beside reading the tables.

A command's ratio is that of its processor seconds to those of a process that does nothing but read
the same lead tables. The company is simulated once at the smallest size; the larger ones hold each
of its leads again under other names, since commands are what is measured, not the simulation.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from features.store import Store
from features.store.lead_tables import LeadTables
from serving.workspace.workspace import Workspace

SIZES = (5_000, 20_000, 80_000)
AWASE = Path(sys.executable).with_name("awase")
KEYS = ("lead_id", "event_id")
READ = "import sys; from features.store import Store; Store(sys.argv[1]).read_tables()"
WATCH = """
import resource, subprocess, sys
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
code = subprocess.call(sys.argv[1:], **quiet)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
"""The starter is small: until a child becomes its command, it counts as large as its parent."""
COMMANDS = {
    "score": ("score",),
    "review": ("review", "--month", "2026-03"),
    "retrain": ("retrain",),
    "retrain again": ("retrain",),
    "release list": ("release", "list"),
}
"""By what the table calls them; the demo ends in March 2026 unless that lies ahead."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a process took: processor seconds of user and system, and peak memory."""

    seconds: float
    megabytes: float


def main() -> None:
    """Print what each command costs at each size."""
    with tempfile.TemporaryDirectory() as name:
        first = Path(name) / "first"
        run([str(AWASE), "demo", "--leads", str(SIZES[0]), "-w", str(first)])
        for leads in SIZES:
            folder = Path(name) / str(leads)
            shutil.copytree(first, folder)
            store = Workspace.at(folder).store()
            _multiply(store, leads // SIZES[0])
            store.close()
            # Its findings would be found by the first retrain.
            shutil.rmtree(folder / "releases" / ".finished-findings", ignore_errors=True)
            shutil.rmtree(folder / "releases" / ".finished-steps", ignore_errors=True)
            _tell(folder, leads)
            shutil.rmtree(folder)


def _tell(folder: Path, leads: int) -> None:
    url = Workspace.at(folder).database_url
    reading = run([sys.executable, "-c", READ, url])
    print(f"reading the tables of {leads:,} leads   {said(reading)}")
    for name, words in COMMANDS.items():
        cost = run([str(AWASE), *words, "-w", str(folder)])
        ratio = cost.seconds / reading.seconds
        print(f"  {name} at {leads:,} leads   {said(cost)}, {ratio:.1f} times reading")


def said(cost: Cost) -> str:
    """What a process took, in words."""
    return f"{cost.seconds:.1f} CPU s, {cost.megabytes:,.0f} MB"


def run(command: list[str]) -> Cost:
    """Run a process to its end, whatever it says; a refusal is a result."""
    # Bytecode that is compiled anew at every start would be most of what is measured.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    told = subprocess.run(
        [sys.executable, "-c", WATCH, *command],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert told[0] in ("0", "3"), command
    return Cost(seconds=float(told[1]), megabytes=int(told[2]) / 1024)


def _multiply(store: Store, times: int) -> None:
    """Store every lead again under other names, with all that is known of it."""
    tables = store.read_tables()
    for copy in range(1, times):
        store.write(
            LeadTables(**{name: _renamed(table, copy) for name, table in vars(tables).items()})
        )


def _renamed(table: pa.Table, copy: int) -> pa.Table:
    for name in KEYS:
        if name in table.column_names:
            position = table.column_names.index(name)
            ids = pc.binary_join_element_wise(table.column(name), pa.scalar(f"{copy}"), "-")
            table = table.set_column(position, table.schema.field(name), ids)
    return table


if __name__ == "__main__":
    main()
