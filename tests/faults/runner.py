"""Runs one command once for each of its writes, each time with another one failing.

Started with the shim in LD_PRELOAD and a plan as JSON; prints one JSON line per fault. The command
is first run undisturbed in this process, which then has imported, compiled and read all that it
ever will: a fork of it takes a fifth of a second where the command anew takes two to five. Each
trial is such a fork, with a copy of the workspace of its own.

After each fault: the database is whole, the chain of the audit too, the champion loads, and the
same command, run again, ends with the rows that it ends with undisturbed: after one run, or after
two where the first had stored all of its rows before it was disturbed.
"""

import ctypes
import gc
import json
import os
import shutil
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import select, text
from starlette.testclient import TestClient

from features.core.errors import Refusal
from features.store.releases import read_champion
from features.store.schema import METADATA
from serving.cli import main
from serving.crm.outbound.sender import FOUND
from serving.ledger.access.audit import check_audit
from serving.web.app import create_app
from serving.workspace.workspace import Workspace
from tests.faults.crm import read_account, served_account
from tests.faults.wire import start_line, tell_line
from training.model.release import load_release

Rows = dict[str, Any]
REFUSED = Refusal.exit_code
KINDS = {"count": 0, "kill": 1, "io_error": 2, "disk_full": 3}
URL = "postgresql://postgres@127.0.0.1:{port}/trial?sslmode=disable&gssencmode=disable"
PATIENCE_SECONDS = 300
UNTIDY = {"audit", "run", "session", "sign_in_failure", "api_key", "user", "one_time_token"}
"""Tables that say how often something was tried."""

VOLATILE = (
    "_at",
    "_id",
    "run_id",
    "lease",
    "attempts",
    "leased_until",
    "paused_until",
    "since",
    "payload",
    "effective_from",
)
"""Ends of columns that say when or in which try, or a number the database counts up."""

OF_NOW = {"as_of", "probability", "probability_before", "priority", "feature_vector"}
"""What a decision that looks from now says, which is another one a second later."""

KEPT = {"lead_id", "event_id", "release_id", "deal_id"}


def run_plan(plan: dict[str, Any]) -> None:
    """Run a command's trials.

    Parameters
    ----------
    plan : dict
        ``base`` and ``work`` folders; ``words`` of a command or ``requests`` to the API with a
        ``key``; ``kinds`` of faults; ``most`` writes that fail, all where it is missing, each once
        with the kinds in turn or ``each_kind``; where a CRM is told, ``account``, a pickled one,
        and ``now_due``, whether what waits is due at once; ``may_refuse``, where the command's
        verdict may be no.
    """
    work = Path(plan["work"])
    if "server" in plan:
        plan["line"] = start_line(plan["server"]["socket"])
        os.environ["AWASE_DATABASE_URL"] = URL.format(port=plan["line"][1])
    # What the command itself prints goes nowhere; the original output is for the results.
    told = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    codes, wanted = _reference(plan, work)
    gc.freeze()  # forks share what is there until one of them changes it
    n_writes = _count_writes(plan, work)
    doubled = _differing(wanted[0], wanted[-1])
    _tell(told, {"writes": n_writes, "doubled": doubled, "codes": codes})
    for kind, n in _faults(plan, n_writes):
        _tell(told, {"kind": kind, "n": n} | _trial(plan | {"kind": kind}, work, n, wanted))
    if "line" in plan:
        os.kill(plan["line"][0], signal.SIGKILL)


