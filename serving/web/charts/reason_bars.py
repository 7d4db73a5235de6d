"""The reasons of a card as bars: what speaks for the lead and what against, adding up."""

from dataclasses import dataclass

from features.core.text import Text
from features.feature import Axis
from serving.reasons.card import LeadCard
from serving.reasons.reason import LeadReason

REASONS_SHOWN = 7
"""Of each sign; the rest is one line, so that the lines still add up."""

WIDTH = 120
"""Units of the drawing: the longest bar."""

SMALLEST_SHOWN = 0.05
"""Points; less than this reads as 0.0 and explains nothing."""


@dataclass(frozen=True, kw_only=True)
class ReasonBar:
    """One reason as a line of the list."""

    words: Text | None
    axis: Axis | None
    points: float
    width: float


@dataclass(frozen=True, kw_only=True)
class ReasonBars:
    """Both lists, and what they start from and end in; all in points.

    Attributes
    ----------
    others : float
        Sum of the reasons that are not listed.
    """

    in_favour: tuple[ReasonBar, ...]
    against: tuple[ReasonBar, ...]
    others: float
    base: float
    calibration: float
    total: float


def draw_reasons(card: LeadCard) -> ReasonBars:
    """The weightiest reasons of each sign, and the sum of the rest."""
    weighty = [reason for reason in card.reasons if abs(reason.points) >= SMALLEST_SHOWN]
    in_favour = [reason for reason in weighty if reason.points > 0][:REASONS_SHOWN]
    against = [reason for reason in weighty if reason.points < 0][:REASONS_SHOWN]
    shown = [*in_favour, *against]
    longest = max((abs(reason.points) for reason in shown), default=1.0)
    listed = sum(reason.points for reason in shown)
    return ReasonBars(
        in_favour=tuple(_bar(reason, longest) for reason in in_favour),
        against=tuple(_bar(reason, longest) for reason in against),
        others=sum(reason.points for reason in card.reasons) - listed,
        base=card.base_points,
        calibration=card.calibration_points,
        total=card.total_points,
    )


def _bar(reason: LeadReason, longest: float) -> ReasonBar:
    return ReasonBar(
        words=reason.words,
        axis=reason.axis,
        points=reason.points,
        width=round(WIDTH * abs(reason.points) / longest, 1),
    )
