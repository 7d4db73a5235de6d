"""Between retrains a new release moves the level, if and only if a test says that it is off."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from features.core.errors import Refusal
from features.definition import LeadDefinition
from features.store import Store
from features.store.lead_tables import LeadTables
from features.store.releases import past_leads_path, read_champion, read_promotions
from features.store.runs import list_runs
from training.base_rate.adjust import shift_cut_offs
from training.base_rate.intercept_test import evidence_since, scored_since
from training.dataset.dataset import load_dataset
from training.dataset.past_leads import PastLeads
from training.metrics.logistic import probability_of
from training.model.release import Release, load_release
from training.promotion.publish import RetrainSettings
from training.recalibrate import Recalibrated, recalibrate
from training.reports.document.markdown import as_markdown
from training.reports.retrain_report import retrain_document
from training.results.records import CutOff, ReleaseCutOffs
from training.results_store import read_proposals, read_retrain
from training.retrain import retrain

DAY = 86_400
STARTS = 1_704_034_800
LEARNED_AT, NOW = STARTS + 9 * 30 * DAY, STARTS + 14 * 30 * DAY
KEPT = 0.4
"""Share of the later outcomes that still come in the company whose level fell."""

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@dataclass(frozen=True)
class Place:
    """A store, its releases and its MLflow database."""

    store: Store
    definition: LeadDefinition
    folder: Path

    def settings(self, data_cutoff: int | None) -> RetrainSettings:
        return RetrainSettings(
            data_cutoff=data_cutoff,
            releases_dir=self.folder / "releases",
            tracking_uri=f"sqlite:///{self.folder / 'mlflow.db'}",
            by="tester",
        )

    def release(self, release_id: str) -> Release:
        return load_release(self.folder / "releases" / release_id)


MakePlace = Callable[[LeadTables], Place]


@pytest.fixture(scope="module")
def make_place(
    small_definition: LeadDefinition, empty_mlflow: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MakePlace]:
    stores = []
    # One month of test is enough to get a champion early.
    test = small_definition.test.model_copy(update={"months": 2})
    definition = small_definition.model_copy(update={"test": test})

    def make(tables: LeadTables) -> Place:
        folder = tmp_path_factory.mktemp("place")
        shutil.copyfile(empty_mlflow, folder / "mlflow.db")
        store = Store.open(f"sqlite:///{folder / 'awase.db'}")
        stores.append(store)
        store.write(tables)
        place = Place(store=store, definition=definition, folder=folder)
        retrain(store, definition, settings=place.settings(LEARNED_AT))
        return place

    yield make
    for store in stores:
        store.close()


@pytest.fixture(scope="module")
def fallen(make_place: MakePlace, company_tables: Callable[..., LeadTables]) -> Place:
    """Since the champion learned, fewer than half of the outcomes come."""
    tables = company_tables(n_leads=2500)
    occurred_at = tables.outcome.column("occurred_at").to_numpy()
    lucky = np.random.default_rng(5).random(len(occurred_at)) < KEPT
    outcome = tables.outcome.filter((occurred_at < LEARNED_AT) | lucky)
    return make_place(replace(tables, outcome=outcome))


@pytest.fixture(scope="module")
def moved(fallen: Place) -> Recalibrated:
    return recalibrate(fallen.store, fallen.definition, settings=fallen.settings(NOW))


def test_a_level_that_fell_makes_a_new_champion_with_the_same_boosters(
    fallen: Place, moved: Recalibrated
) -> None:
    assert moved.report is not None
    before, after = fallen.release(moved.champion), fallen.release(moved.report.release_id)

    champion = read_champion(fallen.store)
    assert champion is not None
    assert champion.release_id == after.release_id != before.release_id
    boosters = [name for name in before.files if "booster" in name]
    assert all(after.files[name] == before.files[name] for name in boosters)
    shift = after.fit.calibrator.intercept - before.fit.calibrator.intercept
    assert shift == pytest.approx(moved.level.shift, rel=1e-12)
    assert after.fit.calibrator.slope == before.fit.calibrator.slope
    # Fewer than half still come: log-odds fall by about the logarithm of that.
    assert np.log(KEPT) - 0.5 < shift < np.log(KEPT) + 0.5


def test_what_was_promised_is_then_what_came(fallen: Place, moved: Recalibrated) -> None:
    assert moved.report is not None
    dataset = load_dataset(fallen.store, fallen.definition, data_cutoff=NOW, seed=0)
    before, after = fallen.release(moved.champion), fallen.release(moved.report.release_id)
    evidence = evidence_since(before, dataset)
    matured, snapshot = scored_since(before, dataset)
    shift = after.fit.calibrator.intercept - before.fit.calibrator.intercept

    promised, promised_now = (
        evidence.shown @ probability_of(evidence.log_odds + moved_by) for moved_by in (0.0, shift)
    )

    came = evidence.converted.sum()
    assert promised > 1.3 * came
    # Moved at the pace at which outcomes came; it has hardly changed.
    assert promised_now == pytest.approx(came, rel=0.02)
    # What has matured is told by all the evidence, so not to the last digit.
    told = after.probability(snapshot.matrix)
    assert told.sum() == pytest.approx(matured.converted.sum(), rel=0.15)


def test_its_card_says_what_moved_and_then_what_its_boosters_are(
    fallen: Place, moved: Recalibrated
) -> None:
    assert moved.report is not None
    before, after = fallen.release(moved.champion), fallen.release(moved.report.release_id)

    for language, heading in (("ja", "水準の再調整"), ("en", "The level was moved")):
        told, of_boosters = after.model_card(language), before.model_card(language)
        assert told is not None
        assert of_boosters is not None
        assert told.splitlines()[0] == f"# {heading}"
        assert moved.champion in told
        assert told.endswith(of_boosters)


def test_what_the_retrain_proposed_is_proposed_still(fallen: Place, moved: Recalibrated) -> None:
    assert moved.report is not None
    before = read_proposals(fallen.store, moved.champion)

    assert before is not None
    assert read_proposals(fallen.store, moved.report.release_id) == before


def test_the_ledger_says_why_and_the_report_says_how_far(
    fallen: Place, moved: Recalibrated
) -> None:
    assert moved.report is not None
    newest = read_promotions(fallen.store)[0]
    run = list_runs(fallen.store)[0]
    kept = read_retrain(fallen.store, moved.report.release_id)
    documents = {
        language: as_markdown(retrain_document(moved.report, fallen.definition.zone), language)
        for language in ("ja", "en")
    }

    assert newest.why == f"recalibration of {moved.champion}"
    assert (run.kind, run.state) == ("recalibrate", "done")
    assert kept is not None
    assert kept.recalibration == moved.report.recalibration
    assert f"The boosters are those of {moved.champion}" in documents["en"]
    assert f"{moved.champion} と同じモデルで" in documents["ja"]
    assert moved.report.tracking_run_id is not None


def test_the_gate_judged_it_on_leads_whose_outcomes_did_not_move_it(moved: Recalibrated) -> None:
    assert moved.report is not None
    passed = {check.name: check.passed for check in moved.report.verdict.checks}
    against = moved.report.against_champion

    assert passed["calibrated"]
    assert passed["not_worse_than_champion"]
    assert against is not None
    assert against.challenger_log_loss < against.champion_log_loss
    # Cross-fitted: promised and came agree, but not to the last digit as on its own rows.
    intercept = moved.report.metrics.calibration_intercept
    assert intercept is not None
    assert 0 < abs(intercept.value) < 0.1


def test_asked_again_the_level_stands_and_nothing_changes(
    fallen: Place, moved: Recalibrated
) -> None:
    again = recalibrate(fallen.store, fallen.definition, settings=fallen.settings(NOW))

    assert again.report is None
    assert moved.report is not None
    assert again.champion == moved.report.release_id


def test_where_the_level_did_not_move_no_release_is_made(
    make_place: MakePlace, company_tables: Callable[..., LeadTables]
) -> None:
    place = make_place(company_tables(n_leads=2500))
    releases = sorted((place.folder / "releases").iterdir())

    found = recalibrate(place.store, place.definition, settings=place.settings(NOW))

    assert found.report is None
    assert not found.level.moved
    assert found.level.n_converted > 50
    assert sorted((place.folder / "releases").iterdir()) == releases


def test_a_level_is_not_lowered_by_outcomes_that_no_longer_arrive(
    make_place: MakePlace, company_tables: Callable[..., LeadTables]
) -> None:
    tables = company_tables(n_leads=2500)
    arrived = tables.outcome.column("known_at").to_numpy() < NOW - 45 * DAY
    place = make_place(replace(tables, outcome=tables.outcome.filter(arrived)))
    champion = read_champion(place.store)

    with pytest.raises(Refusal, match="must not lie beyond the data; got 2025-02-24"):
        recalibrate(place.store, place.definition, settings=place.settings(NOW))
    with pytest.raises(Refusal, match="go on arriving; got: the newest outcome is of 2025-01-08"):
        recalibrate(place.store, place.definition, settings=place.settings(None))

    assert read_champion(place.store) == champion


def test_a_champion_is_needed(small_definition: LeadDefinition, tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'awase.db'}")
    place = Place(store=store, definition=small_definition, folder=tmp_path)

    with pytest.raises(Refusal, match="recalibrating needs a champion"):
        recalibrate(store, small_definition, settings=place.settings(NOW))
    store.close()


def test_a_volume_stays_a_volume_and_a_share_stays_a_share() -> None:
    cut_offs = ReleaseCutOffs(
        mql=CutOff(rule="capacity", probability=0.1), sql=CutOff(rule="precision", probability=0.3)
    )

    moved = shift_cut_offs(cut_offs, 0.5)

    log_odds = np.log(0.1 / 0.9) + 0.5
    assert moved.mql.probability == pytest.approx(float(probability_of(log_odds)))
    assert moved.sql == cut_offs.sql


def test_sql_never_falls_below_mql() -> None:
    cut_offs = ReleaseCutOffs(
        mql=CutOff(rule="capacity", probability=0.25), sql=CutOff(rule="precision", probability=0.3)
    )

    moved = shift_cut_offs(cut_offs, 1.0)

    assert moved.mql.probability is not None
    assert moved.mql.probability > 0.3
    assert moved.sql.probability == moved.mql.probability
    assert moved.sql.why is not None


def test_the_moved_release_has_past_leads_of_its_own(fallen: Place, moved: Recalibrated) -> None:
    assert moved.report is not None
    after = fallen.release(moved.report.release_id)

    kept = PastLeads.read(past_leads_path(fallen.folder / "releases", after.release_id))

    assert kept.release_id == after.release_id
    np.testing.assert_array_equal(kept.probability, after.tested.probability(kept.matrix))
