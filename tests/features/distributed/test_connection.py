"""A cluster that is gone, or cannot do what it is asked, ends in a sentence, never in a wait."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from features.core.errors import LeadDataError
from features.distributed import connection
from features.distributed.connection import connected
from tests.dask_processes import DaskProcesses, Process, dask_processes
from tests.patience import PATIENCE

distributed = pytest.importorskip("distributed")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[DaskProcesses]:
    with dask_processes(tmp_path / "cluster") as processes:
        yield processes


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that is gone is given up after two seconds instead of a minute."""
    monkeypatch.setattr(connection, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(connection, "GONE_SECONDS", 2)
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 3)


def _processes(cluster: DaskProcesses, whom: str) -> list[Process]:
    return cluster.workers if whom == "workers" else [cluster.scheduler]


def _end_soon(cluster: DaskProcesses, whom: str, how: signal.Signals) -> None:
    """End workers or the scheduler while somebody waits for a result."""

    def end() -> None:
        for process in _processes(cluster, whom):
            process.send_signal(how)

    threading.Timer(1, end).start()


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "ended"])
@pytest.mark.parametrize("whom", ["workers", "scheduler"])
def test_a_result_that_nobody_can_give_any_more_is_not_waited_for(
    cluster: DaskProcesses, whom: str, how: signal.Signals, tmp_path: Path
) -> None:
    def wait() -> None:
        with connected(cluster.address, tmp_path) as client:
            waiting = client.submit(time.sleep, 600)
            _end_soon(cluster, whom, how)
            waiting.result()

    began = time.monotonic()

    with pytest.raises(LeadDataError, match=r"workers until the end; got none that are left at"):
        wait()

    assert time.monotonic() - began < 300


@pytest.mark.long
@pytest.mark.parametrize("whom", ["workers", "scheduler"])
def test_what_is_asked_of_a_cluster_that_is_gone_is_not_waited_for(
    cluster: DaskProcesses, whom: str, tmp_path: Path
) -> None:
    def ask() -> None:
        with connected(cluster.address, tmp_path) as client:
            for process in _processes(cluster, whom):
                process.kill()
                process.wait(timeout=PATIENCE)
            client.submit(int).result()

    with pytest.raises(LeadDataError, match="got none that are left"):
        ask()


@pytest.mark.long
def test_a_result_is_made_again_where_its_worker_dies_before_it_is_fetched(
    cluster: DaskProcesses, tmp_path: Path
) -> None:
    with connected(cluster.address, tmp_path) as client:
        made = client.submit(os.getpid)
        distributed.wait([made])
        dead = made.result()
        os.kill(dead, signal.SIGKILL)

        # A scheduler that asks the dead worker first tries to reach it for half a minute.
        assert made.result(timeout=PATIENCE) != dead


def test_a_fault_of_the_work_is_told_as_it_is(cluster: DaskProcesses, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), connected(cluster.address, tmp_path) as client:
        client.submit(os.stat, tmp_path / "nothing").result()


@pytest.mark.long
def test_work_that_ends_every_worker_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nannies start workers again, which takes them longer than the two seconds above.
    monkeypatch.setattr(connection, "GONE_SECONDS", 60)
    with (
        dask_processes(tmp_path / "cluster", nanny=True) as cluster,
        pytest.raises(LeadDataError, match=r"must live through .* got 4 that died at the same"),
        connected(cluster.address, tmp_path) as client,
    ):
        # A nanny whose worker dies before it told of its start gives up as well.
        client.submit(exec, "import os, time; time.sleep(2); os._exit(1)").result()


def test_a_scheduler_without_workers_is_no_cluster(tmp_path: Path) -> None:
    with (
        dask_processes(tmp_path / "cluster", n_workers=0) as cluster,
        pytest.raises(LeadDataError, match=r"must have workers; got none at tcp"),
        connected(cluster.address, tmp_path),
    ):
        pass


def _another_awase(packages: Path) -> None:
    about = packages / "awase-9.9.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: awase\nVersion: 9.9\n")


def _other_features(packages: Path) -> None:
    (packages / "features").mkdir()
    (packages / "features/__init__.py").touch()


@pytest.mark.parametrize(
    ("lay", "told"),
    [
        (_another_awase, r"must have awase [0-9.]+, as here; got 9\.9 at tcp"),
        pytest.param(
            _other_features,
            r"must have Awase; got ModuleNotFoundError",
            marks=pytest.mark.long,
        ),
    ],
)
def test_a_worker_that_has_something_else_installed_is_named(
    lay: Callable[[Path], None], told: str, tmp_path: Path
) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    lay(packages)

    with (
        dask_processes(tmp_path / "cluster", n_workers=1, python_path=packages) as cluster,
        pytest.raises(LeadDataError, match=told),
        connected(cluster.address, tmp_path),
    ):
        pass


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="a path that means another folder per process")
def test_a_worker_that_does_not_see_the_workspace_is_named(
    cluster: DaskProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here/company").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")

    with (
        pytest.raises(LeadDataError, match=r"must have the folder /proc.*; got none at tcp"),
        connected(cluster.address, Path("/proc/self/cwd/company")),
    ):
        pass
