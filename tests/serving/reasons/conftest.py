"""A few hundred leads with every kind of attribute, and a release that learned from them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.catalogue import build_catalogue
from features.core.clock import DAY
from features.definition import LeadDefinition, parse_definition
from features.families.category_levels import fit_levels
from features.history import History
from features.snapshot import take_snapshot
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from serving.reasons.explainer import Explainer
from serving.reasons.similar.past_points import PastPoints
from training.dataset.dataset import Dataset
from training.dataset.groups import account_groups
from training.dataset.past_leads import load_past_leads
from training.dataset.row_counts import EventCounts, FactCounts
from training.dataset.snapshot_grid import grid_moments
from training.dataset.split import Subset
from training.learners.hyperparameters import Hyperparameters
from training.model.fit import fit
from training.model.release import Release, ReleaseCard
from training.model.trained import TrainingRows
from training.model.trained_model import TrainedModel
from training.results.records import CutOff, Measured, Metrics, ReleaseCutOffs, ReliabilityBand

START = 1_735_657_200
"""2025-01-01 in Japan."""

DATA_CUTOFF = START + 360 * DAY

DEFINITION = """
format: 1
name: every_kind
title: {ja: すべての種類, en: Every kind}
time_zone: Asia/Tokyo
behaviours:
  - {name: visit, label: {ja: サイト訪問, en: Site visit}}
  - name: webinar
    label: {ja: セミナー, en: Webinar}
    amount: {unit: minutes, label: {ja: 視聴時間, en: Minutes watched}}
  - {name: inquiry, label: {ja: 問い合わせ, en: Inquiry}}
attributes:
  - {name: account_id, kind: identifier, label: {ja: 企業, en: Account}}
  - {name: pages, kind: number, axis: behaviour, unit: pages, label: {ja: 閲覧ページ, en: Pages}}
  - name: industry
    kind: category
    label: {ja: 業種, en: Industry}
    question: {ja: 業種は何ですか。, en: "Which industry?"}
  - name: decision_maker
    kind: boolean
    label: {ja: 決裁者, en: Decision maker}
    question: {ja: 決裁者はどなたですか。, en: "Who decides?"}
  - name: job_title
    kind: job_title
    label: {ja: 役職, en: Job title}
    question: {ja: お立場は。, en: "What is your position?"}
  - name: purchase_timing
    kind: purchase_timing
    label: {ja: 導入時期, en: Purchase timing}
    question: {ja: いつ頃ですか。, en: "By when?"}
  - name: budget
    kind: money
    unit: JPY
    label: {ja: 予算, en: Budget}
    question: {ja: ご予算は。, en: "Is there a budget?"}
  - {name: company_size, kind: company_size, unit: employees, label: {ja: 従業員数, en: Employees}}
  - {name: email_domain, kind: email_domain, label: {ja: ドメイン, en: E-mail domain}}
  - {name: renewal, kind: date, label: {ja: 契約更新日, en: Contract renewal}}
  - name: pain_point
    kind: free_text
    label: {ja: 課題, en: Pain point}
    question: {ja: お困りのことは。, en: "What troubles you?"}
roles: {account: account_id}
windows: {days: [7, 30, 90], half_lives_days: [], age: true}
outcome: {stage: opportunity, horizon_days: 60}
cut_offs:
  mql: {rule: capacity, per_month: 10}
  sql: {rule: precision, at_least: 0.4}
rulebook:
  rules:
    - name: webinar_attended
      label: {ja: セミナーに参加した, en: Webinar attended}
      when: {behaviour: webinar, at_least: 1}
      points: 10
  mql: {points: 10}
