"""The inner loops of explaining leads: code each value, find the table row, add it.

Why the loops run over subtrees first and over a block of leads inside: a subtree's table (18 KB at
most) and a block's sums then stay in the processor's nearest caches, and the additions of one
column go down a contiguous row of leads. One lead is a block of one.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from features.core.arrays import FloatArray, IntArray
from features.core.compiled import Compiled

CodeArray = npt.NDArray[np.int32]
AnswerArray = npt.NDArray[np.uint16]

BLOCK = 256
"""Leads taken through a table together; 128 to 1,024 were equally fast."""


class Lookup(NamedTuple):
    """Boosters as flat arrays (a named tuple, because compiled code can take one).

    Subtree ``s`` asks the features ``slot_feature[slot_start[s] : slot_start[s + 1]]``, and for
    code ``c`` slot ``k`` answers with the bits ``answer[answer_start[k] + c]``. A subtree's answers
    together are the row of its table, which starts at ``table_start[s]`` and has a column for each
    slot, then one for the margin of booster ``booster[s]``.
    """

    edge: FloatArray
    """Ends of the intervals ``(a, b]`` of every feature, one feature after the other."""
    edge_start: IntArray
    slot_feature: IntArray
    slot_start: IntArray
    answer: AnswerArray
    answer_start: IntArray
    table: FloatArray
    table_start: IntArray
    booster: IntArray


@Compiled
def look_up(
    lookup: Lookup, matrix: FloatArray, n_boosters: int, values: FloatArray, margin: FloatArray
) -> None:
    """Fill in contributions and margins of leads.

    Parameters
    ----------
    lookup : Lookup
    matrix : ndarray of shape (n_leads, n_features)
    n_boosters : int
    values : ndarray of shape (n_leads, n_features)
        Filled with contributions, averaged over boosters.
    margin : ndarray of shape (n_leads,)
        Filled with the mean of the boosters' margins. Leaf values are added tree by tree as
        LightGBM does, so that every booster's margin is LightGBM's to the last bit.
    """
    n_leads, n_features = matrix.shape
    width = min(BLOCK, n_leads)
    codes = np.empty((n_features, width), np.int32)
    sums = np.empty((n_features, width))
    margins = np.empty((n_boosters, width))
    for start in range(0, n_leads, BLOCK):
        leads = matrix[start : start + BLOCK]
        encode(lookup, leads, codes)
        _add_tables(lookup, len(leads), codes, sums, margins)
        for i in range(len(leads)):
            for feature in range(n_features):
                values[start + i, feature] = sums[feature, i] / n_boosters
            total = 0.0
            for booster in range(n_boosters):
                total += margins[booster, i]
            margin[start + i] = total / n_boosters


@Compiled
def look_up_margins(
    lookup: Lookup, matrix: FloatArray, n_boosters: int, margin: FloatArray
) -> None:
    """Fill in margins of leads, without contributions; the same to the last bit.

    A row that no tree can tell from the row before it is not looked up again: one lead's days
    follow each other, and on a third of them nothing crosses a threshold.

    Parameters
    ----------
    lookup : Lookup
    matrix : ndarray of shape (n_leads, n_features)
    n_boosters : int
    margin : ndarray of shape (n_leads,)
        Filled with the mean of the boosters' margins.
    """
    n_leads, n_features = matrix.shape
    width = min(BLOCK, n_leads)
    codes = np.empty((n_features, width), np.int32)
    margins = np.empty((n_boosters, width))
    place = np.empty(width, np.int64)
    for start in range(0, n_leads, BLOCK):
        leads = matrix[start : start + BLOCK]
        encode(lookup, leads, codes)
        n_distinct = _drop_repeats(len(leads), codes, place)
        _add_margins(lookup, n_distinct, codes, margins)
        for i in range(len(leads)):
            total = 0.0
            for booster in range(n_boosters):
                total += margins[booster, place[i]]
            margin[start + i] = total / n_boosters


@Compiled
def _drop_repeats(n_leads: int, codes: CodeArray, place: IntArray) -> int:
    """Move columns that differ from the one before to the front; where each lead's went."""
    last = -1
    for i in range(n_leads):
        is_new = last < 0
        if not is_new:
            for feature in range(len(codes)):
                if codes[feature, i] != codes[feature, last]:
                    is_new = True
                    break
        if is_new:
            last += 1
            if last != i:
                for feature in range(len(codes)):
                    codes[feature, last] = codes[feature, i]
        place[i] = last
    return last + 1


