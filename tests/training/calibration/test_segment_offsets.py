"""Offsets of segments: found where a segment is off, and part of every number afterwards."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from features.feature_frame import frame_of
from training.calibration.calibrator import BETA, ISOTONIC, Calibrator
from training.calibration.fit_segment_offsets import SegmentColumn, find_offsets, variance_between
from training.calibration.segment_offsets import PlacedOffsets, SegmentOffset
from training.metrics.logistic import fit_intercept_shift
from training.model.concept_points import POINTS_PER_LOG_ODDS, concept_points
from training.model.release import Release
from training.model.trained_model import TrainedModel

N, PER_LEAD = 12_000, 3
FAIR, WEB, MAIL = range(3)
OFFSETS = (
    SegmentOffset(column="c", level="web", margin=0.7),
    SegmentOffset(column="b", level=None, margin=-0.4),
)


def company(fair_is_off_by, *, seed=0, only_before=1.0):
    """Margins whose calibration is right but for one channel, for the first share of the time."""
    random = np.random.default_rng(seed)
    lead = np.arange(N) // PER_LEAD
    codes = random.choice([FAIR, WEB, MAIL, np.nan], N // PER_LEAD)[lead]
    margin = random.normal(-1.5, 1.0, N)
    as_of = random.permutation(N)
    off = fair_is_off_by * (codes == FAIR) * (as_of < only_before * N)
    converted = random.random(N // PER_LEAD)[lead] < 1 / (1 + np.exp(-(0.9 * margin + off)))
    column = SegmentColumn(name="channel", levels=("fair", "web", "mail"), codes=codes)
    return margin, converted, column, as_of, lead


def found_in(*arguments, **settings):
    margin, converted, column, as_of, lead = company(*arguments, **settings)
    return find_offsets(margin, converted, (column,), as_of=as_of, groups=lead)


@pytest.mark.parametrize("shift", [0.8, -0.8])
def test_the_segment_that_is_off_is_moved_and_no_other(shift):
    found = found_in(shift)

    assert [(offset.column, offset.level) for offset in found] == [("channel", "fair")]
    # In margin: the shift in log-odds over the slope, a little shrunk; the line itself took a part.
    assert 0.45 < found[0].margin / (shift / 0.9) < 1.0


def test_where_nothing_is_off_nothing_is_moved():
    assert [found_in(0.0, seed=seed) for seed in range(8)] == [()] * 8


def test_what_no_longer_holds_later_is_not_moved():
    # Off in the first half of the time, right since.
    assert found_in(0.8, only_before=0.6) == ()


def test_leads_of_which_the_segment_is_unknown_are_a_segment_too():
    margin, converted, column, as_of, lead = company(0.8)
    unknown = replace(column, codes=np.where(column.codes == FAIR, np.nan, 1.0))

    found = find_offsets(margin, converted, (unknown,), as_of=as_of, groups=lead)

    assert None in {offset.level for offset in found}


def test_a_second_attribute_sees_what_the_first_explained():
    margin, converted, column, as_of, lead = company(0.8)
    twin = replace(column, name="twin")

    found = find_offsets(margin, converted, (column, twin), as_of=as_of, groups=lead)

    assert {offset.column for offset in found} == {"channel"}


def test_the_shift_makes_promised_and_came_agree():
    log_odds = np.array([-1.0, 0.0, 1.0, -2.0])
    converted = np.array([True, True, False, False])

    shift = fit_intercept_shift(log_odds, converted)

    assert (1 / (1 + np.exp(-(log_odds + shift)))).sum() == pytest.approx(2.0)


def test_the_variance_between_segments_is_what_their_errors_leave_over():
    # By hand: weights 4, mean 0, Q = 4 (1 + 1) = 8, scale = 8 - 32 / 8 = 4; (8 - 1) / 4.
    assert variance_between([1.0, -1.0], [0.5, 0.5]) == pytest.approx(1.75)
    assert variance_between([0.1, -0.1], [0.5, 0.5]) == 0.0
    assert variance_between([], []) == 0.0


@pytest.fixture
def moved(fit: TrainedModel) -> TrainedModel:
    """The small fit with two offsets: of a level, and of the unknown."""
    return replace(fit, calibrator=replace(fit.calibrator, offsets=OFFSETS))


def test_offsets_move_the_margin_of_their_segments_alone(fit, moved, matrix):
    # The category's levels are 展示会, web and (other).
    offset = np.where(matrix[:, 2] == 1, 0.7, 0.0) + np.where(np.isnan(matrix[:, 1]), -0.4, 0.0)
    levels = {"c": ["展示会", "web", "(other)"]}
    placed = replace(moved, catalogue={**moved.catalogue, "levels": levels})

    np.testing.assert_allclose(placed.margin(matrix), fit.margin(matrix) + offset, atol=1e-12)


def test_contributions_with_offsets_still_add_up_to_the_margin(fit, moved, matrix):
    explained = moved.tables.explain(matrix)
    plain = fit.tables.explain(matrix)

    np.testing.assert_array_equal(explained.margin, moved.margin(matrix))
    np.testing.assert_allclose(
        explained.base + explained.values.sum(axis=1), explained.margin, atol=1e-9
    )
    # Each offset went to its own column and to no other.
    differs = (explained.values - plain.values).any(axis=0)
    assert differs.tolist() == [False, True, True]


def test_a_concepts_points_hold_its_segments_offset(fit, moved, matrix):
    web = np.flatnonzero(matrix[:, 2] == 1)[:1]

    extra = concept_points(moved, matrix[web]).minus(concept_points(fit, matrix[web]))

    c = extra.concepts.index("c")
    assert extra.values[0, c] == pytest.approx(0.7 * fit.calibrator.slope * POINTS_PER_LOG_ODDS)


def test_offsets_travel_in_the_release(card, moved, matrix, tmp_path):
    release = Release.make(card, shipped=moved, tested=moved)

    folder = release.write(tmp_path)

    kept = json.loads((folder / "calibrator.json").read_text(encoding="utf-8"))["offsets"]
    assert kept[0] == {"column": "c", "level": "web", "margin": 0.7}
    loaded = Release.load(folder)
    np.testing.assert_array_equal(loaded.probability(matrix), moved.probability(matrix))


# Of MLflow about its own type hints, when the model's code is read.
@pytest.mark.filterwarnings("ignore:.*Any type hint:UserWarning")
@pytest.mark.parametrize(
    "calibrator",
    [
        Calibrator(slope=0.8, intercept=-0.2, offsets=OFFSETS),
        Calibrator(slope=0.8, intercept=-0.2, kind=BETA, coefficients=(0.7, 1.1, -0.2)),
        Calibrator(
            slope=0.8,
            intercept=-0.2,
            kind=ISOTONIC,
            knots=(-2.0, 0.0, 2.0),
            levels=(-3.0, -1.0, 1.0),
            offsets=OFFSETS,
        ),
    ],
    ids=["line", "beta", "isotonic"],
)
def test_mlflows_model_knows_every_kind_of_calibrator(card, fit, matrix, calibrator, tmp_path):
    from training.tracking.mlflow_pyfunc import ReleaseModel  # MLflow, only here

    bent = replace(fit, calibrator=calibrator)
    release = Release.make(card, shipped=bent, tested=bent)
    model = ReleaseModel()
    model.load_context(SimpleNamespace(artifacts={"release": str(release.write(tmp_path))}))

    found = model.predict(frame_of(matrix, release.fit.catalogue))

    np.testing.assert_array_equal(found["probability"], release.probability(matrix))
    np.testing.assert_array_equal(found["margin"], release.margin(matrix))
    # Each column is a reason of its own here; ten points double the odds.
    per_log_odds = 10 / np.log(2)
    exact = bent.tables.explain(matrix).values * calibrator.slope * per_log_odds
    points = found[["points_a", "points_b", "points_c"]].to_numpy()
    np.testing.assert_allclose(points, exact, atol=1e-9)
    total = found["base_points"] + points.sum(axis=1) + found["calibration_points"]
    np.testing.assert_allclose(1 / (1 + 2 ** (-total / 10)), found["probability"], rtol=1e-9)


def test_without_offsets_nothing_is_looked_up():
    assert PlacedOffsets.of((), {}) == PlacedOffsets()
