"""The worklist as a file for a spreadsheet, CSV or Excel, page by page, however long it is.

A lead may call itself ``=HYPERLINK(...)``, and spreadsheets run what they open: in CSV a cell that
begins like a formula gets an apostrophe in front, in Excel's format texts are written as texts. The
byte-order mark makes Excel read the CSV file as UTF-8.
"""

import csv
import io
import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import xlsxwriter
from fastapi import Query
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from features.core.formats import WORKBOOK_FORMATS
from features.core.guarded_csv import safe_cell
from features.core.text import Language
from features.definition import LeadDefinition
from serving.ledger.access.audit import write_audit
from serving.ledger.access.users import Role
from serving.ledger.leads.worklist import (
    PagePosition,
    WorklistFilter,
    place_of,
    read_page,
)
from serving.web.access import EVERYBODY, PageRouter
from serving.web.pages.leads.lead_filters import Filters, LeadFilters
from serving.web.pages.leads.lead_rows import LeadRow, lead_rows
from serving.web.pages.leads.worklist_page import listed_by
from serving.web.request.page_request import Opened, PageRequest
from serving.web.services import PageServices
from serving.web.words.page_words import PAGE_WORDS, VERDICTS

router = PageRouter()

ROWS_READ = 1_000
"""Leads read at a time."""

SHEET_ROWS = 1_048_575
"""Leads on one sheet: Excel has a row more, for the head. What does not fit goes on to the next."""

LONGEST_CELL = 32_767
"""Characters that Excel takes in a cell."""

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Cell = str | float | int | datetime | None

COLUMNS = (
    *("lead", "name", "company", "phase", "probability", "handed_over", "owner"),
    *("email_address", "telephone", "why", "given_answer", "waiting_hours"),
)
"""Names of the words that head the columns."""


View = Annotated[str, Query(max_length=20)]


# A file with names leaves the house; those who only study the model do not need one.
@router.page("/worklist.csv", name="worklist_csv", roles=EVERYBODY - {Role.DATA_SCIENCE})
def worklist_csv(page_request: Opened, *, filters: Filters, view: View = "all") -> Response:
    """Send the leads of a view as a CSV file; who took it is recorded."""
    _record(page_request, view)
    rows = _rows(page_request, filters, view)
    return StreamingResponse(
        _pieces(rows),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="worklist.csv"'},
    )


@router.page("/worklist.xlsx", name="worklist_xlsx", roles=EVERYBODY - {Role.DATA_SCIENCE})
def worklist_xlsx(page_request: Opened, *, filters: Filters, view: View = "all") -> Response:
    """Send the leads of a view as an Excel workbook; who took it is recorded."""
    _record(page_request, view)
    handle, path = tempfile.mkstemp(suffix=".xlsx")
    os.close(handle)
    _write_workbook(path, _rows(page_request, filters, view))
    return FileResponse(
        path, media_type=EXCEL, filename="worklist.xlsx", background=BackgroundTask(os.unlink, path)
    )


def _record(page_request: PageRequest, view: str) -> None:
    with page_request.services.store.engine.begin() as connection:
        write_audit(
            connection, by=page_request.user.login, action="worklist_exported", subject=view
        )


def _rows(page_request: PageRequest, filters: LeadFilters, view: str) -> Iterator[list[Cell]]:
    """The head, then a row for each lead of a view."""
    services, user, language = (
        page_request.services,
        page_request.user,
        page_request.session.language,
    )
    yield [PAGE_WORDS[name].read(language) for name in COLUMNS]
    definition = page_request.definition
    wanted = listed_by(user, filters, view=view, clock=services.waiting_clock())
    for row in _leads(services, definition, wanted):
        yield _cells(row, language, zone=definition.zone)


def _leads(
    services: PageServices, definition: LeadDefinition, wanted: WorklistFilter
) -> Iterator[LeadRow]:
    after: PagePosition | None = None
    while True:
        page = read_page(services.store, wanted, after=after, limit=ROWS_READ)
        yield from lead_rows(services, definition, page)
        if len(page) < ROWS_READ:
            return
        after = place_of(page[-1][0], wanted.sort)


def _cells(row: LeadRow, language: Language, *, zone: ZoneInfo) -> list[Cell]:
    lead_state, person = row.lead_state, row.person
    handed_over = lead_state.handed_over_at
    why = [reason.words.read(language) for reason in row.reasons]
    if row.against is not None:
        but = PAGE_WORDS["but"].read(language)
        why.append(f"{but} {row.against.words.read(language)}")
    return [
        lead_state.lead_id,
        person.name,
        person.company,
        row.reached.read(language),
        lead_state.probability,
        None if handed_over is None else handed_over.astimezone(zone),
        lead_state.owner,
        person.email,
        person.phone,
        PAGE_WORDS["then"].read(language).join(why),
        None if lead_state.verdict is None else VERDICTS[lead_state.verdict].read(language),
        None if row.waiting_hours is None else int(row.waiting_hours),
    ]


_TEXTS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _cell: "",
    datetime: datetime.isoformat,
    str: safe_cell,
    int: str,
    float: "{:.4f}".format,
}


def _texts(cells: list[Cell]) -> list[str]:
    return [_TEXTS[type(cell)](cell) for cell in cells]


def _pieces(rows: Iterator[list[Cell]]) -> Iterator[str]:
    """A CSV file, many lines to a piece: a piece wakes a thread, which costs more than a line."""
    yield "\N{BYTE ORDER MARK}"
    while some := list(itertools.islice(rows, ROWS_READ)):
        written = io.StringIO()
        csv.writer(written).writerows(_texts(cells) for cells in some)
        yield written.getvalue()


def _write_workbook(path: str, rows: Iterator[list[Cell]]) -> None:
    """Numbers as numbers, times as local times, everything else as plain text."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        share = book.add_format({"num_format": WORKBOOK_FORMATS["share"]})
        time = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        head = next(rows)
        sheet, at = book.add_worksheet(), 0
        sheet.write_row(0, 0, head)
        for cells in rows:
            if at == SHEET_ROWS:
                sheet, at = book.add_worksheet(), 0
                sheet.write_row(0, 0, head)
            at += 1
            for column, cell in enumerate(cells):
                if isinstance(cell, datetime):
                    sheet.write_datetime(at, column, cell.replace(tzinfo=None), time)
                elif isinstance(cell, str):
                    sheet.write_string(at, column, cell[:LONGEST_CELL])
                elif cell is not None:
                    number = None if isinstance(cell, int) else share
                    sheet.write_number(at, column, cell, number)
