"""The form of a review in words: parts with sentences, grids of cells, and charts of those grids.

Every file and the page are written from this one form, so that they cannot say different things.
A cell carries its number beside its words: a workbook gets the number, a reader gets
"38% (33 to 43)".
"""

from dataclasses import dataclass
from typing import Literal

from features.core.formats import Kind
from features.core.text import Language, Text

ChartKind = Literal["columns", "rates", "effects", "bars", "promised"]


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
    """A drawing of some columns of the grid it belongs to, by the grid's first column."""

    kind: ChartKind
    title: Text
    columns: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table: the text alternative of its charts, too."""

    title: Text
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    charts: tuple[Chart, ...] = ()
    note: Text | None = None


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
class ReviewSection:
    """A section of the review.

    Attributes
    ----------
    name : str
        Its anchor, and the name of its sheet in English.
    question : Text
        What it answers, under the heading.
    beside : bool
        Whether its grids stand side by side where there is room.
    """

    name: str
    heading: Text
    question: Text
    lines: tuple[Text, ...] = ()
    grids: tuple[Grid, ...] = ()
    quotes: tuple[Quotes, ...] = ()
    beside: bool = False
