"""A retrain that is killed anywhere leaves the champion as it was, and the next run completes.

One process loads everything and then forks a child for each kill: starting Python a dozen times
would take a minute. It never uses OpenMP itself, which does not survive a fork.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from features.definition import LeadDefinition

STARTS, MONTH = 1_704_034_800, 30 * 86_400

pytestmark = pytest.mark.long

PROGRAM = '''
import json, os, random, signal, sys, time
from pathlib import Path
import mlflow, mlflow.pyfunc
from features.definition import read_definition
from features.store import Store
from features.store.releases import read_champion
from training.model.release import load_release
from training.retrain import RetrainSettings, retrain

place = Path(sys.argv[1])
definition = read_definition(place / "definition.yaml")
url = f"sqlite:///{place / 'awase.db'}"

def settings(cutoff):
    return RetrainSettings(data_cutoff=cutoff, releases_dir=place / "releases", by="tester",
                           tracking_uri=f"sqlite:///{place / 'mlflow.db'}")

def child(work):
    """Run in a fork; gives what it wrote and the signal that ended it, if any."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        try:
            os.write(write, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as told:
        text = told.read()
    _, status = os.waitpid(pid, 0)
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return (json.loads(text) if text else None), ended_by

def complete(cutoff):
    def work():
        report = retrain(Store.open(url), definition, settings=settings(cutoff))
        return {"id": report.release_id, "steps": [s.name for s in report.steps]}
    return work

def killed_at(cutoff, boundary, at_end):
    def work():
        def progress(step, done, total):
            if step == boundary and (done == total) is at_end:
                os.kill(os.getpid(), signal.SIGKILL)
        retrain(Store.open(url), definition, settings=settings(cutoff), progress=progress)
    return work

def killed_after(cutoff, seconds):
    def work():
        # Nothing handles the alarm, so it ends the process wherever it is.
        signal.setitimer(signal.ITIMER_REAL, seconds)
        retrain(Store.open(url), definition, settings=settings(cutoff))
        time.sleep(60)
    return work

def champion():
    def work():
        found = read_champion(Store.open(url))
        load_release(place / "releases" / found.release_id)
        return found.release_id
    return child(work)[0]

began = time.monotonic()
first, _ = child(complete(int(sys.argv[2])))
lasted = time.monotonic() - began
told = {"first": first, "kills": [], "at_random": []}
cutoff = int(sys.argv[3])
boundaries = [(step, False) for step in first["steps"]] + [(first["steps"][-1], True)]
for step, at_end in boundaries:
    _, ended_by = child(killed_at(cutoff, step, at_end))
    told["kills"].append([step, ended_by, champion()])
told["last"], _ = child(complete(cutoff))
told["champion"] = champion()
cutoff, seed = map(int, sys.argv[4:])
chance = random.Random(seed)
for _ in range(5):
    seconds = chance.uniform(0.02, lasted)
    _, ended_by = child(killed_after(cutoff, seconds))
    told["at_random"].append([seconds, ended_by, champion()])
told["after_chance"], _ = child(complete(cutoff))
told["champion_after_chance"] = champion()
print(json.dumps(told))
'''


@pytest.fixture(scope="module")
def told(
    company_database: Callable[..., str],
    small_definition: LeadDefinition,
    empty_mlflow: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, object]:
    place = tmp_path_factory.mktemp("killed")
    source = company_database(n_leads=500).removeprefix("sqlite:///")
    shutil.copyfile(source, place / "awase.db")
    shutil.copyfile(empty_mlflow, place / "mlflow.db")
    text = small_definition.model_dump_json(exclude_defaults=True)
    (place / "definition.yaml").write_text(text, encoding="utf-8")
    cutoffs = (str(STARTS + n * MONTH) for n in (12, 13, 14))
    seed = secrets.randbits(32)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(place), *cutoffs, str(seed)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    found["seed"] = seed
    found["left"] = [p.name for p in (place / "releases").rglob("*.unfinished")]
    return found


def test_every_kill_really_was_one(told: dict) -> None:
    ended_by = [ended_by for _, ended_by, _ in told["kills"]]

    assert ended_by == (len(told["first"]["steps"]) + 1) * [signal.SIGKILL]


def test_the_champion_is_intact_after_every_kill_until_its_row_moves(told: dict) -> None:
    before_promotion = [
        champion for step, _, champion in told["kills"] if step != "mirror in MLflow"
    ]

    assert set(before_promotion) == {told["first"]["id"]}


def test_killed_after_promotion_the_new_champion_stands(told: dict) -> None:
    after_promotion = {
        champion for step, _, champion in told["kills"] if step == "mirror in MLflow"
    }

    assert after_promotion == {told["last"]["id"]}


def test_the_next_run_completes_and_leaves_nothing_behind(told: dict) -> None:
    assert told["champion"] == told["last"]["id"] != told["first"]["id"]
    assert told["left"] == []


def test_killed_at_random_moments_it_has_the_old_champion_or_the_new_and_then_completes(
    told: dict,
) -> None:
    old, new = told["last"]["id"], told["after_chance"]["id"]
    moments = f"seed {told['seed']}: {told['at_random']}"

    champions = [champion for _, _, champion in told["at_random"]]
    # The promotion is one row: before it the old one, after it the new one, and never back.
    assert champions == sorted(champions, key=[old, new].index), moments
    assert {ended_by for _, ended_by, _ in told["at_random"]} == {signal.SIGALRM}, moments
    assert told["champion_after_chance"] == new != old, moments
