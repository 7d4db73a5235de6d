"""The way to every leaf of boosters, and what each feature on it earns: exact path-dependent SHAP.

Path-dependent SHAP [1]_ shares a leaf's value ``v`` among the features on the path to it. With
``z`` the share of training rows that go on towards the leaf at a feature's nodes, and ``o`` 1 where
the lead itself does, else 0, one of ``d`` features receives::

    v * (o - z) * sum over subsets S of the others of
        |S|! (d - 1 - |S|)! / d! * product of o over S * product of z over the rest

A feature with all the nodes that ask it on one path is an *element* of that path.

How a lead is coded: the thresholds of all trees cut each feature into intervals on which no tree
changes its mind, plus one code for "missing". A node's answer is then a bit that depends on one
small integer, whatever LightGBM's rule behind it: default directions, zero as missing, categories.

Why nothing here is compiled: a command that explains one lead passes 5,000 leaves in a millisecond
or two, and loading a compiler takes half a second. For many leads the same paths become tables
(:mod:`training.contributions.tree_shap`).

References
----------
.. [1] Lundberg et al. (2020), From local explanations to global understanding with explainable AI
   for trees, algorithm 2.
"""

from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple, Self

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.errors import LeadDataError
from training.contributions.contributions import Contributions
from training.contributions.subtrees import MAX_BITS, Subtree, cut_into_subtrees
from training.contributions.tree_arrays import Tree, read_trees


class Nodes(NamedTuple):
    """The inner nodes of all trees; for code ``c`` one goes left where ``answer[start + c]``."""

    feature: IntArray
    start: IntArray
    answer: BoolArray


class Subtrees(NamedTuple):
    """Parts of trees; subtree ``s`` asks ``slot_feature[slot_start[s] : slot_start[s + 1]]``."""

    booster: IntArray
    n_nodes: IntArray
    slot_start: IntArray
    slot_feature: IntArray


class Leaves(NamedTuple):
    """All leaves, subtree by subtree, with the log-odds they add."""

    subtree: IntArray
    value: FloatArray


class PathElements(NamedTuple):
    """All elements, leaf by leaf, with the share of training rows that go on at their nodes."""

    leaf: IntArray
    slot: IntArray
    share: FloatArray


