"""``awase start salesforce``: from a token to two files and one screen."""

from typer.testing import CliRunner

from features.importing.mapping.mapping_file import read_mapping
from serving.cli.main import app
from serving.workspace.workspace import Workspace
from tests.contract.salesforce.server import TOKEN


def test_an_organisation_becomes_two_files_and_one_screen(server, tmp_path, monkeypatch):
    monkeypatch.setenv("AWASE_SALESFORCE_TOKEN", TOKEN)
    monkeypatch.setenv("AWASE_SALESFORCE_URL", server.url)

    told = CliRunner().invoke(app, ["start", "salesforce", "-y", "-w", str(tmp_path / "ours")])

    assert told.exit_code == 0, told.output
    assert "No release yet" in told.output
    assert "50 more leads that reached opportunity are missing" in told.output
    place = Workspace.at(tmp_path / "ours")
    mapping = read_mapping(place.folder / "crm_salesforce.yaml", place.definition())
    assert {entry.match[0] for entry in mapping.files} >= {"people", "opportunities"}
    assert place.definition().time_zone == "Asia/Tokyo"
