"""The commands the README names, run one after another on a small simulated company."""

import csv
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import warnings
from datetime import UTC, datetime
from pathlib import Path

import jupytext
import pytest
from fastapi import FastAPI
from nbclient import NotebookClient

import awase
from serving.ledger.access.users import Role, User, add_user
from serving.ledger.leads.worklist import LeadState, WorklistFilter, read_page
from serving.web.app import create_app
from serving.web.sign_in.passwords import _hasher
from serving.workspace.workspace import Workspace
from tests.served import served

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.long
PASSWORD = "correct horse battery"
SMALL = ("--leads", "3000", "--months", "12")


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [ROOT / ".venv/bin/awase", *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "2", "PYTHONIOENCODING": "utf-8"},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(folder: Path) -> subprocess.CompletedProcess[str]:
    """What ``make demo`` runs, on a company small enough for a test."""
    dry = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "demo", f"DEMO_DIR={folder}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        # `make test` may have started us: its flags are not for this one.
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
    )
    awase, *arguments = shlex.split(dry.stdout.strip().splitlines()[-1])
    assert awase == ".venv/bin/awase"
    return _run(*arguments, *SMALL)


@pytest.mark.parametrize(
    "promised",
    [
        "SQL candidate, equal volume, in hindsight",
        "reports/retrain.en.html",
        "Against the true probabilities",
        "SQL candidate",
        "is the new champion",
        "Try next",
    ],
)
def test_the_demo_ends_with_what_the_readme_promises(
    demo: subprocess.CompletedProcess[str], promised: str
) -> None:
    assert demo.returncode == 0, demo.stderr
    assert promised in demo.stdout


def test_the_demo_says_where_things_are(
    demo: subprocess.CompletedProcess[str], folder: Path
) -> None:
    (release,) = [path for path in (folder / "releases").iterdir() if path.name[0] != "."]

    assert f"release         {release}" in demo.stdout
    assert str(folder / "mlflow.db") in demo.stdout
    assert (folder / "mlflow.db").is_file()


def test_scored_leads_have_the_promised_columns(
    demo: subprocess.CompletedProcess[str], folder: Path
) -> None:
    with (folder / "reports" / "predictions.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))

    assert list(rows[0]) == [
        "lead_id",
        "as_of",
        "probability",
        "qualification",
        "rulebook_points",
        "rulebook_qualification",
        "release_id",
    ]
    assert all(0 < float(row["probability"]) < 1 for row in rows)
    assert {row["qualification"] for row in rows} <= {"NONE", "MQL", "SQL"}


def test_importing_the_exports_again_changes_nothing(
    demo: subprocess.CompletedProcess[str], folder: Path
) -> None:
    exports = folder / "exports"

    again = _run(
        "import", *sorted(exports.glob("*.csv")), "--mapping", exports / "import.yaml",
        "--workspace", folder, "--json",
    )  # fmt: skip

    assert again.returncode == 0, again.stderr
    counts = [count for file in json.loads(again.stdout)["files"] for count in file["tables"]]
    assert sum(count["stored"] for count in counts) == 0
    assert all(c["read"] == c["unchanged"] + c["rejected"] for c in counts)


def test_a_repeated_retrain_gives_the_same_release(
    demo: subprocess.CompletedProcess[str], folder: Path
) -> None:
    again = _run("retrain", "--workspace", folder, "--json")

    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["promoted"] is False
    assert len([p for p in (folder / "releases").iterdir() if p.name[0] != "."]) == 1


def test_named_leads_are_judged_by_a_fit_on_others(
    demo: subprocess.CompletedProcess[str], folder: Path, tmp_path: Path
) -> None:
    asked = tmp_path / "leads.csv"
    ids = [f"L{number:06d}" for number in range(2000, 2200)]
    asked.write_text("lead_id\n" + "\n".join(ids) + "\n", encoding="utf-8")
    predictions = tmp_path / "predictions.csv"

    scored = _run(
        "evaluate", "--test-leads", asked, "--predictions", predictions, "--workspace", folder
    )

    assert scored.returncode == 0, scored.stderr
    said = scored.stdout[scored.stdout.index("What a retrain would say of such a fit") :]
    assert "leads reached the outcome; 50 are needed" in said
    assert "The leakage audit is clean" in said
    with predictions.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["lead_id"] for row in rows] == ids
    assert set(rows[0]) == {"lead_id", "as_of", "probability", "outcome"}


