"""A report in words: sections of sentences, tables of cells, and charts of those tables.

Every file, page and terminal output is written from this one form, so that they cannot say
different things. A cell carries its number beside its words: a workbook gets the number, a reader
gets "38% (33 to 43)". A chart has no data of its own: its table is its text alternative.
"""

from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from features.core.formats import Kind, same
from features.core.text import Language, Text

ChartKind = Literal["columns", "rates", "effects", "bars", "reliability", "pairs", "curve", "lines"]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell.

    Attributes
    ----------
    shown : Text
    detail : Text or None
        What makes it honest: interval and counts, said smaller.
    number, low, high : float or None
        What a workbook gets; the interval in columns of its own.
    kind : str
    lead_id : str or None
        A lead it names, for a page to lead to.
    counts : str or None
        The figure whose leads it counts, for a page to lead to the list of them.
    tone : str
        ``good``, ``bad`` or ``muted``.
    """

    shown: Text
    detail: Text | None = None
    number: float | None = None
    low: float | None = None
    high: float | None = None
    kind: Kind = "count"
    lead_id: str | None = None
    counts: str | None = None
    tone: str = ""

    def read(self, language: Language) -> str:
        """All of its words in one line."""
        shown = self.shown.read(language)
        if self.detail is None:
            return shown
        space = "" if language == "ja" else " "
        return f"{shown}{space}({self.detail.read(language)})"


@dataclass(frozen=True, kw_only=True)
class Column:
    """What stands in a column; words are set to the left, figures to the right."""

    label: Text
    is_words: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """Cells in the order of the columns; ``pending`` rows can still change."""

    cells: tuple[Cell, ...]
    pending: bool = False


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawing of some columns of the table it belongs to, by the table's first column.

    Attributes
    ----------
    level : float or None
        What was agreed, drawn dashed across effects and lines.
    """

    kind: ChartKind
    title: Text
    columns: tuple[int, ...]
    level: float | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows under headings; the text alternative of its charts, too.

    Attributes
    ----------
    title : Text or None
        None where the section holds it alone and is named for it.
    is_folded : bool
        Whether it stands for its charts only: closed on a page, left out where no chart is drawn.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    title: Text | None = None
    charts: tuple[Chart, ...] = ()
    note: Text | None = None
    is_folded: bool = False


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A comment as somebody wrote it, about one lead."""

    lead_id: str
    at: int
    words: str


@dataclass(frozen=True, kw_only=True)
class Quotes:
    """Comments that belong together."""

    title: Text
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section of a document.

    Attributes
    ----------
    name : str
        Its anchor, and the beginning of its charts' file names.
    question : Text or None
        What it answers, under the heading.
    beside : bool
        Whether its tables stand side by side where there is room.
    """

    name: str
    heading: Text
    question: Text | None = None
    lines: tuple[Text, ...] = ()
    tables: tuple[Table, ...] = ()
    quotes: tuple[Quotes, ...] = ()
    beside: bool = False


@dataclass(frozen=True, kw_only=True)
class Document:
    """A report, whatever it is written as.

    Attributes
    ----------
    title : Text
    zone : ZoneInfo
        Time zone of the days in the words.
    about : Text or None
        Up to when it is known, and by which release.
    """

    title: Text
    zone: ZoneInfo
    sections: tuple[Section, ...]
    about: Text | None = None

    def section(self, name: str) -> Section:
        """The section of a name; KeyError if there is none."""
        return {section.name: section for section in self.sections}[name]


def columns(*labels: Text, n_words: int = 1) -> tuple[Column, ...]:
    """Name columns of which the first hold words and the others figures.

    Parameters
    ----------
    *labels : Text
    n_words : int
        How many hold words.
    """
    return tuple(
        Column(label=label, is_words=place < n_words) for place, label in enumerate(labels)
    )


BLANK = same("")
"""The label of a column that needs none."""
