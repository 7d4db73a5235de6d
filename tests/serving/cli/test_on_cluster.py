"""Each command that takes ``--cluster``, on a Dask scheduler and workers that were there before."""

import csv
import inspect
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from features.distributed import connection
from features.distributed.dask import on_cluster
from serving.cli.commands import COMMANDS, LazyCommands
from tests.dask_processes import DaskProcesses, Process, dask_processes

distributed = pytest.importorskip("distributed")


@pytest.fixture
def running_cluster(tmp_path: Path) -> Iterator[DaskProcesses]:
    """A scheduler with two workers."""
    with dask_processes(tmp_path / "cluster") as processes:
        yield processes


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of a small demo."""
    place = tmp_path_factory.mktemp("demo") / "company"
    command = [Path(sys.executable).with_name("awase"), "demo", "--leads", "3000", "--months", "12"]
    subprocess.run([*command, "--workspace", place], check=True, stdout=subprocess.DEVNULL)
    return place


@pytest.fixture
def company(demo: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return shutil.copytree(demo, tmp_path / "company")


@pytest.fixture
def every_look_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small company's few moments are looked back from by the workers too."""
    monkeypatch.setitem(inspect.unwrap(on_cluster).__kwdefaults__, "fewest_moments", 0)


@pytest.fixture
def soon_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "GONE_SECONDS", 2)


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
    awase, running_cluster: DaskProcesses, company: Path, tmp_path: Path
) -> None:
    cluster = running_cluster.address
    where = ("--workspace", company)

    here = awase("score", "--output", tmp_path / "here.csv", *where)
    there = awase("score", "--output", tmp_path / "there.csv", *where, "--cluster", cluster)

    assert (here.returncode, there.returncode) == (0, 0), there.stderr
    assert _probabilities(tmp_path / "there.csv") == _probabilities(tmp_path / "here.csv")
    assert "matrix" in _tasks(cluster)

    # What a run has learned is used again, wherever it was: here each learns it for itself.
    for finished in (company / "releases").glob(".finished-*"):
        shutil.rmtree(finished)
    shutil.copytree(company, tmp_path / "same")
    retrained_here = awase("retrain", "--json", *where)
    retrained_there = awase(
        "retrain", "--json", "--workspace", tmp_path / "same", "--cluster", cluster
    )

    assert retrained_there.returncode == 0, retrained_there.stderr
    report, expected = json.loads(retrained_there.stdout), json.loads(retrained_here.stdout)
    assert Path(report["release_dir"]).is_dir()
    assert "booster" in _tasks(cluster)
    apart = {"release_dir", "steps", "tracking_run_id"}  # folder, seconds, a number of MLflow
    assert {name: report[name] for name in report.keys() - apart} == {
        name: expected[name] for name in expected.keys() - apart
    }


KILLER = """
import os, signal, sys, time
import distributed

client = distributed.Client(sys.argv[1])
told = lambda dask_scheduler: set(dask_scheduler.task_prefixes)
while sys.argv[2] not in client.run_on_scheduler(told):
    time.sleep(0.1)
for pid in sys.argv[3:]:
    os.kill(int(pid), signal.SIGKILL)
"""
"""Kills processes once workers have begun a kind of task. A process of its own: a second client in
the one that waits for them would take its futures."""


@contextmanager
def _killed_at(task: str, cluster: DaskProcesses, *victims: Process) -> Iterator[None]:
    command = [sys.executable, "-c", KILLER, cluster.address, task]
    with subprocess.Popen([*command, *(str(victim.pid) for victim in victims)]) as killer:
        try:
            yield
        finally:
            killer.kill()  # it would wait without end for a task that never came


@pytest.mark.long
@pytest.mark.usefixtures("every_look_there")
def test_a_backtest_on_a_cluster_outlives_a_worker_that_is_killed(
    awase, running_cluster: DaskProcesses, company: Path, tmp_path: Path
) -> None:
    shutil.copytree(company, tmp_path / "same")
    months = ("backtest", "--json", "--from", "2025-07-01", "--workspace")

    address, worker = running_cluster.address, running_cluster.workers[0]
    with _killed_at("booster", running_cluster, worker):
        there = awase(*months, company, "--cluster", address)
    here = awase(*months, tmp_path / "same")

    assert there.returncode == 0, there.stderr
    assert worker.poll() == -signal.SIGKILL
    assert {"matrix", "booster"} <= _tasks(address)
    assert json.loads(there.stdout) == json.loads(here.stdout)


@pytest.mark.long
@pytest.mark.usefixtures("every_look_there", "soon_given_up")
@pytest.mark.parametrize(
    ("task", "gone"),
    [("matrix", "workers"), ("booster", "workers"), ("booster", "scheduler")],
)
def test_a_backtest_whose_cluster_is_gone_says_so_and_goes_on_later(
    awase, running_cluster: DaskProcesses, company: Path, task: str, gone: str
) -> None:
    command = ("backtest", "--json", "--from", "2025-07-01", "--workspace", company)
    victims = running_cluster.workers if gone == "workers" else [running_cluster.scheduler]

    with _killed_at(task, running_cluster, *victims):
        there = awase(*command, "--cluster", running_cluster.address)
    again = awase(*command)

    assert there.returncode == 1
    assert "got none that are left" in " ".join(there.stderr.split())
    assert not list((company / "releases").glob("cluster-*"))
    assert again.returncode == 0, again.stderr
