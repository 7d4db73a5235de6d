"""A Dask scheduler and its workers as processes, as whoever keeps a cluster starts them: they hold
nothing but what is installed and what travels."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.patience import PATIENCE, wait_until

DASK = Path(__file__).parents[1] / ".venv/bin/dask"

Process = subprocess.Popen[bytes]


@dataclass(frozen=True)
class DaskProcesses:
    """A scheduler and its workers."""

    address: str
    scheduler: Process
    workers: list[Process]


@contextmanager
def dask_processes(
    folder: Path, *, n_workers: int = 2, nanny: bool = False, python_path: Path | None = None
) -> Iterator[DaskProcesses]:
    """Start a cluster whose workers look for packages in ``python_path`` first; then end it.

    With a ``nanny`` each, which starts a worker again that died.
    """
    folder.mkdir()
    found = folder / "scheduler.json"
    known = {**os.environ} | ({} if python_path is None else {"PYTHONPATH": str(python_path)})
    with ExitStack() as running:

        def start(*command: str | Path) -> Process:
            with (folder / "log").open("ab") as log:
                process = subprocess.Popen(
                    [DASK, *command, "--scheduler-file", found],
                    stdout=log,
                    stderr=log,
                    env=known,
                    cwd=folder,
                )
            running.callback(_end, process)
            return process

        at = ("--host", "127.0.0.1", "--port", "0", "--dashboard-address", ":0")
        scheduler = start("scheduler", *at)
        wait_until(found.exists)
        workers = [
            start(
                *("worker", "--nthreads", "1", "--no-dashboard"),
                "--nanny" if nanny else "--no-nanny",
                *("--local-directory", folder / str(number)),
            )
            for number in range(n_workers)
        ]
        wait_until(lambda: (folder / "log").read_text().count("Registered to") >= n_workers)
        yield DaskProcesses(json.loads(found.read_text())["address"], scheduler, workers)


def _end(process: Process) -> None:
    """A worker in the midst of compiled code does not hear that it shall end."""
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=PATIENCE)
