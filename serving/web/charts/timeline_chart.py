"""What a lead did, as dots on a line per behaviour, and the latest of it as a list."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from features.core.clock import DAY, from_second
from features.core.text import Text
from features.definition import LeadDefinition
from features.store.lead_tables import LeadTables

MOST_DAYS = 180
"""How far back the drawing goes; the list beside it names older ones too."""

LISTED = 12
SMALLEST_DOT, LARGEST_DOT = 3.0, 8.0
EDGE = 2.0
"""Per cent of the width left free at either end, for the dots' own width."""

STEPS = (1, 2, 7, 14, 30, 60)
"""Days between two marks of the axis: the smallest step that gives few enough of them."""

MOST_TICKS = 5
"""More do not fit on a phone."""


@dataclass(frozen=True, kw_only=True)
class Dot:
    """The events of one behaviour on one day; ``x`` is per cent of the width."""

    x: float
    radius: float
    count: int
    day: datetime


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One behaviour with its dots."""

    label: Text
    total: int
    dots: tuple[Dot, ...]


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A day on the axis; ``x`` is per cent of the width."""

    x: float
    day: datetime


@dataclass(frozen=True, kw_only=True)
class TimelineEvent:
    """One thing the lead did, or sales did."""

    at: datetime
    label: Text
    is_sales: bool


@dataclass(frozen=True, kw_only=True)
class TimelineChart:
    """The drawing and the list; ``first`` and ``last`` are the ends of the drawing's time."""

    lanes: tuple[Lane, ...]
    latest: tuple[TimelineEvent, ...]
    first: datetime
    last: datetime
    ticks: tuple[Tick, ...]


def draw_timeline(tables: LeadTables, definition: LeadDefinition, *, until: int) -> TimelineChart:
    """Lay out a lead's events before an instant, of behaviours that the definition names.

    Parameters
    ----------
    tables : LeadTables
        Of the lead.
    definition : LeadDefinition
    until : int
        Seconds since 1970 UTC; what happened or became known then or later is left out.
    """
    labels = {behaviour.name: behaviour.label for behaviour in definition.behaviours}
    events = [
        row
        for row in tables.event.to_pylist()
        if row["behaviour"] in labels and max(row["occurred_at"], row["known_at"]) < until
    ]
    start = max(until - MOST_DAYS * DAY, min((e["occurred_at"] for e in events), default=until - 1))
    lanes: list[Lane] = []
    for name, label in labels.items():
        seconds = [
            e["occurred_at"]
            for e in events
            if e["behaviour"] == name and e["actor"] == "lead" and e["occurred_at"] >= start
        ]
        if seconds:
            dots = _dots(seconds, start, until)
            lanes.append(Lane(label=label, total=len(seconds), dots=dots))
    newest = sorted(events, key=lambda e: e["occurred_at"], reverse=True)[:LISTED]
    return TimelineChart(
        lanes=tuple(lanes),
        latest=tuple(
            TimelineEvent(
                at=from_second(e["occurred_at"]),
                label=labels[e["behaviour"]],
                is_sales=e["actor"] == "sales",
            )
            for e in newest
        ),
        first=from_second(start),
        last=from_second(until),
        ticks=_ticks(start, until),
    )


def _ticks(start: int, until: int) -> tuple[Tick, ...]:
    """Days at even steps, counted back from the last one."""
    n_days = max((until - start) / DAY, 1.0)
    step = next((days for days in STEPS if n_days / days < MOST_TICKS), STEPS[-1])
    last = until - 1
    seconds = range(last, start - 1, -step * DAY)
    return tuple(
        Tick(x=_x((second - start) / DAY, n_days), day=from_second(second))
        for second in reversed(seconds)
    )


def _x(days: float, n_days: float) -> float:
    return round(EDGE + (100 - 2 * EDGE) * min(days / n_days, 1.0), 1)


def _dots(seconds: list[int], start: int, until: int) -> tuple[Dot, ...]:
    by_day = Counter((second - start) // DAY for second in seconds)
    n_days = max((until - start) / DAY, 1.0)
    return tuple(
        Dot(
            x=_x(day + 0.5, n_days),
            radius=min(SMALLEST_DOT + count - 1, LARGEST_DOT),
            count=count,
            day=from_second(start + day * DAY),
        )
        for day, count in sorted(by_day.items())
    )
