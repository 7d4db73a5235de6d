"""What each feature adds to a lead's margin: exact path-dependent SHAP by looking tables up.

Why our own code: LightGBM's ``pred_contrib`` walks every leaf of every tree for every lead. Trees
as shallow as ours can be asked in advance (:mod:`training.contributions.subtree_tables`); a lead
then costs, per subtree, a few look-ups that say which way it goes and one short addition
(:mod:`training.contributions.kernels`). The same function explains one lead in a request and a
million in a batch.

Why the tables are rebuilt when a release is loaded, not stored in it: building takes a fraction of
a second, while stored they would outweigh the boosters ten times and could disagree with them.

How a lead is coded: the thresholds of all trees cut each feature into intervals on which no tree
changes its mind, plus one code for "missing". A node's answer is then a bit that depends on one
small integer, whatever LightGBM's rule behind it: default directions, zero as missing, categories.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from typing import Self

import numpy as np

from features.core.arrays import FloatArray, IntArray
from features.core.errors import LeadDataError
from training.contributions.kernels import AnswerArray, Lookup, look_up, look_up_margins
from training.contributions.subtree_tables import (
    MAX_BITS,
    Subtree,
    cut_into_subtrees,
    subtree_table,
)
from training.contributions.tree_arrays import Tree, read_trees

SLICE = 8_192
"""Leads a thread takes at a time; fewer leads than this are explained without starting threads."""


@dataclass(frozen=True, kw_only=True)
class Contributions:
    """Why leads have the margins they have, in natural log-odds.

    Attributes
    ----------
    base : float
        Mean margin over the training rows; ``base + values.sum(axis=1)`` is the margin.
    values : ndarray of shape (n_leads, n_features)
        What each feature adds to the base.
    margin : ndarray of shape (n_leads,)
        Mean of the boosters' margins, each of which is bit for bit what LightGBM predicts, with
        the offsets of segments.
    """

    base: float
    values: FloatArray
    margin: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class ContributionTables:
    """Boosters in the form in which leads are explained; built from their text, never stored.

    Attributes
    ----------
    base : float
        See :class:`Contributions`.
    n_features, n_boosters : int
    lookup : Lookup
    """

    base: float
    n_features: int
    n_boosters: int
    lookup: Lookup

    @classmethod
    def from_model_texts(cls, model_texts: Sequence[str], *, max_bits: int = MAX_BITS) -> Self:
        """Tables of boosters whose margins are averaged.

        Parameters
        ----------
        model_texts : sequence of str
            One for each booster, as LightGBM writes them.
        max_bits : int
            Most nodes a table may ask about; only a test or benchmark has a reason to change it.

        Raises
        ------
        LeadDataError
            If there is no booster, their features differ in number, or one of them is not what
            :func:`training.contributions.tree_arrays.read_trees` and
            :func:`training.contributions.subtree_tables.cut_into_subtrees` take.
        """
        boosters = [read_trees(text) for text in model_texts]
        widths = sorted({n_features for n_features, _ in boosters})
        if len(widths) != 1:
            msg = (
                "contributions need boosters over the same features; got "
                f"{len(boosters)} boosters with {widths or 'no'} features. "
                "Pass the boosters of one release."
            )
            raise LeadDataError(msg)
        parts = [
            (booster, tree, part)
            for booster, (_, trees) in enumerate(boosters)
            for tree in trees
            for part in cut_into_subtrees(tree, max_bits=max_bits)
        ]
        trees = [tree for _, trees in boosters for tree in trees]
        return cls(
            base=sum(tree.expected for tree in trees) / len(boosters),
            n_features=widths[0],
            n_boosters=len(boosters),
            lookup=_build_lookup(parts, _edges_by_feature(trees, widths[0])),
        )

    def explain(self, matrix: FloatArray, *, threads: int | None = None) -> Contributions:
        """Contributions and margins of leads.

        Parameters
        ----------
        matrix : ndarray of shape (n_leads, n_features)
            A snapshot's matrix: NaN is unknown, categories are codes.
        threads : int, optional
            Every processor by default. A lead's numbers do not depend on it.

        Raises
        ------
        LeadDataError
            If the matrix has not the boosters' number of features.
        """
        leads = self._checked(matrix)
        values, margin = np.empty(leads.shape), np.empty(len(leads))

        def explain_slice(part: slice) -> None:
            look_up(self.lookup, leads[part], self.n_boosters, values[part], margin[part])

        _in_slices(len(leads), explain_slice, threads)
        return Contributions(base=self.base, values=values, margin=margin)

    def margin(self, matrix: FloatArray, *, threads: int | None = None) -> FloatArray:
        """Margins of leads, a third of the time LightGBM takes for many; parameters as above.

        Returns
        -------
        ndarray of shape (n_leads,)
            Bit for bit the mean of what the boosters predict.
        """
        leads = self._checked(matrix)
        margin = np.empty(len(leads))

        def look_up_slice(part: slice) -> None:
            look_up_margins(self.lookup, leads[part], self.n_boosters, margin[part])

        _in_slices(len(leads), look_up_slice, threads)
        return margin

    def _checked(self, matrix: FloatArray) -> FloatArray:
        if matrix.ndim != 2 or matrix.shape[1] != self.n_features:
            msg = (
                f"leads must come with the boosters' {self.n_features} features; got a matrix of "
                f"shape {matrix.shape}. Take the snapshot with the release's catalogue."
            )
            raise LeadDataError(msg)
        return np.ascontiguousarray(matrix, dtype=np.float64)


def _in_slices(n_leads: int, work: Callable[[slice], None], threads: int | None) -> None:
    slices = [slice(start, start + SLICE) for start in range(0, n_leads, SLICE)]
    if len(slices) <= 1 or threads == 1:
        for part in slices:
            work(part)
        return
    # Threads of our own, not numba's: its default pool aborts the process when two requests
    # explain at once, while any number of these may run beside each other.
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        list(pool.map(work, slices))


def _edges_by_feature(trees: Sequence[Tree], n_features: int) -> list[FloatArray]:
    """Ends of the intervals on which no tree changes its mind about a feature, ascending."""
    edges: list[list[FloatArray]] = [[np.empty(0)] for _ in range(n_features)]
    for tree in trees:
        for node in range(tree.n_nodes):
            edges[tree.feature[node]].append(tree.edges(node))
    return [np.unique(np.concatenate(found)) for found in edges]


def _build_lookup(parts: Sequence[tuple[int, Tree, Subtree]], edges: list[FloatArray]) -> Lookup:
    slots = [part.features(tree) for _, tree, part in parts]
    answers = [
        _answer(tree, part, feature, edges[feature])
        for (_, tree, part), features in zip(parts, slots, strict=True)
        for feature in features
    ]
    tables = [subtree_table(tree, part).ravel() for _, tree, part in parts]
    return Lookup(
        edge=np.concatenate(edges),
        edge_start=_starts(edges),
        slot_feature=np.array([feature for features in slots for feature in features], np.int64),
        slot_start=_starts(slots),
        answer=np.concatenate([np.empty(0, np.uint16), *answers]),
        answer_start=_starts(answers),
        table=np.concatenate(tables),
        table_start=_starts(tables),
        booster=np.array([booster for booster, _, _ in parts], np.int64),
    )


def _answer(tree: Tree, part: Subtree, feature: int, edges: FloatArray) -> AnswerArray:
    """Bits with which a subtree's nodes answer for each code of a feature."""
    # One value stands for each code: the upper end of an interval, beyond the last, missing.
    examples = np.concatenate([edges, [np.inf, np.nan]])
    bits = np.zeros(len(examples), np.uint16)
    for bit, node in enumerate(part.nodes):
        if tree.feature[node] == feature:
            bits |= tree.goes_left(node, examples).astype(np.uint16) << np.uint16(bit)
    return bits


def _starts(items: Sequence[FloatArray] | Sequence[AnswerArray] | Sequence[list[int]]) -> IntArray:
    """Where each item begins in the concatenation of all, and where the last one ends."""
    return np.array([0, *accumulate(len(item) for item in items)], np.int64)