def _faults(plan: dict[str, Any], n_writes: int) -> Iterator[tuple[str, int]]:
    """What goes wrong at which write, spread evenly where not every one is to fail."""
    kinds = plan["kinds"]
    for turn, n in enumerate(
        range(1, n_writes + 1, max(1, n_writes // plan.get("most", n_writes)))
    ):
        yield from (
            (kind, n) for kind in (kinds if plan["each_kind"] else [kinds[turn % len(kinds)]])
        )


def _arm(plan: dict[str, Any], place: Path, kind: str, n: int = 0) -> int:
    """Let the n-th write, or statement of a server, go wrong from now on; how many were counted."""
    if "line" in plan:
        return tell_line(plan["line"][2], kind, n)
    shim = ctypes.CDLL(None)
    seen = int(shim.fault_seen())
    if kind != "none":
        shim.fault_arm(str(place).encode(), KINDS[kind], n)
    return seen


def _trial(plan: dict[str, Any], work: Path, n: int, wanted: list[Rows]) -> dict[str, Any]:
    """Disturb the command at its n-th write, look at what is left, run it again, compare."""
    place = _fresh(plan, work)
    with _crm(plan, work):
        ended = _wait(os.fork() or _child(plan, place, n))
        found = _in_fork(work, lambda: _after(plan, place))
    rows = found.pop("rows", {}) | _told_to_crm(plan, work)
    told = {"ended": ended, **found, "same": rows in wanted}
    if not told["same"] and rows:
        told["differs"] = [_differing(one, rows) for one in wanted]
    return told


def _act(plan: dict[str, Any], place: Path, arm: Callable[[], Any] = lambda: None) -> int:
    """Do what is tested; gives the exit code, 1 for a request without success."""
    if "words" in plan:
        arm()
        sys.argv = ["awase", *plan["words"], "-w", str(place)]
        try:
            main()
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else 0
        return 0
    return _send(plan, place, plan["requests"], arm)


def _send(
    plan: dict[str, Any], place: Path, requests: list[list[Any]], arm: Callable[[], Any]
) -> int:
    headers = {"authorization": f"Bearer {plan['key']}"}
    app = create_app(Workspace.at(place))
    client = TestClient(app, raise_server_exceptions=False, headers=headers)
    arm()
    try:
        for method, path, body in requests:
            answer = client.request(method, path, json=body)
            if answer.status_code >= 400:
                # A program stops here, and sends all of it again later.
                sys.stderr.write(answer.text)
                return 1
    finally:
        app.state.services.store.close()
    return 0


def _count_writes(plan: dict[str, Any], work: Path) -> int:
    """How many writes a trial has: a fork's, which makes nothing anew that this process has."""
    place = _fresh(plan, work)

    def count() -> int:
        _act(plan, place, lambda: _arm(plan, place, "count"))
        return _arm(plan, place, "none")

    with _crm(plan, work):
        return int(_in_fork(work, count))


def _reference(plan: dict[str, Any], work: Path) -> tuple[list[int], list[Rows]]:
    """Codes and rows of an end that counts as undisturbed.

    They are the command once, and twice: it may have stored all before it was disturbed. Of
    requests each one may be the last that was stored before all of them are sent again.
    """
    place = _fresh(plan, work)
    with _crm(plan, work):
        code = _act(plan, place)
    if code != 0 and not (plan.get("may_refuse") and code == REFUSED):
        raise RuntimeError(f"undisturbed it must succeed; got exit code {code}")
    codes = [code]
    wanted = [_rows(plan, place) | _told_to_crm(plan, work)]
    for n_sent in range(1, len(plan.get("requests", ())) + 1):
        place = _fresh(plan, work)
        _send(plan, place, plan["requests"][:n_sent], lambda: None)
        _act(plan, place)
        wanted.append(_rows(plan, place))
    if "words" in plan:
        place = _fresh(plan, work)
        with _crm(plan, work):
            _act(plan, place)
            codes.append(_act(plan, place))
        wanted.append(_rows(plan, place) | _told_to_crm(plan, work))
    return codes, wanted


def _reports(place: Path) -> list[Path]:
    return list((place / "reports").glob("*.html"))


def _is_whole(path: Path) -> bool:
    return path.read_text(encoding="utf-8").rstrip().endswith("</html>")


def _fresh(plan: dict[str, Any], work: Path) -> Path:
    place = work / "workspace"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(plan["base"], place)
    if "server" in plan:
        with psycopg.connect(plan["server"]["url"], autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS trial WITH (FORCE)")
            connection.execute(f"CREATE DATABASE trial TEMPLATE {plan['template']}")
    return place


def _crm(plan: dict[str, Any], work: Path) -> AbstractContextManager[None]:
    if "account" not in plan:
        return nullcontext()
    return served_account(Path(plan["account"]), work)


def _told_to_crm(plan: dict[str, Any], work: Path) -> Rows:
    if "account" not in plan:
        return {}
    return {f"crm {kind}": rows for kind, rows in read_account(work).items()}


def _differing(one: Rows, other: Rows) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _child(plan: dict[str, Any], place: Path, n: int) -> int:
    log = os.open(place.parent / "log.txt", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    signal.alarm(PATIENCE_SECONDS)
    code = 98
    try:
        code = _act(plan, place, lambda: _arm(plan, place, plan["kind"], n))
    except BaseException:  # noqa: BLE001 (whatever it was: it is told as a trace)
        traceback.print_exc()
        code = 99
    finally:
        os._exit(code)


def _after(plan: dict[str, Any], place: Path) -> dict[str, Any]:
    if "line" in plan:
        _arm(plan, place, "count")
        integrity = "ok"  # a server's own affair
    else:
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
    if plan.get("now_due"):
        # What the killed one held waits for its lease otherwise.
        with store.engine.begin() as connection:
            connection.execute(text("UPDATE outbox SET due_at = 0"))
            connection.execute(text("UPDATE outbox SET leased_until = 0 WHERE leased_until > 0"))
    store.close()
    log = (place.parent / "log.txt").read_text(errors="replace")
    torn = [path.name for path in _reports(place) if not _is_whole(path)]
    code = _act(plan, place)
    left = [str(path) for path in place.rglob("*.unfinished")]
    return {
        "integrity": integrity,
        "champion": loaded,
        "chain": not chain,
        "traceback": log[-600:] if "Traceback" in log else "",
        "again": code,
        "torn": torn,
        "left": left,
        "rows": _rows(plan, place),
    }


def _rows(plan: dict[str, Any], place: Path) -> dict[str, Any]:
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
                if "words" in plan or column.name not in OF_NOW
            ]
            rows = connection.execute(select(*columns)) if columns else ()
            # A message found at the CRM was delivered by the try whose answer was lost.
            found[name] = sorted(
                repr(tuple(v if v != FOUND else None for v in row)) for row in rows
            )
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
            answer.write_text(json.dumps(task()))
            code = 0
        except BaseException:  # noqa: BLE001 (told to the parent)
            answer.write_text(json.dumps({"error": traceback.format_exc()[-1500:]}))
        finally:
            os._exit(code)
    _wait(pid)
    return json.loads(answer.read_text()) if answer.is_file() else {"error": "killed"}


def _tell(told: int, record: dict[str, Any]) -> None:
    os.write(told, f"{json.dumps(record)}\n".encode())


def _wait(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    run_plan(json.loads(Path(sys.argv[1]).read_text()))