@Compiled
def _add_margins(lookup: Lookup, n_leads: int, codes: CodeArray, margins: FloatArray) -> None:
    """Sum the margin column of every subtree's table for a block of leads."""
    margins[:] = 0.0
    # Plain indices into local names, as in _add_tables.
    feature_of, first_slot, booster_of = lookup.slot_feature, lookup.slot_start, lookup.booster
    answer, first_answer = lookup.answer, lookup.answer_start
    table, first_cell = lookup.table, lookup.table_start
    cell = np.empty(n_leads, np.int64)
    for subtree in range(len(booster_of)):
        first, last = first_slot[subtree], first_slot[subtree + 1]
        cell[:] = 0
        for slot in range(first, last):
            feature, answers = feature_of[slot], first_answer[slot]
            for i in range(n_leads):
                cell[i] |= answer[answers + codes[feature, i]]
        n_columns, first_row, booster = last - first + 1, first_cell[subtree], booster_of[subtree]
        for i in range(n_leads):
            margins[booster, i] += table[first_row + cell[i] * n_columns + n_columns - 1]


@Compiled
def encode(lookup: Lookup, leads: FloatArray, codes: CodeArray) -> None:
    """Number of the interval each value lies in; one more than the last interval if missing.

    Parameters
    ----------
    leads : ndarray of shape (n_leads, n_features)
    codes : ndarray of shape (n_features, at least n_leads)
        Filled.
    """
    for feature in range(leads.shape[1]):
        edge = lookup.edge[lookup.edge_start[feature] : lookup.edge_start[feature + 1]]
        for i in range(len(leads)):
            value = leads[i, feature]
            low, high = 0, len(edge)
            while low < high:
                middle = (low + high) // 2
                if edge[middle] < value:
                    low = middle + 1
                else:
                    high = middle
            codes[feature, i] = len(edge) + 1 if np.isnan(value) else low


@Compiled
def _add_tables(
    lookup: Lookup, n_leads: int, codes: CodeArray, sums: FloatArray, margins: FloatArray
) -> None:
    """Sum every subtree's table row for a block of leads."""
    sums[:] = 0.0
    margins[:] = 0.0
    # Plain indices into local names: a view or an attribute inside the loops costs a reference
    # count each time, half of the time one lead takes.
    feature_of, first_slot, booster_of = lookup.slot_feature, lookup.slot_start, lookup.booster
    answer, first_answer = lookup.answer, lookup.answer_start
    table, first_cell = lookup.table, lookup.table_start
    cell = np.empty(n_leads, np.int64)
    for subtree in range(len(booster_of)):
        first, last = first_slot[subtree], first_slot[subtree + 1]
        cell[:] = 0
        for slot in range(first, last):
            feature, answers = feature_of[slot], first_answer[slot]
            for i in range(n_leads):
                cell[i] |= answer[answers + codes[feature, i]]
        n_columns = last - first + 1
        for i in range(n_leads):
            cell[i] = first_cell[subtree] + cell[i] * n_columns
        for slot in range(first, last):
            feature = feature_of[slot]
            for i in range(n_leads):
                sums[feature, i] += table[cell[i]]
                cell[i] += 1
        booster = booster_of[subtree]
        for i in range(n_leads):
            margins[booster, i] += table[cell[i]]
