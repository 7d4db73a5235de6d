import numpy as np
import pyarrow as pa
import pytest

from features.core.clock import DAY, month_starts
from features.core.errors import LeadDataError, Refusal
from features.definition import parse_definition
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from training.dataset.dataset import Dataset
from training.evaluation.backtest import backtest, scorable_months
from training.evaluation.segment_calibration import check_segments
from training.results.backtest_records import Backtest
from training.results.records import from_json, to_json
from training.results.scored import ScoredSnapshots
from training.train.step_cache import KeptSteps

DEFINITION = """
format: 1
name: d
title: {ja: 定義, en: Definition}
time_zone: Asia/Tokyo
attributes:
  - {name: channel, kind: category, label: {ja: チャネル, en: Channel}}
  - {name: size, kind: number, label: {ja: 規模, en: Size}}
segments: [channel]
windows: {age: false}
snapshots: {at: creation}
outcome: {stage: won, horizon_days: 30}
cut_offs: {mql: {rule: capacity, per_month: 40}, sql: {rule: precision, at_least: 0.3}}
"""
N = 1500
START = 1_700_000_000
STEP = DAY // 5
RATES = {"fair": 0.45, "web": 0.1, "partner": 0.2}


@pytest.fixture(scope="module")
def definition():
    return parse_definition(DEFINITION, "d.yaml")


def _tables(wins_known_after=9 * DAY):
    """Five leads a day for 300 days; some are won nine days later, by their channel."""
    random = np.random.default_rng(3)
    created = (START + np.arange(N) * STEP).tolist()
    channel = random.choice(list(RATES), N).tolist()
    wins = random.random(N) < np.array([RATES[c] for c in channel])
    ids = [f"L{i:04d}" for i in range(N)]
    rows = list(zip(ids, created, strict=True))
    facts = [
        {"lead_id": i, "attribute": a, "known_at": c, "value": v, "honest": True}
        for a, values in (("channel", channel), ("size", map(str, random.integers(1, 99, N))))
        for (i, c), v in zip(rows, values, strict=True)
    ]
    outcomes = [
        {
            "lead_id": i,
            "stage": "won",
            "occurred_at": c + 9 * DAY,
            "known_at": c + wins_known_after,
        }
        for (i, c), won in zip(rows, wins, strict=True)
        if won
    ]
    leads = [{"lead_id": i, "created_at": c, "day_only": False} for i, c in rows]
    return LeadTables(
        lead=pa.Table.from_pylist(leads, LEAD),
        fact=pa.Table.from_pylist(facts, FACT),
        event=EVENT.empty_table(),
        outcome=pa.Table.from_pylist(outcomes, OUTCOME),
        hand_over=HAND_OVER.empty_table(),
    )


def _dataset(tables, definition, data_cutoff):
    return Dataset.of(tables, definition, data_cutoff=data_cutoff)


@pytest.fixture(scope="module")
def dataset(definition):
    return _dataset(_tables(), definition, START + 320 * DAY)


@pytest.fixture(scope="module")
def found(dataset):
    return backtest(dataset)


def test_every_month_learns_only_from_what_had_matured_when_it_began(found):
    for month in found.months:
        # A lead is judged a second after creation, matures 30 days later.
        ripe = (month.start - 30 * DAY - START - 1) // STEP + 1
        assert month.n_train == ripe


def test_months_are_calendar_months_of_the_definitions_zone(found, definition):
    starts = month_starts(START, START + 400 * DAY, definition.zone).tolist()

    assert [month.start for month in found.months] == [s for s in starts if s in _begun(found)]
    assert len(found.months) >= 6


def _begun(found):
    return {month.start for month in found.months}


def test_a_month_is_not_judged_before_all_of_it_has_matured(dataset, definition):
    cutoff = START + 250 * DAY
    earlier = _dataset(_tables(), definition, cutoff)

    ends = [end for _, end in scorable_months(earlier)]

    # The last whole month may end less than 30 days before: it has leads that are still open.
    assert max(ends) + 30 * DAY <= cutoff + STEP


