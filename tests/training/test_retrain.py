"""A retrain ends in a promotion or a refusal with its reasons, and repeats itself exactly."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features import snapshot_rows
from features.core.errors import LockHeld, Refusal
from features.core.formats import local_date, same, share
from features.core.qualification import Qualification
from features.definition import LeadDefinition
from features.moments import Moments
from features.snapshot import Snapshot, take_snapshot
from features.store import Store
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.releases import past_leads_path, read_champion, read_promotions, read_releases
from features.store.runs import list_runs, running
from training.comparison.disagreements import MOST_OF_A_CELL, find_disagreements
from training.comparison.policy_trial import compare_policies
from training.cutoffs.capacity import Outlook
from training.dataset.dataset import load_dataset
from training.dataset.past_leads import PastLeads, load_past_leads
from training.evaluation.holdout import try_again
from training.model.concept_points import concept_points
from training.model.release import load_release
from training.promotion.apply_agreement import under_agreement
from training.promotion.requalified import requalify
from training.reports.document.markdown import as_markdown
from training.reports.release_diff import release_diff
from training.reports.retrain_records import RetrainReport
from training.reports.retrain_report import retrain_document
from training.results.comparison_records import Matching
from training.results.records import from_json
from training.results_store import read_disagreements, read_proposals
from training.retrain import RetrainSettings, RunDetail, raise_refusal, retrain
from training.tracking.mlflow_values import report_values
from training.train.train import look_back

DAY = 86_400
MONTH = 30 * DAY
STARTS = 1_704_034_800
FIRST_CUTOFF, SECOND_CUTOFF = STARTS + 12 * MONTH, STARTS + 13 * MONTH

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@dataclass(frozen=True)
class Place:
    """A folder with a database, an MLflow database and releases."""

    folder: Path

    @contextmanager
    def store(self) -> Iterator[Store]:
        store = Store.open(f"sqlite:///{self.folder / 'awase.db'}")
        yield store
        store.close()

    @property
    def tracking_uri(self) -> str:
        return f"sqlite:///{self.folder / 'mlflow.db'}"

    def settings(self, data_cutoff: int | None) -> RetrainSettings:
        return RetrainSettings(
            data_cutoff=data_cutoff,
            releases_dir=self.folder / "releases",
            tracking_uri=self.tracking_uri,
            definition_text="name: small_company\n",
            by="tester",
        )

    def retrain(self, definition: LeadDefinition, data_cutoff: int | None) -> RetrainReport:
        with self.store() as store:
            return retrain(store, definition, settings=self.settings(data_cutoff))


@dataclass(frozen=True)
class History:
    """Two monthly retrains, one after the other."""

    place: Place
    first: RetrainReport
    second: RetrainReport


@pytest.fixture(scope="module")
def two_months(
    company_database: Callable[..., str],
    small_definition: LeadDefinition,
    empty_mlflow: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> History:
    place = Place(tmp_path_factory.mktemp("two_months"))
    shutil.copyfile(company_database().removeprefix("sqlite:///"), place.folder / "awase.db")
    shutil.copyfile(empty_mlflow, place.folder / "mlflow.db")
    first = place.retrain(small_definition, FIRST_CUTOFF)
    second = place.retrain(small_definition, SECOND_CUTOFF)
    return History(place, first, second)


@pytest.fixture
def place(two_months: History, tmp_path: Path) -> Place:
    """A copy of the two months for a test to go on from."""
    return Place(shutil.copytree(two_months.place.folder, tmp_path / "place"))


def test_the_first_release_that_passes_becomes_champion(two_months: History) -> None:
    first = two_months.first

    assert first.promoted
    assert first.champion_before is None
    assert [c.name for c in first.verdict.checks if c.passed is None] == [
        "not_worse_than_champion",
        "steady_volume",
        "knows_as_much_as_champion",
    ]


def test_each_month_the_better_informed_release_takes_over(two_months: History) -> None:
    second = two_months.second

    assert second.promoted
    assert second.champion_before == two_months.first.release_id
    with two_months.place.store() as store:
        promotions = read_promotions(store)
        champion = read_champion(store)
        assert [r.release_id for r in read_releases(store)] == [p.release_id for p in promotions]
        runs = list_runs(store)
        assert {run.state for run in runs} == {"done"}
        details = {from_json(RunDetail, run.detail or "").release_id for run in runs}
        assert details == {p.release_id for p in promotions}
    assert [p.release_id for p in promotions] == [second.release_id, two_months.first.release_id]
    assert champion is not None
    assert (champion.release_id, champion.by) == (second.release_id, "tester")


def test_the_newest_run_in_mlflow_holds_the_card_and_the_line_of_both_months(
    two_months: History,
) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(two_months.place.tracking_uri)
    run_id = two_months.second.tracking_run_id or ""

    history = client.get_metric_history(run_id, "log_loss")
    both = (two_months.first, two_months.second)
    assert [point.value for point in history] == [r.metrics.log_loss.value for r in both]
    assert history[1].step - history[0].step == 1
    names = {found.path for found in client.list_artifacts(run_id)}
    assert names >= {"model_card.ja.md", "model_card.en.md", "lead_definition.yaml", "report.json"}
    assert "champion/difference" in client.get_run(run_id).data.metrics


def test_champion_and_challenger_meet_on_rows_neither_tested_fit_had_seen(
    two_months: History,
) -> None:
    found = two_months.second.against_champion
    champion = load_release(Path(two_months.first.release_dir))
    challenger = load_release(Path(two_months.second.release_dir))

    # The challenger's test window begins a month after the champion's, so all of it is unseen.
    assert challenger.card.tested_from > champion.card.tested_from
    assert found is not None
    assert found.champion_id == champion.release_id
    assert found.n_snapshots == two_months.second.counts.n_test
    assert found.difference.value == pytest.approx(
        found.challenger_log_loss - found.champion_log_loss
    )


def test_the_report_counts_every_snapshot_once(two_months: History) -> None:
    counts = two_months.second.counts

    assert counts.n_matured + counts.n_censored == counts.n_snapshots
    # What matured only after the test began is in neither: the purge.
    assert counts.n_train + counts.n_test < counts.n_matured


def test_the_model_finds_what_the_rulebook_cannot_say(two_months: History) -> None:
    metrics = two_months.second.metrics

    assert metrics.log_loss_gain.low is not None
    assert metrics.log_loss_gain.low > 0
    assert metrics.auc is not None
    assert metrics.auc.value > 0.7


def test_repeating_a_retrain_finds_its_fits_and_findings_and_changes_nothing(
    two_months: History, place: Place, small_definition: LeadDefinition
) -> None:
    kept = place.folder / "releases" / ".finished-findings"
    before = {path.name for path in kept.iterdir()}

    again = place.retrain(small_definition, SECOND_CUTOFF)

    assert again.release_id == two_months.second.release_id
    # Another name would be something that was made once more.
    assert {path.name for path in kept.iterdir()} == before
    assert again.metrics == two_months.second.metrics
    assert again.comparison == two_months.second.comparison
    assert again.opponents == two_months.second.opponents
    assert not again.promoted
    assert again.champion_after == again.release_id
    assert {s.name for s in again.steps if s.reused} == {"fit for the test", "fit for use"}
    with place.store() as store:
        assert len(read_promotions(store)) == 2


def test_what_is_found_finished_is_what_would_be_found_anew(
    two_months: History, place: Place, small_definition: LeadDefinition
) -> None:
    with place.store() as store:
        found = read_proposals(store, two_months.second.release_id)
    shutil.rmtree(place.folder / "releases" / ".finished-findings")

    anew = place.retrain(small_definition, SECOND_CUTOFF)

    assert anew.release_id == two_months.second.release_id
    assert anew.metrics == two_months.second.metrics
    with place.store() as store:
        assert read_proposals(store, anew.release_id) == found


def test_read_in_many_blocks_the_same_tables_give_the_same_release(
    two_months: History,
    place: Place,
    small_definition: LeadDefinition,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with place.store() as store:
        found = read_proposals(store, two_months.second.release_id)
    for kept in (".finished-findings", ".finished-steps"):
        shutil.rmtree(place.folder / "releases" / kept)
    monkeypatch.setattr(snapshot_rows, "ROWS_AT_ONCE", 500)
    monkeypatch.setattr(snapshot_rows, "NUMBERS_AT_ONCE", 1)
    asked: list[int] = []

    def taken(history: Any, catalogue: Any, moments: Moments) -> Snapshot:
        asked.append(len(catalogue) * len(moments) if len(catalogue) > 1 else 0)
        return take_snapshot(history, catalogue, moments)

    monkeypatch.setattr(snapshot_rows, "take_snapshot", taken)

    anew = place.retrain(small_definition, SECOND_CUTOFF)

    assert anew.release_id == two_months.second.release_id
    assert anew.metrics == two_months.second.metrics
    assert anew.opponents == two_months.second.opponents
    assert not any(step.reused for step in anew.steps)
    with place.store() as store:
        assert read_proposals(store, anew.release_id) == found
    # Bins, the linear model and the rules are found from samples, larger than this company.
    n_columns = len(load_release(Path(anew.release_dir)).fit.catalogue["features"])
    assert np.median(asked) <= 500 * n_columns


def test_what_became_known_after_the_cut_off_changes_nothing(
    two_months: History, place: Place, small_definition: LeadDefinition
) -> None:
    with place.store() as store:
        store.write(_one_event_each(store, at=SECOND_CUTOFF, known_at=SECOND_CUTOFF))

    again = place.retrain(small_definition, SECOND_CUTOFF)

    assert again.release_id == two_months.second.release_id


def test_what_was_known_before_the_cut_off_makes_another_release(
    two_months: History, place: Place, small_definition: LeadDefinition
) -> None:
    with place.store() as store:
        store.write(_one_event_each(store, at=STARTS + 3 * MONTH, known_at=SECOND_CUTOFF - 1))

    again = place.retrain(small_definition, SECOND_CUTOFF)

    assert again.release_id != two_months.second.release_id


def test_a_changed_agreement_gets_new_cut_offs_on_the_same_boosters(
    two_months: History, place: Place, small_definition: LeadDefinition
) -> None:
    mql = small_definition.cut_offs.mql.model_copy(update={"per_month": 20})
    agreed = small_definition.model_copy(
        update={"cut_offs": small_definition.cut_offs.model_copy(update={"mql": mql})}
    )

    found = place.retrain(agreed, SECOND_CUTOFF)

    before, after = (load_release(Path(r.release_dir)) for r in (two_months.second, found))
    assert after.release_id != before.release_id
    assert after.files == before.files
    assert {s.name for s in found.steps if s.reused} == {"fit for the test", "fit for use"}
    assert after.cut_offs.mql.probability is not None
    assert before.cut_offs.mql.probability is not None
    assert after.cut_offs.mql.probability > before.cut_offs.mql.probability


def test_one_rate_and_one_volume_are_told_of_a_cut_off_everywhere(
    two_months: History, small_definition: LeadDefinition
) -> None:
    report = two_months.second
    release = load_release(Path(report.release_dir))
    document = retrain_document(report, small_definition.zone)
    written = as_markdown(document, "en")
    values = report_values(report)
    for cut_off, level in (
        (report.cut_offs.mql, Qualification.MQL),
        (report.cut_offs.sql, Qualification.SQL),
    ):
        found = cut_off.crossings
        pair = next(
            p
            for p in report.comparison.pairs
            if p.qualification == level and p.matching == Matching.PAST
        )

        if not pair.model.n_handed_over:
            assert found is None
            continue
        assert found is not None
        assert (found.n_crossed, found.n_converted) == (
            pair.model.n_handed_over,
            pair.model.n_caught,
        )
        assert found.per_month == pytest.approx(pair.model.per_month, rel=1e-3)
        assert found in report.crossings
        assert release.looks is not None
        assert found == release.looks.crossing(found.cut_off, level)
        assert values[f"{level.name.lower()}_per_month"] == found.per_month
        # What the cut-off was chosen from is for data scientists, who find it in the JSON.
        assert cut_off.expected_precision is not None
        assert share(cut_off.expected_precision).en not in written
        assert share(found.converted_share).en in written
    assert "Leads that first crossed, looked at every day from " in written


def test_every_share_of_the_comparison_stands_beside_its_own_numbers(
    two_months: History, small_definition: LeadDefinition
) -> None:
    comparison = two_months.second.comparison
    document = retrain_document(two_months.second, small_definition.zone)
    tables = {s.name: s.tables[0] for s in document.sections if s.tables}
    for pair in comparison.pairs:
        table = tables[f"{pair.qualification.name.lower()}-{pair.matching.value}"]
        labels = [column.label.en for column in table.columns]

        assert labels[1:7:1] == [
            "Handed over",
            "A month",
            "With the outcome",
            "Opportunity rate",
            "Outcomes found",
            f"Of all {comparison.n_converted}",
        ]
        for row, result in zip(table.rows, (pair.model, pair.rulebook), strict=True):
            handed, _, with_outcome, rate, found, of_all = (c.number for c in row.cells[1:7])
            if handed:
                assert rate == pytest.approx(with_outcome / handed)
            assert of_all == pytest.approx(found / comparison.n_converted)
            assert found >= with_outcome == result.n_caught


def test_what_is_told_of_a_changed_capacity_is_told_of_its_crossings(
    two_months: History, small_definition: LeadDefinition
) -> None:
    release = load_release(Path(two_months.second.release_dir))
    content = small_definition.model_dump(mode="json")
    content["cut_offs"]["mql"]["per_month"] = 20
    agreed = LeadDefinition.model_validate(content)

    changed = under_agreement(release, agreed)

    assert changed is not None
    assert changed.looks is not None
    tested, told = changed.card.tested_cut_offs, changed.cut_offs.mql.crossings
    assert tested is not None
    assert told is not None
    assert told == changed.looks.crossing(tested.mql.probability, Qualification.MQL)
    before = release.cut_offs.mql.crossings
    assert before is not None
    assert told.n_crossed < before.n_crossed
    # The pages say the same of that capacity.
    assert release.past is not None
    outlook = Outlook(
        release.past.shipped, small_definition, tested=release.past.tested, looks=release.looks
    )
    expected = outlook.at(20)
    assert expected.crossings == told
    assert expected.hand_overs is not None
    assert expected.opportunities is not None
    rate = expected.opportunities.expected / expected.hand_overs.expected
    assert rate == pytest.approx(told.converted_share.value, abs=0.03)


def test_an_older_cut_off_replaces_no_champion_that_knows_newer_data(
    place: Place, two_months: History, small_definition: LeadDefinition
) -> None:
    report = place.retrain(small_definition, FIRST_CUTOFF)

    assert not report.promoted
    assert report.champion_after == two_months.second.release_id
    assert "knows_as_much_as_champion" in [c.name for c in report.verdict.checks if not c.passed]
    with pytest.raises(Refusal, match="up to 2024-12-26 only, the champion up to 2025-01-25"):
        raise_refusal(report)
    with place.store() as store:
        champion = read_champion(store)
        assert champion is not None
        assert champion.release_id == two_months.second.release_id


def test_a_person_may_say_that_an_older_cut_off_is_wanted(
    place: Place, two_months: History, small_definition: LeadDefinition
) -> None:
    settings = replace(place.settings(FIRST_CUTOFF), accept_older_cutoff=True)
    with place.store() as store:
        report = retrain(store, small_definition, settings=settings)

    assert "knows_as_much_as_champion" in [c.name for c in report.verdict.checks if c.passed]
    assert report.champion_after == two_months.first.release_id


def test_damaged_kept_steps_are_learned_again(
    two_months: History, place: Place, small_definition: LeadDefinition
) -> None:
    for booster in (place.folder / "releases" / ".finished-steps").rglob("booster_00.txt"):
        booster.write_text("")

    again = place.retrain(small_definition, SECOND_CUTOFF)

    assert again.release_id == two_months.second.release_id
    assert not any(step.reused for step in again.steps)


def test_without_a_signal_the_gate_refuses_and_the_run_says_so(
    company_database: Callable[..., str],
    small_definition: LeadDefinition,
    empty_mlflow: Path,
    tmp_path: Path,
) -> None:
    place = Place(tmp_path)
    shutil.copyfile(company_database(signal=0.0).removeprefix("sqlite:///"), tmp_path / "awase.db")
    shutil.copyfile(empty_mlflow, tmp_path / "mlflow.db")

    report = place.retrain(small_definition, FIRST_CUTOFF)

    assert not report.promoted
    assert report.champion_after is None
    with pytest.raises(Refusal, match="not shown to be better than the base rate"):
        raise_refusal(report)
    with place.store() as store:
        assert read_champion(store) is None
        assert [r.passed_gate for r in read_releases(store)] == [False]
        assert [run.state for run in list_runs(store)] == ["refused"]


def test_a_second_run_at_once_is_told_who_is_at_work(
    place: Place, small_definition: LeadDefinition
) -> None:
    with (
        place.store() as store,
        running(store, "retrain"),
        pytest.raises(LockHeld, match=rf"beside 'retrain' by .* \(process {os.getpid()}\)"),
    ):
        place.retrain(small_definition, SECOND_CUTOFF)


def test_progress_tells_of_every_step_to_its_end(
    place: Place, small_definition: LeadDefinition
) -> None:
    told: list[tuple[str, int, int]] = []

    with place.store() as store:
        report = retrain(
            store,
            small_definition,
            settings=replace(place.settings(SECOND_CUTOFF)),
            progress=lambda step, done, total: told.append((step, done, total)),
        )

    names = [step.name for step in report.steps]
    assert list(dict.fromkeys(step for step, _, _ in told)) == names
    assert {step for step, done, total in told if done == total} == set(names)
    # In between, so that it can be said when reading many tables will end.
    assert [done for step, done, _ in told if step == "read tables"] == [0, 45, 80, 100]


def _one_event_each(store: Store, *, at: int, known_at: int) -> LeadTables:
    """A webinar of every lead there was at an instant."""
    lead = store.read_tables(until=at).lead.column("lead_id").to_pylist()
    n = len(lead)
    return LeadTables(
        lead=LEAD.empty_table(),
        fact=FACT.empty_table(),
        event=pa.table(
            {
                "event_id": [f"late-{i}" for i in range(n)],
                "lead_id": lead,
                "behaviour": ["webinar"] * n,
                "occurred_at": np.full(n, at),
                "known_at": np.full(n, known_at),
                "actor": ["lead"] * n,
                "amount": pa.nulls(n, pa.float64()),
            },
            schema=EVENT,
        ),
        outcome=OUTCOME.empty_table(),
        hand_over=HAND_OVER.empty_table(),
    )


def test_a_data_set_holds_events_without_ids_and_repeated_texts_once(
    two_months: History, small_definition: LeadDefinition
) -> None:
    with two_months.place.store() as store:
        event = load_dataset(
            store, small_definition, data_cutoff=SECOND_CUTOFF, seed=0
        ).tables.event
        whole = store.read_tables().event

    known = pc.and_(
        pc.less(whole["occurred_at"], SECOND_CUTOFF), pc.less(whole["known_at"], SECOND_CUTOFF)
    )
    plain = whole.filter(known).drop_columns("event_id")
    assert event.cast(plain.schema).equals(plain)
    assert event.nbytes < plain.nbytes


def test_a_release_is_tested_again_from_the_tables_alone(
    two_months: History, small_definition: LeadDefinition
) -> None:
    release = load_release(Path(two_months.second.release_dir))

    with two_months.place.store() as store:
        dataset = load_dataset(store, small_definition, data_cutoff=SECOND_CUTOFF, seed=0)
    again = try_again(release, dataset)

    assert again.metrics == two_months.second.metrics
    assert again.comparison == two_months.second.comparison


def test_disagreements_are_counted_and_as_many_of_each_kind_are_named(
    two_months: History, small_definition: LeadDefinition
) -> None:
    release = load_release(Path(two_months.second.release_dir))
    with two_months.place.store() as store:
        dataset = load_dataset(store, small_definition, data_cutoff=SECOND_CUTOFF, seed=0)
        recorded = read_disagreements(store, release.release_id)
    trial = compare_policies(release, dataset)

    disagreements = find_disagreements(trial, dataset)

    assert recorded == disagreements
    found, cells = disagreements.found, disagreements.cells
    kinds = [("model", True), ("model", False), ("rulebook", True), ("rulebook", False)]
    assert [(cell.found_by, cell.converted) for cell in cells] == kinds
    for kind, cell in zip(kinds, cells, strict=True):
        named = [each for each in found if (each.found_by, each.converted) == kind]
        assert len(named) == min(MOST_OF_A_CELL, cell.n_leads)
        assert [e.teaches for e in named] == sorted((e.teaches for e in named), reverse=True)
    pair = {cell.name: cell.n_leads for cell in two_months.second.comparison.pairs[0].cells}
    # The comparison's cells hold leads of the days before as well.
    assert sum(c.n_leads for c in cells[:2]) <= pair["model_only"]
    assert sum(c.n_leads for c in cells[2:]) <= pair["rulebook_only"]
    assert sum(c.n_leads for c in cells) > 0
    assert len({each.lead_id for each in found}) == len(found)
    for each in found:
        model_was_right = (each.found_by == "model") == each.converted
        assert each.right == ("model" if model_was_right else "rulebook")
        # What only the rulebook hands over hit a rule: ten points are its cut-off.
        assert (len(each.rules) >= 1) == (each.found_by == "rulebook")


def test_points_of_all_concepts_add_up_to_the_probability(
    two_months: History, small_definition: LeadDefinition
) -> None:
    release = load_release(Path(two_months.second.release_dir))
    with two_months.place.store() as store:
        dataset = load_dataset(store, small_definition, data_cutoff=SECOND_CUTOFF, seed=0)
    snapshot = look_back(release.fit, dataset, np.arange(50))

    points = concept_points(release.fit, snapshot.matrix).values.sum(axis=1)

    log_odds = np.log(release.probability(snapshot.matrix)) - np.log1p(
        -release.probability(snapshot.matrix)
    )
    assert np.ptp(log_odds * 10 / np.log(2) - points) == pytest.approx(0, abs=1e-9)


def test_a_release_says_what_it_changes_for_which_leads_and_why(
    two_months: History, small_definition: LeadDefinition
) -> None:
    before, after = (
        load_release(Path(r.release_dir)) for r in (two_months.first, two_months.second)
    )
    with two_months.place.store() as store:
        dataset = load_dataset(store, small_definition, data_cutoff=SECOND_CUTOFF, seed=0)
    leads = np.arange(dataset.history.n_leads)
    moments = Moments.of(leads, np.full(len(leads), SECOND_CUTOFF))
    look = {"history": dataset.history, "definition": small_definition, "moments": moments}

    found = requalify(before, after, **look)

    assert sum(move.n_leads for move in found.moves) == found.n_leads == len(leads)
    assert found.as_of == SECOND_CUTOFF
    assert len(found.leads) == 10
    moved = [abs(lead.probability_after - lead.probability_before) for lead in found.leads]
    assert moved == sorted(moved, reverse=True)
    assert all(len(lead.concepts) == 3 for lead in found.leads)
    assert requalify(after, after, **look).leads == ()

    zone = small_definition.zone
    shown = release_diff(before, after, zone=zone, words=same, moved=found)
    text = as_markdown(shown, "en")
    for day in (FIRST_CUTOFF, SECOND_CUTOFF):
        assert local_date(day, zone).en in text
        assert str(day) not in text
    assert "lower is better" in text
    assert " to " in text  # intervals
    assert f"{len(leads):,} open leads as of {local_date(SECOND_CUTOFF, zone).en}" in text
    assert "The same in both: inputs and outcome as defined" in text
    assert found.leads[0].lead_id in text
    again = as_markdown(release_diff(after, after, zone=zone, words=same, moved=found), "en")
    assert "One release: all is the same." in again
    assert "|" not in again


def test_the_tuned_rulebook_hands_over_about_what_can_be_worked(two_months: History) -> None:
    pair = two_months.second.comparison.pair(Qualification.MQL, Matching.TUNED)

    # The capacity is 40 a month; the rulebook's points tie, so that it stays below.
    assert pair is not None
    assert pair.rulebook.per_month is not None
    assert pair.rulebook.per_month < 60


def test_the_past_leads_that_cards_compare_with_are_there_as_soon_as_the_release(
    two_months: History, small_definition: LeadDefinition
) -> None:
    with two_months.place.store() as store:
        tables = store.read_tables(SECOND_CUTOFF)
    second = load_release(Path(two_months.second.release_dir))

    expected = load_past_leads(tables, small_definition, release=second, data_cutoff=SECOND_CUTOFF)
    kept = PastLeads.read(past_leads_path(two_months.place.folder / "releases", second.release_id))

    assert kept.release_id == second.release_id
    assert kept.as_of.min() >= second.card.tested_from
    np.testing.assert_array_equal(kept.matrix, expected.matrix)
    np.testing.assert_array_equal(kept.converted, expected.converted)
    first = past_leads_path(two_months.place.folder / "releases", two_months.first.release_id)
    assert first.is_file()
