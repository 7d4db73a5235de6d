"""A HubSpot account in a process of its own, the same one at the beginning of each trial.

A process and not a thread: trials are forks, and a fork takes no thread along.
"""

import json
import os
import pickle
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.contract.hubspot.account import Account
from tests.contract.hubspot.server import serving
from tests.patience import wait_until


@contextmanager
def served_account(account: Path, folder: Path) -> Iterator[None]:
    """Serve a pickled account, under the address that the workspace reads, until the block ends."""
    address, told = folder / "address.txt", folder / "account.json"
    for path in (address, told):
        path.unlink(missing_ok=True)
    pid = os.fork() or _serve(pickle.loads(account.read_bytes()), address, told)
    wait_until(address.is_file)
    os.environ["AWASE_HUBSPOT_URL"] = address.read_text()
    try:
        yield
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)


def read_account(folder: Path) -> dict[str, list[str]]:
    """What stood in the account when its block ended: values of ours, notes, tasks."""
    found: dict[str, list[str]] = json.loads((folder / "account.json").read_text())
    return found


def _serve(account: Account, address: Path, told: Path) -> Any:
    code = 1
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        with serving(account) as server:
            unfinished = address.with_suffix(".new")
            unfinished.write_text(server.url)
            unfinished.rename(address)
            signal.sigwait({signal.SIGTERM})
            told.write_text(json.dumps(_described(account)))
        code = 0
    finally:
        os._exit(code)


def _described(account: Account) -> dict[str, list[str]]:
    """Each record's newest values by kind, without times and numbers of records."""
    return {
        kind: sorted(
            repr(sorted((name, thing.value(name)) for name in thing.history if _is_told(name)))
            for thing in things.values()
        )
        for kind, things in account.things.items()
    }


def _is_told(name: str) -> bool:
    return name in ("hs_note_body", "hs_task_subject") or (
        name.startswith("awase_") and not name.endswith("_at")
    )
