"""How much of the model's advantage over today's rulebook a proposed rulebook recovers.

All three policies hand over equally many leads, matched in hindsight to today's rulebook. Points
come in few different totals, so the proposal's volume is met by mixing two neighbouring thresholds:
what it would catch if ties were broken by lot.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.qualification import Qualification
from training.bootstrap import measured, resampled_sums, sums_by_group
from training.records import Measured
from training.replay import NEVER, Cohort, margin_for_volume

FloatArray = npt.NDArray[np.float64]

TODAY, PROPOSED, MODEL = range(3)


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """Outcomes caught by three policies that hand over equally many leads.

    Attributes
    ----------
    n_handed_over : int
        Leads today's rulebook hands over in the period, and so the others.
    today_caught, proposed_caught, model_caught : float
        Hand-overs followed by an outcome within the horizon.
    advantage : Measured
        Outcomes the model catches more than today's rulebook.
    gain : Measured
        Outcomes the proposal catches more than today's rulebook.
    recovered : Measured or None
        Share of the advantage; None where the advantage's interval contains zero, since there is
        nothing sure to recover then.
    """

    qualification: Qualification
    n_handed_over: int
    today_caught: float
    proposed_caught: float
    model_caught: float
    advantage: Measured
    gain: Measured
    recovered: Measured | None


@dataclass(frozen=True, kw_only=True)
class ThreePolicies:
    """What three policies say of each snapshot of a cohort.

    Attributes
    ----------
    today : ndarray of int8, shape (n_snapshots,)
        Qualification by today's rulebook.
    points : ndarray of shape (n_snapshots,)
        By the proposed rulebook.
    margin : ndarray of shape (n_snapshots,)
        The model's, natural log-odds.
    """

    today: npt.NDArray[np.int8]
    points: FloatArray
    margin: FloatArray


def recovery(
    cohort: Cohort, policies: ThreePolicies, level: Qualification, *, seed: int = 0
) -> Recovery | None:
    """Compare the three at the volume of today's rulebook; None where it hands nobody over.

    Parameters
    ----------
    cohort : Cohort
        Later in time than everything that model and proposal were fitted on.
    """
    today = cohort.first_crossing(policies.today >= level)
    volume = int(np.sum(today != NEVER))
    if not volume:
        return None
    cut_off = margin_for_volume(cohort.highest(policies.margin), volume)
    model = cohort.first_crossing(policies.margin >= cut_off)
    columns = np.column_stack(
        [
            cohort.caught(today),
            caught_at_volume(cohort, policies.points, volume),
            cohort.caught(model),
        ]
    ).astype(np.float64)
    sums = sums_by_group(cohort.lead_group, columns)
    observed, drawn = sums.sum(axis=0), resampled_sums(sums, seed)
    advantage = _difference(MODEL, observed, drawn)
    is_sure = advantage.low is not None and advantage.low > 0
    return Recovery(
        qualification=level,
        n_handed_over=volume,
        today_caught=float(observed[TODAY]),
        proposed_caught=float(observed[PROPOSED]),
        model_caught=float(observed[MODEL]),
        advantage=advantage,
        gain=_difference(PROPOSED, observed, drawn),
        recovered=measured(_share, observed, drawn) if is_sure else None,
    )


def caught_at_volume(cohort: Cohort, points: FloatArray, volume: int) -> FloatArray:
    """Share of times each lead is caught when exactly so many are handed over.

    Returns
    -------
    ndarray of shape (n_leads,)
        0, 1, or between where a tie is broken by lot.
    """
    distinct, counts = np.unique(cohort.highest(points), return_counts=True)
    distinct, reached = distinct[::-1], np.cumsum(counts[::-1])
    lower = min(int(np.searchsorted(reached, volume)), len(distinct) - 1)
    at_lower = cohort.caught(cohort.first_crossing(points >= distinct[lower]))
    if lower == 0:
        return at_lower * min(volume / reached[0], 1.0)
    at_higher = cohort.caught(cohort.first_crossing(points >= distinct[lower - 1]))
    share = (volume - reached[lower - 1]) / (reached[lower] - reached[lower - 1])
    mixed: FloatArray = (1 - min(share, 1.0)) * at_higher + min(share, 1.0) * at_lower
    return mixed


def _difference(policy: int, observed: FloatArray, drawn: FloatArray) -> Measured:
    found = measured(lambda sums: sums[:, policy] - sums[:, TODAY], observed, drawn)
    return found or Measured(value=0.0)


def _share(sums: FloatArray) -> FloatArray:
    shares: FloatArray = (sums[:, PROPOSED] - sums[:, TODAY]) / (sums[:, MODEL] - sums[:, TODAY])
    return shares
