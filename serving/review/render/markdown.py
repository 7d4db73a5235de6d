"""A review as minutes to paste: what each part says, its tables, and room for what was decided."""

from features.core.text import Language, Text
from serving.review.blocks import Grid, ReviewSection
from serving.review.render.report import ReviewReport
from training.reports.document import Document, Section, Table
from training.reports.document import as_markdown as written

LONGEST_TABLE = 20
"""Rows of a table that minutes repeat; longer ones are in the workbook."""

OVERVIEW = Text(ja="概要", en="Overview")
DECIDED = Text(ja="決定事項", en="Decisions")
DECISION_COLUMNS = (
    Text(ja="決めたこと", en="What was agreed"),
    Text(ja="理由", en="Why"),
    Text(ja="担当", en="Who"),
    Text(ja="期限", en="By when"),
)


def as_markdown(sheet: ReviewReport, language: Language) -> str:
    """The review as Markdown in one language, charts left out."""
    sections = [Section(heading=OVERVIEW.read(language), lines=(sheet.about.read(language),))]
    for part in sheet.parts:
        sections += _sections(part, language)
    columns = tuple(column.read(language) for column in DECISION_COLUMNS)
    blank = Table(columns=columns, rows=(("",) * len(columns),) * 2)
    sections.append(Section(heading=DECIDED.read(language), table=blank))
    return written(
        Document(title=sheet.title.read(language), language=language, sections=tuple(sections))
    )


def _sections(part: ReviewSection, language: Language) -> list[Section]:
    heading = part.heading.read(language)
    comments = tuple(
        f"{group.title.read(language)}: {' '.join(quote.words.split())}"
        for group in part.quotes
        for quote in group.quotes
    )
    lines = tuple(line.read(language) for line in part.lines)
    sections = [Section(heading=heading, lines=(*lines, *comments))]
    for grid in part.grids:
        if len(grid.rows) <= LONGEST_TABLE:
            title = f"{heading}: {grid.title.read(language)}"
            sections.append(Section(heading=title, table=_table(grid, language)))
    return sections


def _table(grid: Grid, language: Language) -> Table:
    return Table(
        columns=tuple(column.label.read(language) for column in grid.columns),
        rows=tuple(
            tuple(
                cell.read(language) + (" *" if row.pending and place == 0 else "")
                for place, cell in enumerate(row.cells)
            )
            for row in grid.rows
        ),
    )
