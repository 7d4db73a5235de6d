"""From an account to a champion and back: pull, retrain, score, set up, push, answer, review."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import read_mapping
from features.store import Store
from features.store.releases import read_champion
from features.store.schema import outcome
from serving.workspace.create import create_workspace
from serving.workspace.workspace import Workspace
from tests.contract.hubspot.account import Account
from tests.contract.hubspot.company import account_of
from tests.contract.hubspot.server import TOKEN, HubspotServer
from tests.serving.conftest import Awase
from training.simulation.records.exports import write_company
from training.simulation.settings import CompanySettings
from training.simulation.simulation import simulate

pytestmark = pytest.mark.long
SETTINGS = CompanySettings(leads=3_000, months=12, truth_snapshots=50, futures=20)


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    write_company(simulate(SETTINGS), folder)
    return folder


@pytest.fixture(scope="module")
def there(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """What really happened, to be found again after a pull."""
    place = create_workspace(
        tmp_path_factory.mktemp("there") / "workspace", exports / "lead_definition.yaml"
    )
    store, definition = place.store(), place.definition()
    import_files(
        store,
        sorted(exports.glob("*.csv")),
        mapping=read_mapping(exports / "import.yaml", definition),
        definition=definition,
    )
    return store


@pytest.fixture
def account(there: Store) -> Account:
    return account_of(there)


def _count(store: Store, table: str, column: str, value: str) -> int:
    return store.read_table(table).column(column).to_pylist().count(value)


@pytest.fixture
def folder(
    exports: Path, server: HubspotServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A new workspace with the account in its settings."""
    monkeypatch.setenv("AWASE_HUBSPOT_TOKEN", TOKEN)
    monkeypatch.setenv("AWASE_HUBSPOT_URL", server.url)
    create_workspace(tmp_path / "workspace", exports / "lead_definition.yaml")
    return tmp_path / "workspace"


def test_what_is_pulled_learns_judges_and_comes_back(
    awase: Awase, there: Store, account: Account, folder: Path
) -> None:

    pulled = awase("crm", "pull", "hubspot", "-w", folder)
    assert pulled.returncode == 0, pulled.stderr
    place = Workspace.at(folder)
    store = place.store()
    for behaviour in ("document_download", "inquiry", "consultation_request", "sales_call"):
        expected = _count(there, "event", "behaviour", behaviour)
        assert _count(store, "event", "behaviour", behaviour) == expected > 0
    assert _count(store, "outcome", "stage", "opportunity") == _count(
        there, "outcome", "stage", "opportunity"
    )
    for attribute in ("job_title", "industry", "company_size", "budget"):
        # A value that is said again is no change to HubSpot.
        assert _count(store, "fact", "attribute", attribute) > 0.9 * _count(
            there, "fact", "attribute", attribute
        )

    trained = awase("retrain", "-w", folder)
    assert trained.returncode == 0, trained.stdout + trained.stderr
    assert awase("score", "-w", folder).returncode == 0
    assert awase("crm", "setup", "hubspot", "--yes", "-w", folder).returncode == 0
    pushed = awase("crm", "push", "hubspot", "--yes", "-w", folder)
    assert pushed.returncode == 0, pushed.stderr
    champion = read_champion(store)
    assert champion is not None
    told = [t for t in account.things["contacts"].values() if t.value("awase_probability")]
    assert len(told) > 1_000
    assert all(thing.value("awase_reasons") for thing in told[:50])
    best = max(told, key=lambda thing: float(str(thing.value("awase_probability"))))
    assert best.value("awase_qualification") in ("MQL", "SQL")

    answer = {"awase_verdict": "accepted", "awase_verdict_reason": "clear_need"}
    account.update("contacts", best.id, answer, user=7)
    assert "answers of sales: 1 recorded" in awase("crm", "pull", "hubspot", "-w", folder).stdout
    query = select(outcome.c.reason, outcome.c.occurred_at).where(
        outcome.c.lead_id == best.id, outcome.c.by == "hubspot user 7"
    )
    with store.engine.connect() as connection:
        ((reason, answered_at),) = connection.execute(query).all()
    store.close()
    assert reason == "clear_need"
    month = answered_at.astimezone(place.definition().zone).strftime("%Y-%m")
    # One answer of today does not make a month of data that end a year before.
    refused = awase("review", "--month", month, "--format", "md", "-w", folder)
    assert refused.returncode == 1
    assert "a review needs a month that the tables reach" in " ".join(refused.stderr.split())
    newest = re.search(r"to (\d{4}-\d{2}); got", " ".join(refused.stderr.split()))
    assert newest is not None
    reviewed = awase("review", "--month", newest[1], "--format", "md", "-w", folder)
    assert reviewed.returncode == 0, reviewed.stderr
    assert (folder / "reports" / f"review-{newest[1]}.md").is_file()
