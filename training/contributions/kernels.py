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


class MarginLookup(NamedTuple):
    """Boosters as flat arrays of their margins alone, turned round: which subtrees ask a feature.

    Feature ``f`` is asked by the subtrees ``subtree[slot_start[f] : slot_start[f + 1]]``, and for
    code ``c`` their bits are the ``c``-th as many from ``answer[answer_start[f]]`` on. The margin
    of subtree ``s`` in row ``r`` of its table is ``value[value_start[s] + r]``.
    """

    edge: FloatArray
    edge_start: IntArray
    subtree: IntArray
    slot_start: IntArray
    answer: AnswerArray
    answer_start: IntArray
    value: FloatArray
    value_start: IntArray
    booster: IntArray


@Compiled
def add_leaf(table: FloatArray, asks: IntArray, earned: FloatArray) -> None:
    """Add what the elements of one leaf's path earn to every row of its subtree's table.

    Parameters
    ----------
    table : ndarray of shape (2 ** n_nodes, n_slots + 1)
        The last column, of margins, stays as it is.
    asks : ndarray of shape (n_elements, 3)
        Each element's column, the bits of the row number that its nodes own, and those bits on this
        path.
    earned : ndarray of shape (2 ** n_elements, n_elements)
        For every way to pass or fail the elements.
    """
    for row in range(table.shape[0]):
        passing = 0
        for i in range(len(asks)):
            if row & asks[i, 1] == asks[i, 2]:
                passing |= 1 << i
        for i in range(len(asks)):
            table[row, asks[i, 0]] += earned[passing, i]


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
    lookup: MarginLookup, matrix: FloatArray, n_boosters: int, margin: FloatArray
) -> None:
    """Fill in margins of leads, without contributions; the same to the last bit.

    Only what differs from the row before is looked up again: one lead's days follow each other,
    and from one to the next a tenth of the features change.

    Parameters
    ----------
    lookup : MarginLookup
    matrix : ndarray of shape (n_leads, n_features)
    n_boosters : int
    margin : ndarray of shape (n_leads,)
        Filled with the mean of the boosters' margins.
    """
    n_leads, n_features = matrix.shape
    edge, edge_start, slot_start = lookup.edge, lookup.edge_start, lookup.slot_start
    subtree_of, answer, first_answer = lookup.subtree, lookup.answer, lookup.answer_start
    value, first_value, booster_of = lookup.value, lookup.value_start, lookup.booster
    code = np.full(n_features, -1)
    row = np.zeros(len(booster_of), np.int64)  # of every subtree's table
    for i in range(n_leads):
        changed = i == 0
        for feature in range(n_features):
            if i > 0 and matrix[i, feature] == matrix[i - 1, feature]:
                continue
            ends = edge[edge_start[feature] : edge_start[feature + 1]]
            old, new = code[feature], _code(ends, matrix[i, feature])
            if new == old:
                continue
            code[feature], changed = new, True
            first, last = slot_start[feature], slot_start[feature + 1]
            now = first_answer[feature] + new * (last - first) - first
            if old >= 0:
                before = first_answer[feature] + old * (last - first) - first
                for slot in range(first, last):
                    row[subtree_of[slot]] ^= answer[now + slot] ^ answer[before + slot]
            else:
                for slot in range(first, last):
                    row[subtree_of[slot]] ^= answer[now + slot]
        if not changed:
            margin[i] = margin[i - 1]
            continue
        total, subtree = 0.0, 0
        for booster in range(n_boosters):
            summed = 0.0
            while subtree < len(booster_of) and booster_of[subtree] == booster:
                summed += value[first_value[subtree] + row[subtree]]
                subtree += 1
            total += summed
        margin[i] = total / n_boosters


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
            codes[feature, i] = _code(edge, leads[i, feature])


@Compiled
def _code(edge: FloatArray, value: float) -> int:
    if np.isnan(value):
        return len(edge) + 1
    low, high = 0, len(edge)
    while low < high:
        middle = (low + high) // 2
        if edge[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


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
