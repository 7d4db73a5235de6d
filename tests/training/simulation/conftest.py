"""One small company, its exports, and what the ordinary import makes of them."""

from pathlib import Path

import pytest

from features.definition import LeadDefinition, read_definition
from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import read_mapping
from features.importing.reporting.report import ImportReport
from features.store import Store
from features.store.lead_tables import LeadTables
from training.dataset.dataset import Dataset, load_dataset
from training.simulation.company import SimulatedCompany
from training.simulation.records.exports import write_company
from training.simulation.settings import CompanySettings
from training.simulation.simulation import simulate

SETTINGS = CompanySettings(
    leads=1500, months=9, seed=7, truth_snapshots=200, futures=200, exploration_share=0.05
)


@pytest.fixture(scope="session")
def company() -> SimulatedCompany:
    return simulate(SETTINGS)


@pytest.fixture(scope="session")
def exports(company: SimulatedCompany, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    write_company(company, folder)
    return folder


@pytest.fixture(scope="session")
def definition(exports: Path) -> LeadDefinition:
    return read_definition(exports / "lead_definition.yaml")


@pytest.fixture(scope="session")
def company_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("store") / "awase.db"
    return Store.open(f"sqlite:///{path}")


@pytest.fixture(scope="session")
def imported(exports: Path, definition: LeadDefinition, company_store: Store) -> ImportReport:
    return import_files(
        company_store,
        sorted(exports.glob("*.csv")),
        mapping=read_mapping(exports / "import.yaml", definition),
        definition=definition,
        rejects_file=exports / "rejects.csv",
    )


@pytest.fixture(scope="session")
def tables(imported: ImportReport, company_store: Store) -> LeadTables:
    assert imported is not None
    return company_store.read_tables()


@pytest.fixture(scope="session")
def worked_company() -> SimulatedCompany:
    """A company whose sales make an opportunity several times as likely; a fifth are lots."""
    return simulate(
        CompanySettings(leads=7000, months=12, seed=5, exploration_share=0.2, sales_effect=5.0)
    )


@pytest.fixture(scope="session")
def worked(worked_company: SimulatedCompany, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """That company through its exports and the ordinary import."""
    folder = tmp_path_factory.mktemp("worked")
    write_company(worked_company, folder)
    definition = read_definition(folder / "lead_definition.yaml")
    store = Store.open(f"sqlite:///{folder / 'awase.db'}")
    mapping = read_mapping(folder / "import.yaml", definition)
    import_files(store, sorted(folder.glob("*.csv")), mapping=mapping, definition=definition)
    found = load_dataset(store, definition, data_cutoff=None, seed=0)
    store.close()
    return found
