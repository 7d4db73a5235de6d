"""The page for data scientists, run from top to bottom, and what it shows of what is printed."""

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = ("docs/data-scientist.md", "docs/data-scientist.ja.md")

ENDS_OTHERWISE = {"awase trial status": 1, "awase trial end": 1}
"""Commands that a workspace without what they are about refuses, with the code they end with."""


def _blocks(page: str) -> list[tuple[str, str]]:
    """Kind and text of every fenced part of a page, in its order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"^```(\w+)\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def _shape(line: str) -> str:
    """A printed line without its figures, names of releases and widths of columns."""
    line = re.sub(r"\d{4}-\d\d-\d\d-[0-9a-f]{10}", "RELEASE", line)
    return " ".join(re.sub(r"[−+±]?\d[\d,.]*", "#", line).split())


@dataclass
class _Desk:
    """A workspace, what was set by `export`, and everything printed so far."""

    folder: Path
    environment: dict[str, str]
    printed: list[str] = field(default_factory=list)

    def run(self, line: str) -> int:
        """Run one line as the page has it."""
        assigned = re.match(r"export (\w+)=(\S+)", line)
        if assigned:
            self.environment[assigned.group(1)] = assigned.group(2)
            return 0
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr, f"{line}\n{done.stderr}"
        self.printed += (done.stdout + done.stderr).splitlines()
        return done.returncode

    @contextmanager
    def serving(self, line: str, address: str) -> Iterator[None]:
        """Keep a server of MLflow up, once it answers."""
        with subprocess.Popen(
            ["bash", "-c", f"exec {line}"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as server:
            try:
                _wait_for(f"{address}/health", server)
                yield
            finally:
                server.terminate()


def _wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    while server.poll() is None:
        try:
            with urllib.request.urlopen(address) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(1)
    pytest.fail(f"the server of {address} ended with {server.returncode}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _lines(text: str) -> list[str]:
    return [re.split(r"\s{2,}# ", line)[0].strip() for line in text.splitlines() if line.strip()]


def _edit_points(folder: Path) -> None:
    path = folder / "lead_definition.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("points: 15", "points: 16", 1), encoding="utf-8")


def _prepare(line: str, folder: Path) -> None:
    """Do what the page leaves to its reader: a mapping, edits of rulebook and definition."""
    if line.startswith("awase import"):
        shutil.copy(folder / "exports" / "import.yaml", folder / "import.yaml")
    elif line.startswith("awase rulebook try"):
        shutil.copy(folder / "reports" / "proposed_definition.yaml", folder / "edited.yaml")
    elif line == "awase definition diff":
        _edit_points(folder)


def run_page(desk: _Desk, page: str) -> list[str]:
    """Run every command of a page in order; what went otherwise than the page says."""
    wrong = []
    for kind, text in _blocks(page):
        if kind == "text":
            printed = iter([_shape(line) for line in desk.printed])
            # In order: each line is looked for behind the one before it.
            wrong += [
                f"not printed: {line}"
                for line in text.splitlines()
                if not any(_shape(line) in told for told in printed)
            ]
        elif kind == "sh":
            desk.printed.clear()
            wrong += _run_lines(desk, _lines(text))
    return wrong


def _run_lines(desk: _Desk, lines: list[str]) -> list[str]:
    """Run the commands of one block; those behind a server, while it is up."""
    wrong = []
    for number, line in enumerate(lines):
        if re.match(r"mlflow (ui|models serve)", line):
            port = _free_port()
            given = re.search(r"--port (\d+)", line)
            here = (
                line.replace(given.group(), f"--port {port}") if given else f"{line} --port {port}"
            )
            address = f"http://127.0.0.1:{port}"
            behind = lines[number + 1 :]
            if given:
                asked = f"http://127.0.0.1:{given.group(1)}"
                behind = [one.replace(asked, address) for one in behind]
            with desk.serving(here, address):
                return wrong + _run_lines(desk, behind)
        _prepare(line, desk.folder)
        code = desk.run(line)
        expected = next((c for start, c in ENDS_OTHERWISE.items() if line.startswith(start)), 0)
        if code != expected:
            wrong.append(f"ended with {code}, {line}: {desk.printed[-1:]}")
    return wrong


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> _Desk:
    """The demo's workspace, on a company small enough for a test."""
    folder = tmp_path_factory.mktemp("loop") / "demo"
    binaries = str(ROOT / ".venv" / "bin")
    environment = {name: v for name, v in os.environ.items() if not name.startswith("MLFLOW_")}
    environment |= {"PATH": f"{binaries}:{os.environ['PATH']}", "AWASE_WORKSPACE": str(folder)}
    made = _Desk(folder.parent, environment | {"MLFLOW_DISABLE_TELEMETRY": "true"})
    assert made.run(f"awase demo --leads 3000 --months 18 --workspace {folder}") == 0
    made.folder = folder
    made.run("awase retrain --data-cutoff 2026-03-01")  # the month before, for the page compares it
    return made


@pytest.mark.long
def test_every_command_of_the_page_runs_and_prints_what_the_page_shows(desk: _Desk) -> None:
    assert run_page(desk, PAGES[0]) == []
    assert not (desk.folder / "mlruns").exists()


@pytest.mark.long
def test_the_questions_one_will_be_asked_are_answered(desk: _Desk) -> None:
    """The table of the page, with an id of a lead and of a decision in their places."""
    scored = (desk.folder / "reports" / "predictions.csv").read_text(encoding="utf-8-sig")
    lead = scored.splitlines()[1].split(",")[0]

    assert desk.run(f"awase explain {lead}") == 0
    assert desk.run("awase score --output predictions.parquet") == 0
    assert (desk.folder / "predictions.parquet").is_file()
    assert desk.run("awase backtest --from 2025-12-01 --until 2026-01-01") == 0


def test_both_pages_show_the_same_of_what_is_printed() -> None:
    english, japanese = ([text for kind, text in _blocks(page) if kind == "text"] for page in PAGES)

    assert len(english) == 3
    assert japanese == english
