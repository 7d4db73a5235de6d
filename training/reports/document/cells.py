"""Figures as the cells of a table."""

from dataclasses import replace

from features.core import formats
from features.core.estimate import Measured
from features.core.formats import Figure, same
from features.core.text import Text
from training.reports.document.blocks import Cell, Row

NOTHING = Cell(shown=same(formats.UNDEFINED), tone="muted")


def cell(figure: Figure, *, beside: Text | None = None, tone: str = "") -> Cell:
    """Turn a figure into a cell, with its interval and what else qualifies it in smaller type.

    Parameters
    ----------
    figure : Figure
    beside : Text, optional
        Further detail, such as counts.
    tone : str
        How the cell is coloured: ``good``, ``bad``, ``muted``, or empty for none.
    """
    if figure.number is None:
        return NOTHING
    detail = figure.ends or beside
    if figure.ends is not None and beside is not None:
        detail = Text(ja=f"{figure.ends.ja}、{beside.ja}", en=f"{figure.ends.en}; {beside.en}")
    return Cell(
        shown=figure.value,
        detail=detail,
        number=figure.number,
        low=figure.low,
        high=figure.high,
        kind=figure.kind,
        tone=tone,
    )


def word(text: Text, *, tone: str = "") -> Cell:
    """A cell of words."""
    return Cell(shown=text, tone=tone)


def count(n: float | None, *, counts: str | None = None) -> Cell:
    """A whole number.

    Parameters
    ----------
    n : float or None
    counts : str, optional
        The figure whose leads it counts, for a page to lead to the list of them.
    """
    return replace(cell(formats.count(n)), counts=counts)


def number(value: Measured | float | None, decimals: int = formats.NUMBER_DECIMALS) -> Cell:
    """A number, with its interval where it has one."""
    return cell(formats.number(value, decimals))


def share(found: Measured | float | None) -> Cell:
    """A share, with its interval where it has one."""
    return cell(formats.share(found))


def row(*found: Cell | Text) -> Row:
    """A row of words and figures."""
    return Row(cells=tuple(word(one) if isinstance(one, Text) else one for one in found))
