"""How much of the model's advantage over today's rulebook a proposed rulebook recovers.

All three policies hand over equally many leads, as many as today's rulebook does or as sales can
work. Points come in few different totals, so a volume is met by mixing two neighbouring thresholds:
what would be caught if ties were broken by lot.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.core.arrays import FloatArray, IntArray
from features.core.qualification import Qualification
from training.comparison.replay import ReplayCohort, margin_for_volume, volumes_at
from training.metrics.bootstrap import measured, resampled_sums, sums_by_group
from training.results.records import Measured
from training.results.recovery_records import Recovery, Volume

TODAY, PROPOSED, MODEL = range(3)

ABOVE_ALL_POINTS = 1e6
"""Added per qualification: whom a checklist qualifies comes before all who have points only."""


@dataclass(frozen=True, kw_only=True)
class ThreePolicies:
    """What three policies say of each snapshot of a cohort, each of shape (n_snapshots,).

    Attributes
    ----------
    today : ndarray of int8
        Qualification by today's rulebook.
    today_points, points : ndarray
        By today's and by the proposed rulebook.
    margin : ndarray
        The model's, natural log-odds.
    """

    today: npt.NDArray[np.int8]
    today_points: FloatArray
    points: FloatArray
    margin: FloatArray


def recoveries(
    cohort: ReplayCohort, policies: ThreePolicies, *, capacity: int | None, seed: int = 0
) -> tuple[Recovery, ...]:
    """Compare the three policies at every volume that can be met.

    Parameters
    ----------
    cohort : ReplayCohort
        Later in time than everything that model and proposal were fitted on.
    policies : ThreePolicies
        What each says of every snapshot of the cohort.
    capacity : int or None
        Leads sales can work in the period.
    seed : int
        Of the bootstrap.
    """
    found = []
    if capacity is not None and 0 < capacity < cohort.n_leads:
        best = policies.today * ABOVE_ALL_POINTS + policies.today_points
        caught = caught_at_volume(cohort, best, capacity)
        found.append(_recovery(cohort, policies, (Volume.CAPACITY, capacity, caught), seed))
    for volume, level in ((Volume.MQL, Qualification.MQL), (Volume.SQL, Qualification.SQL)):
        crossing = cohort.first_crossing(policies.today >= level)
        n_leads = int(cohort.handed_over(crossing).sum())
        if n_leads:
            todays = (volume, n_leads, _caught(cohort, crossing))
            found.append(_recovery(cohort, policies, todays, seed))
    return tuple(found)


def _recovery(
    cohort: ReplayCohort, policies: ThreePolicies, todays: tuple[Volume, int, FloatArray], seed: int
) -> Recovery:
    volume, n_leads, caught_today = todays
    cut_off = margin_for_volume(
        cohort.highest(policies.margin), n_leads, before=cohort.highest_before(policies.margin)
    )
    model = _caught(cohort, cohort.first_crossing(policies.margin >= cut_off))
    proposed = caught_at_volume(cohort, policies.points, n_leads)
    columns = np.column_stack([caught_today, proposed, model])
    sums = sums_by_group(cohort.lead_group, columns)
    observed, drawn = sums.sum(axis=0), resampled_sums(sums, seed)
    advantage = _difference(MODEL, observed, drawn)
    is_sure = advantage.low is not None and advantage.low > 0
    return Recovery(
        volume=volume,
        n_handed_over=n_leads,
        today_caught=float(observed[TODAY]),
        proposed_caught=float(observed[PROPOSED]),
        model_caught=float(observed[MODEL]),
        advantage=advantage,
        gain=_difference(PROPOSED, observed, drawn),
        recovered=measured(_share, observed, drawn) if is_sure else None,
    )


def caught_at_volume(cohort: ReplayCohort, points: FloatArray, volume: int) -> FloatArray:
    """Compute the share of times each lead is caught when ``volume`` leads are handed over.

    Parameters
    ----------
    cohort : ReplayCohort
    points : ndarray of shape (n_snapshots,)
        By which leads are handed over, highest first.
    volume : int
        Leads to hand over in the period.

    Returns
    -------
    ndarray of shape (n_leads,)
        0, 1, or between where a tie is broken by lot.
    """
    cut_offs, volumes = volumes_at(cohort.highest(points), cohort.highest_before(points))
    # In a warm-up's wake a lower cut-off may hand over fewer: the first that gives enough is taken.
    enough = np.flatnonzero(volumes >= volume)
    lower = int(enough[0]) if len(enough) else int(np.argmax(volumes))
    at_lower = _caught(cohort, cohort.first_crossing(points >= cut_offs[lower]))
    if lower == 0:
        return at_lower * min(volume / max(int(volumes[0]), 1), 1.0)
    at_higher = _caught(cohort, cohort.first_crossing(points >= cut_offs[lower - 1]))
    between = int(volumes[lower] - volumes[lower - 1])
    share = min((volume - volumes[lower - 1]) / max(between, 1), 1.0)
    mixed: FloatArray = (1 - share) * at_higher + share * at_lower
    return mixed


def _caught(cohort: ReplayCohort, crossing: IntArray) -> FloatArray:
    """1 for hand-overs of the period that an outcome followed, shape (n_leads,)."""
    return (cohort.handed_over(crossing) & cohort.caught(crossing)).astype(np.float64)


def _difference(policy: int, observed: FloatArray, drawn: FloatArray) -> Measured:
    found = measured(lambda sums: sums[:, policy] - sums[:, TODAY], observed, drawn)
    return found or Measured(value=0.0)


def _share(sums: FloatArray) -> FloatArray:
    shares: FloatArray = (sums[:, PROPOSED] - sums[:, TODAY]) / (sums[:, MODEL] - sums[:, TODAY])
    return shares
