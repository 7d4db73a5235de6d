"""What is disturbed: each command, on a workspace in which it has something to do."""

import json
import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from features.store.releases import read_champion
from features.store.schema import hand_over, lead, lead_external_id
from serving.crm.hubspot.vendor import VENDOR
from serving.crm.sync import connected
from serving.workspace.workspace import Workspace
from tests.contract.hubspot.example import START, empty_account
from tests.contract.hubspot.server import TOKEN, serving
from tests.faults.inputs import REQUESTS, import_words
from tests.faults.trained import run_awase

ROOT = Path(__file__).parents[2]
COMMANDS = ("import", "score", "adopt", "api", "review", "push", "promote", "retrain")
N_APART = 5
"""Leads from one that the CRM knows to the next: each makes a message, and each message writes."""

LEARNED = {"promote", "retrain"}
"""What needs a workspace that has learned; the others do with one where a release decides."""

SAMPLED = {"adopt": 12, "review": 12, "retrain": 20}
"""Writes or statements that fail where there are others of the kind or each takes seconds; of the
rest every single one fails once, with the kinds of faults in turn."""

IS_FULL = "AWASE_FAULTS" in os.environ
"""Whether every single one of every command fails in each way: ``make faults``."""


def plan_of(name: str, base: Path, folder: Path) -> dict[str, Any]:
    """Say what is done to which workspace.

    Parameters
    ----------
    name : str
        One of :data:`COMMANDS`.
    base : Path
        A workspace; its database is the one that the environment names.
    folder : Path
        For what the plan needs beside it, and for the trials.
    """
    made: dict[str, Any] = {"base": str(base), "work": str(folder), "each_kind": IS_FULL}
    if name in SAMPLED and not IS_FULL:
        made["most"] = SAMPLED[name]
    if name == "import":
        return made | {"words": import_words(base)}
    if name == "api":
        return made | {"requests": REQUESTS, "key": (base / "key.txt").read_text()}
    if name == "review":
        return made | {"words": ["review", "--month", "2023-12"]}
    if name in MAKING:
        return made | MAKING[name](base, folder)
    return made | {"words": [name], "may_refuse": name == "retrain"}


def run_trials(plan: dict[str, Any], **environment: str) -> list[dict[str, Any]]:
    """Run a plan in a process of its own: what was counted, then what became of each fault."""
    path = Path(plan["work"]) / "plan.json"
    path.write_text(json.dumps(plan))
    ours = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    told = subprocess.run(
        [sys.executable, "-m", "tests.faults.runner", path],
        env=os.environ | ours | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode != 0:
        raise RuntimeError(told.stderr[-2000:])
    return [json.loads(line) for line in told.stdout.splitlines()]


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
    """An account in which our fields exist, and a contact for some of the leads."""
    account = empty_account()
    place = Workspace.at(shutil.copytree(base, folder / "connected"))
    store = place.store()
    with store.engine.begin() as connection:
        leads = connection.scalars(select(lead.c.lead_id).order_by(lead.c.lead_id)).all()
        for lead_id in leads[::N_APART]:
            key = account.create("contacts", {"email": f"{lead_id}@example.com"}, at=START).id
            known = {"vendor": "hubspot", "lead_id": lead_id, "external_id": key}
            connection.execute(lead_external_id.insert().values(**known))
        # Every third of them was handed over; these by Awase itself.
        connection.execute(update(hand_over).values(definition_version="v", by="model"))
    store.close()
    with serving(account) as server:
        _set_up(place, server.url)
    (folder / "account.pickle").write_bytes(pickle.dumps(account))
    return {
        "words": ["crm", "push", "hubspot", "--yes"],
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


MAKING = {"adopt": _adopting, "promote": _promoting, "push": _pushing}
"""Commands for which the workspace is made ready first."""
