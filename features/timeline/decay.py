"""Counts that fade: an event loses half its weight every half-life."""

import numpy as np
import numpy.typing as npt

from features.core.arrays import FloatArray, IntArray


def faded_counts(owner: IntArray, second: IntArray, half_life: float) -> FloatArray:
    """Weight, at each event, of the owner's events up to and with it.

    Windows twice as long are joined from their halves, so all owners advance together; a sum never
    reaches over the border between two owners, hence slices and single leads give the same bits. A
    running total scaled by ``2 ** time`` would overflow after a thousand half-lives.

    Parameters
    ----------
    owner, second : ndarray of shape (n_events,)
        Sorted by owner, then second.
    half_life : float
        Seconds.

    Returns
    -------
    ndarray of shape (n_events,)
    """
    weight = np.ones(len(owner))
    reach = 1
    while reach < len(owner):
        same = owner[reach:] == owner[:-reach]
        if not same.any():
            break
        age = np.where(same, second[reach:] - second[:-reach], 0)
        weight[reach:] += np.where(same, weight[:-reach] * fading(age, half_life), 0.0)
        reach *= 2
    return weight


def fading(age: npt.NDArray[np.integer], half_life: float) -> FloatArray:
    """Weight left of an event after an age in seconds."""
    weight: FloatArray = np.exp2(age / -half_life)
    return weight
