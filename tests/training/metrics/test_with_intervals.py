import numpy as np
import pytest
from sklearn import metrics as reference

from features.core.errors import Refusal
from training.metrics import ranking
from training.metrics.metrics import METRICS, Rows
from training.metrics.ranking import Ranking
from training.metrics.with_intervals import band_edges, bootstrap_weights, interval, measure
from training.results.records import from_json, to_json
from training.results.scored import ScoredSnapshots


@pytest.fixture(scope="module")
def scored():
    """Two thousand snapshots of 500 leads whose rounded probabilities are true, with ties."""
    random = np.random.default_rng(3)
    log_odds = random.normal(-1.5, 1.2, 2000)
    probability = np.round(1 / (1 + np.exp(-log_odds)), 2).clip(0.01, 0.99)
    lead = np.sort(random.integers(0, 500, 2000))
    return ScoredSnapshots(
        probability=probability,
        converted=random.random(2000) < probability,
        matured=random.random(2000) < 0.9,
        lead=lead,
        group=lead // 2,
        as_of=np.arange(2000),
    )


@pytest.fixture(scope="module")
def measured(scored):
    return measure(scored, base_rate=0.2, repeats=60, seed=1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("log_loss", reference.log_loss),
        ("brier", reference.brier_score_loss),
        ("auc", reference.roc_auc_score),
        ("average_precision", reference.average_precision_score),
    ],
)
def test_figures_are_those_of_scikit_learn(scored, measured, name, expected):
    settled = scored.settled

    assert getattr(measured, name).value == pytest.approx(
        expected(settled.converted, settled.probability), abs=1e-12
    )


@pytest.mark.parametrize("name", ["auc", "average_precision"])
def test_weighted_order_is_that_of_scikit_learn(scored, name):
    rows = Rows(probability=scored.probability, converted=scored.converted, base_rate=0.2)
    weight = np.random.default_rng(4).integers(0, 3, len(scored)).astype(float)
    expected_of = {
        "auc": reference.roc_auc_score,
        "average_precision": reference.average_precision_score,
    }

    expected = expected_of[name](scored.converted, scored.probability, sample_weight=weight)

    assert METRICS[name].compute(rows, weight) == pytest.approx(expected, abs=1e-12)


def test_true_probabilities_have_slope_one_and_intercept_zero(measured):
    assert measured.calibration_slope.low < 1 < measured.calibration_slope.high
    assert measured.calibration_intercept.low < 0 < measured.calibration_intercept.high


def test_probabilities_of_half_the_odds_are_told_by_the_intercept(scored):
    odds = scored.probability / (1 - scored.probability) / 2
    halved = ScoredSnapshots(**{**vars(scored), "probability": odds / (1 + odds)})

    assert measure(halved, base_rate=0.2, repeats=0).calibration_intercept.value == pytest.approx(
        measure(scored, base_rate=0.2, repeats=0).calibration_intercept.value + np.log(2), abs=1e-6
    )


def test_what_has_not_matured_is_never_counted(scored):
    flipped = ScoredSnapshots(**{**vars(scored), "converted": scored.converted ^ ~scored.matured})

    assert measure(flipped, base_rate=0.2, repeats=5) == measure(scored, base_rate=0.2, repeats=5)


def test_gain_is_the_base_rates_log_loss_less_the_models(measured):
    assert measured.log_loss_gain.value == pytest.approx(
        measured.base_rate_log_loss - measured.log_loss.value
    )
    assert measured.log_loss_gain.low > 0


def test_bands_cover_every_snapshot_once(scored, measured):
    assert sum(band.n_snapshots for band in measured.reliability) == scored.matured.sum()
    assert measured.reliability[0].low == 0
    assert measured.reliability[-1].high == 1
    for band in measured.reliability:
        assert band.low <= band.mean_probability < band.high or band.high == 1


def test_bands_hold_when_nearly_everybody_has_the_lowest_probability():
    probability = np.concatenate((np.full(950, 0.1), np.linspace(0.2, 1.0, 50)))
    rows = Rows(probability=probability, converted=np.arange(1000) % 3 == 0, base_rate=0.3)

    counts = [((probability >= a) & (probability < b)).sum() for a, b in band_edges(rows)]

    assert min(counts) > 0
    assert sum(counts) == 1000


def test_lift_of_a_perfect_order_is_one_over_the_base_rate():
    converted = np.arange(100) >= 80
    rank = Ranking.of(np.arange(100.0))

    sums = rank.converted_and_all(converted, np.ones(100))

    assert ranking.lift(*sums, 0.1) == pytest.approx(5.0)
    assert ranking.lift(*sums, 0.4) == pytest.approx(2.5)


def test_lift_of_tied_probabilities_is_one():
    sums = Ranking.of(np.full(100, 0.3)).converted_and_all(np.arange(100) < 7, np.ones(100))

    assert ranking.lift(*sums, 0.1) == pytest.approx(1.0)


def test_one_outcome_only_leaves_order_and_calibration_undefined(scored):
    nobody = ScoredSnapshots(**{**vars(scored), "converted": np.zeros(len(scored), dtype=bool)})

    result = measure(nobody, base_rate=0.2, repeats=5)

    assert result.auc is None
    assert result.calibration_slope is None
    assert result.lift == ()
    assert from_json(type(result), to_json(result)) == result


def test_one_probability_for_everybody_has_no_slope(scored):
    flat = ScoredSnapshots(**{**vars(scored), "probability": np.full(len(scored), 0.2)})

    result = measure(flat, base_rate=0.2, repeats=5)

    assert result.calibration_slope is None
    assert result.log_loss_gain.value == 0
    assert result.auc.value == 0.5


def test_draws_weigh_all_rows_of_a_group_alike():
    groups = np.array([5, 5, 9, 9, 9, 2])

    for weight in bootstrap_weights(groups, repeats=20, seed=0):
        assert weight[0] == weight[1]
        assert len(set(weight[2:5])) == 1
        assert weight[0] + weight[2] + weight[5] == 3


def test_intervals_of_groups_are_wider_than_of_snapshots():
    random = np.random.default_rng(9)
    lead = np.repeat(np.arange(200), 10)
    same = ScoredSnapshots(
        probability=np.repeat(random.uniform(0.1, 0.5, 200), 10),
        converted=np.repeat(random.random(200) < 0.3, 10),
        matured=np.ones(2000, dtype=bool),
        lead=lead,
        group=lead,
        as_of=np.arange(2000),
    )
    apart = ScoredSnapshots(**{**vars(same), "group": np.arange(2000)})

    def width(rows):
        loss = measure(rows, base_rate=0.3, repeats=100).log_loss
        return loss.high - loss.low

    assert width(same) > 2.5 * width(apart)


def test_an_interval_is_not_drawn_from_mostly_undefined_figures():
    assert interval(0.5, np.array([0.4, np.nan, np.nan])).low is None


def test_nothing_matured_is_refused(scored):
    young = ScoredSnapshots(**{**vars(scored), "matured": np.zeros(len(scored), dtype=bool)})

    with pytest.raises(Refusal, match="got none among 2000"):
        measure(young, base_rate=0.2)


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_every_measure_knows_which_way_is_better(metric, scored):
    rows = Rows(probability=scored.probability, converted=scored.converted, base_rate=0.2)
    random = np.random.default_rng(1)
    # Shuffled and overconfident: worse by every measure there is.
    worse_probability = random.permutation(scored.probability) ** 0.3
    worse = Rows(probability=worse_probability, converted=scored.converted, base_rate=0.2)
    ones = np.ones(len(scored))

    assert metric.is_better(metric.compute(rows, ones), metric.compute(worse, ones))