"""

N_LEADS = 500
VALUES: dict[str, tuple[str, ...]] = {
    "account_id": tuple(f"A{i}" for i in range(200)),
    "pages": ("3", "12", "40"),
    "industry": ("製造", "IT", "小売"),
    "decision_maker": ("true", "false"),
    "job_title": ("営業部長", "情報システム課長", "主任", "代表取締役社長"),
    "purchase_timing": ("2025年10月", "2026年3月"),
    "budget": ("500000", "3000000", "12000000"),
    "company_size": ("30", "250", "4000"),
    "email_domain": ("gmail.com", "example-kaisha.co.jp"),
    "renewal": ("2026-01-15", "2026-06-30"),
    "pain_point": ("手作業が多い",),
}


@dataclass(frozen=True, kw_only=True)
class World:
    """Tables, what was learned from them, and the leads it is compared with."""

    definition: LeadDefinition
    tables: LeadTables
    release: Release
    explainer: Explainer
    past: PastPoints

    def lead(self, number: int) -> LeadTables:
        """The tables of one lead, by its place in the lead table."""
        return self.leads([self.tables.lead.column("lead_id")[number].as_py()])

    def leads(self, lead_ids: list[str]) -> LeadTables:
        """The tables of some leads."""

        def rows(table: pa.Table) -> pa.Table:
            return table.filter(pa.compute.is_in(table.column("lead_id"), pa.array(lead_ids)))

        return LeadTables(**{name: rows(table) for name, table in vars(self.tables).items()})


@pytest.fixture(scope="session")
def definition_text() -> str:
    return DEFINITION


@pytest.fixture(scope="session")
def definition() -> LeadDefinition:
    return parse_definition(DEFINITION, "every_kind.yaml")


@pytest.fixture(scope="session")
def tables() -> LeadTables:
    """Leads whose outcome depends on webinars, inquiries, budget and who decides."""
    random = np.random.default_rng(11)
    leads, facts, events, outcomes = [], [], [], []
    for number in range(N_LEADS):
        lead_id = f"L{number:04d}"
        created = START + int(random.integers(0, 280 * DAY))
        leads.append({"lead_id": lead_id, "created_at": created, "day_only": False})
        known = list(_facts(random, lead_id, created))
        done = list(_events(random, lead_id, created))
        warmth = sum(e["behaviour"] != "visit" for e in done) * 0.9 - 3.0
        warmth += sum(f["value"] in ("true", "3000000", "12000000") for f in known) * 0.9
        if random.random() < 1 / (1 + np.exp(-warmth)):
            at = max(e["occurred_at"] for e in done) + int(random.integers(1, 30 * DAY))
            times = {"occurred_at": at, "known_at": at}
            outcomes.append({"lead_id": lead_id, "stage": "opportunity"} | times)
        facts += known
        events += done
    for number, event in enumerate(events):
        event["event_id"] = f"E{number}"
    return LeadTables(
        lead=pa.Table.from_pylist(leads, LEAD),
        fact=pa.Table.from_pylist(facts, FACT),
        event=pa.Table.from_pylist(events, EVENT),
        outcome=pa.Table.from_pylist(outcomes, OUTCOME),
        hand_over=HAND_OVER.empty_table(),
    )


def _facts(random: np.random.Generator, lead_id: str, created: int) -> Iterator[dict[str, Any]]:
    for attribute, values in VALUES.items():
        if random.random() < 0.6:
            yield {
                "lead_id": lead_id,
                "attribute": attribute,
                "known_at": created + int(random.integers(0, 40 * DAY)),
                "value": values[int(random.integers(len(values)))],
                "honest": True,
            }


def _events(random: np.random.Generator, lead_id: str, created: int) -> Iterator[dict[str, Any]]:
    for behaviour, mean in (("visit", 5), ("webinar", 1), ("inquiry", 0.4)):
        for _ in range(int(random.poisson(mean)) + (behaviour == "visit")):
            at = created + int(random.integers(0, 80 * DAY))
            yield {
                "lead_id": lead_id,
                "behaviour": behaviour,
                "occurred_at": at,
                "known_at": at,
                "actor": "lead",
                "amount": 30.0 if behaviour == "webinar" else None,
            }


@pytest.fixture(scope="session")
def world(
    definition: LeadDefinition, tables: LeadTables, learn_world: Callable[..., World]
) -> World:
    return learn_world(definition, tables, DATA_CUTOFF)


@pytest.fixture(scope="session")
def learn_world() -> Callable[..., World]:
    """A release learned from some tables, and the past leads it did not see in its test."""
    return _learn_world


def _learn_world(definition: LeadDefinition, tables: LeadTables, data_cutoff: int) -> World:
    history = History.from_tables(tables, definition)
    dataset = Dataset(
        tables=tables,
        definition=definition,
        data_cutoff=data_cutoff,
        seed=0,
        history=history,
        moments=grid_moments(tables, history, definition, until=data_cutoff),
        group=account_groups(history, definition),
        events=EventCounts.of(tables.event, data_cutoff=data_cutoff),
        facts=FactCounts.of(tables.fact, tables.lead.column("lead_id")),
    )
    shipped = _learn(dataset, dataset.matured)
    release = Release.make(
        _card(dataset), shipped=shipped, tested=_learn(dataset, dataset.split.train)
    )
    explainer = Explainer.of(release.fit, definition)
    past = load_past_leads(tables, definition, release=release, data_cutoff=data_cutoff)
    return World(
        definition=definition,
        tables=tables,
        release=release,
        explainer=explainer,
        past=PastPoints.of(past, explainer),
    )


def _learn(dataset: Dataset, part: Subset) -> TrainedModel:
    levels = fit_levels(dataset.history, dataset.definition, dataset.data_cutoff)
    catalogue = build_catalogue(dataset.definition, levels)
    rows = TrainingRows(
        snapshot=take_snapshot(dataset.history, catalogue, dataset.at(part.rows)),
        converted=part.converted,
        group=dataset.groups_at(part.rows),
        recipe=Hyperparameters(n_folds=3, most_trees=30, n_threads=1),
    )
    return fit(rows).model


def _card(dataset: Dataset) -> ReleaseCard:
    figure = Measured(value=0.3)
    bands = tuple(
        ReliabilityBand(
            low=low, high=high, n_snapshots=1, mean_probability=low, converted_share=figure
        )
        for low, high in ((0.0, 0.1), (0.1, 0.3), (0.3, 1.1))
    )
    return ReleaseCard(
        release_id="",
        definition_name="every_kind",
        model_fingerprint="ab",
        agreement_fingerprint="cd",
        data_cutoff=dataset.data_cutoff,
        tested_from=dataset.split.test_from,
        trained_until=dataset.data_cutoff,
        n_snapshots=len(dataset.matured),
        n_converted=int(dataset.matured.converted.sum()),
        recipe=Hyperparameters(),
        cut_offs=ReleaseCutOffs(
            mql=CutOff(rule="capacity", probability=0.2),
            sql=CutOff(rule="precision", probability=0.4),
        ),
        metrics=Metrics(
            n_snapshots=100,
            n_leads=90,
            n_converted=30,
            base_rate=0.3,
            log_loss=figure,
            base_rate_log_loss=0.6,
            log_loss_gain=figure,
            brier=figure,
            reliability=bands,
        ),
    )
