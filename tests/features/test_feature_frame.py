"""A release reads a table in words and gives the numbers it gives for the matrix."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.core.errors import LeadDataError
from features.families.category_levels import OTHER
from features.feature_frame import frame_of, level_texts, matrix_of
from training.model.release import Release, load_release

FOLDERS = sorted((Path(__file__).parents[1] / "golden").glob("release_format_*/2*"))


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.parent.name)
def release(request: pytest.FixtureRequest) -> Release:
    return load_release(request.param)


CATALOGUE = {
    "features": [
        {"name": "visits_30d", "concept": "visit", "axis": "behaviour", "unit": "times"},
        {"name": "industry", "concept": "industry", "axis": "information", "unit": "level"},
        {"name": "title_department", "concept": "title", "axis": "information", "unit": "level"},
    ],
    "levels": {"industry": ["Food", "Steel", OTHER]},
}


def test_a_table_in_words_becomes_the_numbers_of_training() -> None:
    frame = pd.DataFrame(
        {
            "unasked": [1, 2, 3],
            "title_department": ["sales", None, "it"],
            "industry": ["Steel", None, "Paper"],
            "visits_30d": [3, None, 0],
        }
    )
    departments = level_texts(CATALOGUE)["title_department"]

    matrix = matrix_of(frame, CATALOGUE)

    np.testing.assert_array_equal(matrix[:, 0], [3, np.nan, 0])
    np.testing.assert_array_equal(matrix[:, 1], [1, np.nan, 2])
    np.testing.assert_array_equal(
        matrix[:, 2], [departments.index("sales"), np.nan, departments.index("it")]
    )


def test_a_matrix_survives_the_way_through_words() -> None:
    matrix = np.array([[3.0, 1.0, 2.0], [np.nan, np.nan, np.nan], [0.0, 2.0, 0.0]])

    np.testing.assert_array_equal(matrix_of(frame_of(matrix, CATALOGUE), CATALOGUE), matrix)


def test_absent_columns_are_counted_and_named() -> None:
    with pytest.raises(LeadDataError, match=r"3 columns; got none for 2 \(industry, title_dep"):
        matrix_of(pd.DataFrame({"visits_30d": [1]}), CATALOGUE)


def test_what_is_no_number_and_what_is_no_level_is_refused() -> None:
    whole = pd.DataFrame({"visits_30d": [1], "industry": ["Food"], "title_department": ["sales"]})

    with pytest.raises(LeadDataError, match="visits_30d must be a number or missing"):
        matrix_of(whole.assign(visits_30d=["many"]), CATALOGUE)
    with pytest.raises(LeadDataError, match=r"got 1 others \(wizardry\)"):
        matrix_of(whole.assign(title_department=["wizardry"]), CATALOGUE)


def test_a_release_predicts_the_same_from_words_as_from_its_matrix(release: Release) -> None:
    rows = np.random.default_rng(1).integers(0, 2, (40, release.fit.n_features)).astype(float)
    rows[0] = np.nan

    predicted = release.predict_proba(frame_of(rows, release.fit.catalogue))

    assert release.classes_ == (False, True)
    np.testing.assert_array_equal(predicted[:, 1], release.probability(rows))
    np.testing.assert_allclose(predicted.sum(axis=1), 1.0)
