"""Leads like this one: how often such leads converted, and the nearest of them one by one."""

from dataclasses import dataclass

import numpy as np

from features.core.arrays import FloatArray
from features.core.formats import calendar_date, day_of, share_range
from features.core.text import Text
from features.definition.lead_definition import LeadDefinition
from serving.reasons.phrases.fixed import STAGES
from serving.reasons.points import POINTS_PER_LOG_ODDS, probability_from
from serving.reasons.similar.past_points import PastPoints

NEAREST = 5

HALF_WIDTHS = (2.5, 5.0, 10.0)
"""In points: the odds of leads at one level differ by a factor of at most 1.4, 2 or 4."""

ENOUGH_LEADS = 100
"""A rate of so many leads has a standard error of at most five percentage points."""

_TINY = 1e-9


@dataclass(frozen=True, kw_only=True)
class RealisedRate:
    """What became of past leads whose probability was in one band, each lead counted once.

    Attributes
    ----------
    low, high : float
        Probabilities between which leads count as being at this level.
    n_leads, n_converted : int
        A lead counts at its first snapshot in the band.
    first_as_of, last_as_of : int
        Between which they were there, seconds since 1970 UTC.
    """

    low: float
    high: float
    n_leads: int
    n_converted: int
    first_as_of: int
    last_as_of: int


@dataclass(frozen=True, kw_only=True)
class NearLead:
    """A past lead with nearly the same reasons, without its name.

    Attributes
    ----------
    converted : bool
        Within the horizon of the snapshot that is near.
    probability : float
        What was said of it then.
    as_of : int
    distance : float
        In points: how far its reasons are from this lead's, taken together.
    """

    converted: bool
    probability: float
    as_of: int
    distance: float


def realised_level(past: PastPoints, probability: float) -> RealisedRate | None:
    """What became of past leads at the level of a probability; None where there were none.

    The level is as narrow as ``ENOUGH_LEADS`` past leads allow.
    """
    scored = past.past
    distance = np.abs(_points(scored.probability) - _points(np.array([probability])))
    for half_width in HALF_WIDTHS:
        inside = np.flatnonzero(distance <= half_width)
        first = inside[np.diff(scored.lead[inside], prepend=-1) != 0]
        if len(first) >= ENOUGH_LEADS:
            break
    if not len(first):
        return None
    centre = float(_points(np.array([probability]))[0])
    low, high = probability_from(np.array([centre - half_width, centre + half_width]))
    return RealisedRate(
        low=float(low),
        high=float(high),
        n_leads=len(first),
        n_converted=int(scored.converted[first].sum()),
        first_as_of=int(scored.as_of[first].min()),
        last_as_of=int(scored.as_of[first].max()),
    )


def nearest_leads(
    past: PastPoints, reasons: FloatArray, *, how_many: int = NEAREST
) -> tuple[NearLead, ...]:
    """Find the past leads whose reasons are nearest, each once, nearest first.

    Parameters
    ----------
    past : PastPoints
    reasons : ndarray of shape (n_concepts,)
        Points of the lead in question.
    how_many : int
        Most leads to find.
    """
    distance = past.squares(reasons).sum(axis=1)
    rows = past.nearest(distance, np.arange(len(distance)), how_many=how_many)
    return tuple(
        NearLead(
            converted=bool(past.past.converted[row]),
            probability=float(past.past.probability[row]),
            as_of=int(past.past.as_of[row]),
            distance=float(np.sqrt(distance[row])),
        )
        for row in rows.tolist()
    )


def _points(probability: FloatArray) -> FloatArray:
    inside = np.clip(probability, _TINY, 1 - _TINY)
    return np.log(inside / (1 - inside)) * POINTS_PER_LOG_ODDS


def level_words(level: RealisedRate, definition: LeadDefinition) -> Text:
    """The realised rate of a level as counts: neither more exact nor more certain than it is."""
    one, several = STAGES[definition.outcome.stage]
    band = share_range(level.low, level.high, 0 if level.high >= 0.1 else 1)
    first = calendar_date(day_of(level.first_as_of, definition.zone))
    last = calendar_date(day_of(level.last_as_of, definition.zone))
    when_ja = f"{first.ja}から{last.ja}に" if definition.dated else ""
    when_en = f" between {first.en} and {last.en}" if definition.dated else ""
    return Text(
        ja=f"{when_ja}同じ水準({band.ja})だった{level.n_leads:,}件のうち、{several.ja}は"
        f"{level.n_converted:,}件",
        en=f"Of {level.n_leads:,} lead{'s' * (level.n_leads != 1)} at this level ({band.en})"
        f"{when_en}, {level.n_converted:,} {(one if level.n_converted == 1 else several).en}",
    )
