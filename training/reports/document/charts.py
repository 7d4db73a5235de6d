"""Charts of a document as SVG: no script, no style of its own, no outside font.

The table a chart belongs to is its data and its text alternative.

Why not Altair, whose drawings need a JavaScript engine: in a server it costs half a second and some
hundred megabytes before the first chart; its colours cannot follow the reader's light or dark page,
as they are written into the drawing; and it measures Japanese labels too narrow, which cuts them.
Eight kinds of charts are drawn here from boxes, lines and dots.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from features.core.formats import agreed_share, count, plain_number, signed
from features.core.text import Language
from training.reports.document import svg
from training.reports.document.blocks import Cell, Chart, Document, Row, Table

WIDTH = 640.0
ROW_HEIGHT = 24.0
LABEL_WIDTH = 190.0
AXIS_WIDTH = 40.0
TALL = 190.0
SQUARE = 320.0
MOST_LETTERS = 30
"""Latin letters that fit beside a row; Japanese ones are twice as wide."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One row of a chart: its label, and a number with interval per column drawn."""

    label: str
    values: tuple[Cell, ...]
    pending: bool


def drawings(document: Document, language: Language) -> dict[str, str]:
    """Draw every chart of a document as SVG, by the name of its section and its number there.

    Parameters
    ----------
    document : Document
    language : {"ja", "en"}
        Language of the labels.
    """
    drawn = {}
    for section in document.sections:
        charts = [(chart, table) for table in section.tables for chart in table.charts]
        for place, (chart, table) in enumerate(charts, start=1):
            name = section.name if len(charts) == 1 else f"{section.name}-{place}"
            drawn[name] = draw(chart, table, language)
    return {name: drawing for name, drawing in drawn.items() if drawing}


def draw(chart: Chart, table: Table, language: Language) -> str:
    """Draw a chart of a table as SVG text; empty where no cell has a number.

    Parameters
    ----------
    chart : Chart
        Which columns to draw, and how.
    table : Table
        The table the chart belongs to.
    language : {"ja", "en"}
        Language of the labels.
    """
    marks = [_mark(row, chart, language) for row in table.rows]
    if not any(_has_number(mark) for mark in marks):
        return ""
    if chart.kind in _A_ROW_EACH:
        marks = [mark for mark in marks if _has_number(mark)]
    labels = [table.columns[column].label.read(language) for column in chart.columns]
    if chart.kind in _WITH_LEVEL:
        body, height = _WITH_LEVEL[chart.kind](marks, labels, chart.level)
    else:
        body, height = _DRAWN[chart.kind](marks, labels)
    return svg.picture(body, title=chart.title.read(language), width=WIDTH, height=height)


def _has_number(mark: Mark) -> bool:
    return any(cell.number is not None for cell in mark.values)


def _mark(row: Row, chart: Chart, language: Language) -> Mark:
    return Mark(
        label=row.cells[0].shown.read(language),
        values=tuple(row.cells[column] for column in chart.columns),
        pending=row.pending,
    )


def _columns(marks: list[Mark], labels: Sequence[str]) -> tuple[str, float]:
    """Stacked columns by month, months that can still change shaded."""
    levels = _levels(max(sum(cell.number or 0 for cell in mark.values) for mark in marks))
    scale = TALL / levels[-1]
    boxes = []
    for place, mark in enumerate(marks):
        x, width = _slot(place, len(marks))
        base = TALL
        for series, cell in enumerate(mark.values):
            height = (cell.number or 0) * scale
            base -= height
            boxes.append(svg.box(series, (x + width * 0.2, base), (width * 0.6, height)))
    ground = _ground(marks, [(value * scale, count(value).en) for value in levels])
    return "".join((ground, *boxes, _legend(labels, TALL + 26))), TALL + 44


