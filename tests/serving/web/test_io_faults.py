"""Each write and flush of a command fails once, or kills it: nothing is lost, nothing doubled.

Needs a C compiler and Linux. `make faults` fails every single one; here it is some of each, spread
evenly.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from serving.ledger.access.api_keys import Scope
from serving.workspace.api_keys import make_key
from serving.workspace.workspace import Workspace

ROOT = Path(__file__).parents[3]
COMPILER = shutil.which("cc")
MOST_TRIED = int(os.environ.get("AWASE_FAULTS", "5"))
"""Writes that fail per command and kind; `make faults` sets it higher than there are."""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        COMPILER is None or sys.platform != "linux", reason="needs a C compiler and LD_PRELOAD"
    ),
]

MAPPING = """
format: 1
time_zone: Asia/Tokyo
files:
  - match: leads*.csv
    lead_id: ID
    lead: {created_at: created}
    facts: [{attribute: channel, column: channel, known_at: created}]
    person: {email: mail}
"""


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("shim") / "faults.so"
    source = ROOT / "tests/faults/shim.c"
    subprocess.run([str(COMPILER), "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.fixture(scope="session")
def base(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company, with files to import and an edited agreement."""
    folder = tmp_path_factory.mktemp("faults") / "base"
    shutil.copytree(company, folder)
    rows = "".join(f"N{n},2023-12-{n % 28 + 1:02},web,n{n}@example.com\n" for n in range(300))
    (folder / "leads.csv").write_text("ID,created,channel,mail\n" + rows, encoding="utf-8")
    (folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    store = Workspace.at(folder).store()
    key = make_key(store, "test", scope=Scope.WRITE, days=1, by="test")
    store.close()
    (folder.parent / "key.txt").write_text(key)
    return folder


def _plan(base: Path, name: str) -> dict[str, Any]:
    if name == "import":
        return {
            "words": ["import", str(base / "leads.csv"), "--mapping", str(base / "mapping.yaml")]
        }
    if name == "score":
        return {"words": ["score"]}
    text = (base / "lead_definition.yaml").read_text(encoding="utf-8")
    changed = base.parent / "changed"
    if not changed.exists():
        shutil.copytree(base, changed)
        edited = text.replace("per_month: 400}  ", "per_month: 300}  ")
        (changed / "lead_definition.yaml").write_text(edited, encoding="utf-8")
    words = ["definition", "adopt", "--why", "fewer", "--present", "a, b", "--agreed", "300"]
    return {"words": words, "base": str(changed)}


@pytest.mark.parametrize("kind", ["kill", "io_error", "disk_full"])
@pytest.mark.parametrize("name", ["import", "score", "adopt"])
def test_after_any_fault_the_same_command_ends_as_if_nothing_had_been(
    base: Path, shim: Path, tmp_path: Path, name: str, kind: str
) -> None:
    plan = {"base": str(base), "work": str(tmp_path), "kind": kind, "stride": 10**9}
    plan |= _plan(base, name)
    [counted] = _run(plan, shim, tmp_path)[:1]
    n_writes = counted["writes"]
    plan["stride"] = max(1, n_writes // MOST_TRIED)

    _, *trials = _run(plan, shim, tmp_path)

    bad = [trial for trial in trials if _is_bad(trial, kind)]
    sys.stderr.write(f"{name}, {kind}: {n_writes} writes, {len(trials)} failed, {len(bad)} bad\n")
    assert trials
    assert bad == []


def _run(plan: dict[str, Any], shim: Path, folder: Path) -> list[dict[str, Any]]:
    path = folder / "plan.json"
    path.write_text(json.dumps(plan))
    environment = os.environ | {"LD_PRELOAD": str(shim), "PYTHONPATH": str(ROOT)}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    told = subprocess.run(
        [sys.executable, "-m", "tests.faults.runner", path],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    return [json.loads(line) for line in told.stdout.splitlines()]


def _is_bad(trial: dict[str, Any], kind: str) -> bool:
    whole = trial.get("integrity") == "ok" and trial.get("champion") and trial.get("chain")
    in_words = kind == "kill" or not trial.get("traceback")
    return not (whole and trial["same"] and trial["again"] in (0, 3) and in_words)
