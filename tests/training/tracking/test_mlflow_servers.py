"""MLflow's own servers on what we logged: its model server's numbers, its pages in a browser."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import pytest

from features.feature_frame import frame_of
from tests.patience import PATIENCE
from training.model.release import Release
from training.reports.retrain_records import RetrainReport
from training.tracking.mlflow import Logged, Retrained, log_retrain, mirror_aliases

pytestmark = pytest.mark.long

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
LOOPBACK = "127.0.0.1"
"""Seconds a server may take on a busy machine; on an idle one it is ten."""


@dataclass(frozen=True, kw_only=True)
class Tracked:
    """A tracking database with the releases of two months, the second one champion."""

    folder: Path
    uri: str
    first: Release
    champion: Release
    logged: tuple[Logged, Logged]


@pytest.fixture(scope="module")
def tracked(
    release: Release,
    report: RetrainReport,
    empty_mlflow: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Tracked:
    folder = tmp_path_factory.mktemp("tracked")
    shutil.copyfile(empty_mlflow, folder / "mlflow.db")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    card = replace(release.card, data_cutoff=release.card.data_cutoff + 30 * 86_400)
    champion = Release.make(card, shipped=release.fit, tested=release.tested)
    first, second = (
        log_retrain(
            Retrained(
                report=replace(
                    report,
                    release_id=each.release_id,
                    release_dir=str(each.write(folder / "releases")),
                    data_cutoff=each.card.data_cutoff,
                ),
                release=each,
                definition_text="name: example\n",
                documents={"report.en.md": "# Report\n"},
            ),
            uri,
        )
        for each in (release, champion)
    )
    mirror_aliases(uri, champion=champion.release_id, challenger=release.release_id)
    return Tracked(folder=folder, uri=uri, first=release, champion=champion, logged=(first, second))


def test_mlflows_model_server_gives_our_numbers_without_pickle(
    tracked: Tracked, matrix: npt.NDArray[np.float64]
) -> None:
    frame = frame_of(matrix[:50], tracked.champion.fit.catalogue)
    # What docs/data-scientist.md has sent with curl: columns by name, categories as text.
    rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    asked = json.dumps({"dataframe_split": {"columns": list("abc"), "data": rows}})

    arguments = ["models", "serve", "-m", "models:/awase@champion", "--env-manager", "local"]
    with _serving([*arguments, "--workers", "1"], tracked, ready="ping") as address:
        request = urllib.request.Request(
            f"{address}/invocations", asked.encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            found = json.load(answer)["predictions"]

    expected = tracked.champion.probability(matrix[:50])
    assert [row["probability"] for row in found] == expected.tolist()
    names = np.array(["NONE", "MQL", "SQL"])[tracked.champion.qualify(expected)]
    assert [row["qualification"] for row in found] == names.tolist()
    assert {"points_a", "points_b", "points_c"} <= set(found[0])


@pytest.mark.skipif(
    CHROMIUM is None, reason="browser tests need Chromium; `apt-get install chromium` brings it"
)
def test_mlflows_pages_show_the_runs_and_the_registered_versions(tracked: Tracked) -> None:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="browser tests need the package playwright"
    )
    arguments = ["server", "--backend-store-uri", tracked.uri, "--host", LOOPBACK]
    with (
        _serving([*arguments, "--workers", "1"], tracked, ready="health") as address,
        playwright.sync_playwright() as driver,
    ):
        # Root in a container has no sandbox; the pages are MLflow's own, from loopback.
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(1000 * PATIENCE)
        page.route(lambda url: urlsplit(url).hostname != LOOPBACK, lambda route: route.abort())

        page.goto(f"{address}/#/experiments/1/runs")
        for each in (tracked.first, tracked.champion):
            page.get_by_role("link", name=each.release_id).first.wait_for()
        runs = page.inner_text("body")
        page.goto(f"{address}/#/models/awase")
        versions = page.get_by_role("row").filter(has_text=re.compile(r"Version \d"))
        versions.nth(1).wait_for()
        listed = [" ".join(text.split()) for text in versions.all_inner_texts()]
        browser.close()

    # Artifacts lie beside the database, and nothing in the folder it was started from.
    assert not (tracked.folder / "mlruns").exists()
    assert "2 matching runs" in runs
    newest, before = listed
    assert tracked.champion.release_id in newest
    assert "@ champion" in newest
    assert tracked.first.release_id in before
    assert "@ challenger" in before


@contextmanager
def _serving(arguments: list[str], tracked: Tracked, *, ready: str) -> Iterator[str]:
    """The address of one of MLflow's servers, on a free port of loopback, until the block ends."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_TRACKING_URI": tracked.uri,
        # MLflow's command looks for uvicorn on the path.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    with (tracked.folder / f"{ready}.txt").open("w+", encoding="utf-8") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *arguments, "--port", str(port)],
            env=environment,
            cwd=tracked.folder,
            stdout=told,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            address = f"http://{LOOPBACK}:{port}"
            if not _answers(f"{address}/{ready}", process):
                told.seek(0)
                pytest.fail(f"MLflow's server must start; it said: {told.read()[-2000:]}")
            yield address
        finally:
            # Its whole group: MLflow's command starts the server as a process of its own.
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=PATIENCE)


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
    return False
