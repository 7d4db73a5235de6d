import numpy as np
import pytest

from features.catalogue import build_catalogue
from serving.reasons.answers import group_answers


@pytest.fixture(scope="module")
def catalogue(definition):
    levels = ("A", "B", "C", "D", "E", "F", "(other)")
    return build_catalogue(definition, {"industry": levels})


def _answers(catalogue, **columns):
    n = len(next(iter(columns.values())))
    matrix = np.full((n, len(catalogue)), np.nan)
    for name, values in columns.items():
        matrix[:, catalogue.index(name)] = values
    return matrix


def test_numbers_are_told_in_quarters_from_low_to_high(definition, catalogue) -> None:
    matrix = _answers(catalogue, budget=[1e6, 2e6, 3e6, 4e6, 5e6, 6e6, 7e6, 8e6])

    groups = group_answers(definition.attribute("budget"), catalogue, matrix)

    assert [group.words.ja for group in groups] == [
        "100万〜200万円",
        "300万〜400万円",
        "500万〜600万円",
        "700万〜800万円",
    ]
    assert [group.rows.tolist() for group in groups] == [[0, 1], [2, 3], [4, 5], [6, 7]]


def test_a_number_everybody_gives_is_one_answer(definition, catalogue) -> None:
    matrix = _answers(catalogue, company_size=[50.0] * 9)

    groups = group_answers(definition.attribute("company_size"), catalogue, matrix)

    assert [group.words.en for group in groups] == ["50 employees"]


def test_rare_values_are_gathered(definition, catalogue) -> None:
    codes = [0] * 6 + [1] * 5 + [2] * 4 + [3] * 3 + [4] * 2 + [5]
    matrix = _answers(catalogue, industry=codes)

    groups = group_answers(definition.attribute("industry"), catalogue, matrix)

    assert [group.words.en for group in groups] == ["A", "B", "C", "D", "other answers"]
    assert groups[-1].rows.tolist() == [18, 19, 20]


def test_titles_are_told_by_seniority(definition, catalogue) -> None:
    matrix = _answers(catalogue, job_title_seniority=[6, 6, 4], job_title_department=[0, 4, np.nan])

    groups = group_answers(definition.attribute("job_title"), catalogue, matrix)

    assert [group.words.en for group in groups] == ["Department head", "Manager"]


@pytest.mark.parametrize(
    ("days", "en"),
    [
        ([10.2, 40.4], ["in 10 days", "in 40 days"]),
        ([-20.0, -20.0], ["20 days ago"]),
        ([np.nan, np.nan], ["stated"]),
        ([np.nan, 5.0], ["stated", "in 5 days"]),
    ],
)
def test_timings_are_told_from_today(definition, catalogue, days, en) -> None:
    matrix = _answers(catalogue, purchase_timing_days=days, purchase_timing_known=[1, 1])

    groups = group_answers(definition.attribute("purchase_timing"), catalogue, matrix)

    assert [group.words.en for group in groups] == en


def test_nobody_answered(definition, catalogue) -> None:
    empty = np.empty((0, len(catalogue)))

    assert group_answers(definition.attribute("budget"), catalogue, empty) == ()