def _rates(marks: list[Mark], labels: Sequence[str]) -> tuple[str, float]:
    """Figures over time with their intervals, what is only expected drawn dashed."""
    levels = _levels(_highest(cell for mark in marks for cell in mark.values))
    scale = TALL / levels[-1]
    said = agreed_share if marks[0].values[0].kind == "share" else count
    parts = []
    for place, mark in enumerate(marks):
        x, width = _slot(place, len(marks))
        for series, cell in enumerate(mark.values):
            if cell.number is None:
                continue
            at = x + width / 2 + 10 * series
            low, high = _ends(cell)
            ends = (at, TALL - low * scale), (at, TALL - high * scale)
            parts.append(svg.stroke(series, *ends, dashed=series > 0))
            parts.append(svg.dot(series, (at, TALL - cell.number * scale)))
    ground = _ground(marks, [(value * scale, said(value).en) for value in levels])
    return "".join((ground, *parts, _legend(labels, TALL + 26))), TALL + 44


def _effects(marks: list[Mark], _: Sequence[str], level: float | None) -> tuple[str, float]:
    """Differences about zero, with intervals, and the least one that matters."""
    ends = [abs(end) for mark in marks for end in _ends(mark.values[0])] + [level or 0.0]
    reach = max(ends, default=1.0) or 1.0
    left, right = LABEL_WIDTH, WIDTH - 12
    zero, scale = (left + right) / 2, (right - left) / 2 / reach
    height = ROW_HEIGHT * len(marks)
    parts = [svg.rule((zero, 0), (zero, height))]
    if level is not None:
        at = zero + level * scale
        parts.append(svg.stroke(1, (at, 0), (at, height), width=1.5, dashed=True))
    for place, mark in enumerate(marks):
        y = ROW_HEIGHT * (place + 0.5)
        (cell,) = mark.values
        parts.append(_label(mark.label, y))
        parts.append(_whisker(cell, (zero, y), scale, series=int((cell.number or 0) < 0)))
    parts.append(svg.text((left, height + 14), signed(-reach, 0).en))
    parts.append(svg.text((zero, height + 14), "0"))
    parts.append(svg.text((right, height + 14), signed(reach, 0).en, "end"))
    return "".join(parts), height + 20


def _bars(marks: list[Mark], _: Sequence[str]) -> tuple[str, float]:
    """Lying bars, muted ones in the second colour, with a range where there is one."""
    scale = (WIDTH - LABEL_WIDTH - 60) / _highest(mark.values[0] for mark in marks)
    parts = []
    for place, mark in enumerate(marks):
        y = ROW_HEIGHT * (place + 0.5)
        (cell,) = mark.values
        value = cell.number or 0.0
        low, high = _ends(cell) or (0.0, 0.0)
        parts.append(_label(mark.label, y))
        series = int(cell.tone == "muted")
        parts.append(svg.box(series, (LABEL_WIDTH, y - 7), (value * scale, 14)))
        if high > low:
            ends = (LABEL_WIDTH + low * scale, y), (LABEL_WIDTH + high * scale, y)
            parts.append(svg.stroke(1 - series, *ends))
        end = LABEL_WIDTH + max(value, high) * scale + 6
        parts.append(svg.text((end, y + 4), cell.shown.en, "start"))
    return "".join(parts), ROW_HEIGHT * len(marks)


def _reliability(marks: list[Mark], _: Sequence[str]) -> tuple[str, float]:
    """Draw predictions as ticks, observed shares as dots with their intervals."""
    top = _highest(cell for mark in marks for cell in mark.values)
    scale = (WIDTH - LABEL_WIDTH - 24) / top
    height = ROW_HEIGHT * len(marks)
    parts = []
    for place, mark in enumerate(marks):
        y = ROW_HEIGHT * (place + 0.5)
        predicted, observed = mark.values
        parts.append(_label(mark.label, y))
        parts.append(svg.rule((LABEL_WIDTH, y), (WIDTH - 12, y)))
        parts.append(_whisker(observed, (LABEL_WIDTH, y), scale, series=0))
        if predicted.number is not None:
            x = LABEL_WIDTH + predicted.number * scale
            parts.append(svg.stroke(1, (x, y - 8), (x, y + 8), width=3))
    parts += _foot(top, scale, height)
    return "".join(parts), height + 20


