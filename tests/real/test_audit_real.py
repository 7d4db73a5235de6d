"""The leakage audit on columns known to give the outcome away, imported without saying so."""

from pathlib import Path

import pytest
import yaml

from features.definition import parse_definition
from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import parse_mapping
from features.store import Store
from training.dataset.dataset import Dataset, load_dataset
from training.leakage.audit import audit_leakage

HERE = Path(__file__).parent
SALES_SIDE = {
    "tags": "Tags",
    "lead_quality": "Lead Quality",
    "last_activity": "Last Activity",
    "last_notable_activity": "Last Notable Activity",
    "lead_profile": "Lead Profile",
    "activity_index": "Asymmetrique Activity Index",
    "profile_index": "Asymmetrique Profile Index",
}
CLOSED_DEALS = (
    "business_segment",
    "lead_type",
    "lead_behaviour_profile",
    "has_company",
    "has_gtin",
    "average_stock",
    "declared_product_catalog_size",
    "business_type",
    "declared_monthly_revenue",
)


@pytest.fixture
def with_columns(real, tmp_path):
    """A data set with more of its columns imported as categories."""

    def dataset(name, columns, *, entry, known_at, acknowledged=()) -> Dataset:
        folder = real(name).folder
        plain = yaml.safe_load((HERE / name / "lead_definition.yaml").read_text("utf-8"))
        mapping = yaml.safe_load((HERE / name / "import.yaml").read_text("utf-8"))
        plain["gate"] = {"acknowledged": list(acknowledged)}
        for attribute, column in columns.items():
            words = {"ja": column, "en": column}
            plain["attributes"].append({"name": attribute, "kind": "category", "label": words})
            fact = {"attribute": attribute, "column": column, "known_at": known_at}
            mapping["files"][entry].setdefault("facts", []).append(fact)
        definition = parse_definition(yaml.safe_dump(plain), "lead_definition.yaml")
        store = Store.open(f"sqlite:///{tmp_path / 'awase.db'}")
        read = parse_mapping(yaml.safe_dump(mapping), "import.yaml", definition)
        import_files(store, [folder], mapping=read, definition=definition)
        found = load_dataset(store, definition, data_cutoff=None, seed=0)
        store.close()
        return found

    return dataset


@pytest.mark.parametrize("known_at", ["unknown", "created"])
def test_x_education_names_what_the_sales_desk_wrote(with_columns, known_at):
    dataset = with_columns("x_education", SALES_SIDE, entry=0, known_at=known_at)

    findings = {finding.column: finding.severity for finding in audit_leakage(dataset)}

    severe = {column for column, severity in findings.items() if severity == "severe"}
    assert severe == {"tags", "lead_quality"}
    assert {"last_activity", "last_notable_activity", "lead_profile"} <= findings.keys()


@pytest.mark.parametrize("known_at", ["unknown", "created"])
def test_olist_names_every_column_of_the_closed_deals(with_columns, known_at):
    columns = {name: name for name in CLOSED_DEALS}
    dataset = with_columns("olist_funnel", columns, entry=1, known_at=known_at)

    findings = {finding.column: finding.severity for finding in audit_leakage(dataset)}

    assert findings == dict.fromkeys(CLOSED_DEALS, "severe")


def test_an_acknowledged_column_is_named_and_no_longer_blocks(with_columns):
    dataset = with_columns(
        "x_education",
        {"tags": "Tags", "lead_quality": "Lead Quality"},
        entry=0,
        known_at="unknown",
        acknowledged=["tags"],
    )

    blocking = {f.column: f.blocks for f in audit_leakage(dataset) if f.severity == "severe"}

    assert blocking == {"tags": False, "lead_quality": True}


@pytest.mark.parametrize("name", ["olist_funnel", "maven_crm", "bpic2012_asof"])
def test_what_was_known_beforehand_blocks_nothing(real, name):
    company = real(name)
    dataset = load_dataset(company.store, company.definition, data_cutoff=None, seed=0)

    assert not [finding for finding in audit_leakage(dataset) if finding.blocks]
