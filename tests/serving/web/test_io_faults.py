"""Each write and flush of a command fails once, or kills it: nothing is lost, nothing doubled.

Needs a C compiler and Linux. `make faults` fails every single one; here it is some of each, spread
evenly.
"""

import json
import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from features.store.releases import read_champion
from features.store.schema import hand_over, lead, lead_external_id
from serving.crm.hubspot.vendor import VENDOR
from serving.crm.sync import connected
from serving.workspace.workspace import Workspace
from tests.contract.hubspot.example import START, empty_account
from tests.contract.hubspot.server import TOKEN, serving
from tests.faults.inputs import REQUESTS, add_inputs, import_words
from tests.faults.trained import run_awase, trained

__all__ = ["trained"]

ROOT = Path(__file__).parents[3]
COMPILER = shutil.which("cc")
MOST_TRIED = int(os.environ.get("AWASE_FAULTS", "5"))
"""Writes that fail per command and kind; `make faults` sets it higher than there are."""

SLOW = {"retrain": 2}
"""Fewer of them where a command takes seconds, unless all are asked for."""

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


@pytest.fixture
def plan(request: pytest.FixtureRequest, base: Path, tmp_path: Path) -> dict[str, Any]:
    """What is done to which workspace: a command by the name of the test."""
    name = request.param
    made: dict[str, Any] = {"name": name, "base": str(base), "work": str(tmp_path)}
    if name == "import":
        made["words"] = import_words(base)
    elif name == "score":
        made["words"] = ["score"]
    elif name == "api":
        made |= {"requests": REQUESTS, "key": (base / "key.txt").read_text()}
    elif name == "review":
        made["words"] = ["review", "--month", "2023-12"]
    elif name == "adopt":
        made |= _adopting(base, tmp_path)
    elif name == "push":
        made |= _pushing(base, tmp_path)
    else:
        trained = request.getfixturevalue("trained")
        made |= {"base": str(trained), "words": ["retrain"]}
        if name == "promote":
            made |= _promoting(trained, tmp_path)
    return made


def _adopting(base: Path, folder: Path) -> dict[str, Any]:
    changed = shutil.copytree(base, folder / "changed")
    path = changed / "lead_definition.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("per_month: 400}  ", "per_month: 300}  "), encoding="utf-8")
    words = ["definition", "adopt", "--why", "fewer", "--present", "a, b", "--agreed", "300"]
    return {"words": words, "base": str(changed)}


def _promoting(trained: Path, folder: Path) -> dict[str, Any]:
    """The champion before this one goes back to work."""
    twice = shutil.copytree(trained, folder / "twice")
    store = Workspace.at(twice).store()
    first = read_champion(store)
    store.close()
    assert first is not None
    run_awase("retrain", "-w", twice)
    return {"words": ["release", "promote", first.release_id, "--why", "x"], "base": str(twice)}


def _pushing(base: Path, folder: Path) -> dict[str, Any]:
    """An account in which our fields exist, and a contact for each lead."""
    account = empty_account()
    place = Workspace.at(shutil.copytree(base, folder / "connected"))
    store = place.store()
    with store.engine.begin() as connection:
        for lead_id in connection.scalars(select(lead.c.lead_id).order_by(lead.c.lead_id)).all():
            key = account.create("contacts", {"email": f"{lead_id}@example.com"}, at=START).id
            known = {"vendor": "hubspot", "lead_id": lead_id, "external_id": key}
            connection.execute(lead_external_id.insert().values(**known))
        # Every third lead was handed over; these by Awase itself.
        connection.execute(update(hand_over).values(definition_version="v", by="model"))
    store.close()
    with serving(account) as server:
        _set_up(place, server.url)
    (folder / "account.pickle").write_bytes(pickle.dumps(account))
    return {
        "words": ["crm", "push", "hubspot"],
        "base": str(place.folder),
        "account": str(folder / "account.pickle"),
        "now_due": True,
    }


def _set_up(place: Workspace, url: str) -> None:
    secrets = place.folder / "secrets.env"
    secrets.write_text(f"AWASE_HUBSPOT_TOKEN={TOKEN}\n", encoding="utf-8")
    secrets.chmod(0o600)
    with connected(replace(place, hubspot_url=url), VENDOR) as connection:
        connection.set_up()


@pytest.mark.parametrize(
    "plan",
    ["import", "score", "adopt", "api", "review", "push", "promote", "retrain"],
    indirect=True,
)
def test_after_any_fault_the_same_command_ends_as_if_nothing_had_been(
    plan: dict[str, Any], shim: Path
) -> None:
    name = plan["name"]
    most = SLOW.get(name, MOST_TRIED) if MOST_TRIED < 1_000 else MOST_TRIED

    counted, *trials = _run(plan | {"kinds": KINDS, "most": most}, shim)

    bad = [trial for trial in trials if _is_bad(trial)]
    told = f"{name}: {counted['writes']} writes, {len(trials)} faults, {len(bad)} bad\n"
    sys.stderr.write(told + json.dumps(bad[:1])[:3_000])
    assert name in ADDS_UP or counted["doubled"] == []
    assert len(trials) >= len(KINDS)
    assert bad == []


def _run(plan: dict[str, Any], shim: Path) -> list[dict[str, Any]]:
    path = Path(plan["work"]) / "plan.json"
    path.write_text(json.dumps(plan))
    told = subprocess.run(
        [sys.executable, "-m", "tests.faults.runner", path],
        env=os.environ
        | {
            "LD_PRELOAD": str(shim),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    return [json.loads(line) for line in told.stdout.splitlines()]


def _is_bad(trial: dict[str, Any]) -> bool:
    whole = trial.get("integrity") == "ok" and trial.get("champion") and trial.get("chain")
    whole = whole and not trial["torn"]
    in_words = trial["kind"] == "kill" or not trial.get("traceback")
    return not (whole and trial["same"] and trial["again"] in (0, 3) and in_words)
