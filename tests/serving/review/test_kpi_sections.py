"""KPIs in words: each figure with the population it counts and the day it is known from."""

from dataclasses import replace

import pytest

from features.core.clock import DAY
from features.core.text import LANGUAGES
from features.definition import LeadDefinition
from serving.review.figures.kpis import MEASURES
from serving.review.kpi_sections import kpi_part, trend_part
from serving.review.labels import Labels
from serving.review.populations import population_words
from serving.review.records import Review
from tests.serving.review.conftest import JUNE


def _heads(section) -> list[list[str]]:
    return [[column.label.en for column in grid.columns] for grid in section.grids]


def test_every_measure_says_whom_it_counts(
    review: Review, thirty_definition: LeadDefinition
) -> None:
    section = kpi_part(review, thirty_definition)

    named = [row.cells[0] for grid in section.grids for row in grid.rows]
    without = [cell.shown.en for cell in named if cell.detail is None]
    assert without == ["Satisfaction"]  # which Awase does not measure
    said = {cell.shown.en: cell.detail.en for cell in named if cell.detail is not None}
    assert said["SQLs (accepted by sales)"] == (
        "leads answered by sales in the month, whenever handed over"
    )
    assert said["Accepted"] == "leads handed over in the month"


def test_one_population_has_one_name_and_two_have_two() -> None:
    names = {measure.population for measure in MEASURES.values()}

    for language in LANGUAGES:
        assert len({population_words(name).read(language) for name in names}) == len(names)


def test_what_is_known_since_the_month_stands_beside_what_was_known_at_its_end(
    review: Review, thirty_definition: LeadDefinition
) -> None:
    heads = _heads(kpi_part(review, thirty_definition))

    assert heads[0][2:4] == ["Month-end (30 Jun 2026)", "Now (30 Aug 2026)"]


@pytest.mark.parametrize("part", ["kpis", "funnel"])
def test_while_nothing_is_known_since_there_is_one_column(
    review: Review, thirty_definition: LeadDefinition, part: str
) -> None:
    ended = replace(review, known_before=JUNE + 30 * DAY)
    labels = Labels(thirty_definition)
    section = kpi_part(ended, thirty_definition) if part == "kpis" else trend_part(ended, labels)

    heads = _heads(section)[0]

    assert "Now (30 Jun 2026)" in heads
    assert not [head for head in heads if head.startswith("Month-end")]
    assert {len(row.cells) for row in section.grids[0].rows} == {len(heads)}
