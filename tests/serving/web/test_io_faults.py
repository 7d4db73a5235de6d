"""Each write and flush of a command fails once, or kills it: nothing is lost, nothing doubled.

Needs a C compiler and Linux. Of import, scoring, promotion, push and API every single one fails
once, with the kinds of faults in turn; of adoption, review and retrain some, spread evenly. `make
faults` fails all of them in each way.
"""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.inputs import add_inputs
from tests.faults.plans import COMMANDS, LEARNED, ROOT, SAMPLED, plan_of, run_trials
from tests.faults.trained import trained

__all__ = ["trained"]

COMPILER = shutil.which("cc")
KINDS = ("kill", "io_error", "disk_full")
ADDS_UP = {"score", "retrain", "api"}
"""What may add rows when it is done again: a decision of now, a comparison with the champion."""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        COMPILER is None or sys.platform != "linux", reason="needs a C compiler and LD_PRELOAD"
    ),
]


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("shim") / "faults.so"
    source = ROOT / "tests/faults/shim.c"
    subprocess.run([str(COMPILER), "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.fixture(scope="session")
def base(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company, with files to import, an edited agreement and a program's key."""
    folder = tmp_path_factory.mktemp("faults") / "base"
    shutil.copytree(company, folder)
    add_inputs(folder)
    return folder


@pytest.mark.parametrize("name", COMMANDS)
def test_after_any_fault_the_same_command_ends_as_if_nothing_had_been(
    request: pytest.FixtureRequest, shim: Path, tmp_path: Path, name: str
) -> None:
    base = request.getfixturevalue("trained" if name in LEARNED else "base")
    plan = plan_of(name, base, tmp_path)

    counted, *trials = run_trials(plan | {"kinds": KINDS}, LD_PRELOAD=str(shim))

    bad = [trial for trial in trials if _is_bad(trial, counted["codes"])]
    killed = [trial["ended"] == -signal.SIGKILL for trial in trials if trial["kind"] == "kill"]
    told = f"{name}: {counted['writes']} writes, {len(trials)} faults, {len(bad)} bad\n"
    sys.stderr.write(told + json.dumps(bad[:1])[:3_000])
    assert name in ADDS_UP or counted["doubled"] == []
    # Threads may write in another order: a fault at the last ones may come too late.
    assert sum(killed) > 0.9 * len(killed)
    assert name in SAMPLED or len(trials) >= counted["writes"]
    assert bad == []


def _is_bad(trial: dict[str, Any], codes: list[int]) -> bool:
    whole = trial.get("integrity") == "ok" and trial.get("champion") and trial.get("chain")
    whole = whole and not trial["torn"]
    in_words = trial["kind"] == "kill" or not trial.get("traceback")
    return not (whole and trial["same"] and trial["again"] in codes and in_words)
