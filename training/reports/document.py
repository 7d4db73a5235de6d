"""A report as headings, sentences and tables, written as Markdown or as one self-contained page."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from features.core.text import Language


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows under headings; columns after the first hold figures."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a document."""

    heading: str
    lines: tuple[str, ...] = ()
    table: Table | None = None
    drawings: tuple[str, ...] = ()
    """SVG texts; Markdown leaves them out."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """A report, whatever it is written as."""

    title: str
    language: Language
    sections: tuple[Section, ...]


def as_markdown(document: Document) -> str:
    """The document as Markdown, drawings left out."""
    parts = [f"# {_md(document.title)}"]
    for section in document.sections:
        parts.append(f"## {_md(section.heading)}")
        if section.lines:
            parts.append("\n".join(f"- {_md(line)}" for line in section.lines))
        if section.table is not None:
            parts.append(_md_table(section.table))
    return "\n\n".join(parts) + "\n"


def as_html(document: Document) -> str:
    """The document as one page that needs nothing beside itself and prints well."""
    body = "".join(_html_section(section) for section in document.sections)
    title = html.escape(document.title)
    return (
        f'<!doctype html>\n<html lang="{document.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>\n"
    )


def _html_section(section: Section) -> str:
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in section.lines)
    listed = f"<ul>{lines}</ul>" if lines else ""
    table = _html_table(section.table) if section.table is not None else ""
    drawings = "".join(f"<figure>{svg}</figure>" for svg in section.drawings)
    heading = html.escape(section.heading)
    return f"<section><h2>{heading}</h2>{listed}{table}{drawings}</section>"


def _html_table(table: Table) -> str:
    head = "".join(f'<th scope="col">{html.escape(c)}</th>' for c in table.columns)
    rows = "".join(f"<tr>{_html_row(row)}</tr>" for row in table.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _html_row(row: Sequence[str]) -> str:
    first, *rest = (html.escape(cell) for cell in row)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest)


def _md_table(table: Table) -> str:
    lines = [table.columns, ("---", *("---:" for _ in table.columns[1:])), *table.rows]
    rows = [[_md(cell).replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _md(text: str) -> str:
    # Words of a definition or values of leads must not turn into markup.
    return html.escape(text, quote=False).replace("*", "\\*").replace("`", "\\`")


_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;color:#1d2530;margin:0}"
    "main{max-width:60rem;margin:0 auto;padding:1.5rem}"
    "h2{margin-top:2rem;font-size:1.2rem;border-bottom:1px solid #d5dae1}"
    "table{border-collapse:collapse;width:100%;font-size:.92rem}"
    "th,td{padding:.25rem .6rem;border-bottom:1px solid #e3e7ec;text-align:right}"
    "th:first-child{text-align:left;font-weight:400}thead th{font-weight:600}"
    "figure{margin:1rem 0}@media print{section{break-inside:avoid}}"
)
