"""Tables with the column layout of three vendors, imported without a mapping by hand."""

import os
from pathlib import Path

import pytest

from features.definition import TEMPLATE, read_definition
from features.importing.import_files import import_files
from features.importing.proposal.writing.propose_mapping import propose_mapping
from features.importing.reporting.report import ImportReport
from features.store import Store
from serving.crm.registry import known_exports

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("AWASE_REAL_DATA", ROOT.parent / "shared" / "data"))


def _bring_in(vendor: str, tmp_path: Path) -> ImportReport:
    folder = DATA / "crm_export_formats" / vendor
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent; set AWASE_REAL_DATA to the folder of data sets")
    definition = read_definition(TEMPLATE)
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    mapping = propose_mapping([folder], definition, exports=known_exports()).mapping
    return import_files(
        store,
        [folder],
        mapping=mapping,
        definition=definition,
        rejects_file=tmp_path / "rejects.csv",
    )


# The tables are samples: most of their activities are those of leads that are not in them.
@pytest.mark.parametrize(
    ("vendor", "n_leads", "n_read"),
    [
        ("hubspot", 22, {"contact_data.csv", "contact_form_submission_data.csv"}),
        ("salesforce", 1, {"sf_lead_data.csv", "sf_task_data.csv", "sf_event_data.csv"}),
        ("marketo", 100, {"marketo_lead_data.csv", "marketo_activity_click_email_data.csv"}),
    ],
)
def test_a_vendors_tables_need_no_mapping(
    tmp_path: Path, vendor: str, n_leads: int, n_read: set[str]
) -> None:
    report = _bring_in(vendor, tmp_path)

    stored = {count.table: count.stored for count in report.tables}
    assert stored["lead"] == n_leads
    assert n_read <= {file.file for file in report.files}
    for count in report.tables:
        assert count.read == count.stored + count.unchanged + count.rejected
    for file in report.files:
        assert file.rejected == max((count.rejected for count in file.tables), default=0)
