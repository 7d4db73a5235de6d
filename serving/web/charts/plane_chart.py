"""Behaviour x information as a drawing: where one lead stands, the average lead in the middle."""

from dataclasses import dataclass

from features.core.text import Text
from serving.reasons.plane import Position

SIDE = 200
"""Units of the drawing, width and height."""

HALF_SCALE_POINTS = 20.0
"""Points from the middle at which the dot is half-way out; far points draw near the edge."""


@dataclass(frozen=True, kw_only=True)
class PlaneChart:
    """The dot's place in the drawing, and what the place means."""

    x: float
    y: float
    side: int
    behaviour: float
    information: float
    name: Text
    advice: Text


def draw_plane(position: Position) -> PlaneChart:
    """Information to the right, behaviour upwards."""
    return PlaneChart(
        x=_place(position.information),
        y=SIDE - _place(position.behaviour),
        side=SIDE,
        behaviour=position.behaviour,
        information=position.information,
        name=position.name,
        advice=position.advice,
    )


def _place(points: float) -> float:
    """0 to SIDE; squeezed, so that no lead falls off the edge."""
    squeezed = points / (abs(points) + HALF_SCALE_POINTS)
    return round(SIDE / 2 + squeezed * SIDE * 0.46, 1)
