"""The files of a document that people take away: which formats there are, and their writers."""

from collections.abc import Callable

from features.core.text import LANGUAGES, Language
from training.reports.document.blocks import Document
from training.reports.document.html import as_html
from training.reports.document.markdown import as_markdown
from training.reports.document.pdf import as_pdf
from training.reports.document.xlsx import as_workbook

Writer = Callable[[Document, Language], bytes]

FORMATS: dict[str, Writer] = {
    "html": lambda document, language: as_html(document, language).encode(),
    "xlsx": as_workbook,
    "pdf": as_pdf,
    "md": lambda document, language: as_markdown(document, language).encode(),
}
"""Writers by the ending of their files."""

MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "md": "text/markdown; charset=utf-8",
}


def document_files(name: str, document: Document) -> dict[str, bytes]:
    """Write a document in both languages, as Markdown and as a page, by the name of each file.

    Parameters
    ----------
    name : str
        What the files' names begin with.
    document : Document
    """
    files = {}
    for language in LANGUAGES:
        files[f"{name}.{language}.md"] = as_markdown(document, language).encode()
        page = as_html(document, language, languages=(language,))
        files[f"{name}.{language}.html"] = page.encode()
    return files
