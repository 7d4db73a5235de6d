"""What people take away: each file holds the review, in both languages, and nothing unsafe."""

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from features.core.errors import LeadDataError
from features.store import Store
from serving.review.make_review import make_review
from serving.review.month import Month
from serving.review.review_document import REVIEW_FORMATS, review_document
from tests.serving.review.conftest import COMMENT
from training.reports.document.blocks import Cell, Chart, Document, Row, Section, Table
from training.reports.document.formats import MEDIA_TYPES
from training.reports.document.pdf import as_pdf
from training.reports.document.xlsx import ROWS_TO_FILTER

JUNE = Month(year=2026, number=6)
SOFFICE = shutil.which("soffice")
PDFTOTEXT = shutil.which("pdftotext")


@pytest.fixture(scope="module")
def made(tmp_path_factory, thirty_leads, thirty_definition):
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('files') / 'awase.db'}")
    store.write(thirty_leads)
    yield store, make_review(store, thirty_definition, JUNE, release=None)
    store.close()


@pytest.fixture(scope="module")
def document(made, thirty_definition) -> Document:
    return review_document(made[0], thirty_definition, made[1])


def _rows(page) -> list[tuple[object, ...]]:
    return [tuple(cell.value for cell in row) for row in page.iter_rows()]


def test_a_workbook_has_a_sheet_per_part_and_numbers_as_numbers(document: Document) -> None:
    book = openpyxl.load_workbook(io.BytesIO(REVIEW_FORMATS["xlsx"](document, ["ja"])))

    assert book.sheetnames == ["概要", *(part.heading.ja for part in document.sections)]
    rows = {row[0]: row for row in _rows(book["両チームのKPI"])}
    # Beside each measure stands whom it counts.
    assert rows["MQL数(今月引き渡したリード)"][1:5] == (25, 20, None, None)
    # Target, then each figure with the ends of its interval.
    assert rows["受け入れ率(今月引き渡したリード)"][1:5] == (
        0.5,
        pytest.approx(0.3),
        pytest.approx(0.1455, abs=1e-4),
        pytest.approx(0.5190, abs=1e-4),
    )
    kinds = {cell.data_type for row in book["両チームのKPI"].iter_rows() for cell in row}
    assert "f" not in kinds


def test_both_languages_stand_in_one_file_on_request(document: Document) -> None:
    book = openpyxl.load_workbook(io.BytesIO(REVIEW_FORMATS["xlsx"](document, ["en", "ja"])))
    minutes = REVIEW_FORMATS["md"](document, ["en", "ja"]).decode()

    headings = [part.heading for part in document.sections]
    assert len(book.sheetnames) == 2 * (1 + len(headings))
    assert book.sheetnames[0] == "Overview (en)"
    assert book.sheetnames[1 + len(headings)] == "概要 (ja)"
    assert minutes.index(f"# {document.title.en}") < minutes.index(f"# {document.title.ja}")
    drawn = [len(page._charts) for page in book.worksheets]
    assert sum(drawn) == 2 * sum(drawn[: 1 + len(headings)]) > 0


def test_a_workbook_draws_its_own_charts(document: Document) -> None:
    book = openpyxl.load_workbook(io.BytesIO(REVIEW_FORMATS["xlsx"](document, ["en"])))

    assert len(book["Funnel and twelve months"]._charts) == 3


def test_a_workbook_s_charts_show_shares_as_per_cent_with_their_intervals(
    document: Document,
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(REVIEW_FORMATS["xlsx"](document, ["en"])))
    drawn = [
        (section, chart, picture)
        for section, page in zip(document.sections, book.worksheets[1:], strict=True)
        for (table, chart), picture in zip(_drawn(section), page._charts, strict=True)
        if {cell.kind for row in table.rows for cell in _figures(row, chart)} == {"share"}
    ]

    axes = {
        (
            picture.x_axis if picture.y_axis.scaling.orientation == "maxMin" else picture.y_axis
        ).numFmt.formatCode
        for _, _, picture in drawn
    }
    assert axes == {"0%"}
    assert any(series.errBars for _, _, picture in drawn for series in picture.series)


def _figures(row: Row, chart: Chart) -> list[Cell]:
    return [row.cells[at] for at in chart.columns if row.cells[at].number is not None]


def _drawn(section: Section) -> list[tuple[Table, Chart]]:
    return [(table, chart) for table in section.tables if table.rows for chart in table.charts]


def test_heads_stay_in_sight_and_a_long_table_can_be_filtered(document: Document) -> None:
    book = openpyxl.load_workbook(io.BytesIO(REVIEW_FORMATS["xlsx"](document, ["en"])))

    for section, page in zip(document.sections, book.worksheets[1:], strict=True):
        rows = _rows(page)
        if len(section.tables) == 1:
            head = tuple(column.label.en for column in section.tables[0].columns[:1])
            under = 2 + next(at for at, row in enumerate(rows) if row[:1] == head and row[1])
            assert page.freeze_panes == f"B{under}"
        else:
            assert page.freeze_panes == "B1"
        longest = max((len(table.rows) for table in section.tables), default=0)
        assert (page.auto_filter.ref is not None) == (longest >= ROWS_TO_FILTER)


