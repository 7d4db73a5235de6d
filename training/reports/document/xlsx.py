"""A document as an Excel workbook: one sheet per section, numbers as numbers, charts of its own.

Where a column holds intervals, their ends stand in columns of their own beside it. Text never
becomes a formula or a link, whatever somebody typed.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from features.core.formats import WORKBOOK_FORMATS
from features.core.text import Language, Text
from training.reports.document.blocks import Cell, Chart, Column, Document, Section, Table
from training.reports.document.cells import NOTHING

OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
LONGEST_NAME = 31
"""Letters of a sheet's name that Excel takes."""

CHART_ROWS = 16
ROWS_TO_FILTER = 8
"""Rows from which on a table is worth a filter."""

HEAD_HEIGHT = 32
"""Points: two lines, since the names of columns wrap."""

WIDTH_WORDS, WIDTH_FIGURES = 30, 13
ENDS = (Text(ja="下限", en="low"), Text(ja="上限", en="high"))
PENDING = Text(ja="未確定", en="can still change")
COLOURS = ("#1c5f80", "#a5521b")
_TYPES = {
    "columns": {"type": "column", "subtype": "stacked"},
    "rates": {"type": "line"},
    "effects": {"type": "bar"},
    "bars": {"type": "bar"},
    "reliability": {"type": "column"},
    "pairs": {"type": "bar"},
    "lines": {"type": "line"},
    "curve": {"type": "scatter", "subtype": "straight"},
}


def as_workbook(document: Document, *languages: Language) -> bytes:
    """The document as the bytes of an xlsx file; each language has its own sheets."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, OPTIONS) as book:
        book.set_properties({"title": document.title.read(languages[0])})
        looks = _looks(book)
        for language in languages:
            # Two sheets must not have one name, and "KPI" is a word of both languages.
            ending = f" ({language})" if len(languages) > 1 else ""
            overview = Text(ja="概要", en="Overview").read(language)
            _cover(book.add_worksheet(overview + ending), document, language, looks)
            for section in document.sections:
                name = section.heading.read(language)[: LONGEST_NAME - len(ending)] + ending
                page = _Page(book=book, page=book.add_worksheet(name), name=name, looks=looks)
                page.write(section, language)
    return content.getvalue()


def _cover(page: Any, document: Document, language: Language, looks: dict[str, Any]) -> None:
    page.set_column(0, 0, 110)
    page.write_string(0, 0, document.title.read(language), looks["title"])
    if document.about is not None:
        page.write_string(1, 0, document.about.read(language), looks["note"])
    row = 3
    for section in document.sections:
        page.write_string(row, 0, section.heading.read(language), looks["heading"])
        row += 1
        for line in section.lines:
            page.write_string(row, 0, line.read(language), looks["wrapped"])
            row += 1


def _looks(book: Any) -> dict[str, Any]:
    looks = {
        "title": {"bold": True, "font_size": 14},
        "heading": {"bold": True, "top": 1},
        "note": {"font_color": "#57646d"},
        "wrapped": {"text_wrap": True, "valign": "top"},
        "columns": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    }
    for kind, number_format in WORKBOOK_FORMATS.items():
        looks[kind] = {"num_format": number_format}
        looks[f"{kind} pending"] = {"num_format": number_format, "bg_color": "#eef1f3"}
    looks["words"] = {"valign": "top"}
    looks["words pending"] = {"bg_color": "#eef1f3"}
    return {name: book.add_format(form) for name, form in looks.items()}


@dataclass(frozen=True, kw_only=True)
class _Spread:
    """Where a table's column stands in the sheet; ends of intervals follow their figure."""

    column: Column
    at: int
    has_ends: bool


