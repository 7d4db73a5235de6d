"""What a refused retrain found is told by the commands that look, champion or not."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.store.releases import read_champion
from serving.cli.main import app
from serving.workspace.workspace import Workspace, create_workspace

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def _awase(*words: object, code: int = 0) -> str:
    told = CliRunner().invoke(app, [str(word) for word in words])
    assert told.exit_code == code, told.output
    return told.output


@pytest.fixture(scope="module")
def refused(small_company: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, str]:
    """The same company where the gate asks for more outcomes than there are, and its retrain."""
    original = Workspace.at(small_company)
    folder = tmp_path_factory.mktemp("refused")
    text = original.agreed_versions().versions[0].definition
    assert "min_outcomes: 30" in text
    written = folder / "definition.yaml"
    written.write_text(text.replace("min_outcomes: 30", "min_outcomes: 5000"), encoding="utf-8")
    place = create_workspace(folder / "workspace", written)
    store, source = place.store(), original.store()
    store.write(source.read_tables())
    source.close()
    told = _awase("retrain", "-w", place.folder, code=3)
    assert read_champion(store) is None
    store.close()
    return place, told


def test_drift_without_a_champion_says_what_the_refused_retrain_counted(
    refused: tuple[Workspace, str],
) -> None:
    place, told = refused
    counted = re.search(r"drift findings (\d+)", told)
    assert counted is not None

    shown = _awase("drift", "-w", place.folder)
    found = json.loads(_awase("drift", "--json", "-w", place.folder))

    assert len(found["findings"]) == int(counted[1])
    assert "No champion. Since the test of release" in " ".join(shown.split())
    assert found["release_id"] in shown


def test_drift_without_any_release_names_the_next_step(tmp_path: Path) -> None:
    _awase("init", tmp_path / "ours")

    told = _awase("drift", "-w", tmp_path / "ours", code=1)

    assert "drift is measured from a release; got none" in " ".join(told.split())


def test_an_evaluation_says_that_its_fit_would_be_refused(
    refused: tuple[Workspace, str], tmp_path: Path
) -> None:
    place, _ = refused
    store = place.store()
    leads = store.read_tables().lead.sort_by("created_at").column("lead_id").to_pylist()
    store.close()
    (tmp_path / "asked.csv").write_text("lead_id\n" + "\n".join(leads[550:700]), encoding="utf-8")
    words = (
        "evaluate", "--test-leads", tmp_path / "asked.csv",
        "--predictions", tmp_path / "p.csv", "-w", place.folder,
    )  # fmt: skip

    shown = " ".join(_awase(*words).split())
    found = json.loads(_awase(*words, "--json"))

    assert "The gate would refuse a release of this fit:" in shown
    assert "leads reached the outcome; 5,000 are needed." in shown
    assert any("5,000 are needed" in reason["en"] for reason in found["refused_by_gate"])
