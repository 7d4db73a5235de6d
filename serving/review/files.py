"""The files of a review that people take away: which formats there are, and how each is written."""

from collections.abc import Callable

from features.text import Language
from serving.review.as_html import as_html
from serving.review.as_markdown import as_markdown
from serving.review.as_pdf import as_pdf
from serving.review.as_workbook import as_workbook
from serving.review.sheet import Sheet

FORMATS: dict[str, Callable[[Sheet, Language], bytes]] = {
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
