"""Public data sets through the ordinary import, from a folder outside the repository."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from features.data_clock import clock_of
from features.definition import LeadDefinition, read_definition
from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import read_mapping
from features.importing.reporting.report import ImportReport
from features.store import Store
from features.store.arrivals import known_until
from features.store.lead_tables import LeadTables
from training.evaluation.evaluate_leads import Evaluation, evaluate_leads
from training.reports.retrain_records import RetrainReport
from training.retrain import RetrainSettings, retrain

HERE = Path(__file__).parent
DATA = Path(os.environ.get("AWASE_REAL_DATA", HERE.parents[2] / "shared" / "data"))


@dataclass(frozen=True, kw_only=True)
class RealCompany:
    """One data set, imported."""

    folder: Path
    definition: LeadDefinition
    imported: ImportReport
    store: Store
    tables: LeadTables
    data_cutoff: int

    def evaluate_leads(self, lead_ids: "pd.Series[str]") -> Evaluation:
        """Probabilities of some leads by a fit on others."""
        asked = pd.DataFrame({"lead_id": lead_ids})
        return evaluate_leads(self.tables, self.definition, asked, data_cutoff=self.data_cutoff)


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], RealCompany]]:
    """A data set by its folder's name; imported once."""
    companies: dict[str, RealCompany] = {}

    def company(name: str) -> RealCompany:
        if not (DATA / name).is_dir():
            pytest.skip(f"{DATA / name} is absent; set AWASE_REAL_DATA to the folder of data sets")
        if name not in companies:
            companies[name] = _import(name, tmp_path_factory.mktemp(name))
        return companies[name]

    yield company
    for opened in companies.values():
        opened.store.close()


@pytest.fixture(scope="session")
def retrained(
    real: Callable[[str], RealCompany], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., RetrainReport]:
    """The report of one retrain of a data set, made once; all share one MLflow database.

    As of the newest thing in the data set, or of an earlier cut-off.
    """
    folder = tmp_path_factory.mktemp("retrained")
    reports: dict[tuple[str, int | None], RetrainReport] = {}

    def report(name: str, data_cutoff: int | None = None) -> RetrainReport:
        company = real(name)
        if (name, data_cutoff) not in reports:
            settings = RetrainSettings(
                releases_dir=folder / "releases",
                tracking_uri=f"sqlite:///{folder / 'mlflow.db'}",
                by="test",
                data_cutoff=data_cutoff,
            )
            found = retrain(company.store, company.definition, settings=settings)
            reports[name, data_cutoff] = found
        return reports[name, data_cutoff]

    return report


def _import(name: str, folder: Path) -> RealCompany:
    definition = read_definition(HERE / name / "lead_definition.yaml")
    store = Store.open(f"sqlite:///{folder / 'awase.db'}")
    imported = import_files(
        store,
        [DATA / name],
        mapping=read_mapping(HERE / name / "import.yaml", definition),
        definition=definition,
        rejects_file=folder / "rejects.csv",
    )
    tables = store.read_tables()
    return RealCompany(
        folder=DATA / name,
        definition=definition,
        imported=imported,
        store=store,
        tables=tables,
        data_cutoff=clock_of(tables, definition, known_until=known_until(store)).newest_at,
    )
