"""How a lead's facts came about: since when a value stands, and how often it was contradicted.

Each function is a rule over the facts of one attribute (:data:`features.timeline.facts.FactRule`).
"""

import numpy as np
import numpy.typing as npt

from features.core.arrays import FloatArray, IntArray
from features.timeline.codes import ABSENT
from features.timeline.facts import FactRows


def known_since(rows: FactRows) -> FloatArray:
    """Second from which the value of each fact has stood; NaN where it was taken back.

    The same value learned again, as by a second import, does not begin anew.
    """
    begins = _is_first(rows.lead)
    begins[1:] |= rows.code[1:] != rows.code[:-1]
    since = rows.known_at[_row_of_last(begins)]
    return np.where(rows.code == ABSENT, np.nan, since)


def n_changes(rows: FactRows) -> FloatArray:
    """How often the lead's value had become another one; taking a value back is no change."""
    told = np.flatnonzero(rows.code != ABSENT)
    lead, code = rows.lead[told], rows.code[told]
    is_change = np.zeros(len(rows.code), dtype=np.int64)
    is_change[told[1:]] = (lead[1:] == lead[:-1]) & (code[1:] != code[:-1])
    running = np.cumsum(is_change)
    # A lead's first fact is never a change, so the total there is what others left behind.
    return (running - running[_row_of_last(_is_first(rows.lead))]).astype(np.float64)


def _is_first(lead: IntArray) -> npt.NDArray[np.bool_]:
    first = np.ones(len(lead), dtype=np.bool_)
    first[1:] = lead[1:] != lead[:-1]
    return first


def _row_of_last(begins: npt.NDArray[np.bool_]) -> IntArray:
    """For each row, the last row at or before it where something begins."""
    return np.maximum.accumulate(np.where(begins, np.arange(len(begins)), 0))
