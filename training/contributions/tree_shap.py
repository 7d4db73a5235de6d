"""What each feature adds to the margins of many leads: exact path-dependent SHAP by looking up.

Why our own code: LightGBM's ``pred_contrib`` walks every leaf of every tree for every lead. Of what
a path earns (:mod:`training.contributions.leaf_paths`) everything but the lead's way is known when
training ends, and that is a few bits. So a subtree whose nodes, with those on the path to it,
number at most ``MAX_BITS`` becomes one table: a row for every way to answer those nodes, a column
for every feature asked there. (Nadel & Wettenstein [1]_ build on the same observation.) A lead then
costs, per subtree, a few look-ups that say which way it goes and one short addition
(:mod:`training.contributions.kernels`). The same function explains one lead in a request and a
million in a batch.

Why the tables are rebuilt when a release is loaded, not stored in it: building takes a fraction of
a second, while stored they would outweigh the boosters ten times and could disagree with them.

References
----------
.. [1] Nadel & Wettenstein (2025), From decision trees to Boolean logic: a fast and unified SHAP
   algorithm.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from features.core.arrays import FloatArray, IntArray
from training.contributions.contributions import Contributions
from training.contributions.kernels import (
    AnswerArray,
    Lookup,
    MarginLookup,
    add_leaf,
    look_up,
    look_up_margins,
)
from training.contributions.leaf_paths import LeafPaths, starts
from training.contributions.subtrees import MAX_BITS

TABLES_FROM = 10_000
"""Rows from which looking margins up repays building tables, a quarter second for 600 trees."""

SLICE = 8_192
"""Leads a thread takes at a time; fewer leads than this are explained without starting threads."""

CELLS_AT_ONCE = 1 << 18
"""Of what leaves earn; ten times as many doubles are under way."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ContributionTables:
    """Boosters in the form in which many leads are explained; built from their text, never stored.

    Attributes
    ----------
    paths : LeafPaths
    """

    paths: LeafPaths

    @classmethod
    def from_model_texts(cls, model_texts: Sequence[str], *, max_bits: int = MAX_BITS) -> Self:
        """Tables of boosters; arguments and errors as of :meth:`LeafPaths.from_model_texts`."""
        return cls(paths=LeafPaths.from_model_texts(model_texts, max_bits=max_bits))

    @cached_property
    def lookup(self) -> Lookup:
        """The tables as flat arrays; built when they are first needed."""
        tables = [table.ravel() for table in _tables(self.paths, self._margins)]
        return Lookup(
            edge=np.concatenate(self.paths.edges),
            edge_start=starts(self.paths.edges),
            slot_feature=self.paths.subtrees.slot_feature,
            slot_start=self.paths.subtrees.slot_start,
            answer=np.concatenate([np.empty(0, np.uint16), *self._answers]),
            answer_start=starts(self._answers),
            table=np.concatenate(tables),
            table_start=starts(tables),
            booster=self.paths.subtrees.booster,
        )

    @cached_property
    def margin_lookup(self) -> MarginLookup:
        """The margins alone, feature by feature."""
        subtrees = self.paths.subtrees
        slots = [np.flatnonzero(subtrees.slot_feature == f) for f in range(self.paths.n_features)]
        # Code by code, the bits of all slots of a feature.
        answers = [np.array([self._answers[slot] for slot in own]).T.ravel() for own in slots]
        asked = np.concatenate(slots)
        return MarginLookup(
            edge=np.concatenate(self.paths.edges),
            edge_start=starts(self.paths.edges),
            subtree=np.searchsorted(subtrees.slot_start, asked, side="right") - 1,
            slot_start=starts(slots),
            answer=np.concatenate(answers).astype(np.uint16),
            answer_start=starts(answers),
            value=np.concatenate(self._margins),
            value_start=starts(self._margins),
            booster=subtrees.booster,
        )

    @cached_property
    def _answers(self) -> list[AnswerArray]:
        return _answers(self.paths)

    @cached_property
    def _margins(self) -> list[FloatArray]:
        return _margins(self.paths)

    def explain(self, matrix: FloatArray) -> Contributions:
        """Contributions and margins of leads; matrix and errors as of :meth:`LeafPaths.explain`."""
        leads = self.paths.checked(matrix)
        values, margin = np.empty(leads.shape), np.empty(len(leads))
        lookup, n_boosters = self.lookup, self.paths.n_boosters

        def explain_slice(part: slice) -> None:
            look_up(lookup, leads[part], n_boosters, values[part], margin[part])

        _in_slices(len(leads), explain_slice)
        return Contributions(base=self.paths.base, values=values, margin=margin)

    def margin(self, matrix: FloatArray) -> FloatArray:
        """Margins of leads, a third of the time LightGBM takes for many; see :meth:`explain`.

        Returns
        -------
        ndarray of shape (n_leads,)
            Bit for bit the mean of what the boosters predict.
        """
        leads = self.paths.checked(matrix)
        margin = np.empty(len(leads))
        lookup, n_boosters = self.margin_lookup, self.paths.n_boosters

        def look_up_slice(part: slice) -> None:
            look_up_margins(lookup, leads[part], n_boosters, margin[part])

        _in_slices(len(leads), look_up_slice)
        return margin


