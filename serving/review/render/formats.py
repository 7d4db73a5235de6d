"""The files of a review that people take away: which formats there are, and how each is written."""

from collections.abc import Callable

from features.core.text import Language
from serving.review.render.html import as_html
from serving.review.render.markdown import as_markdown
from serving.review.render.pdf import as_pdf
from serving.review.render.report import ReviewReport
from serving.review.render.xlsx import as_workbook

FORMATS: dict[str, Callable[[ReviewReport, Language], bytes]] = {
    "html": lambda sheet, language: as_html(sheet, language).encode(),
    "xlsx": as_workbook,
    "pdf": as_pdf,
    "md": lambda sheet, language: as_markdown(sheet, language).encode(),
}
"""Writers by the ending of their files."""

MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "md": "text/markdown; charset=utf-8",
}
