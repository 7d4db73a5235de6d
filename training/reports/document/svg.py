"""The few shapes that charts are drawn of, as SVG.

Colours are attributes for a printed page and carry classes beside them, by which the web page's
stylesheet repaints them for light and dark.
"""

from collections.abc import Sequence
from html import escape

Point = tuple[float, float]

INK, MUTED, LINE, SHADE = "#1b242a", "#57646d", "#dce1e5", "#eef1f3"
COLOURS = ("#1c5f80", "#a5521b")
"""First and second series, as the stylesheet's accent and warm."""

FONTS = (
    "Noto Sans CJK JP, Hiragino Sans, Yu Gothic, Meiryo, Noto Sans JP, Awase Japanese, sans-serif"
)
"""For files; on the web page the stylesheet's fonts go before."""


def picture(body: str, *, title: str, width: float, height: float) -> str:
    """Wrap shapes into a drawing that scales with the page and names what it shows.

    Parameters
    ----------
    body : str
        SVG text of the shapes.
    title : str
        What the drawing shows, for those who cannot see it.
    width, height : float
        Size of the drawing, in pixels.
    """
    return (
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" aria-label="{escape(title)}" '
        f'font-family="{FONTS}" font-size="11">{body}</svg>'
    )


def text(at: Point, words: str, anchor: str = "middle", *, ink: bool = False) -> str:
    """Write words on a line, in the colour of labels or of notes.

    Parameters
    ----------
    at : (float, float)
        Horizontal and vertical position, in pixels.
    words : str
    anchor : {"start", "middle", "end"}
        Which part of the words is at the position.
    ink : bool
        Whether they are a label; a note otherwise.
    """
    kind, colour = ("ink", INK) if ink else ("note", MUTED)
    return (
        f'<text class="{kind}" x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{anchor}" '
        f'fill="{colour}">{escape(words)}</text>'
    )


def rule(start: Point, end: Point) -> str:
    """A thin line of the ground."""
    return _line("grid", start, end, stroke=f'stroke="{LINE}" stroke-width="1"')


def stroke(series: int, start: Point, end: Point, *, width: float = 2, dashed: bool = False) -> str:
    """Draw a line in the colour of a series.

    Parameters
    ----------
    series : int
        0 or 1.
    start, end : (float, float)
        Horizontal and vertical position, in pixels.
    width : float
        Thickness, in pixels.
    dashed : bool
    """
    dash = ' stroke-dasharray="3 3"' if dashed else ""
    stroke = f'stroke="{COLOURS[series]}" stroke-width="{width:g}"{dash}'
    return _line(f"stroke-{series}", start, end, stroke=stroke)


def dot(series: int, at: Point) -> str:
    """A dot in the colour of a series."""
    return (
        f'<circle class="fill-{series}" cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="4.5" '
        f'fill="{COLOURS[series]}"/>'
    )


def box(series: int, corner: Point, size: Point) -> str:
    """Draw a filled box in the colour of a series.

    Parameters
    ----------
    series : int
        0 or 1.
    corner : (float, float)
        Horizontal and vertical position of the upper left corner, in pixels.
    size : (float, float)
        Width and height, in pixels.
    """
    return _box(f"fill-{series}", corner, size, colour=COLOURS[series])


def path(series: int, points: Sequence[Point]) -> str:
    """A line through points in the colour of a series."""
    return (
        f'<polyline class="stroke-{series}" points="{_joined(points)}" fill="none" '
        f'stroke="{COLOURS[series]}" stroke-width="2"/>'
    )


def area(points: Sequence[Point]) -> str:
    """The ground between two lines, given as one way round it."""
    return f'<polygon class="pending" points="{_joined(points)}" fill="{SHADE}"/>'


def shade(corner: Point, size: Point) -> str:
    """The ground of what can still change."""
    return _box("pending", corner, size, colour=SHADE)


def _joined(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _line(kind: str, start: Point, end: Point, *, stroke: str) -> str:
    return (
        f'<line class="{kind}" x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" '
        f'y2="{end[1]:.1f}" {stroke}/>'
    )


def _box(kind: str, corner: Point, size: Point, *, colour: str) -> str:
    return (
        f'<rect class="{kind}" x="{corner[0]:.1f}" y="{corner[1]:.1f}" width="{size[0]:.1f}" '
        f'height="{max(size[1], 0):.1f}" fill="{colour}"/>'
    )
