"""The stress case on a small company: a base rate four times as high and sizes in other units.

What is said while the champion cannot judge, and what brings it back.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from features.core.clock import start_of_day
from features.core.errors import Refusal
from features.store import Store
from serving.cli.operate.score import show_scored
from serving.decisions.score_leads import ScoringRun, score_leads
from serving.decisions.suspension import current_suspension, suspension_of
from serving.workspace.create import create_workspace
from serving.workspace.workspace import Workspace
from training.dataset.dataset import load_dataset
from training.drift.drift import find_drift
from training.model.release import load_release
from training.promotion.publish import RetrainSettings
from training.recalibrate import recalibrate
from training.reports.retrain_records import RetrainReport
from training.retrain import retrain
from training.simulation.definition import definition_text
from training.simulation.records.lead_tables import lead_tables
from training.simulation.settings import CompanySettings, stress_drift
from training.simulation.simulation import simulate

CHANGES, RELEARNED, END = 9, 16, 19
"""Months after the first: the world changes; enough of it has matured to learn from and to test on;
the company ends."""

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@dataclass(frozen=True)
class Stressed:
    """A company whose world changes, as its workspace saw it month by month."""

    place: Workspace
    store: Store
    settings: CompanySettings
    first: RetrainReport

    def month(self, number: int, days: int = 0) -> int:
        """The start of a month, and so many days more."""
        day = self.settings.month(number)
        return start_of_day(day, self.place.definition().zone) + days * 86_400

    def retrain_settings(self, month: int) -> RetrainSettings:
        return RetrainSettings(
            releases_dir=self.place.releases_dir,
            tracking_uri=self.place.tracking_uri,
            by="tester",
            data_cutoff=self.month(month),
        )


@pytest.fixture(scope="module")
def stressed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stressed]:
    folder = tmp_path_factory.mktemp("stressed")
    settings = CompanySettings(
        leads=2400, months=END, seed=3, drift=stress_drift(CHANGES), truth_snapshots=0
    )
    (folder / "definition.yaml").write_text(
        definition_text(settings).replace("test: {months: 3", "test: {months: 1")
        # So few outcomes would make a scorecard; what is tested here is a model's ranges.
        + "\nlearning: {scorecard_below: 50}\n",
        encoding="utf-8",
    )
    place = create_workspace(folder / "workspace", folder / "definition.yaml")
    store = place.store()
    store.write(lead_tables(simulate(settings)))
    made = Stressed(place=place, store=store, settings=settings, first=None)  # type: ignore[arg-type]
    first = retrain(store, place.definition(), settings=made.retrain_settings(CHANGES))
    yield Stressed(place=place, store=store, settings=settings, first=first)
    store.close()


@pytest.fixture(scope="module")
def before(stressed: Stressed) -> ScoringRun:
    return score_leads(stressed.place, stressed.month(CHANGES))


@pytest.fixture(scope="module")
def during(stressed: Stressed, before: ScoringRun) -> ScoringRun:
    return score_leads(stressed.place, stressed.month(CHANGES, days=3))


def test_before_the_change_the_champion_decides(stressed: Stressed, before: ScoringRun) -> None:
    assert before.suspended is None
    assert before.release_id == stressed.first.release_id
    assert before.decisions.column("probability").null_count == 0


def test_once_an_input_has_left_its_range_the_rulebook_decides(
    stressed: Stressed, during: ScoringRun
) -> None:
    decisions = during.decisions.to_pandas()

    assert during.suspended is not None
    assert {out.column for out in during.suspended.inputs} == {"company_size"}
    assert during.release_id is None
    assert decisions["probability"].isna().all()
    assert (decisions["qualification"] == decisions["rulebook_qualification"]).all()
    assert decisions["release_id"].isna().all()


def test_it_is_said_in_both_languages_with_what_to_do(
    stressed: Stressed, during: ScoringRun, capsys: pytest.CaptureFixture[str]
) -> None:
    assert during.suspended is not None
    sentence = during.suspended.sentence
    show_scored(during, stressed.place.definition().zone)
    shown = " ".join(capsys.readouterr().out.split())

    assert sentence.en.startswith("The model's cut-offs are suspended. 'Employees' lies outside")
    assert "retrain once leads that hold the new values have matured" in sentence.en
    assert sentence.ja.startswith("モデルの基準を停止しています。「従業員数」は")
    assert "学び直してください" in sentence.ja
    assert f"the rulebook: release {stressed.first.release_id} is suspended" in shown
    assert "The model's cut-offs are suspended." in shown


def test_pages_and_the_api_find_it_in_the_ledger(stressed: Stressed, during: ScoringRun) -> None:
    assert current_suspension(stressed.store) == during.suspended


def test_no_level_is_moved_while_the_ranking_is_lost(
    stressed: Stressed, during: ScoringRun
) -> None:
    with pytest.raises(Refusal, match="a level can only be moved while inputs lie in the range"):
        recalibrate(
            stressed.store,
            stressed.place.definition(),
            settings=stressed.retrain_settings(CHANGES + 2),
        )


def test_drift_names_the_input_first(stressed: Stressed) -> None:
    definition = stressed.place.definition()
    cutoff = stressed.month(CHANGES, days=20)
    dataset = load_dataset(stressed.store, definition, data_cutoff=cutoff, seed=0)
    champion = load_release(stressed.place.releases_dir / stressed.first.release_id)

    found = find_drift(dataset, champion.fit, unseen_from=champion.card.trained_until + 1)

    assert (found[0].name, found[0].kind) == ("company_size", "range")


def test_looking_back_to_before_the_change_leaves_the_suspension(
    stressed: Stressed, during: ScoringRun
) -> None:
    again = score_leads(stressed.place, stressed.month(CHANGES))

    assert again.looks_back
    assert again.suspended is None
    assert again.release_id == stressed.first.release_id
    assert suspension_of(stressed.store, stressed.first.release_id) == during.suspended


def test_a_release_that_has_relearned_decides_again(stressed: Stressed, during: ScoringRun) -> None:
    suspended = score_leads(stressed.place, stressed.month(RELEARNED))
    report = retrain(
        stressed.store,
        stressed.place.definition(),
        settings=stressed.retrain_settings(RELEARNED),
    )
    recovered = score_leads(stressed.place, stressed.month(RELEARNED))

    assert suspended.suspended is not None
    assert report.promoted, [check.sentence.en for check in report.verdict.checks]
    # The world that was relearned: about a quarter of the leads convert.
    assert report.metrics.base_rate > 2.5 * stressed.first.metrics.base_rate
    assert recovered.release_id == report.release_id
    assert recovered.suspended is None
    assert current_suspension(stressed.store) is None
