"""PostgreSQL goes away at each statement: nothing is lost, nothing doubled.

The connection is cut before a statement arrives or after it was carried out, or the process is
killed. `make faults` does so at every statement; here it is some of each, spread evenly.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.faults.inputs import REQUESTS, add_inputs, import_words
from tests.postgres import postgres_server
from tests.serving.web.conftest import make_company

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[3]
MOST_TRIED = int(os.environ.get("AWASE_FAULTS", "5"))
KINDS = ("backend", "answer_lost", "process")
ADDS_UP = {"score", "api"}
"""What may add rows when it is done again: a decision of now."""


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    """A server with an empty database that trials are copied from."""
    with postgres_server() as running:
        url = str(running.get_uri())
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("CREATE DATABASE base")
        folder = str(conninfo_to_dict(url)["host"])
        yield {"url": url, "socket": f"{folder}/.s.PGSQL.5432", "folder": folder}


@pytest.fixture(scope="module")
def base(server: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as settings:
        url = f"postgresql://postgres:@/base?host={server['folder']}"
        settings.setenv("AWASE_DATABASE_URL", url)
        folder = make_company(tmp_path_factory.mktemp("statements") / "base")
        add_inputs(folder)
    return folder


@pytest.mark.parametrize("name", ["import", "score", "api"])
def test_at_whatever_statement_the_server_goes_the_same_again_ends_well(
    server: dict[str, str], base: Path, tmp_path: Path, name: str
) -> None:
    plan: dict[str, Any] = {
        "server": server,
        "base": str(base),
        "work": str(tmp_path),
        "kinds": KINDS,
        "most": MOST_TRIED,
    }
    if name == "api":
        plan |= {"requests": REQUESTS, "key": (base / "key.txt").read_text()}
    else:
        plan["words"] = import_words(base) if name == "import" else ["score"]

    counted, *trials = _run(plan)

    bad = [trial for trial in trials if _is_bad(trial)]
    told = f"{name}: {counted['writes']} statements, {len(trials)} faults, {len(bad)} bad\n"
    sys.stderr.write(told + json.dumps(bad[:1])[:3_000])
    assert name in ADDS_UP or counted["doubled"] == []
    assert len(trials) >= len(KINDS)
    assert bad == []


def _run(plan: dict[str, Any]) -> list[dict[str, Any]]:
    path = Path(plan["work"]) / "plan.json"
    path.write_text(json.dumps(plan))
    told = subprocess.run(
        [sys.executable, "-m", "tests.faults.runner", path],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    return [json.loads(line) for line in told.stdout.splitlines()]


def _is_bad(trial: dict[str, Any]) -> bool:
    whole = trial.get("champion") and trial.get("chain")
    in_words = trial["kind"] == "process" or not trial.get("traceback")
    return not (whole and trial["same"] and trial["again"] == 0 and in_words)
