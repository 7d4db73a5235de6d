"""The points of a rulebook, line by line: rules, limits and the matrix.

Summing up and explaining use the same lines, so that what a lead's card shows adds up to the total
the lead was judged by.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.definition.conditions import BehaviourCondition
from features.definition.rules import Matrix, MatrixLevel, Rule, Rulebook
from features.rulebook.columns import Columns, count_column, decayed_column
from features.rulebook.fulfilment import fulfils

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Tally:
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


def tally(rulebook: Rulebook, columns: Columns) -> Tally:
    """Points of every line for every snapshot.

    Raises
    ------
    DefinitionError
        If a rule asks about something the catalogue has not.
    """
    hits = np.zeros((len(columns), len(rulebook.rules)), dtype=np.bool_)
    rules = np.zeros((len(columns), len(rulebook.rules)))
    for position, rule in enumerate(rulebook.rules):
        hits[:, position] = fulfils(rule.when, columns)
        rules[:, position] = np.where(hits[:, position], _amount(rule, columns), 0.0)
    behaviour, information, matrix = _matrix(rulebook.matrix, columns)
    caps = [_taken_away(rules, positions, limit) for positions, limit in _limits(rulebook)]
    return Tally(
        hits=hits,
        rules=rules,
        caps=np.stack(caps, axis=1) if caps else np.zeros((len(columns), 0)),
        matrix=matrix,
        behaviour_level=behaviour,
        information_level=information,
    )


def _amount(rule: Rule, columns: Columns) -> FloatArray | float:
    """Points of a rule where it applies; never NaN there, whatever elsewhere."""
    condition = rule.when
    if not isinstance(condition, BehaviourCondition):
        return float(rule.points)
    behaviour, half_life = condition.behaviour, rule.half_life_days
    if rule.per == "once":
        if half_life is None:
            return float(rule.points)
        days = columns.take(f"days_since_{behaviour}")
        return rule.points * np.exp2(-days / half_life)
    name = (
        count_column(behaviour, condition.within_days)
        if half_life is None
        else decayed_column(behaviour, half_life)
    )
    amount = rule.points * columns.take(name)
    most = np.inf if rule.at_most_points is None else rule.at_most_points
    return np.clip(amount, -most, most)


def _limits(rulebook: Rulebook) -> Iterator[tuple[list[int], float]]:
    for cap in rulebook.caps:
        limited = [
            position
            for position, rule in enumerate(rulebook.rules)
            if rule.subject == cap.behaviour and rule.points > 0
        ]
        yield limited, cap.points


def _taken_away(rules: FloatArray, positions: list[int], limit: float) -> FloatArray:
    return np.minimum(limit - rules[:, positions].sum(axis=1), 0.0)


def _matrix(matrix: Matrix | None, columns: Columns) -> tuple[IntArray, IntArray, FloatArray]:
    """Level of behaviour, level of information, and the points where they cross."""
    if matrix is None:
        nowhere = np.full(len(columns), -1, dtype=np.intp)
        return nowhere, nowhere, np.zeros(len(columns))
    behaviour = _level(matrix.behaviour, columns)
    information = _level(matrix.information, columns)
    # The last row and column stay 0: -1, below the first level, leads there.
    table = np.zeros((len(matrix.behaviour) + 1, len(matrix.information) + 1))
    for row, level in enumerate(matrix.behaviour):
        cells = matrix.points.get(level.name, {})
        for column, other in enumerate(matrix.information):
            table[row, column] = cells.get(other.name, 0)
    return behaviour, information, table[behaviour, information]


def _level(levels: tuple[MatrixLevel, ...], columns: Columns) -> IntArray:
    """Position of the highest level fulfilled; -1 where there is none."""
    reached = np.full(len(columns), -1, dtype=np.intp)
    for position, level in enumerate(levels):
        reached[fulfils(level.when, columns)] = position
    return reached
