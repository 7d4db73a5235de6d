"""The worklist as a CSV file for a spreadsheet, page by page, however long it is.

A cell that begins like a formula gets an apostrophe in front: a lead may call itself
``=HYPERLINK(...)``, and spreadsheets run what they open. The byte-order mark makes Excel read the
file as UTF-8.
"""

import csv
import io
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from features.store import Store
from features.store.people import write_audit
from features.store.worklist import Person, Place, Standing, Wanted, read_page
from features.text import Language
from serving.web.page_words import PAGE_WORDS, REACHED
from serving.web.visit import Opened
from serving.web.worklist_page import LONGEST_SEARCH, wanted_by

router = APIRouter(include_in_schema=False)

ROWS_READ = 1_000
"""Leads read at a time."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the beginning of a formula (OWASP, CSV injection)."""

COLUMNS = ("lead", "name", "company", "phase", "probability", "handed_over", "owner")
"""Names of the words that head the columns."""


@router.get("/worklist.csv", name="worklist_csv")
def worklist_csv(
    visit: Opened,
    *,
    view: Annotated[str, Query(max_length=20)] = "all",
    q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
) -> Response:
    """Send the leads of a view as a file; who took it is recorded."""
    store, user = visit.office.store, visit.user
    with store.engine.begin() as connection:
        write_audit(connection, by=user.login, action="worklist_exported", subject=view)
    return StreamingResponse(
        _lines(store, wanted_by(user, view, q.strip()), visit.visitor.language),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="worklist.csv"'},
    )


def safe_cell(value: str) -> str:
    """Text that no spreadsheet takes for a formula.

    Examples
    --------
    >>> safe_cell("=1+1"), safe_cell("Acme")
    ("'=1+1", 'Acme')
    """
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def _lines(store: Store, wanted: Wanted, language: Language) -> Iterator[str]:
    yield "\N{BYTE ORDER MARK}" + _line([PAGE_WORDS[name].read(language) for name in COLUMNS])
    after: Place | None = None
    while True:
        page = read_page(store, wanted, after=after, limit=ROWS_READ)
        yield "".join(_line(_cells(standing, person, language)) for standing, person in page)
        if len(page) < ROWS_READ:
            return
        last = page[-1][0]
        after = Place(priority=last.priority, lead_id=last.lead_id)


def _cells(standing: Standing, person: Person, language: Language) -> list[str]:
    handed_over = standing.handed_over_at
    return [
        safe_cell(standing.lead_id),
        safe_cell(person.name or ""),
        safe_cell(person.company or ""),
        REACHED[standing.reached].read(language),
        "" if standing.probability is None else f"{standing.probability:.4f}",
        "" if handed_over is None else handed_over.isoformat(),
        safe_cell(standing.owner or ""),
    ]


def _line(cells: list[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()
