"""Runs one command once for each of its writes, each time with another one failing.

Started with the shim in LD_PRELOAD and a plan as JSON; prints one JSON line per fault. Everything
is imported once; each trial is a fork with a copy of the workspace of its own.

After each fault: the database is whole, the chain of the audit too, the champion loads, and the
same command, run again, ends with the rows that it ends with undisturbed: after one run, or after
two where the first had stored all of its rows before it was disturbed.
"""

import ctypes
import json
import os
import shutil
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import select
from starlette.testclient import TestClient

from features.store.releases import read_champion
from features.store.schema import METADATA
from serving.cli import main
from serving.ledger.access.audit import check_audit
from serving.web.app import create_app
from serving.workspace.workspace import Workspace
from training.model.release import load_release

KINDS = {"count": 0, "kill": 1, "io_error": 2, "disk_full": 3}
PATIENCE_SECONDS = 120
UNTIDY = {"audit", "run", "session", "sign_in_failure", "api_key", "user", "one_time_token"}
"""Tables that say how often something was tried."""

VOLATILE = (
    "_at",
    "_id",
    "run_id",
    "lease",
    "attempts",
    "leased_until",
    "since",
    "payload",
    "effective_from",
)
"""Ends of columns that say when or in which try, or a number the database counts up."""

KEPT = {"lead_id", "event_id", "release_id", "deal_id"}


def run_plan(plan: dict[str, Any]) -> None:
    """Run a command's trials.

    Parameters
    ----------
    plan : dict
        ``base`` and ``work`` folders; ``words`` of a command or ``requests`` to the API; ``kind``;
        ``ns``, the numbers of the writes to fail, or every ``stride``-th.
    """
    work = Path(plan["work"])
    n_writes, wanted = _in_fork(work, lambda: _reference(plan, work))
    _tell({"writes": n_writes})
    stride = plan["stride"]
    for n in range(1, n_writes + 1, stride):
        place = work / "workspace"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(plan["base"], place)
        ended = _wait(os.fork() or _child(plan, place, n))
        found = _in_fork(work, lambda place=place: _after(plan, place))
        told = {"n": n, "ended": ended, **found}
        told["same"] = found.get("rows") in wanted
        if not told["same"] and "rows" in found:
            told["differs"] = [[n for n in one if one[n] != found["rows"].get(n)] for one in wanted]
        told.pop("rows", None)
        _tell(told)


def _act(plan: dict[str, Any], place: Path) -> int:
    """Do what is tested; gives the exit code, 1 for a request without success."""
    if "words" in plan:
        sys.argv = ["awase", *plan["words"], "-w", str(place)]
        try:
            main()
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else 0
        return 0
    headers = {"authorization": f"Bearer {plan['key']}"}
    app = create_app(Workspace.at(place))
    client = TestClient(app, raise_server_exceptions=False, headers=headers)
    answers = [client.request(*one[:2], json=one[2]).status_code for one in plan["requests"]]
    return int(any(status >= 400 for status in answers))


def _reference(plan: dict[str, Any], work: Path) -> tuple[int, list[dict[str, Any]]]:
    place = work / "workspace"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(plan["base"], place)
    shim = ctypes.CDLL(None)
    shim.fault_arm(str(place).encode(), KINDS["count"], 0)
    code = _act(plan, place)
    n_writes = int(shim.fault_seen())
    if code not in (0, 3):
        raise RuntimeError(f"undisturbed it ended with {code}")
    once = _rows(place)
    _act(plan, place)
    return n_writes, [once, _rows(place)]


def _child(plan: dict[str, Any], place: Path, n: int) -> int:
    log = os.open(place.parent / "log.txt", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    signal.alarm(PATIENCE_SECONDS)
    ctypes.CDLL(None).fault_arm(str(place).encode(), KINDS[plan["kind"]], n)
    code = 98
    try:
        code = _act(plan, place)
    except BaseException:  # noqa: BLE001 (whatever it was: it is told as a trace)
        traceback.print_exc()
        code = 99
    finally:
        os._exit(code)


def _after(plan: dict[str, Any], place: Path) -> dict[str, Any]:
    # Closed at once: with two copies of SQLite in a process no file may be open in both.
    with closing(sqlite3.connect(place / "awase.db")) as connection:
        integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
    workspace = Workspace.at(place)
    store = workspace.store()
    champion = read_champion(store)
    loaded = champion is not None and bool(
        load_release(workspace.releases_dir / champion.release_id)
    )
    chain = check_audit(store).broken
    store.close()
    log = (place.parent / "log.txt").read_text(errors="replace")
    code = _act(plan, place)
    left = [str(path) for path in place.rglob("*.unfinished")]
    return {
        "integrity": integrity,
        "champion": loaded,
        "chain": not chain,
        "traceback": log[-600:] if "Traceback" in log else "",
        "again": code,
        "left": left,
        "rows": _rows(place),
    }


def _rows(place: Path) -> dict[str, Any]:
    """Every table without what differs from try to try, sorted."""
    store = Workspace.at(place).store()
    found = {}
    with store.engine.connect() as connection:
        for name, table in METADATA.tables.items():
            if name in UNTIDY:
                continue
            columns = [
                column
                for column in table.c
                if column.name in KEPT or not column.name.endswith(VOLATILE)
            ]
            rows = connection.execute(select(*columns)) if columns else ()
            found[name] = sorted(repr(tuple(row)) for row in rows)
    store.close()
    return found


def _in_fork(work: Path, task: Callable[[], Any]) -> Any:
    """Run something in a process of its own, which leaves no connection or thread in this one."""
    answer = work / "answer.json"
    answer.unlink(missing_ok=True)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            signal.alarm(PATIENCE_SECONDS)
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            answer.write_text(json.dumps(task()))
            code = 0
        except BaseException:  # noqa: BLE001 (told to the parent)
            answer.write_text(json.dumps({"error": traceback.format_exc()[-1500:]}))
        finally:
            os._exit(code)
    _wait(pid)
    return json.loads(answer.read_text()) if answer.is_file() else {"error": "killed"}


def _loads(workspace: Workspace, release_id: str) -> bool:
    return bool(load_release(workspace.releases_dir / release_id))


def _tell(record: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(record)}\n")
    sys.stdout.flush()


def _wait(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    run_plan(json.loads(Path(sys.argv[1]).read_text()))
