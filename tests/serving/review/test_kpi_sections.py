"""KPIs in words: each figure with the population it counts and the day it is known from."""

from dataclasses import replace

import pytest

from features.core.clock import DAY
from features.core.text import LANGUAGES
from features.definition import LeadDefinition
from serving.review.figures.kpis import MEASURES
from serving.review.kpi_sections import handed_over_section, kpi_section, trend_section
from serving.review.labels import Labels
from serving.review.make_review import make_review
from serving.review.month import Month
from serving.review.populations import population_words
from serving.review.records import Review
from tests.serving.review.conftest import JUNE


def _heads(section) -> list[list[str]]:
    return [[column.label.en for column in grid.columns] for grid in section.tables]


def test_every_measure_says_whom_it_counts(
    review: Review, thirty_definition: LeadDefinition
) -> None:
    section = kpi_section(review, thirty_definition)

    named = [row.cells[0] for grid in section.tables for row in grid.rows]
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
    heads = _heads(kpi_section(review, thirty_definition))

    assert heads[0][2:4] == ["Month-end (30 Jun 2026)", "Now (30 Aug 2026)"]


@pytest.mark.parametrize("part", ["kpis", "funnel"])
def test_while_nothing_is_known_since_there_is_one_column(
    review: Review, thirty_definition: LeadDefinition, part: str
) -> None:
    ended = replace(review, known_before=JUNE + 30 * DAY)
    labels = Labels(thirty_definition)
    section = (
        kpi_section(ended, thirty_definition) if part == "kpis" else trend_section(ended, labels)
    )

    heads = _heads(section)[0]

    assert "Now (30 Jun 2026)" in heads
    assert not [head for head in heads if head.startswith("Month-end")]
    assert {len(row.cells) for row in section.tables[0].rows} == {len(heads)}


def test_more_hand_overs_than_capacity_is_not_green(
    thirty, thirty_definition: LeadDefinition
) -> None:
    assert thirty_definition.sales is not None
    fewer = thirty_definition.sales.model_copy(update={"capacity_per_month": 15})
    kpis = tuple(
        kpi.model_copy(update={"target": 15.0}) if kpi.name == "mql_count" else kpi
        for kpi in thirty_definition.kpis
    )
    definition = thirty_definition.model_copy(update={"sales": fewer, "kpis": kpis})
    review = make_review(thirty, definition, Month(year=2026, number=6), release=None)

    # Twenty were handed over.
    line = next(line for line in review.kpis if line.name == "mql_count")
    section = kpi_section(review, definition)

    assert (line.is_met, line.is_beyond) == (False, True)
    assert "More than was agreed: MQLs" in [said.en for said in section.lines]
    row = next(r for g in section.tables for r in g.rows if r.cells[0].shown.en == "MQLs")
    assert row.cells[1].read("en") == "15 (at most 15)"
    assert row.cells[3].tone == "bad"


def test_every_table_counts_the_same_leads_as_mqls(
    thirty, thirty_definition: LeadDefinition
) -> None:
    labels = Labels(thirty_definition)
    review = make_review(thirty, thirty_definition, Month(year=2026, number=6), release=None)

    kpi = next(line for line in review.kpis if line.name == "mql_count")
    year = trend_section(review, labels).tables[1]
    june = dict(zip([column.label.en for column in year.columns], year.rows[-1].cells, strict=True))

    # Sixteen MQLs and four SQL candidates were handed over in June.
    assert kpi.now.value == 20
    assert june["MQLs (SQL candidates included)"].shown.en == "20"
    assert june["Of these SQL candidates"].shown.en == "4"
    said = handed_over_section(review, labels).lines[0]
    assert "4 of them SQL candidates" in said.en
    assert "うちSQL候補4件" in said.ja


def test_a_review_names_a_target_that_the_capacity_rules_out(
    review: Review, thirty_definition: LeadDefinition
) -> None:
    assert thirty_definition.sales is not None
    fewer = thirty_definition.sales.model_copy(update={"capacity_per_month": 15})
    definition = thirty_definition.model_copy(update={"sales": fewer})

    said = [line.en for line in kpi_section(review, definition).lines]

    assert any("asks for 25, but sales can work 15" in line for line in said)
