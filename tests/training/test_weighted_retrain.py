"""A retrain that learns from hand-overs alone says so wherever people look, and weighs its test."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features.core.clock import DAY, to_second
from features.data_clock import clock_of
from features.definition import LeadDefinition
from features.store import Store
from features.store.lead_tables import HAND_OVER, LeadTables
from training.dataset.dataset import load_dataset
from training.evaluation.backtest import backtest
from training.learned_rulebook import Constraints, propose_rulebook
from training.model.release import Release, load_release
from training.promotion.apply_agreement import under_agreement
from training.promotion.publish import RetrainSettings
from training.reports.document.markdown import as_markdown
from training.reports.retrain_records import RetrainReport
from training.reports.retrain_report import retrain_document
from training.retrain import retrain

N_LEADS = 1500
PROPENSITY = 0.25


@dataclass(frozen=True)
class Retrained:
    """A retrain on the tables of a store, with the definition it was made by."""

    url: str
    definition: LeadDefinition
    report: RetrainReport

    @property
    def release(self) -> Release:
        return load_release(Path(self.report.release_dir))


def _with_lots(tables: LeadTables, definition: LeadDefinition, *, seed: int = 3) -> LeadTables:
    """A third of the leads handed over on purpose; lots among the others, all after 20 days."""
    random = np.random.default_rng(seed)
    chosen = random.random(N_LEADS) < 1 / 3
    drawn = ~chosen & (random.random(N_LEADS) < PROPENSITY)
    rows = [
        {
            "lead_id": lead_id,
            "cycle": 1,
            "handed_over_at": created_at + 20 * DAY,
            "qualification": "MQL",
            "by": "exploration" if drawn[i] else "rulebook",
            "propensity": PROPENSITY if drawn[i] else None,
        }
        for i, (lead_id, created_at) in enumerate(
            zip(
                tables.lead.column("lead_id").to_pylist(),
                tables.lead.column("created_at").to_pylist(),
                strict=True,
            )
        )
        if chosen[i] or drawn[i]
    ]
    end = clock_of(tables, definition, known_until=to_second(datetime.now(UTC))).newest_at
    kept = [row for row in rows if row["handed_over_at"] < end]
    return LeadTables(**{**vars(tables), "hand_over": pa.Table.from_pylist(kept, HAND_OVER)})


def _changed(definition: LeadDefinition, key: str, **values: object) -> LeadDefinition:
    """Read anew, so that its fingerprint is its own."""
    content = definition.model_dump(by_alias=True)
    return LeadDefinition.model_validate(content | {key: content[key] | values})


@pytest.fixture(scope="module")
def weighted(
    company_tables, small_definition: LeadDefinition, tmp_path_factory: pytest.TempPathFactory
) -> Retrained:
    folder = tmp_path_factory.mktemp("weighted")
    url = f"sqlite:///{folder / 'awase.db'}"
    definition = _changed(small_definition, "learning", weight_by_propensity=True)
    store = Store.open(url)
    store.write(_with_lots(company_tables(n_leads=N_LEADS), definition))
    settings = RetrainSettings(
        releases_dir=folder / "releases", tracking_uri=f"sqlite:///{folder / 'mlflow.db'}", by="t"
    )
    report = retrain(store, definition, settings=settings)
    store.close()
    return Retrained(url=url, definition=definition, report=report)


def test_the_report_counts_what_was_learned_from(weighted: Retrained) -> None:
    counts = weighted.report.handed_over

    assert counts is not None
    assert counts.n_matured == weighted.report.counts.n_matured
    assert 100 < counts.n_drawn < counts.n_matured
    assert counts.largest_weight == pytest.approx(1 / PROPENSITY)
    assert counts.n_leads_never > N_LEADS / 3


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Learned from hand-overs alone"), ("ja", "引き渡したリードだけから学びました")],
)
def test_report_and_model_card_say_so(weighted: Retrained, language: str, said: str) -> None:
    document = retrain_document(weighted.report, weighted.definition.zone)

    assert said in as_markdown(document, language)
    assert said in weighted.release.files[f"model_card.{language}.md"].decode()


def test_a_changed_agreement_chooses_cut_offs_by_the_same_weights(weighted: Retrained) -> None:
    definition, release = weighted.definition, weighted.release
    agreed = _changed(definition, "exploration", share=0.1)

    found = under_agreement(release, agreed)

    assert found is not None
    assert found.card.agreement_fingerprint == agreed.fingerprint.agreement
    assert found.card.agreement_fingerprint != release.card.agreement_fingerprint
    assert found.cut_offs == release.cut_offs
    assert release.past is not None
    assert release.past.shipped.weight is not None


def test_a_backtest_judges_hand_overs_and_foretells_no_volume(weighted: Retrained) -> None:
    store = Store.open(weighted.url)
    dataset = load_dataset(store, weighted.definition, data_cutoff=None, seed=0)
    store.close()
    newest = int(dataset.split.test_from)

    found = backtest(dataset, first=newest, last=newest)

    assert len(found.months) == 1
    assert found.months[0].volumes == ()
    assert found.months[0].n_snapshots < 200


def test_a_proposed_rulebook_hands_over_as_many_of_all_leads(weighted: Retrained) -> None:
    store = Store.open(weighted.url)
    dataset = load_dataset(store, weighted.definition, data_cutoff=None, seed=0)
    store.close()

    found = propose_rulebook(dataset, weighted.release.tested, Constraints())

    pair = next(p for p in found.comparison.pairs if p.matching == "past")
    assert 0.5 < pair.model.n_handed_over / pair.rulebook.n_handed_over < 2
