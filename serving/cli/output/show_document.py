"""A document in the terminal: headings, tables and sentences; charts are left to the files."""

from collections.abc import Collection

from features.core.text import Language
from serving.cli.output.console import heading, say, table
from training.reports.document.blocks import Document, Section


def show_document(
    document: Document,
    language: Language = "en",
    *,
    last: str = "",
    only: Collection[str] | None = None,
) -> None:
    """Print a document: headings, sentences and tables; charts are left out.

    Parameters
    ----------
    document : Document
    language : {"ja", "en"}
    last : str
        Name of a section that is printed after all others, where a terminal's reader looks first.
    only : collection of str, optional
        Names of the sections that answer the question; the others are left to the files.
    """
    if document.about is not None:
        heading(f"{document.title.read(language)}, {document.about.read(language)}")
    for section in sorted(document.sections, key=lambda section: section.name == last):
        if only is None or section.name in only:
            show_section(section, language)


def show_section(section: Section, language: Language = "en") -> None:
    """Print a section: its heading, its tables, and what it says."""
    tables = [found for found in section.tables if not found.is_folded]
    if not tables and not section.lines:
        return
    heading(section.heading.read(language))
    for found in tables:
        if found.title is not None:
            say(f"  {found.title.read(language)}")
        labels = [column.label.read(language) for column in found.columns]
        rows = [[cell.read(language) for cell in row.cells] for row in found.rows]
        words = [place for place, column in enumerate(found.columns) if column.is_words]
        table(labels, rows, words=words)
    for line in section.lines:
        say(f"  {line.read(language)}")
