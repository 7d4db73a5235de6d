"""Thresholds of points in round numbers, so that as many leads are handed over as today.

Or as many as sales can work, where today's rulebook hands over more.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.core.arrays import FloatArray, IntArray
from features.core.qualification import Qualification
from features.definition.rulebook import Threshold
from training.comparison.replay import NEVER, ReplayCohort


@dataclass(frozen=True, kw_only=True)
class Volumes:
    """Leads a rulebook hands over in a period, each counted once; None where it never does."""

    mql: int | None
    sql: int | None


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Points that are enough; None where there is no such volume to match.

    ``missed`` is by what factor volumes are missed, as natural logarithms added up.
    """

    mql: int | None
    sql: int | None
    missed: float

    def as_rules(self) -> dict[str, Threshold | None]:
        """The two thresholds of a rulebook."""
        both = {"mql": self.mql, "sql": self.sql}
        return {key: None if at is None else Threshold(points=at) for key, at in both.items()}


def volumes_of(cohort: ReplayCohort, qualification: npt.NDArray[np.int8]) -> Volumes:
    """How many leads a policy hands over as MQL and as SQL candidates."""
    counts = []
    for level in (Qualification.MQL, Qualification.SQL):
        n_leads = int(np.sum(cohort.first_crossing(qualification >= level) != NEVER))
        counts.append(n_leads or None)
    return Volumes(mql=counts[0], sql=counts[1])


def choose_thresholds(
    highest: FloatArray, volumes: Volumes, *, step: int, at_most: float = np.inf
) -> Thresholds:
    """Choose multiples of a step at which volumes are met most nearly; SQL above MQL.

    A volume beyond ``at_most`` is not met: what sales cannot work is nothing to hand over.

    Parameters
    ----------
    highest : ndarray of shape (n_leads,)
        Each lead's highest points in the period.
    volumes : Volumes
        To be met on the same leads.
    step : int
        In points.
    at_most : float
        Leads that may be handed over in the period.
    """
    last = max(int(highest.max(initial=0)) // step * step, step)
    choices = np.arange(step, last + 1, step)
    reached = np.array([np.sum(highest >= points) for points in choices])
    # Where too many share the highest points, only they: who exceeds a month waits for the next.
    kept = reached <= max(at_most, reached[reached > 0].min(initial=len(highest)))
    choices, reached = choices[kept], reached[kept]
    mql, missed_mql = _nearest(choices, reached, volumes.mql)
    above = choices > (mql or 0)
    sql, missed_sql = _nearest(choices[above], reached[above], volumes.sql)
    return Thresholds(mql=mql, sql=sql, missed=missed_mql + missed_sql)


def _nearest(choices: IntArray, reached: IntArray, volume: int | None) -> tuple[int | None, float]:
    if volume is None:
        return None, 0.0
    if not len(choices):
        return None, float(np.log((volume + 0.5) / 0.5))
    # By ratio: handing over half as many is as far off as handing over twice as many.
    missed = np.abs(np.log((reached + 0.5) / (volume + 0.5)))
    nearest = int(np.argmin(missed))
    return int(choices[nearest]), float(missed[nearest])
