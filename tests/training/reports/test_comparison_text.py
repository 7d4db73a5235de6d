"""What a comparison says follows from its intervals, in both languages."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.core.clock import DAY
from features.core.estimate import Measured
from features.core.qualification import Qualification
from training.comparison.compare import Judgements, Setting, compare
from training.comparison.replay import ReplayCohort
from training.reports.comparison_report import comparison_document, comparison_summary
from training.reports.comparison_text import (
    EDITED_AND_TODAYS,
    conclude,
    days_earlier_words,
    depends_on_the_unseen,
    how_replayed,
)
from training.reports.document.charts import drawings
from training.results.comparison_records import Comparison, DaysEarlier, Matching, PolicyPair

START = 1_700_000_000


def _comparison(better: bool) -> Comparison:
    """Two hundred leads on one day; the model hands over those that convert, or any."""
    random = np.random.default_rng(6)
    converted = random.random(200) < 0.3
    cohort = ReplayCohort(
        lead=np.arange(200),
        as_of=np.full(200, START + DAY),
        converted=converted,
        group=np.arange(200),
        warm_until=START,
    )
    by_lot = random.random(200) < 0.4
    model = (converted | (random.random(200) < 0.1)) if better else by_lot
    judgements = Judgements(
        margin=1.0 * model, model=model.astype(np.int8), rulebook=by_lot[::-1].astype(np.int8)
    )
    unseen = np.ones(200, dtype=np.bool_)
    return compare(cohort, judgements, Setting(unseen=unseen, warm_up_days=30, seed=2))


def _pair(comparison: Comparison, level: Qualification = Qualification.MQL) -> PolicyPair:
    pair = comparison.pair(level, Matching.PAST)
    assert pair is not None
    return pair


def test_a_difference_beyond_chance_names_the_better_one() -> None:
    pair = _pair(_comparison(better=True))

    assert conclude(pair).en.startswith("The opportunity rate of the model is higher")
    assert conclude(pair, EDITED_AND_TODAYS).en.startswith(
        "The opportunity rate of the edited rulebook is higher"
    )
    assert conclude(pair).ja.startswith("成果率はモデルが高い")


def test_a_difference_that_may_be_zero_is_no_difference() -> None:
    pair = _pair(_comparison(better=False))

    assert conclude(pair).en.startswith("No difference")
    assert "差があるとは言えません" in conclude(pair).ja


def test_where_one_hands_nobody_over_there_is_nothing_to_compare() -> None:
    pair = _pair(_comparison(better=True), Qualification.SQL)

    assert conclude(pair).en == (
        "Nobody would be handed over by the model or the rulebook, so there is nothing to compare."
    )


@pytest.mark.parametrize("better", [True, False])
def test_the_band_is_told_in_both_languages(better: bool) -> None:
    said = depends_on_the_unseen(_pair(_comparison(better)))

    assert said is not None
    assert said.en.startswith("Depending on leads nobody handed over")
    assert said.ja.startswith("誰も引き渡さなかったリード次第")


def test_the_warm_up_is_told() -> None:
    said = how_replayed(_comparison(better=True))

    assert "in the 30 days before" in said.en
    assert "前30日" in said.ja


def test_charts_speak_both_languages() -> None:
    comparison = _comparison(better=True)

    document = comparison_document(comparison, ZoneInfo("Asia/Tokyo"))

    (rates,), (weeks,) = (document.section(name).tables for name in ("rates", "weeks"))
    assert [column.label.ja for column in rates.columns][1:] == ["モデル", "ルールブック"]
    assert rates.rows[0].cells[0].shown.en == "MQL: cut-offs of the past"
    pair = _pair(comparison)
    assert sum(row.cells[1].number for row in weeks.rows) == pair.model.n_handed_over
    assert {"rates", "weeks"} <= set(drawings(document, "ja"))


def test_a_summary_answers_at_the_cut_offs_of_the_past_and_at_equal_volume() -> None:
    comparison = _comparison(better=True)

    section = comparison_summary(comparison, ZoneInfo("Asia/Tokyo"))

    (table,) = section.tables
    wanted = [
        comparison.pair(level, matching)
        for level in (Qualification.MQL, Qualification.SQL)
        for matching in (Matching.PAST, Matching.HINDSIGHT)
    ]
    pairs = [pair for pair in wanted if pair is not None]
    assert len(table.rows) == len(pairs) > 1
    for row, pair in zip(table.rows, pairs, strict=True):
        _, model, _, rulebook, _, gap = (cell.read("en") for cell in row.cells)
        assert model == f"{pair.model.n_handed_over:,}"
        assert rulebook == f"{pair.rulebook.n_handed_over:,}"
        if pair.rate_difference is not None:
            # As many digits as the interval allows.
            told = float(gap.split(" pp")[0])
            assert told == pytest.approx(100 * pair.rate_difference.value, abs=0.5)
    # Heading, labels, rows and the period: what a terminal shows at once.
    assert 2 + len(table.rows) + len(section.lines) <= 10


@st.composite
def intervals(draw: st.DrawFn, reach: float) -> Measured:
    """A figure within its interval, or without one."""
    ends = st.floats(-reach, reach)
    low, value, high = sorted(draw(st.tuples(ends, ends, ends)))
    found = Measured(value=value, low=low, high=high)
    return draw(st.sampled_from([found, found, found, Measured(value=value)]))


PAIR = _pair(_comparison(better=False))


@settings(max_examples=1_000, deadline=None)
@given(intervals(0.5))
def test_a_rate_is_called_higher_only_where_the_interval_leaves_out_zero(
    difference: Measured,
) -> None:
    said = conclude(replace(PAIR, rate_difference=difference))

    assert ("of the model is higher" in said.en) == (
        difference.low is not None and difference.low > 0
    )
    assert ("モデルが高い" in said.ja) == (difference.low is not None and difference.low > 0)
    assert ("of the rulebook is higher" in said.en) == (
        difference.high is not None and difference.high < 0
    )
    assert ("No difference" in said.en) == (difference.sign == 0)
    assert ("言えません" in said.ja) == (difference.sign == 0)


@settings(max_examples=1_000, deadline=None)
@given(intervals(30.0))
def test_the_model_is_called_ahead_only_where_the_interval_of_days_says_so(days: Measured) -> None:
    said = days_earlier_words(
        DaysEarlier(
            n_leads=200,
            median_days=1.0,
            mean_days=days,
            earlier_share=0.5,
            same_day_share=0.3,
            later_share=0.2,
        )
    )

    assert ("was ahead" in said.en) == (days.low is not None and days.low > 0)
    assert ("was behind" in said.en) == (days.high is not None and days.high < 0)
    assert ("not shown to be ahead or behind" in said.en) == (days.sign == 0)
    assert ("とも言えません" in said.ja) == (days.sign == 0)
