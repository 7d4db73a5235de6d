"""A start from tables that a data connector copied from a CRM, joined through one another."""

from datetime import datetime, timedelta
from pathlib import Path

from typer.testing import CliRunner, Result

from features.definition import read_definition
from features.importing.mapping.mapping_file import read_mapping
from serving.cli.main import app
from serving.workspace.workspace import Workspace

N_LEADS, FIRST = 120, datetime(2026, 1, 1)
WITH_A_DEAL = range(0, N_LEADS, 3)


def _start(exports: Path, ours: Path, how: str = "--yes") -> Result:
    return CliRunner().invoke(app, ["start", str(exports), how, "-w", str(ours)])


def _write(folder: Path, name: str, header: str, rows: list[str]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")


def _copy_of_hubspot(folder: Path, *, first_deal_contact: int = 1000) -> Path:
    """Tables as a connector names them; deals tell their contacts in a table of pairs alone."""
    day = [f"{FIRST + timedelta(days=n)}" for n in range(N_LEADS + 60)]
    contacts = [f"{1000 + n},a{n}@x.example,{day[n]},,false" for n in range(N_LEADS)]
    header = "id,property_email,property_createdate,property_hs_merged_object_ids,is_deleted"
    _write(folder, "contact", header, contacts)
    forms = [f"{day[n + 2]},9,{1000 + n},c{n}" for n in range(0, N_LEADS, 2)]
    _write(folder, "contact_form_submission", "timestamp,form_id,contact_id,conversion_id", forms)
    deals = [f"{77000 + n},x,{day[n + 9]},{day[n + 30]},100,s{n % 2}" for n in WITH_A_DEAL]
    header = "deal_id,property_dealname,property_createdate,property_closedate,property_amount,"
    _write(folder, "deal", header + "deal_pipeline_stage_id", deals)
    pairs = [f"{first_deal_contact + n},{77000 + n}" for n in WITH_A_DEAL]
    _write(folder, "deal_contact", "contact_id,deal_id", pairs)
    stages = ["s0,TRUE,TRUE", "s1,FALSE,TRUE"]
    _write(folder, "deal_pipeline_stage", "stage_id,closed_won,is_closed", stages)
    _write(folder, "engagement_contact", "contact_id,engagement_id,engagement_type", [])
    return folder


def test_deals_that_name_their_leads_in_a_third_table_are_the_outcome(tmp_path: Path) -> None:
    told = _start(_copy_of_hubspot(tmp_path / "copy"), tmp_path / "ours")

    outcomes = Workspace.at(tmp_path / "ours").store().read_table("outcome").to_pylist()
    reached = {row["lead_id"] for row in outcomes if row["stage"] == "opportunity"}
    assert told.exit_code == 0, told.output
    assert reached == {str(1000 + n) for n in WITH_A_DEAL}
    assert "deal_contact.csv through deal.csv, deal_pipeline_stage.csv" in told.output
    definition = read_definition(tmp_path / "ours" / "lead_definition.yaml")
    assert [behaviour.name for behaviour in definition.behaviours] == ["inquiry"]
    # A table without a word that the lead definition has makes no entry.
    mapping = read_mapping(tmp_path / "ours" / "import.yaml", definition)
    assert "engagement_contact.csv" not in [entry.match[0] for entry in mapping.files]


def test_tables_of_other_leads_are_refused_in_one_sentence(tmp_path: Path) -> None:
    told = _start(_copy_of_hubspot(tmp_path / "copy", first_deal_contact=500_000), tmp_path / "o")

    assert told.exit_code == 1
    assert "must tell of the same leads" in told.output + str(told.exception)
    assert not (tmp_path / "o").exists()


def test_the_browser_is_not_asked_how_such_tables_are_joined(tmp_path: Path) -> None:
    exports = _copy_of_hubspot(tmp_path / "copy")

    told = _start(exports, tmp_path / "paged", "--browser")

    assert told.exit_code == 0, told.output
    assert "no page opens" in told.output
    _start(exports, tmp_path / "ours")
    both = [(tmp_path / ours / "import.yaml").read_bytes() for ours in ("paged", "ours")]
    assert both[0] == both[1]
