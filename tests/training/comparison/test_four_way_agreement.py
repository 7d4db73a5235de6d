"""Who agrees with whom on answered hand-overs, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from training.comparison.four_way_agreement import cohens_kappa, count_agreement
from training.reports.comparison_text import agreement_line, who_said_yes
from training.results.comparison_records import Judge


def _votes(n: int, seed: int) -> dict[Judge, np.ndarray]:
    random = np.random.default_rng(seed)
    sales = random.random(n) < 0.4
    return {
        Judge.MARKETING: np.ones(n, dtype=bool),
        Judge.SALES: sales,
        Judge.RULEBOOK: random.random(n) < 0.6,
        Judge.MODEL: sales ^ (random.random(n) < 0.2),
    }


def test_kappa_is_scikit_learns() -> None:
    votes = _votes(300, seed=2)

    found = count_agreement(votes, np.arange(300)).pair(Judge.SALES, Judge.MODEL)

    assert found is not None
    assert found.kappa is not None
    expected = cohen_kappa_score(votes[Judge.SALES], votes[Judge.MODEL])
    assert found.kappa.value == pytest.approx(expected)
    assert found.kappa.low is not None
    assert found.kappa.low < expected < (found.kappa.high or 1)


def test_kappa_by_hand() -> None:
    # 20 both yes, 5 and 10 by one alone, 15 both no: .7 agreed, .5 expected by chance.
    assert cohens_kappa(np.array([[20.0, 5.0, 10.0, 15.0]])) == pytest.approx([0.4])


def test_a_judge_who_always_says_yes_has_no_kappa_and_it_is_said_so() -> None:
    found = count_agreement(_votes(50, seed=3), np.arange(50)).pair(Judge.MARKETING, Judge.SALES)

    assert found is not None
    assert found.kappa is None
    assert found.n_both_yes + found.n_first_only == 50
    assert "kappa undefined" in agreement_line(found).en
    assert "定まりません" in agreement_line(found).ja


def test_patterns_hold_every_hand_over_once_the_most_frequent_first() -> None:
    found = count_agreement(_votes(200, seed=4), np.arange(200) // 2)

    counts = [pattern.n_hand_overs for pattern in found.patterns]
    assert sum(counts) == found.n_hand_overs == 200
    assert counts == sorted(counts, reverse=True)
    assert sum(p.n_hand_overs for p in found.patterns if Judge.SALES in p.yes) == found.n_accepted
    assert {p.share.value for p in found.patterns} == {count / 200 for count in counts}


def test_every_pattern_has_words_in_both_languages() -> None:
    assert who_said_yes(()).en == "nobody"
    assert who_said_yes((Judge.SALES, Judge.MODEL)).ja == "営業・モデル"