def test_what_people_typed_is_text_in_every_file(document: Document) -> None:
    book = openpyxl.load_workbook(io.BytesIO(REVIEW_FORMATS["xlsx"](document, ["ja"])))
    cells = [c for row in book["営業が動きやすかったリード"].iter_rows() for c in row]
    page = REVIEW_FORMATS["html"](document, ["ja"]).decode()
    minutes = REVIEW_FORMATS["md"](document, ["ja"]).decode()

    (cell,) = [c for c in cells if c.value == COMMENT]
    assert cell.data_type == "s"
    assert "<b>" not in page
    assert "=2+3 &lt;b&gt;年度末に再検討&lt;/b&gt;" in page
    assert "<b>" not in minutes


def test_the_printable_page_needs_nothing_beside_itself(document: Document) -> None:
    page = REVIEW_FORMATS["html"](document, ["ja"]).decode()

    assert not re.search(r"<script|\son[a-z]+=|javascript:|@import|url\(", page)
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("<svg") == 2 * 3
    assert "2026年6月のレビュー" in page
    assert "Review of June 2026" in page
    assert re.search(r'id="in-ja" checked', page)


def test_every_chart_says_what_it_shows_and_has_its_table(document: Document) -> None:
    page = REVIEW_FORMATS["html"](document, ["en"]).decode()

    labels = re.findall(r'<svg class="chart"[^>]*aria-label="([^"]+)"', page)
    assert len(labels) == page.count("<svg")
    for figure in re.findall(r"<figure.*?</figure>", page, flags=re.DOTALL):
        assert "<table" in figure


def test_minutes_hold_the_figures_and_room_for_decisions(document: Document) -> None:
    minutes = REVIEW_FORMATS["md"](document, ["en"]).decode()

    assert "# Review of June 2026" in minutes
    assert (
        "| Accepted (leads handed over in the month) | 50% | 30% (15 to 52; 6 of 20) |" in minutes
    )
    assert "## Decisions" in minutes
    assert "| 50% | 30%(15〜52、20件中6件) |" in REVIEW_FORMATS["md"](document, ["ja"]).decode()


def test_a_share_of_fewer_than_ten_is_told_as_counts(document: Document) -> None:
    minutes = REVIEW_FORMATS["md"](document, ["en"]).decode()

    # Of May's four leads from the fair two converted; of June's nine answers four said easy.
    assert "| fair | 8 | 1.3 | 2 of 4 |" in minutes
    assert "Easy to act on: 4 of 9." in minutes
    assert not re.search(r"\d%[^|]*of [1-9]\b(?!\d)", minutes)


def test_sales_read_comments_on_leads_of_their_own_team(made, thirty_definition) -> None:
    store, review = made

    east = review_document(store, thirty_definition, review, sees=lambda team: team == "east")
    west = review_document(store, thirty_definition, review, sees=lambda team: team == "west")

    assert "年度末に再検討" in REVIEW_FORMATS["md"](east, ["ja"]).decode()
    assert "年度末に再検討" not in REVIEW_FORMATS["md"](west, ["ja"]).decode()


def test_every_format_has_its_media_type() -> None:
    assert set(REVIEW_FORMATS) == set(MEDIA_TYPES)


def test_a_pdf_sets_japanese(document: Document, tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", exc_type=(ImportError, OSError))
    if PDFTOTEXT is None:
        pytest.skip("reading a PDF back needs pdftotext; `apt-get install poppler-utils`")
    path = tmp_path / "review.pdf"

    path.write_bytes(as_pdf(document, "ja"))

    text = _text_of(path)
    assert "2026年6月のレビュー" in text
    assert "営業が動きやすかったリード" in text
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True)
    # Every font is in the file: it looks the same everywhere.
    assert all(" yes " in line for line in fonts.stdout.splitlines()[2:])


def test_a_pdf_holds_both_languages_one_after_the_other(document: Document) -> None:
    pytest.importorskip("weasyprint", exc_type=(ImportError, OSError))

    alone = [len(_pages(as_pdf(document, one))) for one in ("ja", "en")]
    both = _pages(REVIEW_FORMATS["pdf"](document, ["ja", "en"]))

    assert len(both) == sum(alone)


def _pages(pdf: bytes) -> list[bytes]:
    """The pages of a PDF whose objects are not packed; weasyprint packs only streams."""
    return re.findall(rb"/Type /Page\b", pdf)


def test_without_the_extra_a_pdf_says_what_is_missing(document: Document, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)

    with pytest.raises(LeadDataError, match=r"got no package weasyprint.*--format html"):
        as_pdf(document, "ja")


@pytest.mark.skipif(
    SOFFICE is None or PDFTOTEXT is None,
    reason="opening files elsewhere needs LibreOffice and pdftotext; "
    "`apt-get install libreoffice-calc poppler-utils`",
)
def test_libreoffice_opens_the_workbook_in_japanese(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "review.xlsx"
    path.write_bytes(REVIEW_FORMATS["xlsx"](document, ["ja"]))
    # A profile of its own, so that nothing outside the test is touched.
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"

    subprocess.run(
        [SOFFICE, profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, path],
        capture_output=True,
        check=True,
        timeout=180,
    )

    text = _text_of(tmp_path / "review.pdf")
    for part in document.sections:
        assert part.heading.ja in text
    assert "引き渡し数: MQL(SQL候補を含む)".replace(" ", "") in text.replace(" ", "")
    assert "30.0%" in text


def _text_of(path: Path) -> str:
    shown = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
    )
    return shown.stdout