def _pairs(marks: list[Mark], labels: Sequence[str]) -> tuple[str, float]:
    """Draw two shares in each row, one below the other, with their intervals."""
    top = _highest(cell for mark in marks for cell in mark.values)
    scale = (WIDTH - LABEL_WIDTH - 24) / top
    parts = []
    for place, mark in enumerate(marks):
        y = 2 * ROW_HEIGHT * (place + 0.5)
        parts.append(_label(mark.label, y))
        for series, cell in enumerate(mark.values):
            at = (LABEL_WIDTH, y + (2 * series - 1) * ROW_HEIGHT / 3)
            parts.append(_whisker(cell, at, scale, series=series))
    height = 2 * ROW_HEIGHT * len(marks)
    ends = (svg.rule((x, 0), (x, height)) for x in (LABEL_WIDTH, LABEL_WIDTH + top * scale))
    parts += [*ends, *_foot(top, scale, height), _legend(labels, height + 22)]
    return "".join(parts), height + 40


def _curve(marks: list[Mark], labels: Sequence[str]) -> tuple[str, float]:
    """Draw observed by predicted shares; true probabilities would stay on the shaded ground."""
    top = _highest(cell for mark in marks for cell in mark.values)
    scale = SQUARE / top
    found = [(m.values[0].number or 0.0, m.values[1].number or 0.0, m.values[1]) for m in marks]

    def at(x: float, y: float) -> svg.Point:
        return AXIS_WIDTH + x * scale, SQUARE - y * scale

    lower = [at(x, _ends(cell)[0]) for x, _, cell in found]
    upper = [at(x, _ends(cell)[1]) for x, _, cell in reversed(found)]
    parts = [svg.area([*lower, *upper])]
    for level in _levels(top)[:-1]:
        parts.append(svg.rule(at(0, level), at(top, level)))
        parts.append(svg.text((AXIS_WIDTH - 4, at(0, level)[1] + 4), agreed_share(level).en, "end"))
        parts.append(svg.text((at(level, 0)[0], SQUARE + 14), agreed_share(level).en))
    parts.append(svg.rule(at(0, 0), at(top, top)))
    parts.append(svg.path(0, [at(x, y) for x, y, _ in found]))
    parts.append(svg.text(at(top, 0.02 * top), f"{labels[0]} →", "end", ink=True))
    parts.append(svg.text((AXIS_WIDTH + 6, 12), f"↑ {labels[1]}", "start", ink=True))
    return "".join(parts), SQUARE + 20


def _lines(marks: list[Mark], labels: Sequence[str], level: float | None) -> tuple[str, float]:
    """One line per column over the rows, from zero, and the level that was agreed."""
    top = max(_highest(cell for mark in marks for cell in mark.values), level or 0.0)
    levels = _levels(top)
    scale = TALL / levels[-1]
    slots = [_slot(place, len(marks)) for place in range(len(marks))]
    middles = [x + width / 2 for x, width in slots]
    parts = [svg.text((x, TALL + 14), m.label) for x, m in zip(middles, marks, strict=True)]
    for value in levels:
        y = TALL - value * scale
        parts.append(svg.rule((AXIS_WIDTH, y), (WIDTH, y)))
        parts.append(svg.text((AXIS_WIDTH - 4, max(y + 4, 9)), plain_number(value), "end"))
    for series in range(len(labels)):
        found = [
            (x, TALL - (mark.values[series].number or 0.0) * scale)
            for x, mark in zip(middles, marks, strict=True)
            if mark.values[series].number is not None
        ]
        parts += [svg.path(series, found), *(svg.dot(series, at) for at in found)]
    if level is not None:
        y = TALL - level * scale
        parts.append(svg.stroke(1, (AXIS_WIDTH, y), (WIDTH, y), width=1.5, dashed=True))
    return "".join((*parts, _legend(labels, TALL + 26))), TALL + 44


