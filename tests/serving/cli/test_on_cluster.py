"""Each command that takes ``--cluster``, on a Dask scheduler and workers that were there before.

The scheduler and its two workers are processes started from the command line, as whoever keeps a
cluster starts them: they hold nothing but what is installed and what travels.
"""

import csv
import inspect
import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from features.distributed.dask import on_cluster
from serving.cli.commands import COMMANDS, LazyCommands

distributed = pytest.importorskip("distributed")

DASK = Path(__file__).parents[3] / ".venv/bin/dask"
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers."""
    folder = tmp_path_factory.mktemp("cluster")
    found = ("--scheduler-file", folder / "scheduler.json")
    commands = [
        (DASK, "scheduler", *found, "--host", "127.0.0.1", "--port", "0", "--dashboard-address"),
        *[(DASK, "worker", *found, "--nthreads", "1", "--no-dashboard", "--local-directory")] * 2,
    ]
    with ExitStack() as running:
        for command, last in zip(commands, (":0", folder / "a", folder / "b"), strict=True):
            process = running.enter_context(subprocess.Popen([*command, last], **QUIET))
            running.callback(process.terminate)
        with distributed.Client(scheduler_file=found[1], timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
            address = client.scheduler.address
        yield address


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

    assert taking == {"retrain", "score"}


@pytest.mark.long
@pytest.mark.usefixtures("every_look_there")
def test_retrain_and_score_do_on_a_cluster_what_they_do_on_one_machine(
    awase, cluster: str, tmp_path: Path
) -> None:
    place = tmp_path / "company"
    simulated = awase("demo", "--leads", "3000", "--months", "12", "--workspace", place)
    assert simulated.returncode == 0, simulated.stderr
    where = ("--workspace", place)

    here = awase("score", "--output", tmp_path / "here.csv", *where)
    there = awase("score", "--output", tmp_path / "there.csv", *where, "--cluster", cluster)

    assert (here.returncode, there.returncode) == (0, 0), there.stderr
    assert _probabilities(tmp_path / "there.csv") == _probabilities(tmp_path / "here.csv")
    assert "matrix" in _tasks(cluster)

    retrained_here = json.loads(awase("retrain", "--json", *where).stdout)
    retrained_there = awase("retrain", "--json", *where, "--cluster", cluster)

    report = json.loads(retrained_there.stdout)
    assert retrained_there.returncode == 0, retrained_there.stderr
    assert Path(report["release_dir"]).is_dir()
    # Fits that a run has finished are used again wherever they were grown; audit, comparison and
    # past leads are looked back at anew.
    assert report["release_id"] == retrained_here["release_id"]
    assert report["metrics"] == retrained_here["metrics"]
    assert report["audit"] == retrained_here["audit"]
