"""The way to a Dask cluster, and its end where the cluster is gone.

Dask waits for a worker without end, and its client may not hear of a scheduler that closed. So a
thread looks whether anybody is there, and closes the client once nobody was for some time; whatever
waits for a result then fails at once, and a person reads why.
"""

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

from features.core.errors import LeadDataError

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 10

LOOK_SECONDS = 2.0
"""Between two looks whether the cluster is there."""

GONE_SECONDS = 60
"""After which a cluster that is not there is given up: what keeps workers has started new ones."""

PACKAGES = ("awase", "numpy", "pyarrow", "lightgbm", "distributed")
"""Where these differ, a worker may compute another number, or not understand what travels."""

AGAIN = "Run the same command again: it goes on from the fits that were finished."


@contextmanager
def connected(address: str, shared: Path) -> "Iterator[Client]":
    """Connect to a cluster whose workers can do what they are asked.

    Parameters
    ----------
    address : str
        Of a Dask scheduler, such as ``tcp://10.0.0.5:8786``.
    shared : path
        A folder that all workers must see.

    Raises
    ------
    LeadDataError
        If Dask is not installed, nobody answers at the address, no worker is there or is left, a
        worker differs in its versions or does not see the folder, or several die at one task.
    """
    try:
        from distributed import Client, KilledWorker
        from distributed.client import CancelledError, ClosedClientError
    except ImportError:
        msg = (
            "a cluster needs Dask; got a Python without it. Install it: pip install awase[cluster]."
        )
        raise LeadDataError(msg) from None
    try:
        client = Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        msg = f"--cluster must name a running Dask scheduler; got {address}: {error}."
        raise LeadDataError(msg + " Start one, or leave the option out.") from None
    with client, _watched(client):
        try:
            _check_workers(client, address, shared)
            yield client
        except KilledWorker as error:
            msg = (
                "a worker must live through a slice of the leads or a booster; got "
                f"{error.allowed_failures + 1} that died at the same. Look at their logs, and give "
                f"them more memory, or fewer threads. {AGAIN}"
            )
            raise LeadDataError(msg) from error
        except (CancelledError, ClosedClientError, OSError) as error:
            # What the disk says has a number; what Dask says of its connections has none.
            if isinstance(error, OSError) and (error.errno is not None or _is_there(client)):
                raise
            msg = (
                "a cluster must have a scheduler and workers until the end; got none that are left "
                f"at {address}. Start them, or leave the option out. {AGAIN}"
            )
            raise LeadDataError(msg) from error


@contextmanager
def _watched(client: "Client") -> Iterator[None]:
    """Close a client whose cluster is gone."""
    over = Event()

    def watch() -> None:
        last_there = monotonic()
        while not over.wait(LOOK_SECONDS):
            if _is_there(client):
                last_there = monotonic()
            elif monotonic() - last_there > GONE_SECONDS:
                client.close()
                return

    watching = Thread(target=watch, name="cluster", daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


def _is_there(client: "Client") -> bool:
    """Whether a scheduler answers and has workers."""
    try:
        return client.status == "running" and bool(client.nthreads())
    except Exception:  # noqa: BLE001 (of a client that is closing, of any kind)
        return False


def _check_workers(client: "Client", address: str, shared: Path) -> None:
    found = client.run(_standing, shared, on_error="return")
    if not found:
        msg = f"a cluster must have workers; got none at {address}. Start some."
        raise LeadDataError(msg)
    here = _standing(shared)
    for worker, there in found.items():
        if isinstance(there, OSError):
            continue  # it died meanwhile, which is no fault of what is installed
        if isinstance(there, Exception):
            msg = f"a worker must have Awase; got {there} at {worker}. Install this one there."
            raise LeadDataError(msg)
        for what in here:
            if there[what] != here[what]:
                msg = (
                    f"a worker must have {what} {here[what]}, as here; got {there[what]} at "
                    f"{worker}. Give it the same."
                )
                raise LeadDataError(msg)


def _standing(shared: Path) -> dict[str, str]:
    """What must be alike here and on a worker."""
    return {
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **{package: version(package) for package in PACKAGES},
        "the folder": str(shared) if shared.is_dir() else "none",
    }