@dataclass(frozen=True, kw_only=True)
class _Page:
    """One sheet of the workbook."""

    book: Any
    page: Any
    name: str
    looks: dict[str, Any]

    def write(self, section: Section, language: Language) -> None:
        self.page.set_landscape()
        self.page.fit_to_pages(1, 0)
        self.page.set_column(0, 0, WIDTH_WORDS)
        self.page.set_column(1, 24, WIDTH_FIGURES)
        self.page.write_string(0, 0, section.heading.read(language), self.looks["title"])
        if section.question is not None:
            self.page.write_string(1, 0, section.question.read(language), self.looks["note"])
        row = head = 3
        for line in section.lines:
            self.page.write_string(row, 0, line.read(language))
            row += 1
        longest = max(section.tables, key=lambda table: len(table.rows), default=None)
        for table in section.tables:
            head = row + 2
            row = self._table(table, row + 1, language)
            if table is longest and len(table.rows) >= ROWS_TO_FILTER:
                # A sheet has one filter.
                last = _spread(table)[-1]
                columns = last.at + (2 if last.has_ends else 0)
                self.page.autofilter(head, 0, head + len(table.rows), columns)
        # Under the head of the only table; otherwise what each row is about stays in sight.
        self.page.freeze_panes(head + 1 if len(section.tables) == 1 else 0, 1)
        for group in section.quotes:
            row += 1
            self.page.write_string(row, 0, group.title.read(language), self.looks["heading"])
            for quote in group.quotes:
                row += 1
                self.page.write_string(row, 0, quote.lead_id)
                self.page.write_string(row, 1, quote.words)
            row += 1

    def _table(self, table: Table, row: int, language: Language) -> int:
        """Write a table and its chart from a row on; gives the row after them."""
        if table.title is not None:
            self.page.write_string(row, 0, table.title.read(language), self.looks["heading"])
        spread = _spread(table)
        head = row + 1
        self.page.set_row(head, HEAD_HEIGHT)
        for place in spread:
            self._head(place, head, language)
        for offset, line in enumerate(table.rows, start=1):
            for place, cell in zip(spread, line.cells, strict=True):
                shown = cell.read(language)
                self._cell(place, cell, head + offset, shown=shown, pending=line.pending)
        last = head + len(table.rows)
        row = last + 1
        if any(line.pending for line in table.rows):
            self.page.write_string(row, 0, PENDING.read(language), self.looks["words pending"])
            row += 1
        if table.note is not None:
            self.page.write_string(row, 0, table.note.read(language), self.looks["note"])
            row += 1
        for chart in table.charts if table.rows else ():
            self._chart(table, chart, rows=(head + 1, last), below=row, language=language)
            row += CHART_ROWS
        return row

    def _head(self, place: _Spread, row: int, language: Language) -> None:
        label = place.column.label.read(language)
        self.page.write_string(row, place.at, label, self.looks["columns"])
        for offset, end in enumerate(ENDS, start=1) if place.has_ends else ():
            shown = f"{label} {end.read(language)}"
            self.page.write_string(row, place.at + offset, shown, self.looks["columns"])

    def _cell(self, place: _Spread, cell: Cell, row: int, *, shown: str, pending: bool) -> None:
        suffix = " pending" if pending else ""
        if cell is NOTHING:
            # Blank, not a dash: charts draw text as zero.
            self.page.write_blank(row, place.at, None, self.looks[f"words{suffix}"])
            return
        if cell.number is None:
            self.page.write_string(row, place.at, shown, self.looks[f"words{suffix}"])
            return
        form = self.looks[cell.kind + suffix]
        self.page.write_number(row, place.at, cell.number, form)
        for offset, end in enumerate((cell.low, cell.high), start=1):
            if end is not None:
                self.page.write_number(row, place.at + offset, end, form)

    def _chart(
        self, table: Table, chart: Chart, *, rows: tuple[int, int], below: int, language: Language
    ) -> None:
        spread = _spread(table)
        drawn = self.book.add_chart(dict(_TYPES[chart.kind]))
        first, last = rows
        for series, column in enumerate(chart.columns):
            at = spread[column].at
            drawn.add_series(
                {
                    "name": table.columns[column].label.read(language),
                    "categories": [self.name, first, 0, last, 0],
                    "values": [self.name, first, at, last, at],
                    "fill": {"color": COLOURS[series]},
                    "line": {"color": COLOURS[series]},
                    "marker": {"type": "circle", "size": 6},
                    **_error_bars(chart, [row.cells[column] for row in table.rows]),
                }
            )
        drawn.set_title({"name": chart.title.read(language), "name_font": {"size": 11}})
        figures = _axis_format(chart, table)
        if chart.kind in ("effects", "bars", "pairs"):
            drawn.set_x_axis(figures)
            drawn.set_y_axis({"reverse": True, "label_position": "low"})
        else:
            drawn.set_y_axis(figures)
        if len(chart.columns) == 1:
            drawn.set_legend({"none": True})
        drawn.set_size({"width": 720, "height": 300})
        self.page.insert_chart(below, 0, drawn)


def _spread(table: Table) -> list[_Spread]:
    found = []
    at = 0
    for position, column in enumerate(table.columns):
        has_ends = any(row.cells[position].low is not None for row in table.rows)
        found.append(_Spread(column=column, at=at, has_ends=has_ends))
        at += 3 if has_ends else 1
    return found


def _axis_format(chart: Chart, table: Table) -> dict[str, Any]:
    """How the axis of a chart's figures is written: shares as per cent, as their cells are."""
    cells = [row.cells[column] for row in table.rows for column in chart.columns]
    kinds = {cell.kind for cell in cells if cell.number is not None}
    if kinds and all("%" in WORKBOOK_FORMATS[kind] for kind in kinds):
        return {"num_format": "0%"}
    return {}


def _error_bars(chart: Chart, cells: Sequence[Cell]) -> dict[str, Any]:
    """Intervals as Excel's error bars, which take distances from the figure."""
    if not any(cell.low is not None for cell in cells):
        return {}
    axis = "x_error_bars" if chart.kind in ("effects", "bars", "pairs") else "y_error_bars"
    plus = [_distance(cell.number, cell.high) for cell in cells]
    minus = [_distance(cell.low, cell.number) for cell in cells]
    return {axis: {"type": "custom", "plus_values": plus, "minus_values": minus}}


def _distance(low: float | None, high: float | None) -> float:
    return 0.0 if low is None or high is None else max(high - low, 0.0)
