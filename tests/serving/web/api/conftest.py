"""Programs that call: with a key on the small company, or on an empty store of either database."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from features.store import Store
from serving.ledger.access.api_keys import Scope
from serving.web.app import create_app
from serving.workspace.api_keys import make_key
from serving.workspace.workspace import Workspace


def client_of(app: FastAPI, store: Store, scope: Scope = Scope.WRITE) -> TestClient:
    """A program with a fresh key."""
    key = make_key(store, "test", scope=scope, days=1, by="test")
    return TestClient(app, headers={"authorization": f"Bearer {key}"})


@pytest.fixture
def client(site) -> TestClient:
    return client_of(site.app, site.store)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A workspace without a champion: the template's rulebook judges."""

    workspace: Workspace
    app: FastAPI
    store: Store
    client: TestClient


@pytest.fixture
def template_folder(tmp_path: Path) -> Path:
    """A folder that holds the template definition; nobody is handed over at random."""
    folder = tmp_path / "place"
    folder.mkdir()
    template = resources.files("features.definition.yaml").joinpath("template.yaml")
    text = template.read_text(encoding="utf-8")
    text = text.replace("exploration: {share: 0.02}", "exploration: {share: 0}")
    (folder / "lead_definition.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def folder(request: pytest.FixtureRequest, template_folder: Path, empty_sqlite: Path) -> Path:
    """The folder of an empty workspace, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(empty_sqlite, template_folder / "awase.db")
    else:
        url = request.getfixturevalue("postgres_url")
        (template_folder / ".env").write_text(f"AWASE_DATABASE_URL={url}\n", encoding="utf-8")
    return template_folder


@pytest.fixture
def place(folder: Path) -> Iterator[Place]:
    workspace = Workspace.at(folder)
    app = create_app(workspace)
    store: Store = app.state.services.store
    yield Place(workspace=workspace, app=app, store=store, client=client_of(app, store))
    store.close()


@pytest.fixture
def send_hot_lead() -> Callable[[TestClient, str], None]:
    """Store a lead that one inquiry makes an SQL candidate by the template's checklist."""

    def send(client: TestClient, lead_id: str) -> None:
        now = datetime.now(UTC)
        known_at = (now - timedelta(days=2)).isoformat()
        facts = {"purchase_timing": "3ヶ月以内", "budget": "3000000", "decision_maker": "true"}
        body = {
            "created_at": (now - timedelta(days=3)).isoformat(),
            "facts": [
                {"attribute": name, "value": value, "known_at": known_at}
                for name, value in facts.items()
            ],
        }
        # 15 points for the timing, 5 for the budget, 5 for the decision maker: an MQL already.
        assert client.put(f"/v1/leads/{lead_id}", json=body).status_code == 200

    return send
