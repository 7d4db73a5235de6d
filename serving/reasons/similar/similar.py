"""Leads like this one: how many were at its level, and the nearest of them one by one."""

from dataclasses import dataclass

import numpy as np

from features.core.arrays import FloatArray
from features.core.formats import calendar_date, count, day_of
from features.core.text import Text
from features.definition.lead_definition import LeadDefinition
from serving.reasons.points import POINTS_PER_LOG_ODDS
from serving.reasons.similar.past_points import PastPoints

NEAREST = 5

HALF_WIDTHS = (2.5, 5.0, 10.0)
"""In points: the odds of leads at one level differ by a factor of at most 1.4, 2 or 4."""

ENOUGH_LEADS = 100
"""Past leads at a level for which no wider level is looked at."""

_TINY = 1e-9


@dataclass(frozen=True, kw_only=True)
class LeadsAtLevel:
    """Past leads whose probability was near one, each counted at its first snapshot there.

    Why no rate: at what rate leads at a level convert is what the probability says, and its range
    between which. A share of first snapshots would be a third number for it, and another one:
    leads that convert late stay longer, and count for less among first snapshots.

    Attributes
    ----------
    n_leads : int
    first_as_of, last_as_of : int
        Between which they were there, seconds since 1970 UTC.
    """

    n_leads: int
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


def leads_at_level(past: PastPoints, probability: float) -> LeadsAtLevel | None:
    """Count the past leads at the level of a probability; None where there were none.

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
    return LeadsAtLevel(
        n_leads=len(first),
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


def level_words(level: LeadsAtLevel, definition: LeadDefinition) -> Text:
    """How many past leads were at a level, and when: what its range is drawn from."""
    many = count(level.n_leads)
    first = calendar_date(day_of(level.first_as_of, definition.zone))
    last = calendar_date(day_of(level.last_as_of, definition.zone))
    when_ja = f"({first.ja}〜{last.ja})" if definition.dated else ""
    when_en = f" ({first.en} to {last.en})" if definition.dated else ""
    return Text(
        ja=f"同じ水準だった過去のリード: {many.ja}件{when_ja}",
        en=f"Past leads at this level: {many.en}{when_en}",
    )
