"""The worklist as a file for a spreadsheet, CSV or Excel, page by page, however long it is.

A lead may call itself ``=HYPERLINK(...)``, and spreadsheets run what they open: in CSV a cell that
begins like a formula gets an apostrophe in front, in Excel's format texts are written as texts. The
byte-order mark makes Excel read the CSV file as UTF-8.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

import xlsxwriter
from fastapi import Query
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from features.core.clock import from_second
from features.core.formats import WORKBOOK_FORMATS
from features.core.guarded_csv import csv_lines
from features.core.text import Language
from serving.ledger.access.audit import write_audit
from serving.ledger.access.users import Role
from serving.ledger.leads.queues import is_due
from serving.ledger.leads.worklist import PagePosition, columns_of, page_rows, place_of
from serving.web.access import EVERYBODY, PageRouter
from serving.web.pages.leads.lead_filters import Filters, LeadFilters
from serving.web.pages.leads.lead_rows import NO_REASONS, waiting_hours, weightiest_reasons
from serving.web.pages.leads.worklist_page import listed_by
from serving.web.request.page_request import Opened, PageRequest
from serving.web.services import PageServices
from serving.web.words.page_words import PAGE_WORDS, VERDICTS, state_words

router = PageRouter()

ROWS_READ = 4_000
"""Leads read at a time: what each question costs beside its rows is a tenth of 1,000 leads."""

SHEET_ROWS = 1_048_575
"""Leads on one sheet: Excel has a row more, for the head. What does not fit goes on to the next."""

LONGEST_CELL = 32_767
"""Characters that Excel takes in a cell."""

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

COLUMNS = (
    *("lead", "name", "company", "phase", "probability", "handed_over", "owner"),
    *("email_address", "telephone", "why", "given_answer", "waiting_hours"),
)
"""Names of the columns, and of the words that head them."""

Columns = dict[str, Sequence[Any]]
"""What some leads have in each column: text, numbers or instants, None where nothing."""


class _Read(NamedTuple):
    """What is read of some leads, a column each."""

    lead_id: tuple[str, ...]
    priority: tuple[float, ...]
    decision_id: tuple[int | None, ...]
    as_of_second: tuple[int | None, ...]
    probability: tuple[float | None, ...]
    handed_over_second: tuple[int | None, ...]
    verdict: tuple[str | None, ...]
    reached: tuple[str | None, ...]
    ended: tuple[str | None, ...]
    owner: tuple[str | None, ...]
    name: tuple[str | None, ...]
    email: tuple[str | None, ...]
    phone: tuple[str | None, ...]
    company: tuple[str | None, ...]
    release_id: tuple[str | None, ...]


_READ = columns_of(_Read._fields)

View = Annotated[str, Query(max_length=20)]


# A file with names leaves the house; those who only study the model do not need one.
@router.page("/worklist.csv", name="worklist_csv", roles=EVERYBODY - {Role.DATA_SCIENCE})
def worklist_csv(page_request: Opened, *, filters: Filters, view: View = "all") -> Response:
    """Send the leads of a view as a CSV file; who took it is recorded."""
    _record(page_request, view)
    return StreamingResponse(
        _pieces(_pages(page_request, filters, view), page_request.session.language),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="worklist.csv"'},
    )


@router.page("/worklist.xlsx", name="worklist_xlsx", roles=EVERYBODY - {Role.DATA_SCIENCE})
def worklist_xlsx(page_request: Opened, *, filters: Filters, view: View = "all") -> Response:
    """Send the leads of a view as an Excel workbook; who took it is recorded."""
    _record(page_request, view)
    handle, path = tempfile.mkstemp(suffix=".xlsx")
    os.close(handle)
    head = _head(page_request.session.language)
    _write_workbook(path, head, _pages(page_request, filters, view))
    return FileResponse(
        path, media_type=EXCEL, filename="worklist.xlsx", background=BackgroundTask(os.unlink, path)
    )


def _record(page_request: PageRequest, view: str) -> None:
    with page_request.services.store.engine.begin() as connection:
        write_audit(
            connection, by=page_request.user.login, action="worklist_exported", subject=view
        )


def _pages(page_request: PageRequest, filters: LeadFilters, view: str) -> Iterator[Columns]:
    """The columns of a view, :data:`ROWS_READ` leads at a time."""
    services, definition = page_request.services, page_request.definition
    wanted = listed_by(page_request.user, filters, view=view, clock=services.waiting_clock())
    after: PagePosition | None = None
    while rows := page_rows(services.store, _READ, wanted, after=after, limit=ROWS_READ):
        read = _Read(*zip(*rows, strict=True))
        yield _columns(services, read, page_request.session.language, zone=definition.zone)
        if len(rows) < ROWS_READ:
            return
        after = place_of(rows[-1], wanted.sort)


def _columns(services: PageServices, read: _Read, language: Language, *, zone: ZoneInfo) -> Columns:
    """What the file holds of some leads, by column: lead by lead it took half as long again."""
    decisions = zip(read.decision_id, read.lead_id, read.as_of_second, strict=True)
    reasons = weightiest_reasons(services, zip(read.release_id, decisions, strict=True))
    stands = tuple(zip(read.reached, read.ended, strict=True))
    phases = {one: state_words(*one).read(language) for one in set(stands)}
    answers = {name: VERDICTS[name].read(language) for name in set(read.verdict) if name}
    handed_over = [
        None if second is None else datetime.fromtimestamp(second, tz=zone)
        for second in read.handed_over_second
    ]
    waits = zip(handed_over, read.as_of_second, stands, read.verdict, strict=True)
    return {
        "lead": read.lead_id,
        "name": read.name,
        "company": read.company,
        "phase": [phases[one] for one in stands],
        "probability": read.probability,
        "handed_over": handed_over,
        "owner": read.owner,
        "email_address": read.email,
        "telephone": read.phone,
        "why": [
            reasons.get(number or 0, NO_REASONS).words.read(language) for number in read.decision_id
        ],
        "given_answer": [answers.get(verdict or "") for verdict in read.verdict],
        "waiting_hours": [
            _hours_waiting(since, as_of) if since is not None and is_due(*stand, verdict) else None
            for since, as_of, stand, verdict in waits
        ],
    }


def _hours_waiting(since: datetime, as_of: int | None) -> int | None:
    hours = waiting_hours(since, None if as_of is None else from_second(as_of))
    return None if hours is None else int(hours)


_WRITERS: dict[str, Callable[[Any], str]] = {
    "probability": "{:.4f}".format,
    "handed_over": datetime.isoformat,
    "waiting_hours": str,
}
"""How a column that is no text is written in CSV."""


def _pieces(pages: Iterator[Columns], language: Language) -> Iterator[str]:
    """A CSV file, many lines to a piece: a piece wakes a thread, which costs more than a line."""
    yield "\N{BYTE ORDER MARK}" + csv_lines([[word] for word in _head(language)])
    for columns in pages:
        yield csv_lines(
            [None if cell is None else _WRITERS[name](cell) for cell in column]
            if name in _WRITERS
            else column
            for name, column in columns.items()
        )


def _head(language: Language) -> list[str]:
    return [PAGE_WORDS[name].read(language) for name in COLUMNS]


def _write_workbook(path: str, head: list[str], pages: Iterator[Columns]) -> None:
    """Numbers as numbers, times as local times, everything else as plain text."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        share = book.add_format({"num_format": WORKBOOK_FORMATS["share"]})
        time = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet, at = book.add_worksheet(), 0
        sheet.write_row(0, 0, head)
        for cells in (row for page in pages for row in zip(*page.values(), strict=True)):
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