class PathSteps(NamedTuple):
    """All nodes on all paths: whether the way goes left there, and which of its subtree it is."""

    element: IntArray
    node: IntArray
    left: BoolArray
    bit: IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class LeafPaths:
    """Boosters whose margins are averaged, as the paths to their leaves; see the module.

    Attributes
    ----------
    base : float
        Mean margin over the training rows, in natural log-odds.
    n_features, n_boosters : int
    edges : tuple of ndarray
        Of each feature, the ends of the intervals ``(a, b]`` that are its codes, ascending.
    nodes : Nodes
    subtrees : Subtrees
    leaves : Leaves
    elements : PathElements
    steps : PathSteps
    """

    base: float
    n_features: int
    n_boosters: int
    edges: tuple[FloatArray, ...]
    nodes: Nodes
    subtrees: Subtrees
    leaves: Leaves
    elements: PathElements
    steps: PathSteps

    @classmethod
    def from_model_texts(cls, model_texts: Sequence[str], *, max_bits: int = MAX_BITS) -> Self:
        """Paths of boosters whose margins are averaged.

        Parameters
        ----------
        model_texts : sequence of str
            One for each booster, as LightGBM writes them.
        max_bits : int
            Most nodes a subtree may ask about; only a test or benchmark has a reason to change it.

        Raises
        ------
        LeadDataError
            If there is no booster, their features differ in number, or one of them is not what
            :func:`training.contributions.tree_arrays.read_trees` and
            :func:`training.contributions.subtrees.cut_into_subtrees` take.
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
        trees = [tree for _, trees in boosters for tree in trees]
        edges = _edges_by_feature(trees, widths[0])
        subtrees, leaves, elements, steps = _walk(
            [
                (booster, cut_into_subtrees(tree, max_bits=max_bits), tree)
                for booster, (_, trees) in enumerate(boosters)
                for tree in trees
            ]
        )
        return cls(
            base=sum(tree.expected for tree in trees) / len(boosters),
            n_features=widths[0],
            n_boosters=len(boosters),
            edges=tuple(edges),
            nodes=_nodes(trees, edges),
            subtrees=subtrees,
            leaves=leaves,
            elements=elements,
            steps=steps,
        )

    def explain(self, matrix: FloatArray) -> Contributions:
        """Contributions and margins of a few leads, to the last bit those of the tables.

        Parameters
        ----------
        matrix : ndarray of shape (n_leads, n_features)
            A snapshot's matrix: NaN is unknown, categories are codes.

        Raises
        ------
        LeadDataError
            If the matrix has not the boosters' number of features.
        """
        ways = [self._passes(codes) for codes in self._codes(matrix)]
        return Contributions(
            base=self.base,
            values=np.array([self._values(passes) for passes in ways]).reshape(matrix.shape),
            margin=np.array([self._margin(passes) for passes in ways]),
        )

    def margin(self, matrix: FloatArray) -> FloatArray:
        """Margins of a few leads, shape (n_leads,); see :meth:`explain`."""
        return np.array([self._margin(self._passes(codes)) for codes in self._codes(matrix)])

    def checked(self, matrix: FloatArray) -> FloatArray:
        """The matrix as contiguous doubles; a LeadDataError if it has another width."""
        if matrix.ndim != 2 or matrix.shape[1] != self.n_features:
            msg = (
                f"leads must come with the boosters' {self.n_features} features; got a matrix of "
                f"shape {matrix.shape}. Take the snapshot with the release's catalogue."
            )
            raise LeadDataError(msg)
        return np.ascontiguousarray(matrix, dtype=np.float64)

    def earned(self, leaves: IntArray, elements: IntArray, passes: BoolArray) -> FloatArray:
        """What the elements on the paths to some leaves earn, as many on each path.

        Parameters
        ----------
        leaves : ndarray of shape (n,)
        elements : ndarray of shape (n, n_elements)
            Those of each leaf.
        passes : ndarray of shape (n or 1, n_ways, n_elements)
            Ways to pass or fail them.

        Returns
        -------
        ndarray of shape (n, n_ways, n_elements)
        """
        return self.leaves.value[leaves, None, None] * _shapley(
            passes, self.elements.share[elements][:, None]
        )

    def by_length(self) -> Iterator[tuple[IntArray, IntArray]]:
        """Leaves whose paths have as many elements, and those elements, shape (n, n_elements)."""
        length = np.bincount(self.elements.leaf, minlength=len(self.leaves.value))
        first = np.cumsum(length) - length
        for n in np.unique(length):
            leaves = np.flatnonzero(length == n)
            yield leaves, first[leaves, None] + np.arange(n)

    def _codes(self, matrix: FloatArray) -> IntArray:
        columns = self.checked(matrix).T
        return np.array(
            [
                np.where(np.isnan(column), len(ends) + 1, np.searchsorted(ends, column))
                for ends, column in zip(self.edges, columns, strict=True)
            ]
        ).T

    def _passes(self, codes: IntArray) -> BoolArray:
        """Which elements a lead passes."""
        nodes, steps = self.nodes, self.steps
        left = nodes.answer[nodes.start + codes[nodes.feature]]
        leaves_it = left[steps.node] != steps.left
        return _none(steps.element, leaves_it, len(self.elements.share))

    def _values(self, passes: BoolArray) -> FloatArray:
        earned = np.empty(len(passes))
        for leaves, elements in self.by_length():
            earned[elements] = self.earned(leaves, elements, passes[elements][:, None])[:, 0]
        # Leaf by leaf within a subtree, then subtree by subtree: the order of the tables.
        slots = np.bincount(self.elements.slot, earned, minlength=len(self.subtrees.slot_feature))
        return (
            np.bincount(self.subtrees.slot_feature, slots, minlength=self.n_features)
            / self.n_boosters
        )

    def _margin(self, passes: BoolArray) -> float:
        reached = _none(self.elements.leaf, ~passes, len(self.leaves.value))
        booster = self.subtrees.booster[self.leaves.subtree[reached]]
        margins = np.bincount(booster, self.leaves.value[reached], minlength=self.n_boosters)
        # One after another, as the tables are added up.
        return float(np.cumsum(margins)[-1] / self.n_boosters)


def starts(items: Sequence[Sized]) -> IntArray:
    """Where each item begins in the concatenation of all, and where the last one ends."""
    return np.array([0, *accumulate(len(item) for item in items)], np.int64)


def _none(owner: IntArray, marked: BoolArray, n_owners: int) -> BoolArray:
    """Which of so many owners own nothing that is marked."""
    return np.bincount(owner[marked], minlength=n_owners) == 0


def _shapley(passes: BoolArray, share: FloatArray) -> FloatArray:
    """Shares of a leaf's value that go to the elements of its path.

    Parameters
    ----------
    passes, share : ndarray of shape (..., n_elements)
        What broadcasts together.
    """
    n = share.shape[-1]
    found = np.empty(np.broadcast_shapes(passes.shape, share.shape))
    for of in range(n):
        # Coefficient k: over all subsets of k others, product of o inside times product of z
        # outside. Built up by multiplication only: no share, however small, is divided by.
        coefficients = np.zeros((*found.shape[:-1], n))
        coefficients[..., 0] = 1.0
        for other in (*range(of), *range(of + 1, n)):
            z, goes_on = share[..., other, None], passes[..., other, None]
            with_it = coefficients[..., :-1] * goes_on
            coefficients *= z
            coefficients[..., 1:] += with_it
        weight = 1.0 / n  # k! (d - 1 - k)! / d! at k = 0
        total = np.zeros(found.shape[:-1])
        for k in range(n):
            total += weight * coefficients[..., k]
            weight *= (k + 1) / max(n - 1 - k, 1)
        found[..., of] = (passes[..., of] - share[..., of]) * total
    return found


def _edges_by_feature(trees: Sequence[Tree], n_features: int) -> list[FloatArray]:
    """Ends of the intervals on which no tree changes its mind about a feature, ascending."""
    edges: list[list[FloatArray]] = [[np.empty(0)] for _ in range(n_features)]
    for tree in trees:
        for node in range(tree.n_nodes):
            edges[tree.feature[node]].append(tree.edges(node))
    return [np.unique(np.concatenate(found)) for found in edges]


def _nodes(trees: Sequence[Tree], edges: Sequence[FloatArray]) -> Nodes:
    # One value stands for each code: the upper end of an interval, beyond the last, missing.
    examples = [np.concatenate([ends, [np.inf, np.nan]]) for ends in edges]
    answers = [
        tree.goes_left(node, examples[tree.feature[node]])
        for tree in trees
        for node in range(tree.n_nodes)
    ]
    return Nodes(
        feature=np.concatenate([tree.feature for tree in trees]),
        start=starts(answers)[:-1],
        answer=np.concatenate([np.empty(0, np.bool_), *answers]),
    )


def _walk(
    trees: Sequence[tuple[int, Sequence[Subtree], Tree]],
) -> tuple[Subtrees, Leaves, PathElements, PathSteps]:
    """Number all parts of trees, their leaves, elements and steps; a booster's number with each."""
    subtrees: list[tuple[int, int, list[int]]] = []
    leaves: list[tuple[int, float]] = []
    elements: list[tuple[int, int]] = []
    steps: list[tuple[int, int, bool, int]] = []
    n_slots = n_nodes = 0
    for booster, parts, tree in trees:
        feature, value = tree.feature.tolist(), tree.leaf_value.tolist()
        for part in parts:
            slots = sorted({feature[node] for node in part.nodes})
            bit = {node: number for number, node in enumerate(part.nodes)}
            for leaf, way in part.leaves:
                asked = sorted({feature[node] for node, _ in way})
                own = {name: len(elements) + number for number, name in enumerate(asked)}
                steps += [
                    (own[feature[node]], n_nodes + node, left, bit[node]) for node, left in way
                ]
                elements += [(len(leaves), n_slots + slots.index(name)) for name in asked]
                leaves.append((len(subtrees), value[leaf]))
            subtrees.append((booster, len(part.nodes), slots))
            n_slots += len(slots)
        n_nodes += tree.n_nodes
    element, node, left, bit_of = np.array(steps, dtype=np.int64).reshape(-1, 4).T
    leaf_of, slot = np.array(elements, dtype=np.int64).reshape(-1, 2).T
    share = np.ones(len(elements))
    to_left = np.concatenate([tree.shares(tree.left) for _, _, tree in trees])
    to_right = np.concatenate([tree.shares(tree.right) for _, _, tree in trees])
    np.multiply.at(share, element, np.where(left, to_left[node], to_right[node]))
    slots_of = [slots for _, _, slots in subtrees]
    return (
        Subtrees(
            booster=np.array([booster for booster, _, _ in subtrees], np.int64),
            n_nodes=np.array([n_nodes for _, n_nodes, _ in subtrees], np.int64),
            slot_start=starts(slots_of),
            slot_feature=np.array([name for slots in slots_of for name in slots], np.int64),
        ),
        Leaves(
            subtree=np.array([subtree for subtree, _ in leaves], np.int64),
            value=np.array([value for _, value in leaves]),
        ),
        PathElements(leaf=leaf_of, slot=slot, share=share),
        PathSteps(element=element, node=node, left=left.astype(np.bool_), bit=bit_of),
    )
