"""Shapley contributions of small subtrees, computed once for every way a lead can pass them.

Path-dependent SHAP [1]_ shares a leaf's value ``v`` among the features on the path to it. With
``z`` the share of training rows that go on towards the leaf at a feature's nodes, and ``o`` 1 where
the lead itself does, else 0, one of ``d`` features receives::

    v * (o - z) * sum over subsets S of the others of
        |S|! (d - 1 - |S|)! / d! * product of o over S * product of z over the rest

Everything but ``o`` is known when training ends, and ``o`` is a few bits. So a subtree whose nodes,
with those on the path to it, number at most ``MAX_BITS`` becomes one table: a row for every way to
answer those nodes, a column for every feature asked there. (Nadel & Wettenstein [2]_ build on the
same observation.)

References
----------
.. [1] Lundberg et al. (2020), From local explanations to global understanding with explainable AI
   for trees, algorithm 2.
.. [2] Nadel & Wettenstein (2025), From decision trees to Boolean logic: a fast and unified SHAP
   algorithm.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from features.core.arrays import FloatArray, IntArray
from features.core.compiled import Compiled
from features.core.errors import LeadDataError
from training.contributions.tree_arrays import Tree

MAX_BITS = 8
"""Most nodes a table may ask about: 256 rows of eight features are half a first-level cache."""

MAX_DEPTH = 12
"""Deepest leaf accepted: a lone leaf at depth d still needs 2 ** d rows."""

Step = tuple[int, bool]
"""A node on the way to a leaf, and whether the way goes left there."""


@dataclass(frozen=True, kw_only=True)
class Subtree:
    """A part of a tree that one table answers.

    Attributes
    ----------
    nodes : tuple of int
        Inner nodes asked; the answer of ``nodes[i]`` (1 for left) is bit ``i`` of the row number.
    leaves : tuple of (leaf, steps)
        The leaves covered, each with the whole way from the tree's root.
    """

    nodes: tuple[int, ...]
    leaves: tuple[tuple[int, tuple[Step, ...]], ...]

    def features(self, tree: Tree) -> list[int]:
        """Features the subtree asks about, ascending."""
        return sorted({int(tree.feature[node]) for node in self.nodes})


def cut_into_subtrees(tree: Tree, *, max_bits: int = MAX_BITS) -> list[Subtree]:
    """Parts of a tree, as large as tables allow, that together hold every leaf once.

    A constant tree is one part that asks nothing.

    Raises
    ------
    LeadDataError
        If a leaf lies deeper than ``MAX_DEPTH``.
    """
    return list(_cut(tree, 0 if tree.n_nodes else ~0, (), max_bits))


def subtree_table(tree: Tree, subtree: Subtree) -> FloatArray:
    """Summed contributions of a subtree's leaves for every way to answer its nodes.

    Returns
    -------
    ndarray of shape (2 ** len(nodes), n_features + 1)
        Columns follow ``subtree.features(tree)``; the last one holds the value of the leaf the lead
        falls into, 0 when that leaf belongs to another part of the tree.
    """
    features = subtree.features(tree)
    table = np.zeros((1 << len(subtree.nodes), len(features) + 1))
    for leaf, steps in subtree.leaves:
        bits, share = _describe_path(tree, subtree, steps)
        columns = np.searchsorted(features, bits[:, 0])
        _add_leaf(table, columns, bits[:, 1:], share, float(tree.leaf_value[leaf]))
    return table


def _cut(tree: Tree, child: int, steps: tuple[Step, ...], max_bits: int) -> Iterator[Subtree]:
    if len(steps) > MAX_DEPTH:
        msg = (
            f"contributions need trees at most {MAX_DEPTH} deep; got a leaf below {len(steps)} "
            "nodes. Train with a smaller max_depth."
        )
        raise LeadDataError(msg)
    inner = list(_nodes_below(tree, child))
    if child < 0 or len(steps) + len(inner) <= max_bits:
        yield Subtree(
            nodes=(*(node for node, _ in steps), *inner),
            leaves=tuple(_leaves_below(tree, child, steps)),
        )
        return
    yield from _cut(tree, int(tree.left[child]), (*steps, (child, True)), max_bits)
    yield from _cut(tree, int(tree.right[child]), (*steps, (child, False)), max_bits)


def _nodes_below(tree: Tree, child: int) -> Iterator[int]:
    if child >= 0:
        yield child
        yield from _nodes_below(tree, int(tree.left[child]))
        yield from _nodes_below(tree, int(tree.right[child]))


def _leaves_below(
    tree: Tree, child: int, steps: tuple[Step, ...]
) -> Iterator[tuple[int, tuple[Step, ...]]]:
    if child < 0:
        yield ~child, steps
        return
    yield from _leaves_below(tree, int(tree.left[child]), (*steps, (child, True)))
    yield from _leaves_below(tree, int(tree.right[child]), (*steps, (child, False)))


def _describe_path(
    tree: Tree, subtree: Subtree, steps: tuple[Step, ...]
) -> tuple[IntArray, FloatArray]:
    """The features on a path, each once however often it is asked there.

    Returns
    -------
    bits : ndarray of shape (n_on_path, 3)
        The feature, the bits of the row number that its nodes own, and those bits on this path.
    share : ndarray of shape (n_on_path,)
        Share of training rows that stay on the path at those nodes.
    """
    on_path = sorted({int(tree.feature[node]) for node, _ in steps})
    bits = np.zeros((len(on_path), 3), dtype=np.int64)
    bits[:, 0] = on_path
    share = np.ones(len(on_path))
    for node, goes_left in steps:
        i = on_path.index(int(tree.feature[node]))
        bit = 1 << subtree.nodes.index(node)
        bits[i, 1] |= bit
        bits[i, 2] |= bit if goes_left else 0
        share[i] *= tree.rows(int((tree.left if goes_left else tree.right)[node])) / tree.rows(node)
    return bits, share


@Compiled
def _add_leaf(
    table: FloatArray, columns: IntArray, bits: IntArray, share: FloatArray, value: float
) -> None:
    """Add one leaf's contributions to every row of a table."""
    n_features = len(columns)
    everyone = (1 << n_features) - 1
    given = np.empty((1 << n_features, n_features))
    for passing in range(1 << n_features):
        for i in range(n_features):
            given[passing, i] = value * _shapley(passing, i, share)
    for row in range(table.shape[0]):
        passing = 0
        for i in range(n_features):
            if row & bits[i, 0] == bits[i, 1]:
                passing |= 1 << i
        for i in range(n_features):
            table[row, columns[i]] += given[passing, i]
        if passing == everyone:
            table[row, -1] += value


@Compiled
def _shapley(passing: int, of: int, share: FloatArray) -> float:
    """Share of a leaf's value that goes to one feature of the path to it."""
    n_features = len(share)
    # Coefficient k: over all subsets of k others, product of o inside times product of z outside.
    # Built up by multiplication only, so no share, however small, is ever divided by.
    coefficients = np.zeros(n_features)
    coefficients[0] = 1.0
    for other in range(n_features):
        if other != of:
            goes_on = passing >> other & 1
            for k in range(n_features - 1, 0, -1):
                coefficients[k] = coefficients[k] * share[other] + coefficients[k - 1] * goes_on
            coefficients[0] *= share[other]
    weight = 1.0 / n_features  # k! (d - 1 - k)! / d! at k = 0
    total = 0.0
    for k in range(n_features):
        total += weight * coefficients[k]
        weight *= (k + 1) / max(n_features - 1 - k, 1)
    return ((passing >> of & 1) - share[of]) * total