def _in_slices(n_leads: int, work: Callable[[slice], None]) -> None:
    slices = [slice(start, start + SLICE) for start in range(0, n_leads, SLICE)]
    if len(slices) <= 1:
        for part in slices:
            work(part)
        return
    # Threads of our own, not numba's: its default pool aborts the process when two requests
    # explain at once, while any number of these may run beside each other.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(work, slices))


def _answers(paths: LeafPaths) -> list[AnswerArray]:
    """Bits with which the nodes of each slot answer for each code of its feature."""
    slot = paths.elements.slot[paths.steps.element]
    first = np.unique(np.column_stack([slot, paths.steps.bit]), axis=0, return_index=True)[1]
    features = paths.subtrees.slot_feature
    answers = [np.zeros(len(paths.edges[feature]) + 2, np.uint16) for feature in features]
    for step in first:
        start, bits = paths.nodes.start[paths.steps.node[step]], answers[slot[step]]
        left = paths.nodes.answer[start : start + len(bits)]
        bits |= left.astype(np.uint16) << np.uint16(paths.steps.bit[step])
    return answers


def _margins(paths: LeafPaths) -> list[FloatArray]:
    """Value of the leaf that a lead falls into, for every way to answer a subtree's nodes.

    Returns
    -------
    list of ndarray of shape (2 ** n_nodes,)
        For each subtree; 0 where that leaf belongs to another part of the tree.
    """
    leaf = paths.elements.leaf[paths.steps.element]
    bits, wanted = np.zeros((2, len(paths.leaves.value)), np.int64)
    np.bitwise_or.at(bits, leaf, 1 << paths.steps.bit)
    np.bitwise_or.at(wanted, leaf, paths.steps.left.astype(np.int64) << paths.steps.bit)
    margins = [np.zeros(1 << nodes) for nodes in paths.subtrees.n_nodes.tolist()]
    rows = np.arange(max(len(table) for table in margins))
    for subtree, value, own, left in zip(*paths.leaves, bits, wanted, strict=True):
        table = margins[subtree]
        table[rows[: len(table)] & own == left] = value
    return margins


def _tables(paths: LeafPaths, margins: list[FloatArray]) -> list[FloatArray]:
    """Summed contributions of a subtree's leaves for every way to answer its nodes.

    Returns
    -------
    list of ndarray of shape (2 ** n_nodes, n_slots + 1)
        For each subtree; the last column is its margins.
    """
    leaves, elements, steps, subtrees = paths.leaves, paths.elements, paths.steps, paths.subtrees
    asks = np.zeros((len(elements.leaf), 3), np.int64)
    asks[:, 0] = elements.slot - subtrees.slot_start[leaves.subtree[elements.leaf]]
    np.bitwise_or.at(asks[:, 1], steps.element, 1 << steps.bit)
    np.bitwise_or.at(asks[:, 2], steps.element, steps.left.astype(np.int64) << steps.bit)
    n_slots = np.diff(subtrees.slot_start).tolist()
    tables = [
        np.column_stack([np.zeros((len(margin), slots)), margin])
        for margin, slots in zip(margins, n_slots, strict=True)
    ]
    earned: dict[int, tuple[IntArray, FloatArray]] = {}
    for some, own in paths.by_length():
        # A row for every way to pass or fail the elements, the first of them the lowest bit.
        ways = np.arange(1 << own.shape[1])[:, None] >> np.arange(own.shape[1]) & 1 == 1
        at_once = max(1, CELLS_AT_ONCE // max(ways.size, 1))
        for start in range(0, len(some), at_once):
            now = slice(start, start + at_once)
            values = paths.earned(some[now], own[now], ways[None])
            earned |= dict(zip(some[now].tolist(), zip(own[now], values, strict=True), strict=True))
    # In the order of leaves: a sum keeps its last bit.
    for leaf, subtree in enumerate(leaves.subtree.tolist()):
        own, values = earned[leaf]
        add_leaf(tables[subtree], asks[own], values)
    return tables
