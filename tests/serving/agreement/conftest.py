"""A small company with an agreement both teams signed, a real retrain, and its pages."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from features.store import Store
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from serving.decisions.score_leads import score_leads
from serving.ledger.access.users import Role, User, add_user
from serving.web.app import create_app
from serving.web.request.session import SESSION_COOKIE
from serving.web.sign_in.passwords import _hasher
from serving.workspace.create import create_workspace
from serving.workspace.workspace import Workspace
from tests.served import address, chromium, open_as, session_token
from training.retrain import RetrainSettings, retrain

__all__ = ["address", "chromium", "open_as"]  # a browser on the site

AGREEMENT = """\
# The agreement of a small company.
format: 1
name: small_company
title: {ja: 小さな会社のリード定義, en: The small company's definition}
time_zone: Asia/Tokyo
agreement:
  agreed_on: 2024-01-10
  agreed_by: [{team: marketing, name: Ito}, {team: sales, name: Sato}]
  why: {ja: 最初の合意, en: The first agreement}
behaviours:
  - {name: visit, label: {ja: 訪問, en: Visit}}
  - {name: webinar, label: {ja: セミナー参加, en: Webinar}}
  - {name: survey, label: {ja: アンケート, en: Survey}}
attributes:
  - {name: channel, kind: category, label: {ja: チャネル, en: Channel}}
  - {name: budget, kind: number, label: {ja: 予算, en: Budget}}
segments: [channel]
windows: {days: [30, 90], age: true}
snapshots: {at: monthly, silent_after_days: 90}
outcome: {stage: opportunity, horizon_days: 30}
test: {months: 3}
cut_offs:
  mql: {rule: capacity, per_month: 40}   # as many as sales can work
  sql: {rule: precision, at_least: 0.3}
rulebook:
  rules:
    - name: webinar_attended
      label: {ja: セミナーに参加した, en: Webinar attended}
      when: {behaviour: webinar, at_least: 1, within_days: 90}
      points: 10
    - name: budget_known
      label: {ja: 予算がわかっている, en: Budget known}
      when: {attribute: budget, known: true}
      points: 15
  mql: {points: 10}
  sql: {points: 25}
phases:
  - name: latent
    label: {ja: 潜在, en: Latent}
    entered_at: NONE
    leads: marketing
    marketing: {ja: 育成する, en: Nurture}
    sales: {ja: なし, en: Nothing}
kpis:
  - {name: mqls, team: marketing, label: {ja: MQL件数, en: MQLs}, target: 40}
sales: {capacity_per_month: 40, response_time_hours: 24}
gate: {min_outcomes: 30}
"""

STARTS, DAY, MONTHS, N_LEADS = 1_704_034_800, 86_400, 14, 800
PASSWORD = "correct horse battery"
USERS = {
    "sales": Role.SALES,
    "marketing": Role.MARKETING,
    "scientist": Role.DATA_SCIENCE,
    "admin": Role.ADMIN,
}


@dataclass(frozen=True, kw_only=True)
class Site:
    """The pages on a copy of the company's workspace."""

    app: FastAPI
    place: Workspace
    store: Store

    def page_request(self, login: str | None = None, language: str = "en") -> TestClient:
        """A browser, signed in or not."""
        client = TestClient(
            self.app,
            base_url="https://awase.test",
            follow_redirects=False,
            headers={"accept-language": language},
        )
        if login is not None:
            token = session_token(self.store, login)
            client.cookies.set(SESSION_COOKIE, token, domain="awase.test")
        return client


@pytest.fixture(scope="session")
def small_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose champion was learned from webinars by leads with a budget."""
    written = tmp_path_factory.mktemp("agreement") / "mine.yaml"
    written.write_text(AGREEMENT, encoding="utf-8")
    folder = tmp_path_factory.mktemp("small_company") / "workspace"
    place = create_workspace(folder, written)
    store = place.store()
    store.write(_tables())
    settings = RetrainSettings(
        releases_dir=place.releases_dir,
        tracking_uri=place.tracking_uri,
        by="test",
        data_cutoff=STARTS + MONTHS * 30 * DAY,
        seed=3,
        accept_volume_jump=True,
    )
    report = retrain(store, place.definition(), settings=settings)
    assert report.promoted, report.verdict.reasons
    score_leads(place)
    password_hash = _hasher().hash(PASSWORD)
    for login, role in USERS.items():
        user = User(
            login=login,
            name=f"{login} さん",
            role=role,
            team=None,
            language=None,
            password_hash=password_hash,
            made_at=datetime(2026, 4, 1, tzinfo=UTC),
        )
        add_user(store, user, by="test")
    # Closing writes the journal back, so that the file alone can be copied.
    store.close()
    return folder


@pytest.fixture
def company_place(small_company: Path, tmp_path: Path) -> Workspace:
    """The test's own copy of the workspace."""
    return Workspace.at(shutil.copytree(small_company, tmp_path / "company"))


@pytest.fixture
def site(company_place: Workspace) -> Iterator[Site]:
    """The pages on the test's own copy."""
    app = create_app(company_place)
    store: Store = app.state.services.store
    yield Site(app=app, place=company_place, store=store)
    store.close()


@pytest.fixture(scope="session")
def make_tables() -> Callable[[int, int], LeadTables]:
    """Tables of so many leads over so many months of 30 days."""
    return _tables


def _tables(n_leads: int = N_LEADS, n_months: int = MONTHS) -> LeadTables:
    random = np.random.default_rng(11)
    ids = np.array([f"L{i:05d}" for i in range(n_leads)])
    end = STARTS + n_months * 30 * DAY
    created = STARTS + (np.sort(random.random(n_leads)) * n_months * 30 * DAY).astype(np.int64)
    lead = np.repeat(np.arange(n_leads), random.poisson(6, n_leads))
    day, kind = random.uniform(0.1, 120, len(lead)), random.random(len(lead))
    at = created[lead] + (day * DAY).astype(np.int64)
    webinar, budget = kind < 0.25, random.random(n_leads) < 0.4
    chance = np.where(webinar, np.where(budget[lead], 0.27, 0.07), 0.01)
    hit = np.flatnonzero(random.random(len(lead)) < chance)
    won_at = np.full(n_leads, end)
    later = (random.uniform(1, 25, len(hit)) * DAY).astype(np.int64)
    np.minimum.at(won_at, lead[hit], at[hit] + later)
    seen = np.flatnonzero((at < end) & (at <= won_at[lead]))
    facts = [_fact(ids[i], "channel", created[i], ("web", "fair")[i % 2]) for i in range(n_leads)]
    # Known of every third lead, but nobody has declared it.
    facts += [_fact(ids[i], "postcode", created[i], "100") for i in range(0, n_leads, 3)]
    facts += [_fact(ids[i], "budget", created[i] + DAY, "5") for i in np.flatnonzero(budget)]
    return LeadTables(
        lead=pa.table(
            {
                "lead_id": ids,
                "created_at": created,
                "day_only": np.zeros(n_leads, dtype=bool),
                "arrival": pa.nulls(n_leads, pa.float64()),
            },
            schema=LEAD,
        ),
        fact=pa.Table.from_pylist(facts, schema=FACT),
        event=pa.table(
            {
                "event_id": [f"E{i}" for i in seen],
                "lead_id": ids[lead[seen]],
                "behaviour": np.where(webinar[seen], "webinar", "visit"),
                "occurred_at": at[seen],
                "known_at": at[seen],
                "actor": np.repeat("lead", len(seen)),
                "amount": pa.nulls(len(seen), pa.float64()),
            },
            schema=EVENT,
        ),
        outcome=pa.Table.from_pylist(
            [
                {
                    "lead_id": ids[i],
                    "stage": "opportunity",
                    "occurred_at": int(won_at[i]),
                    "known_at": int(won_at[i]),
                }
                for i in np.flatnonzero(won_at < end)
            ],
            schema=OUTCOME,
        ),
        hand_over=HAND_OVER.empty_table(),
    )


def _fact(lead_id: str, attribute: str, known_at: np.int64, value: str) -> dict[str, object]:
    return {
        "lead_id": lead_id,
        "attribute": attribute,
        "known_at": int(known_at),
        "value": value,
        "honest": True,
    }
