"""A document as Markdown: what each section says and its tables; drawings are left out."""

import html
from collections.abc import Iterator

from features.core.text import Language
from training.reports.document.blocks import Document, Section, Table


def as_markdown(document: Document, language: Language, *, longest_table: int | None = None) -> str:
    """Write a document as Markdown in one language.

    Parameters
    ----------
    document : Document
    language : {"ja", "en"}
    longest_table : int, optional
        Tables of more rows are left out.
    """
    parts = [f"# {_escaped(document.title.read(language))}"]
    if document.about is not None:
        parts.append(_escaped(document.about.read(language)))
    for section in document.sections:
        parts += _section(section, language, longest_table)
    return "\n\n".join(parts) + "\n"


def _section(section: Section, language: Language, longest: int | None) -> Iterator[str]:
    yield f"## {_escaped(section.heading.read(language))}"
    comments = [
        f"{group.title.read(language)}: {' '.join(quote.words.split())}"
        for group in section.quotes
        for quote in group.quotes
    ]
    lines = [*(line.read(language) for line in section.lines), *comments]
    if lines:
        yield "\n".join(f"- {_escaped(line)}" for line in lines)
    for table in section.tables:
        if table.is_folded or (longest is not None and len(table.rows) > longest):
            continue
        if table.title is not None:
            yield f"### {_escaped(table.title.read(language))}"
        yield _table(table, language)
        if table.note is not None:
            yield _escaped(table.note.read(language))


def _table(table: Table, language: Language) -> str:
    rows = [
        [column.label.read(language) for column in table.columns],
        ["---" if column.is_words else "---:" for column in table.columns],
    ]
    for row in table.rows:
        first, *others = (cell.read(language) for cell in row.cells)
        rows.append([first + (" *" if row.pending else ""), *others])
    escaped = ([_escaped(cell).replace("|", "\\|") for cell in row] for row in rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in escaped)


def _escaped(text: str) -> str:
    # Words of a definition or values of leads must not turn into markup.
    return html.escape(text, quote=False).replace("*", "\\*").replace("`", "\\`")