def test_months_at_whose_start_too_little_had_matured_are_told(found):
    assert found.skipped
    assert "learning needs" in found.skipped[0][1].en


def test_outcomes_recorded_later_than_a_month_began_are_not_learned(definition, found):
    # All wins are recorded 200 days late: there is nothing to learn from until then.
    slow = _dataset(_tables(200 * DAY), definition, START + 600 * DAY)

    late = backtest(slow)

    assert min(month.start for month in late.months) > START + 200 * DAY
    assert min(month.start for month in found.months) < START + 100 * DAY


def test_a_model_that_knows_the_channel_beats_the_base_rate_month_after_month(found):
    better = [month.log_loss < month.base_rate_log_loss for month in found.months]

    assert sum(better) >= len(better) - 1
    assert found.metrics.log_loss_gain.low > 0
    assert {result.name for result in found.opponents} == {"logistic", "base_rate"}


def test_crossings_are_counted_and_foretold(found):
    mql = found.crossings[0]

    assert mql.n_forecasts == len(found.months)
    assert mql.crossed_range_held >= 0.5
    assert mql.converted_share.low <= mql.mean_probability <= mql.converted_share.high


def test_a_backtest_survives_json(found):
    assert from_json(Backtest, to_json(found)) == found


def test_asked_months_only(dataset, found):
    second = found.months[1].start

    only = backtest(dataset, first=second, last=second)

    assert only.months == (found.months[1],)


def test_progress_counts_months(dataset, found):
    told = []
    second = found.months[1].start

    backtest(dataset, first=second, last=second, progress=lambda *done: told.append(done))

    assert told == [(0, 1), (1, 1)]


def test_a_stopped_backtest_goes_on_with_the_fits_it_kept(dataset, found, tmp_path):
    kept = KeptSteps.of_months(tmp_path)

    def stop_after_the_first(done, total):
        if kept.folder.is_dir():  # a month with too little before it learns nothing
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backtest(dataset, progress=stop_after_the_first, kept=kept)
    first = set(kept.folder.iterdir())
    again = backtest(dataset, kept=kept)
    whole = set(kept.folder.iterdir())
    kept_at = {path: (path / "checksums.json").stat().st_mtime_ns for path in whole}
    last = backtest(dataset, kept=kept)

    assert len(first) == 1
    assert first < whole
    assert len(whole) == len(found.months)
    assert again == last == found
    assert kept_at == {path: (path / "checksums.json").stat().st_mtime_ns for path in whole}


def test_no_month_to_judge_is_a_refusal(dataset):
    with pytest.raises(Refusal, match="got none of 0 asked for"):
        backtest(dataset, first=START + 1000 * DAY)


def test_without_dates_there_is_no_backtest(definition):
    text = DEFINITION.replace("at: creation", "at: undated").replace("days: 30", "days: null")
    undated = parse_definition(
        text.replace("capacity, per_month: 40", "precision, at_least: 0.1"), "d"
    )
    dataset = _dataset(_tables(), undated, 0)

    with pytest.raises(LeadDataError, match="a backtest needs dates"):
        backtest(dataset)


def test_the_segment_that_is_off_is_named():
    random = np.random.default_rng(0)
    probability = random.uniform(0.05, 0.3, 6000)
    segment = random.choice(["fair", "web", "partner"], 6000)
    truth = np.where(segment == "fair", probability * 1.8, probability)
    scored = ScoredSnapshots(
        probability=probability,
        converted=random.random(6000) < truth,
        matured=np.ones(6000, dtype=bool),
        lead=np.arange(6000),
        group=np.arange(6000),
        as_of=np.arange(6000),
    )

    segments = check_segments(scored, {"channel": segment})

    assert [segment.is_off for segment in segments] == [True, False, False]
    assert segments[0].value == "fair"
    assert segments[0].difference.high < 0
