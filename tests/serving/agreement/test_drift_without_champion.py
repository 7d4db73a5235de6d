"""What a refused retrain found is told by the commands that look, champion or not."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from features.store.lead_tables import FACT, LeadTables
from features.store.releases import read_champion
from serving.cli.main import app
from serving.workspace.create import create_workspace
from serving.workspace.workspace import Workspace

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def _awase(*words: object, refused: bool = False) -> str:
    told = CliRunner().invoke(app, [str(word) for word in words])
    assert (told.exit_code != 0) == refused, told.output
    return told.output if refused else told.stdout


def _with_other_budgets(tables: LeadTables) -> LeadTables:
    """The same company whose form asks for the budget in another unit since a while."""
    facts = tables.fact.to_pandas()
    is_late = (facts["attribute"] == "budget") & (
        facts["known_at"] > facts["known_at"].quantile(0.75)
    )
    facts.loc[is_late, "value"] = facts.loc[is_late, "value"] + "000"
    return replace(tables, fact=pa.Table.from_pandas(facts, FACT, preserve_index=False))


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
    store.write(_with_other_budgets(source.read_tables()))
    source.close()
    told = _awase("retrain", "-w", place.folder, refused=True)
    assert read_champion(store) is None
    store.close()
    return place, told


def test_drift_without_a_champion_says_what_the_refused_retrain_counted(
    refused: tuple[Workspace, str],
) -> None:
    place, told = refused
    counted = re.search(r"drift findings (\d+)", told)
    assert counted is not None
    assert int(counted[1]) > 0

    shown = _awase("drift", "-w", place.folder)
    found = json.loads(_awase("drift", "--json", "-w", place.folder))

    assert len(found["findings"]) == int(counted[1])
    assert "No champion. Since the test of release" in " ".join(shown.split())
    assert found["release_id"] in shown


def test_drift_without_any_release_names_the_next_step(awase, tmp_path: Path) -> None:
    _awase("init", tmp_path / "ours")

    told = awase("drift", "-w", tmp_path / "ours")

    assert told.returncode == 1
    assert "drift is measured from a release; got none" in " ".join(told.stderr.split())
