"""KPIs of both teams as rows: a bar with its target mark, and a line of twelve months.

Two figures belong to both teams: how many leads sales accepted, and what share became
opportunities. Neither team reaches them alone, so they stand above the others.
"""

from dataclasses import dataclass

from features.core.text import Text
from features.definition import LeadDefinition
from serving.review import figure_cells
from serving.review.figures.kpi_lines import kpi_label
from serving.review.figures.kpis import MEASURES
from serving.review.labels import TEAMS
from serving.review.records import KpiLine, Review
from training.reports.document.blocks import Cell

SHARED = ("sql_count", "opportunity_share")
SHARED_WORDS = Text(ja="両チーム共通", en="Both teams together")

BAR_WIDTH, BAR_HEIGHT = 220.0, 18.0
LINE_WIDTH, LINE_HEIGHT = 220.0, 34.0
ROOM = 1.15
"""How far a bar's ground reaches beyond the largest of figure and target."""


@dataclass(frozen=True, kw_only=True)
class KpiRow:
    """One KPI as it is drawn.

    Attributes
    ----------
    name : str
        By which its leads are listed.
    bar : float or None
        Width of the bar; None where the figure is not defined.
    marks : tuple of float
        Where the target stands, and its upper end.
    line : str
        Points of the twelve months, those without a figure left out.
    last : (float, float) or None
        Where the line ends.
    level : float or None
        Height of the target beside the line.
    open_from : float or None
        Where the months begin that can still change.
    tone : str
        ``good``, ``bad``, or empty while it cannot be told.
    """

    name: str
    label: Text
    figure: Cell
    target: Cell
    bar: float | None
    marks: tuple[float, ...]
    line: str
    last: tuple[float, float] | None
    level: float | None
    open_from: float | None
    tone: str
    is_open: bool


@dataclass(frozen=True, kw_only=True)
class KpiGroup:
    """The KPIs of one team, or of both."""

    name: str
    label: Text
    rows: tuple[KpiRow, ...]


def kpi_groups(
    review: Review, definition: LeadDefinition, *, only_agreed: bool
) -> tuple[KpiGroup, ...]:
    """Draw a review's KPIs: those of both teams, then marketing's and sales'.

    Parameters
    ----------
    review : Review
    definition : LeadDefinition
        Names the KPIs.
    only_agreed : bool
        Whether those without a target are left out.
    """
    lines = [line for line in review.kpis if line.measured]
    if only_agreed:
        lines = [line for line in lines if line.target is not None]
    groups = (
        ("shared", SHARED_WORDS, [line for line in lines if line.name in SHARED]),
        *(
            (team, label, [ln for ln in lines if ln.team == team and ln.name not in SHARED])
            for team, label in TEAMS.items()
        ),
    )
    return tuple(
        KpiGroup(
            name=name, label=label, rows=tuple(_row(line, review, definition) for line in found)
        )
        for name, label, found in groups
        if found
    )


def _row(line: KpiLine, review: Review, definition: LeadDefinition) -> KpiRow:
    ends = [end for end in (line.target, line.at_most) if end is not None]
    value = line.now.value
    top = max([*ends, value or 0.0], default=0.0) * ROOM or 1.0
    open_months = [not month.matured for month in review.months]
    can_change = MEASURES[line.name].reached_at is not None and any(open_months)
    points = _points(line)
    return KpiRow(
        name=line.name,
        label=kpi_label(line.name, definition.kpis),
        figure=figure_cells.figure(line.now, line.kind),
        target=figure_cells.target(line.target, line.kind, at_most=line.at_most),
        bar=None if value is None else round(value / top * BAR_WIDTH, 1),
        marks=tuple(round(end / top * BAR_WIDTH, 1) for end in ends),
        line=" ".join(f"{x:.1f},{y:.1f}" for x, y in points),
        last=points[-1] if points else None,
        level=None if line.target is None else _height(line.target, _top(line)),
        open_from=_at(open_months.index(True)) if can_change else None,
        tone={True: "good", False: "bad", None: ""}[line.is_met],
        is_open=not line.matured,
    )


def _points(line: KpiLine) -> list[tuple[float, float]]:
    top = _top(line)
    return [
        (_at(place), _height(value, top))
        for place, value in enumerate(line.year)
        if value is not None
    ]


def _top(line: KpiLine) -> float:
    values = [value for value in (*line.year, line.target) if value is not None]
    return max(values, default=0.0) * ROOM or 1.0


def _at(place: int) -> float:
    return 4 + place * (LINE_WIDTH - 8) / 11


def _height(value: float, top: float) -> float:
    return round(LINE_HEIGHT - 3 - value / top * (LINE_HEIGHT - 6), 1)
