"""The files of a document that people take away: which formats there are, and their writers."""

from collections.abc import Callable, Sequence

from features.core.text import LANGUAGES, Language
from training.reports.document.blocks import Document
from training.reports.document.html import as_html
from training.reports.document.markdown import as_markdown
from training.reports.document.pdf import as_pdf
from training.reports.document.xlsx import as_workbook

Writer = Callable[[Document, Sequence[Language]], bytes]
"""Writes a document in one language, or in both, the first in front: a page holds both always."""


def in_markdown(
    document: Document, languages: Sequence[Language], *, longest_table: int | None = None
) -> bytes:
    """Write a document as Markdown, one language after the other.

    Parameters
    ----------
    document : Document
    languages : sequence of {"ja", "en"}
    longest_table : int, optional
        Tables of more rows are left out.
    """
    written = (as_markdown(document, one, longest_table=longest_table) for one in languages)
    return "\n".join(written).encode()


FORMATS: dict[str, Writer] = {
    "html": lambda document, languages: as_html(document, languages[0]).encode(),
    "xlsx": lambda document, languages: as_workbook(document, *languages),
    "pdf": lambda document, languages: as_pdf(document, *languages),
    "md": in_markdown,
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
