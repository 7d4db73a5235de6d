"""Leads like this one: how often such leads converted, and the nearest of them one by one."""

from dataclasses import dataclass

import numpy as np

from features.definition.lead_definition import LeadDefinition
from features.text import Text
from serving.reasons.past_points import PastPoints
from serving.reasons.quantities import calendar_date, day_of
from serving.words import STAGES
from training.records import ReliabilityBand
from training.release import Release
from training.trees import FloatArray

NEAREST = 5


@dataclass(frozen=True, kw_only=True)
class Level:
    """What became of past leads whose probability was in one band, each lead counted once.

    Attributes
    ----------
    low, high : float
        The band of the reliability report this probability lies in, ``[low, high)``.
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


def realised_level(past: PastPoints, release: Release, probability: float) -> Level | None:
    """What became of past leads at the level of a probability; None where there were none."""
    band = _band(release.card.metrics.reliability, probability)
    judged = past.past
    inside = np.flatnonzero((judged.probability >= band[0]) & (judged.probability < band[1]))
    if not len(inside):
        return None
    first = inside[np.diff(judged.lead[inside], prepend=-1) != 0]
    return Level(
        low=band[0],
        high=band[1],
        n_leads=len(first),
        n_converted=int(judged.converted[first].sum()),
        first_as_of=int(judged.as_of[first].min()),
        last_as_of=int(judged.as_of[first].max()),
    )


def nearest_leads(
    past: PastPoints, reasons: FloatArray, *, how_many: int = NEAREST
) -> tuple[NearLead, ...]:
    """The past leads whose reasons are nearest, each once, nearest first.

    Parameters
    ----------
    past : PastPoints
    reasons : ndarray of shape (n_concepts,)
        Points of the lead in question.
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


def _band(bands: tuple[ReliabilityBand, ...], probability: float) -> tuple[float, float]:
    for band in bands:
        if band.low <= probability < band.high:
            return band.low, band.high
    return 0.0, float(np.nextafter(1.0, 2.0))


def level_words(level: Level, definition: LeadDefinition) -> Text:
    """The realised rate of a level as counts: neither more exact nor more certain than it is."""
    one, several = STAGES[definition.outcome.stage]
    band = _per_cent(level)
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


def _per_cent(level: Level) -> Text:
    low, high = 100 * level.low, 100 * min(level.high, 1.0)
    return Text(ja=f"{low:.0f}~{high:.0f}%", en=f"{low:.0f} to {high:.0f} %")
