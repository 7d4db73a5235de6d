"""The lot of a trial as the store keeps it: what the ledger hands to those who count."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.core.arrays import BoolArray, FloatArray, IntArray

TextArray = npt.NDArray[np.object_]


@dataclass(frozen=True, kw_only=True)
class StoredLot:
    """The lot of a trial as the store keeps it; arrays of shape (n,).

    Attributes
    ----------
    lead_id, unit, arm : ndarray of str
    entered : ndarray of int
        Seconds since 1970 UTC.
    probability, rulebook_points : ndarray
        As the lead entered; NaN where not known.
    is_merged : ndarray of bool
        A lead of the other arm was merged into it.
    is_gone : ndarray of bool
        Gone from the tables, under a pseudonym: what had become of it is kept here.
    handed_over, converted, won : ndarray of bool
        Mean something only where it is gone.
    """

    lead_id: TextArray
    unit: TextArray
    arm: TextArray
    entered: IntArray
    probability: FloatArray
    rulebook_points: FloatArray
    is_merged: BoolArray
    is_gone: BoolArray
    handed_over: BoolArray
    converted: BoolArray
    won: BoolArray
