"""The points of a rulebook, line by line: rules, limits and the matrix.

Summing up and explaining use the same lines, so that what a lead's card shows adds up to the total
the lead was judged by.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.core.arrays import BoolArray, FloatArray
from features.rulebook.columns import Columns
from features.rulebook.lines import RulebookLines
from features.rulebook.predicates import Predicate, Row

IntArray = npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class RulebookTally:
    """What each line of a rulebook adds for each snapshot.

    Attributes
    ----------
    hits : ndarray of bool, shape (n_snapshots, n_rules)
        Which rules apply.
    rules : ndarray of shape (n_snapshots, n_rules)
        Points of each rule; 0 where it does not apply.
    caps : ndarray of shape (n_snapshots, n_caps)
        What each limit takes away; 0 or below.
    matrix : ndarray of shape (n_snapshots,)
        Points of the matrix.
    behaviour_level, information_level : ndarray of int, shape (n_snapshots,)
        Level of each snapshot in the matrix; -1 below the first, or without a matrix.
    """

    hits: BoolArray
    rules: FloatArray
    caps: FloatArray
    matrix: FloatArray
    behaviour_level: IntArray
    information_level: IntArray

    @property
    def points(self) -> FloatArray:
        """Total points, shape (n_snapshots,)."""
        return self.rules.sum(axis=1) + self.caps.sum(axis=1) + self.matrix


def tally(lines: RulebookLines, columns: Columns) -> RulebookTally:
    """Points of every line for every snapshot."""
    hits = np.zeros((len(columns), len(lines.rules)), dtype=np.bool_)
    rules = np.zeros((len(columns), len(lines.rules)))
    for position, rule in enumerate(lines.rules):
        hits[:, position] = rule.when.where(columns)
        rules[:, position] = np.where(hits[:, position], rule.amount.of_columns(columns), 0.0)
    behaviour = _level(lines.matrix.behaviour, columns)
    information = _level(lines.matrix.information, columns)
    caps = np.zeros((len(columns), len(lines.caps)))
    for position, cap in enumerate(lines.caps):
        caps[:, position] = np.minimum(cap.limit - rules[:, cap.rules].sum(axis=1), 0.0)
    return RulebookTally(
        hits=hits,
        rules=rules,
        caps=caps,
        matrix=lines.matrix.points[behaviour, information],
        behaviour_level=behaviour,
        information_level=information,
    )


def points_of_row(lines: RulebookLines, row: Row) -> float:
    """Total points of one row: what :attr:`RulebookTally.points` says of a snapshot of one."""
    # Arrays all the same: numpy adds eight and more numbers in an order of its own.
    rules = np.array(
        [rule.amount.of_row(row) if rule.when.holds(row) else 0.0 for rule in lines.rules]
    )
    caps = np.array(
        [min(cap.limit - float(rules[list(cap.rules)].sum()), 0.0) for cap in lines.caps]
    )
    behaviour = _level_of_row(lines.matrix.behaviour, row)
    information = _level_of_row(lines.matrix.information, row)
    return float(rules.sum() + caps.sum() + lines.matrix.points[behaviour, information])


def _level(levels: Sequence[Predicate], columns: Columns) -> IntArray:
    """Position of the highest level fulfilled; -1 where there is none."""
    reached = np.full(len(columns), -1, dtype=np.intp)
    for position, level in enumerate(levels):
        reached[level.where(columns)] = position
    return reached


def _level_of_row(levels: Sequence[Predicate], row: Row) -> int:
    held = [position for position, level in enumerate(levels) if level.holds(row)]
    return held[-1] if held else -1
