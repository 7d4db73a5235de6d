"""What a comparison says follows from its intervals, in both languages."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features.core.clock import DAY
from features.core.qualification import Qualification
from training.comparison.compare import Judgements, Setting, compare
from training.comparison.replay import ReplayCohort
from training.reports.comparison_report import comparison_document
from training.reports.comparison_text import (
    EDITED_AND_TODAYS,
    conclude,
    depends_on_the_unseen,
    how_replayed,
)
from training.reports.document.charts import drawings
from training.results.comparison_records import Comparison, Matching, PolicyPair

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