@pytest.mark.parametrize(
    ("command", "promised"),
    [
        (("check",), "Is there enough to train?"),
        (("explain", "L002900", "--lang", "ja"), "ルールブック"),
        (("rulebook", "compare"), "Model against rulebook"),
        (("drift",), "Since release"),
        (("release", "list"), "champion"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_the_other_commands_answer(
    demo: subprocess.CompletedProcess[str],
    folder: Path,
    command: tuple[str, ...],
    promised: str,
) -> None:
    answered = _run(*command, "--workspace", folder)

    assert answered.returncode == 0, answered.stderr
    assert promised in answered.stdout


LONG = (
    ("score", "--no-hand-over"),
    ("check",),
    ("drift",),
    ("rulebook", "compare"),
    ("trial", "plan", "--worthwhile", "1.5"),
    ("explain", "L002900"),
)


@pytest.mark.parametrize("command", LONG, ids=" ".join)
def test_long_commands_say_what_they_do_and_a_timetable_hears_nothing(
    demo: subprocess.CompletedProcess[str], folder: Path, command: tuple[str, ...]
) -> None:
    told = _run(*command, "--workspace", folder)
    quiet = _run(*command, "--quiet", "--workspace", folder)

    assert told.returncode == quiet.returncode == 0, told.stderr
    assert re.match(r"  [a-z ]+ \.\.\.$", told.stderr.splitlines()[0])
    assert told.stdout != ""
    assert (quiet.stdout, quiet.stderr) == ("", "")


def test_a_command_that_is_stopped_says_what_is_kept_and_how_to_go_on(
    demo: subprocess.CompletedProcess[str], folder: Path
) -> None:
    command = [ROOT / ".venv/bin/awase", "rulebook", "compare", "--workspace", folder]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert "read the tables" in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        told = running.stderr.read()

    assert running.returncode == 1
    assert re.search(r"Under way: read the tables \(\d+ of 100\)\. This command only reads", told)
    assert "run the same command again" in told
    assert "Traceback" not in told


def _outputs(notebook: str, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Everything a notebook prints, run from top to bottom; each of its plots as a line."""
    monkeypatch.setenv("AWASE_WORKSPACE", str(workspace))
    # As in Jupyter: tests otherwise draw nothing.
    monkeypatch.delenv("AWASE_EXPORTS", raising=False)
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    read = jupytext.read(ROOT / "notebooks" / notebook)
    NotebookClient(read, timeout=300, resources={"metadata": {"path": str(ROOT)}}).execute()
    outputs = [output for cell in read.cells for output in cell.get("outputs", ())]
    return "\n".join(
        output.get("text", "") or ", ".join(output.get("data", {})) for output in outputs
    )


def test_the_ten_best_leads_stand_first_for_those_who_own_them(
    demo: subprocess.CompletedProcess[str], folder: Path, tmp_path: Path
) -> None:
    assert demo.returncode == 0, demo.stderr
    place = Workspace.at(shutil.copytree(folder, tmp_path / "demo"))
    store = place.store()
    best = [state for state, _ in read_page(store, WorklistFilter(waiting=True), limit=10)]
    owners = {state.owner: state.team for state in best if state.owner}

    seen: dict[str, str] = {}
    for number, (owner, team) in enumerate(owners.items()):
        person = User(
            login=f"owner{number}",
            name=owner,
            role=Role.SALES,
            team=team,
            language=None,
            password_hash=_hasher().hash(PASSWORD),
            made_at=datetime.now(UTC),
        )
        add_user(store, person, by="test")
        seen[owner] = person.login
    tops = _tops_of_today(create_app(place), best, seen)
    store.close()

    assert len(best) == 10
    assert {lead: top < 720 for lead, top in tops.items()} == dict.fromkeys(tops, True)
    assert len(tops) == sum(state.owner is not None for state in best) > 0


def _tops_of_today(app: FastAPI, best: list[LeadState], logins: dict[str, str]) -> dict[str, float]:
    """How far down today's page each lead ends, for the person who owns it."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="browser tests need the package playwright"
    )
    tops = {}
    with served(app) as address, playwright.sync_playwright() as driver:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for owner, login in logins.items():
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(address)
            page.fill("input[name=login]", login)
            page.fill("input[name=password]", PASSWORD)
            page.click("main button")
            page.wait_for_url("**/today")
            for state in best:
                if state.owner == owner:
                    link = page.locator(f'a[href^="/leads/{state.lead_id}"]').first
                    box = link.bounding_box()
                    tops[state.lead_id] = box["y"] + box["height"]
            page.context.close()
        browser.close()
    return tops


@pytest.mark.parametrize(
    ("notebook", "n_plots", "said"),
    [
        ("01_explore_the_leads.py", 5, "newest month, unknown counted as lost"),
        ("02_train_and_calibrate.py", 2, "Logistic regression  log loss"),
        ("03_model_against_rulebook.py", 1, "hindsight, SQL, rulebook"),
        ("05_your_own_data.py", 1, "columns that know too much: none"),
        ("explain_leads.py", 6, "snapshots that the tested fit had not seen"),
    ],
)
def test_a_notebook_reads_the_demo(
    demo: subprocess.CompletedProcess[str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    notebook: str,
    n_plots: int,
    said: str,
) -> None:
    assert demo.returncode == 0, demo.stderr

    printed = _outputs(notebook, folder, monkeypatch)

    assert said in printed
    assert printed.count("image/png") == n_plots


def test_a_bad_month_is_found_refused_and_repaired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = _outputs("04_a_bad_month.py", tmp_path, monkeypatch)

    assert "drift findings: []" in printed
    assert "- 'Employees' lies outside what training saw" in printed
    assert "NO  Probabilities" in printed
    assert "retrain refused" in printed
    # The last before the change, the one whose test ends before it, and the one that learned anew.
    assert printed.count("retrain promoted") == 3
    assert printed.count("image/png") == 1


def test_the_examples_of_the_library_run_as_they_stand(
    demo: subprocess.CompletedProcess[str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert demo.returncode == 0, demo.stderr
    monkeypatch.setenv("AWASE_WORKSPACE", str(folder))
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    names: dict[str, object] = {}

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what shap deprecates is not ours
        for block in blocks:
            exec(compile(block, "docs/python.md", "exec"), names)

    told = capsys.readouterr().out
    assert "snapshots," in told
    assert "SQL candidate from 0." in told
    named = re.findall(r"`(\w+)`", text.split("## In")[0])
    assert set(awase.__all__) <= set(named)