_WITH_LEVEL = {"effects": _effects, "lines": _lines}

_A_ROW_EACH = frozenset({"effects", "bars", "reliability", "pairs"})
"""What is drawn row below row; along a line of months, one without a number keeps its place."""

_DRAWN = {
    "columns": _columns,
    "rates": _rates,
    "bars": _bars,
    "reliability": _reliability,
    "pairs": _pairs,
    "curve": _curve,
}


def _ends(cell: Cell) -> tuple[float, ...]:
    """The ends of a cell's interval, its number where it has none; nothing without a number."""
    if cell.number is None:
        return ()
    low = cell.number if cell.low is None else cell.low
    return low, cell.number if cell.high is None else cell.high


def _highest(cells: Iterable[Cell]) -> float:
    ends = [end for cell in cells for end in (cell.number or 0.0, *_ends(cell))]
    return max(ends, default=1.0) or 1.0


def _whisker(cell: Cell, origin: svg.Point, scale: float, *, series: int) -> str:
    if cell.number is None:
        return ""
    x, y = origin
    low, high = _ends(cell)
    line = svg.stroke(series, (x + low * scale, y), (x + high * scale, y))
    return line + svg.dot(series, (x + cell.number * scale, y))


def _ground(marks: list[Mark], levels: Sequence[tuple[float, str]]) -> str:
    """Months along the foot, those that can still change shaded, and the levels of the axis."""
    parts = []
    for place, mark in enumerate(marks):
        x, width = _slot(place, len(marks))
        if mark.pending:
            parts.append(svg.shade((x, 0), (width, TALL)))
        # "26-03": twelve of them must fit; of more, every other or fewer are named.
        if place % math.ceil(len(marks) * 7 * len(mark.label[2:]) / WIDTH) == 0:
            parts.append(svg.text((x + width / 2, TALL + 14), mark.label[2:]))
    for height, shown in levels:
        y = TALL - height
        parts.append(svg.rule((AXIS_WIDTH, y), (WIDTH, y)))
        parts.append(svg.text((AXIS_WIDTH - 4, max(y + 4, 9)), shown, "end"))
    return "".join(parts)


def _foot(top: float, scale: float, height: float) -> list[str]:
    """Zero and the highest share, below the rows."""
    ends = ((LABEL_WIDTH, "0%"), (LABEL_WIDTH + top * scale, agreed_share(round(top, 3)).en))
    return [svg.text((x, height + 14), said) for x, said in ends]


def _slot(place: int, count: int) -> tuple[float, float]:
    width = (WIDTH - AXIS_WIDTH) / count
    return AXIS_WIDTH + place * width, width


def _levels(top: float) -> list[float]:
    """Round numbers from zero to at least ``top``, four to eight of them."""
    top = top or 1.0
    step = 10.0 ** math.floor(math.log10(top))
    while top / step < 3:
        step /= 2
    while top / step > 6:
        step *= 2
    return [step * n for n in range(math.ceil(top / step) + 1)]


def _legend(labels: Sequence[str], y: float) -> str:
    parts = []
    x = AXIS_WIDTH
    for series, label in enumerate(labels):
        parts.append(svg.box(series, (x, y), (10, 10)))
        parts.append(svg.text((x + 15, y + 9), label, "start"))
        x += 40 + 6.5 * _breadth(label)
    return "".join(parts)


def _label(words: str, y: float) -> str:
    breadth = _breadth(words)
    fits = breadth <= MOST_LETTERS
    shown = words if fits else words[: int(len(words) * (MOST_LETTERS - 2) / breadth)] + "…"
    return svg.text((LABEL_WIDTH - 8, y + 4), shown, "end", ink=True)


def _breadth(words: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in words)
