"""Trees cut into parts so small that every way to answer their nodes can be told in advance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from features.core.errors import LeadDataError
from training.contributions.tree_arrays import Tree

MAX_BITS = 8
"""Most nodes a table may ask about: 256 rows of eight features are half a first-level cache."""

MAX_DEPTH = 12
"""Deepest leaf accepted: a lone leaf at depth d still needs 2 ** d rows."""

Step = tuple[int, bool]
"""A node on the way to a leaf, and whether the way goes left there."""

Children = Sequence[tuple[int, int]]
"""Left and right child of every node; those below zero are leaves, numbered ``~child``."""


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


def cut_into_subtrees(tree: Tree, *, max_bits: int = MAX_BITS) -> list[Subtree]:
    """Parts of a tree, as large as tables allow, that together hold every leaf once.

    A constant tree is one part that asks nothing.

    Raises
    ------
    LeadDataError
        If a leaf lies deeper than ``MAX_DEPTH``.
    """
    children = list(zip(tree.left.tolist(), tree.right.tolist(), strict=True))
    return list(_cut(children, 0 if children else ~0, (), max_bits))


def _cut(
    children: Children, child: int, steps: tuple[Step, ...], max_bits: int
) -> Iterator[Subtree]:
    if len(steps) > MAX_DEPTH:
        msg = (
            f"contributions need trees at most {MAX_DEPTH} deep; got a leaf below {len(steps)} "
            "nodes. Train with a smaller max_depth."
        )
        raise LeadDataError(msg)
    inner = _nodes_below(children, child)
    if child < 0 or len(steps) + len(inner) <= max_bits:
        yield Subtree(
            nodes=(*(node for node, _ in steps), *inner),
            leaves=tuple(_leaves_below(children, child, steps)),
        )
        return
    left, right = children[child]
    yield from _cut(children, left, (*steps, (child, True)), max_bits)
    yield from _cut(children, right, (*steps, (child, False)), max_bits)


def _nodes_below(children: Children, child: int) -> list[int]:
    if child < 0:
        return []
    left, right = children[child]
    return [child, *_nodes_below(children, left), *_nodes_below(children, right)]


def _leaves_below(
    children: Children, child: int, steps: tuple[Step, ...]
) -> list[tuple[int, tuple[Step, ...]]]:
    if child < 0:
        return [(~child, steps)]
    left, right = children[child]
    return [
        *_leaves_below(children, left, (*steps, (child, True))),
        *_leaves_below(children, right, (*steps, (child, False))),
    ]
