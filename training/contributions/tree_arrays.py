"""LightGBM trees as arrays, read from the text that a release stores.

Why the text and not a :class:`lightgbm.Booster`: the text is what travels, it holds every number
with 17 digits (so nothing is lost), and explaining a lead then needs no LightGBM at all. The way
each node decides follows LightGBM's ``Tree::NumericalDecision`` and ``Tree::CategoricalDecision``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.errors import LeadDataError

ZERO_MARGIN = float(np.float32(1e-35))
"""LightGBM takes anything this close to zero for zero (``kZeroThreshold``, a float32 there)."""

CATEGORICAL, DEFAULT_LEFT = 1, 2
MISSING_ZERO, MISSING_NAN = 1, 2


@dataclass(frozen=True, kw_only=True)
class Tree:
    """One tree; children below zero are leaves, numbered ``~child``.

    Attributes
    ----------
    feature, threshold, decision, left, right, node_count : ndarray of shape (n_nodes,)
        What each inner node asks, where it sends the lead and how many training rows it saw.
    leaf_value, leaf_count : ndarray of shape (n_leaves,)
        Log-odds each leaf adds, shrinkage included, and its training rows.
    categories : tuple of frozenset of int, one for each categorical node in order of ``threshold``
        The category codes that go left.
    """

    feature: IntArray
    threshold: FloatArray
    decision: IntArray
    left: IntArray
    right: IntArray
    node_count: FloatArray
    leaf_value: FloatArray
    leaf_count: FloatArray
    categories: tuple[frozenset[int], ...]

    @property
    def n_nodes(self) -> int:
        """Number of inner nodes; a constant tree has none."""
        return len(self.feature)

    @property
    def expected(self) -> float:
        """Mean leaf value over the training rows: what the tree says about nobody in particular."""
        if self.n_nodes == 0:
            return float(self.leaf_value[0])
        return float(self.leaf_value @ self.leaf_count / self.node_count[0])

    def shares(self, children: IntArray) -> FloatArray:
        """Of each node's training rows, those that went on to its left or to its right child."""
        rows = np.concatenate([self.node_count, self.leaf_count[::-1]])  # leaf ~0 is the last
        return rows[children] / self.node_count

    def edges(self, node: int) -> FloatArray:
        """Values at which the node may decide anew: its answer is constant on every ``(a, b]``."""
        if self.decision[node] & CATEGORICAL:
            codes = np.array(sorted(self.categories[int(self.threshold[node])]), dtype=np.float64)
            # LightGBM truncates towards zero: category 0 is the open interval (-1, 1).
            below = np.where(codes == 0, -1.0, np.nextafter(codes, -np.inf))
            return np.concatenate([below, np.nextafter(codes + 1.0, -np.inf)])
        if self.decision[node] >> 2 == MISSING_ZERO:
            around_zero = np.array([np.nextafter(-ZERO_MARGIN, -np.inf), ZERO_MARGIN])
            return np.append(around_zero, self.threshold[node])
        return self.threshold[node : node + 1]

    def goes_left(self, node: int, values: FloatArray) -> BoolArray:
        """Whether leads with these values of the node's feature go left; NaN is a value too."""
        missing = np.isnan(values)
        if self.decision[node] & CATEGORICAL:
            wanted = np.array(sorted(self.categories[int(self.threshold[node])]), dtype=np.float64)
            return ~missing & (values > -1.0) & np.isin(np.trunc(values), wanted)
        kind = self.decision[node] >> 2
        known = np.where(missing, 0.0, values)
        left = known <= self.threshold[node]
        if kind == MISSING_NAN:
            undecided = missing
        elif kind == MISSING_ZERO:
            undecided = np.abs(known) <= ZERO_MARGIN
        else:
            return left
        return np.where(undecided, bool(self.decision[node] & DEFAULT_LEFT), left)


def read_trees(model_text: str) -> tuple[int, list[Tree]]:
    """The number of features and the trees of one booster.

    Parameters
    ----------
    model_text : str
        What ``Booster.model_to_string`` or ``Booster.save_model`` wrote.

    Raises
    ------
    LeadDataError
        If the model has several outputs, averages its trees itself, or fits lines in its leaves.
    """
    header, *blocks = model_text.split("end of trees", 1)[0].split("\nTree=")
    settings = dict(_key_values(header))
    refused = [
        ("several outputs", settings.get("num_tree_per_iteration", "1") != "1"),
        ("averaged trees (boosting=rf)", "average_output" in header.splitlines()),
        ("linear trees", any("\nis_linear=1" in block for block in blocks)),
    ]
    for what, found in refused:
        if found:
            msg = (
                f"contributions need a booster that sums constant leaves; got one with {what}. "
                "Train with the default boosting and linear_tree off."
            )
            raise LeadDataError(msg)
    return int(settings["max_feature_idx"]) + 1, [_read_tree(block) for block in blocks]


def _key_values(block: str) -> Iterator[tuple[str, str]]:
    for line in block.splitlines():
        key, found, value = line.partition("=")
        if found:
            yield key, value


def _read_tree(block: str) -> Tree:
    fields = dict(_key_values(block))

    def numbers(key: str) -> FloatArray:
        return np.array(fields.get(key, "").split(), dtype=np.float64)

    def integers(key: str) -> IntArray:
        return np.array(fields.get(key, "").split(), dtype=np.int64)

    n_leaves = int(fields["num_leaves"])
    return Tree(
        feature=integers("split_feature"),
        threshold=numbers("threshold"),
        decision=integers("decision_type"),
        left=integers("left_child"),
        right=integers("right_child"),
        node_count=numbers("internal_count"),
        leaf_value=numbers("leaf_value"),
        # A constant tree may come without a count; any number will do, since it has no splits.
        leaf_count=numbers("leaf_count") if n_leaves > 1 else np.ones(1),
        categories=_read_categories(integers("cat_boundaries"), integers("cat_threshold")),
    )


def _read_categories(boundaries: IntArray, words: IntArray) -> tuple[frozenset[int], ...]:
    return tuple(_bits(words[start:end]) for start, end in pairwise(boundaries))


def _bits(words: Sequence[int] | IntArray) -> frozenset[int]:
    """Positions of the set bits in a row of 32-bit words."""
    return frozenset(
        32 * position + bit
        for position, word in enumerate(words)
        for bit in range(32)
        if int(word) >> bit & 1
    )
