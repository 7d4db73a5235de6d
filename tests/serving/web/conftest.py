"""A small workspace with champion, decisions, people, hand-overs; made once, copied per test."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from features.catalogue import build_catalogue
from features.core.clock import DAY, from_second
from features.definition import LeadDefinition
from features.families.category_levels import fit_levels
from features.history import History
from features.moments import Moments
from features.snapshot import take_snapshot
from features.store import Store
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.releases import ReleaseEntry, record_definition, record_release, set_champion
from features.store.schema import PERSON
from serving.decisions.decide import decide, decision_table
from serving.ledger.access.users import Role, User, add_user
from serving.ledger.decisions import write_decisions
from serving.web.app import create_app
from serving.web.request.session import SESSION_COOKIE
from serving.web.sign_in.passwords import _hasher
from serving.workspace.create import create_workspace
from serving.workspace.workspace import Workspace
from tests.served import address, chromium, open_as, session_token
from training.learners.hyperparameters import Hyperparameters
from training.model.fit import fit
from training.model.release import Release, ReleaseCard
from training.model.trained import TrainingRows
from training.results.records import CutOff, Measured, Metrics, ReleaseCutOffs

__all__ = ["address", "chromium", "open_as"]  # a browser on the site

START = 1_700_000_000
FIRST, SECOND = START + 20 * DAY, START + 30 * DAY
N_LEADS = 120
PASSWORD = "correct horse battery"
HOSTILE = "<script>alert(1)</script>"

FACTS = {
    "team": ("east", "west"),
    "owner": ("佐藤", "Lee"),
    "channel": ("web", "展示会"),
    "job_title": ("営業部長", "Manager", "主任"),
    "department": ("営業", "IT"),
    "purchase_timing": ("3ヶ月以内", "未定"),
    "pain_point": ("手作業が多い",),
    "budget": ("3000000",),
}
USERS = {
    "sales": (Role.SALES, None),
    "east": (Role.SALES, "east"),
    "marketing": (Role.MARKETING, None),
    "scientist": (Role.DATA_SCIENCE, None),
    "admin": (Role.ADMIN, None),
}


@dataclass(frozen=True, kw_only=True)
class Site:
    """The application on its own copy of the workspace."""

    app: FastAPI
    workspace: Workspace
    store: Store
    definition: LeadDefinition

    def page_request(
        self, login: str | None = None, language: str = "en", *, address: str = "192.0.2.1"
    ) -> TestClient:
        """A browser at an address, signed in or not."""
        client = TestClient(
            self.app,
            base_url="https://awase.test",
            follow_redirects=False,
            headers={"accept-language": language},
            client=(address, 50_000),
        )
        if login is not None:
            token = session_token(self.store, login)
            client.cookies.set(SESSION_COOKIE, token, domain="awase.test")
        return client


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_company(tmp_path_factory.mktemp("company") / "workspace")


def make_company(folder: Path) -> Path:
    """A small company with a champion and decisions, in the database that the settings name."""
    template = resources.files("features.definition.yaml").joinpath("template.yaml")
    with resources.as_file(template) as path:
        place = create_workspace(folder, path)
    store, definition = place.store(), place.definition()
    tables = _tables()
    store.write(tables, _persons())
    release = _release(tables, definition)
    _make_champion(store, place, release)
    for as_of in (FIRST, SECOND):
        _decide(store, tables, definition, release=release, as_of=as_of)
    password_hash = _hasher().hash(PASSWORD)
    for login, (role, team) in USERS.items():
        user = User(
            login=login,
            name=f"{login} さん",
            role=role,
            team=team,
            language=None,
            password_hash=password_hash,
            made_at=datetime(2026, 4, 1, tzinfo=UTC),
        )
        add_user(store, user, by="test")
    # Closing writes the journal back, so that the file alone can be copied.
    store.close()
    return folder


@pytest.fixture
def make_site(company: Path, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    sites: list[Site] = []

    def make(**settings: Any) -> Site:
        folder = shutil.copytree(company, tmp_path / f"site_{len(sites)}")
        place = replace(Workspace.at(folder), **settings)
        app = create_app(place)
        store: Store = app.state.services.store
        sites.append(Site(app=app, workspace=place, store=store, definition=place.definition()))
        return sites[-1]

    yield make
    for site in sites:
        site.store.close()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


def _tables() -> LeadTables:
    random = np.random.default_rng(5)
    leads, facts, events, outcomes, handed = [], [], [], [], []
    for number in range(N_LEADS):
        lead_id = f"L{number:03d}"
        created = START + int(random.integers(0, 10 * DAY))
        leads.append({"lead_id": lead_id, "created_at": created, "day_only": False})
        for attribute, values in FACTS.items():
            if random.random() < 0.7:
                value = values[int(random.integers(len(values)))]
                facts.append(_fact(lead_id, attribute, created + 60, value))
        for behaviour, mean in (("page_visit", 3), ("webinar", 1), ("inquiry", 0.5)):
            for _ in range(int(random.poisson(mean))):
                at = created + int(random.integers(0, 15 * DAY))
                events.append(_event(f"E{len(events)}", lead_id, behaviour, at))
        if number % 3 == 0:
            handed.append(_hand_over(lead_id, FIRST + number * 60))
        if number % 12 == 0:
            outcomes.append(_outcome(lead_id, "accepted", FIRST + DAY))
    return LeadTables(
        lead=pa.Table.from_pylist(leads, LEAD),
        fact=pa.Table.from_pylist(facts, FACT),
        event=pa.Table.from_pylist(events, EVENT),
        outcome=pa.Table.from_pylist(outcomes, OUTCOME),
        hand_over=pa.Table.from_pylist(handed, HAND_OVER),
    )


def _fact(lead_id: str, attribute: str, known_at: int, value: str) -> dict[str, Any]:
    return {
        "lead_id": lead_id,
        "attribute": attribute,
        "known_at": known_at,
        "value": value,
        "honest": True,
    }


def _event(event_id: str, lead_id: str, behaviour: str, at: int) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "lead_id": lead_id,
        "behaviour": behaviour,
        "occurred_at": at,
        "known_at": at,
        "actor": "lead",
    }


def _hand_over(lead_id: str, at: int) -> dict[str, Any]:
    return {
        "lead_id": lead_id,
        "cycle": 1,
        "handed_over_at": at,
        "qualification": "MQL",
        "by": "rulebook",
    }


def _outcome(lead_id: str, stage: str, at: int) -> dict[str, Any]:
    return {"lead_id": lead_id, "stage": stage, "occurred_at": at, "known_at": at, "by": "Lee"}


def _persons() -> pa.Table:
    rows = [
        {
            "lead_id": f"L{number:03d}",
            "name": HOSTILE if number == 0 else f"山田 {number}郎",
            "company": f"=cmd|' /C calc'!A{number}" if number == 1 else f"株式会社{number}",
            "email": f"p{number}@example.co.jp",
        }
        for number in range(N_LEADS)
    ]
    return pa.Table.from_pylist(rows, PERSON)


def _release(tables: LeadTables, definition: LeadDefinition) -> Release:
    history = History.from_tables(tables, definition)
    catalogue = build_catalogue(definition, fit_levels(history, definition, FIRST))
    leads = np.arange(history.n_leads)
    snapshot = take_snapshot(history, catalogue, Moments.of(leads, np.full(len(leads), SECOND)))
    warmth = np.nan_to_num(snapshot.matrix[:, catalogue.index("webinar_30d")])
    converted = warmth + np.random.default_rng(1).normal(0, 0.7, len(leads)) > 1.2
    recipe = Hyperparameters(n_folds=3, most_trees=20, n_threads=1)
    shipped = fit(
        TrainingRows(snapshot=snapshot, converted=converted, group=leads, recipe=recipe)
    ).model
    # Most of the site's leads lie beyond what its few snapshots saw; their scores are wanted here.
    shipped = replace(shipped, catalogue=catalogue.to_dict())
    return Release.make(_card(), shipped=shipped, tested=shipped)


def _card() -> ReleaseCard:
    figure = Measured(value=0.3)
    return ReleaseCard(
        release_id="",
        definition_name="template",
        model_fingerprint="ab",
        agreement_fingerprint="cd",
        data_cutoff=SECOND,
        tested_from=FIRST,
        trained_until=SECOND,
        n_snapshots=N_LEADS,
        n_converted=40,
        recipe=Hyperparameters(),
        cut_offs=ReleaseCutOffs(
            mql=CutOff(rule="capacity", probability=0.2),
            sql=CutOff(rule="precision", probability=0.5),
        ),
        metrics=Metrics(
            n_snapshots=N_LEADS,
            n_leads=N_LEADS,
            n_converted=40,
            base_rate=0.3,
            log_loss=figure,
            base_rate_log_loss=0.6,
            log_loss_gain=figure,
            brier=figure,
            reliability=(),
        ),
    )


def _make_champion(store: Store, place: Workspace, release: Release) -> None:
    fingerprint = place.definition().fingerprint
    version = record_definition(
        store,
        place.definition_path.read_text(encoding="utf-8"),
        model=fingerprint.model,
        agreement=fingerprint.agreement,
        by="test",
    )
    folder = release.write(place.releases_dir)
    entry = ReleaseEntry(
        release_id=release.release_id,
        definition_version=version,
        made_at=datetime(2026, 6, 1, tzinfo=UTC),
        data_cutoff=from_second(SECOND),
        folder=str(folder),
        passed_gate=True,
        record="{}",
    )
    record_release(store, entry)
    set_champion(store, release.release_id, by="test", why="the first")


def _decide(
    store: Store, tables: LeadTables, definition: LeadDefinition, *, release: Release, as_of: int
) -> None:
    from features.catalogue import Catalogue

    history = History.from_tables(tables, definition)
    catalogue = Catalogue.from_dict(release.fit.catalogue, definition)
    leads = np.arange(history.n_leads)
    snapshot = take_snapshot(history, catalogue, Moments.of(leads, np.full(len(leads), as_of)))
    decisions = decide(snapshot, definition=definition, release=release)
    table = decision_table(
        decisions, history.lead_ids, definition_version="v", decided_at=as_of, run_id="run"
    )
    write_decisions(store, table)
