"""Each command that takes ``--cluster``, on a Dask scheduler and workers that were there before.

The scheduler and its two workers are processes started from the command line, as whoever keeps a
cluster starts them: they hold nothing but what is installed and what travels.
"""

import csv
import inspect
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from features.distributed.dask import on_cluster
from serving.cli.commands import COMMANDS, LazyCommands

distributed = pytest.importorskip("distributed")

DASK = Path(__file__).parents[3] / ".venv/bin/dask"
WORKER = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory")
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@dataclass(frozen=True)
class _Cluster:
    """A scheduler and its two workers."""

    address: str
    workers: list["subprocess.Popen[bytes]"]


@pytest.fixture
def running_cluster(tmp_path: Path) -> Iterator[_Cluster]:
    folder = tmp_path / "cluster"
    folder.mkdir()
    found = ("--scheduler-file", folder / "scheduler.json")
    commands = [
        (DASK, "scheduler", *found, "--host", "127.0.0.1", "--port", "0", "--dashboard-address"),
        *[(DASK, "worker", *found, *WORKER)] * 2,
    ]
    processes = []
    with ExitStack() as running:
        for command, last in zip(commands, (":0", folder / "a", folder / "b"), strict=True):
            process = running.enter_context(subprocess.Popen([*command, last], **QUIET))
            running.callback(process.kill)  # nothing there outlives the test
            processes.append(process)
        with distributed.Client(scheduler_file=found[1], timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
            address = client.scheduler.address
        yield _Cluster(address=address, workers=processes[1:])


@pytest.fixture
def cluster(running_cluster: _Cluster) -> str:
    """The address of a scheduler with two workers."""
    return running_cluster.address


@pytest.fixture
def company(awase, tmp_path: Path) -> Path:
    """The workspace of a small demo."""
    place = tmp_path / "company"
    simulated = awase("demo", "--leads", "3000", "--months", "12", "--workspace", place)
    assert simulated.returncode == 0, simulated.stderr
    return place


@pytest.fixture
def every_look_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small company's few moments are looked back from by the workers too."""
    monkeypatch.setitem(inspect.unwrap(on_cluster).__kwdefaults__, "fewest_moments", 0)


def _tasks(address: str) -> set[str]:
    """Names of the functions that the workers have run."""
    with distributed.Client(address) as client:
        return client.run_on_scheduler(lambda dask_scheduler: set(dask_scheduler.task_prefixes))


def _probabilities(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8-sig") as file:
        return {row["lead_id"]: row["probability"] for row in csv.DictReader(file)}


def test_each_command_with_a_cluster_is_tried_here() -> None:
    taking = {
        name
        for name in COMMANDS
        if any("--cluster" in option.opts for option in LazyCommands.load(name).params)
    }

    assert taking == {"retrain", "score", "backtest"}


@pytest.mark.long
@pytest.mark.usefixtures("every_look_there")
def test_retrain_and_score_do_on_a_cluster_what_they_do_on_one_machine(
    awase, cluster: str, company: Path, tmp_path: Path
) -> None:
    where = ("--workspace", company)

    here = awase("score", "--output", tmp_path / "here.csv", *where)
    there = awase("score", "--output", tmp_path / "there.csv", *where, "--cluster", cluster)

    assert (here.returncode, there.returncode) == (0, 0), there.stderr
    assert _probabilities(tmp_path / "there.csv") == _probabilities(tmp_path / "here.csv")
    assert "matrix" in _tasks(cluster)

    # Of workspaces of their own, for fits that a run has finished are used again.
    for finished in (company / "releases").glob(".finished-*"):
        shutil.rmtree(finished)
    alone = shutil.copytree(company, tmp_path / "alone")
    retrained_here = awase("retrain", "--json", "--workspace", alone)
    retrained_there = awase("retrain", "--json", *where, "--cluster", cluster)

    assert retrained_there.returncode == 0, retrained_there.stderr
    assert "grow" in _tasks(cluster)
    report, expected = json.loads(retrained_there.stdout), json.loads(retrained_here.stdout)
    assert Path(report["release_dir"]).is_dir()
    assert report["release_id"] == expected["release_id"]
    assert report["metrics"] == expected["metrics"]
    assert report["audit"] == expected["audit"]


KILLER = """
import os, signal, sys, time
import distributed

client = distributed.Client(sys.argv[1])
told = lambda dask_scheduler: set(dask_scheduler.task_prefixes)
while "grow" not in client.run_on_scheduler(told):
    time.sleep(0.1)
os.kill(int(sys.argv[2]), signal.SIGKILL)
"""
"""Kills a worker once boosters are grown by them. A process of its own: a second client in the one
that grows them would take its futures."""


@pytest.mark.long
@pytest.mark.usefixtures("every_look_there")
def test_a_backtest_on_a_cluster_outlives_a_worker_that_is_killed(
    awase, running_cluster: _Cluster, company: Path, tmp_path: Path
) -> None:
    asked = ("backtest", "--json", "--from", "2025-07-01", "--workspace")
    alone = shutil.copytree(company, tmp_path / "alone")

    address, worker = running_cluster.address, running_cluster.workers[0]
    with subprocess.Popen([sys.executable, "-c", KILLER, address, str(worker.pid)]) as killer:
        there = awase(*asked, company, "--cluster", address)
        killer.kill()
    here = awase(*asked, alone)

    assert there.returncode == 0, there.stderr
    assert worker.poll() == -signal.SIGKILL
    assert {"matrix", "grow"} <= _tasks(address)
    assert json.loads(there.stdout)["metrics"] == json.loads(here.stdout)["metrics"]
