"""A retrain ends in a promotion or a refusal with its reasons, and repeats itself exactly."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features import snapshot_rows
from features.core.errors import LockHeld, Refusal
from features.definition import LeadDefinition
from features.moments import Moments
from features.snapshot import Snapshot, take_snapshot
from features.store import Store
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.releases import read_champion, read_promotions, read_releases
from features.store.runs import list_runs, running
from tests.training.two_months import (
    FIRST_CUTOFF,
    MONTH,
    SECOND_CUTOFF,
    STARTS,
    History,
    Place,
)
from training.model.release import load_release
from training.promotion.next_step import raise_refusal
from training.reports.retrain_records import RunDetail
from training.results.records import from_json
from training.results_store import read_proposals
from training.retrain import retrain

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


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
    for module in ("features.snapshot_rows", "training.learners.boosting.cross_fit"):
        monkeypatch.setattr(f"{module}.HELD_AT_MOST", 0)
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
