"""``awase start hubspot``: from a token to what the account's own data can support."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import read_mapping
from serving.cli.main import app
from serving.workspace.create import create_workspace
from serving.workspace.workspace import Workspace
from tests.contract.hubspot.company import account_of
from tests.contract.hubspot.example import empty_account
from tests.contract.hubspot.server import TOKEN, HubspotServer, serving
from training.simulation.records.exports import write_company
from training.simulation.settings import CompanySettings
from training.simulation.simulation import simulate


def start(folder: Path, server: HubspotServer, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setenv("AWASE_HUBSPOT_TOKEN", TOKEN)
    monkeypatch.setenv("AWASE_HUBSPOT_URL", server.url)
    return CliRunner().invoke(app, ["start", "hubspot", "--yes", "-w", str(folder)])


def test_an_account_becomes_two_files_and_one_screen(
    server: HubspotServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = start(tmp_path / "ours", server, monkeypatch)

    assert told.exit_code == 0, told.output
    for part in ("Understood: HubSpot", "Pull", "No release yet", "Next\n  Pull again: 50 more"):
        assert part in told.output
    assert "ours/crm_hubspot.yaml" in told.output.replace("\n", "")
    place = Workspace.at(tmp_path / "ours")
    definition = place.definition()
    # What never came is not asked for: two people sent two forms, and were called once.
    behaviours = {"document_download", "consultation_request", "sales_call"}
    assert {item.name for item in definition.behaviours} == behaviours
    assert "decision_maker" not in {item.name for item in definition.attributes}
    read_mapping(place.folder / "crm_hubspot.yaml", definition)
    assert len(place.agreed_versions().versions) == 1


def test_a_rerun_pulls_by_what_people_changed(
    server: HubspotServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(tmp_path / "ours", server, monkeypatch)
    mapping = tmp_path / "ours" / "crm_hubspot.yaml"
    changed = mapping.read_text(encoding="utf-8") + "# agreed by both teams\n"
    mapping.write_text(changed, encoding="utf-8")

    told = start(tmp_path / "ours", server, monkeypatch)

    assert told.exit_code == 0, told.output
    assert "are kept as they are" in told.output
    assert mapping.read_text(encoding="utf-8") == changed


def test_an_empty_account_says_what_to_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(empty_account()) as server:
        told = start(tmp_path / "ours", server, monkeypatch)

    assert told.exit_code == 1
    assert "a start needs leads; got none from HubSpot" in str(told.exception)
    assert not (tmp_path / "ours" / "lead_definition.yaml").exists()


@pytest.mark.long
def test_a_companys_account_ends_in_a_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_company(
        simulate(CompanySettings(leads=2_000, months=12, truth_snapshots=50, futures=20)), tmp_path
    )
    there = create_workspace(tmp_path / "there", tmp_path / "lead_definition.yaml")
    store, definition = there.store(), there.definition()
    import_files(
        store,
        sorted(tmp_path.glob("*.csv")),
        mapping=read_mapping(tmp_path / "import.yaml", definition),
        definition=definition,
    )

    with serving(account_of(store)) as server:
        told = start(tmp_path / "ours", server, monkeypatch)

    assert told.exit_code == 0, told.output
    assert "is in use." in told.output
